"""Check what only a company can answer: who is named in a pack, who holds it, who is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select

from zhidu.access.models import Role
from zhidu.access.user import User
from zhidu.db import Session
from zhidu.org import queries as org
from zhidu.org.models import Company, Department, Member, MemberStatus, Post
from zhidu.org.models_groups import Group
from zhidu.org.models_lists import ContractType, Grade, Matter, Site
from zhidu.policy import flows, people_apart
from zhidu.policy.finder import Finder, Place
from zhidu.policy.flows import jsonable
from zhidu.policy.lint import Reading
from zhidu.policy.problems import PolicyProblem, in_order, suggest
from zhidu.policy.schema_flows import PERSON_CHAIN
from zhidu.policy.tree import Item, Mapping, Sequence, plain, scalars
from zhidu.texts import Text, enumerate_texts
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.resolvers import Named

_HELD: dict[Named, Callable[[Session, str], list[int]]] = {
    Named.ROLE: org.people_by_role,
    Named.POST: org.people_by_post,
    Named.GROUP: lambda session, code: list(org.people_by_group(session, code)),
}
"""Who holds what several people may hold, or nobody."""

_SCOPES: dict[str, str] = {
    "departments": Named.DEPARTMENT,
    "posts": Named.POST,
    "roles": Named.ROLE,
    "people": Named.USER,
    "grades": "grade",
    "contracts": "contract",
    "sites": "site",
}
"""Per part of a scope: what its codes are."""


def check(session: Session, reading: Reading) -> list[PolicyProblem]:
    """Give a problem for everything that is named and that the session's company does not have.

    A role, post or group that nobody holds is a note, one person on two sides that must be kept
    apart a warning, and departments and posts that a scope leaves out a note.
    """
    if reading.tree is None:
        return []
    checker = _Checker(session, reading)
    for place in approvers(checker.find):
        checker.approver(place)
    for place in scopes(checker.find):
        checker.scope(place)
    for place, matter in scalars(reading.tree, "authority"):
        if str(matter.value) not in checker.known(Named.MATTER):
            checker.unknown(place, Named.MATTER, str(matter.value))
    if reading.content is not None:
        people_apart.check(session, checker.find, reading.content, flows.of(reading.content))
    return in_order(checker.find.problems)


def approvers(find: Finder) -> Iterator[Place]:
    """Give the place of every mapping that says who is asked; those in ``else`` follow theirs."""
    for place in _places(find.tree, ("approver", "manager", "consent", "who", "nobody")):
        yield from _chain(find, place)
    for place in _places(find.tree, ("cc", "readers")):
        for below, _item in find.entries(*place):
            yield from _chain(find, below)


def scopes(find: Finder) -> Iterator[Place]:
    """Give the place of every mapping that says whom a rule is for."""
    yield from _places(find.tree, ("start", "applies_to", "except", "audience"))


_NO_PEOPLE = {"clauses", "settings", "numbering", "tests", "definitions", "policy", "fields"}


def _places(item: Item, names: tuple[str, ...], place: Place = ()) -> Iterator[Place]:
    """Find every mapping or list under one of these keys."""
    if isinstance(item, Mapping):
        for key, entry in item.entries.items():
            if key in _NO_PEOPLE:
                continue
            if key in names and isinstance(entry, Mapping | Sequence):
                yield (*place, key)
            yield from _places(entry, names, (*place, key))
    elif isinstance(item, Sequence):
        for index, entry in enumerate(item.items):
            yield from _places(entry, names, (*place, index))


def _chain(find: Finder, place: Place) -> Iterator[Place]:
    yield place
    for below, _item in find.entries(*place, PERSON_CHAIN):
        yield from _chain(find, below)


class _Checker:
    """Knows the company's codes, each list read once."""

    def __init__(self, session: Session, reading: Reading) -> None:
        self.session = session
        self.reading = reading
        self.find = Finder(reading.filename, reading.tree or Mapping(1))
        self._known: dict[str, frozenset[str]] = {}

    def known(self, what: str) -> frozenset[str]:
        """Give the codes of a sort that the company has."""
        if what not in self._known:
            self._known[what] = self._read(what)
        return self._known[what]

    def _read(self, what: str) -> frozenset[str]:
        session = self.session
        if what == Named.ROLE:
            return self._roles()
        if what == Named.USER:
            return frozenset(
                session.scalars(
                    select(User.username)
                    .join(Member, Member.user_id == User.id)
                    .where(Member.status == MemberStatus.ACTIVE)
                )
            )
        if what == Named.DEPARTMENT:
            used = Department.archived_at.is_(None)
            codes = session.scalars(select(Department.code).where(used))
            names = session.scalars(select(Department.name).where(used))
            return frozenset(code for code in codes if code) | frozenset(names)
        if what == Named.COMPANY:
            return frozenset(session.scalars(select(Company.code)))
        table = _TABLES[what]
        return frozenset(session.scalars(select(table.code).where(table.archived_at.is_(None))))

    def _roles(self) -> frozenset[str]:
        """Name the company's roles, and those that it gets with the addons of the pack."""
        content = self.reading.content
        coming = {"core", *(content["addons"] if content else ())}
        registry = self.session.registry
        templates = {
            template.code
            for key, template in registry.roles.items()
            if registry.owner(key) in coming
        }
        present = self.session.scalars(select(Role.code).where(Role.archived_at.is_(None)))
        return frozenset(present) | templates

    def approver(self, place: Place) -> None:
        """See that everything an approver names exists, and that somebody holds it."""
        item = self.find.at(*place)
        resolvers = self.session.registry.resolvers
        ways = (
            [key for key in item.entries if key in resolvers] if isinstance(item, Mapping) else []
        )
        if len(ways) != 1 or not isinstance(item, Mapping):
            return
        argument = jsonable(plain(item.entries[ways[0]]))
        resolver = resolvers[ways[0]]
        if resolver.check(argument):
            return
        for what, code in resolver.names(argument):
            at = (*place, ways[0])
            if code not in self.known(what):
                self.unknown(at, what, code)
            elif what in _HELD and not _HELD[what](self.session, code):
                self.find.tell(
                    at,
                    "nobody_holds",
                    _l("Nobody holds the %(what)s “%(code)s” now.", what=_TITLES[what], code=code),
                    _l("Give it to somebody before the first request, or name another."),
                )

    def scope(self, place: Place) -> None:
        """See that everything a scope names exists; tell which departments or posts it leaves out."""
        item = self.find.at(*place)
        if not isinstance(item, Mapping):
            return
        for part, what in _SCOPES.items():
            for at, code in self.find.texts(*place, part):
                if code not in self.known(what):
                    self.unknown(at, what, code)
        if place[-1] in ("start", "applies_to"):
            self.left_out(place)

    def unknown(self, place: Place, what: str, code: str) -> None:
        near = suggest(code, self.known(what))
        title = _TITLES[what]
        self.find.error(
            place,
            "person_unknown",
            _l("This company has no %(what)s “%(code)s”.", what=title, code=code),
            near
            if "“" in str(near)
            else f"{_l('Make the %(what)s, or name another.', what=title)} {near}",
        )

    def left_out(self, place: Place) -> None:
        """Tell which departments and posts of the company a rule is not for."""
        named = {code for _at, code in self.find.texts(*place, "departments")}
        if named:
            rows = self.session.scalars(
                select(Department).where(Department.archived_at.is_(None)).order_by(Department.path)
            ).all()
            trees = [row.path for row in rows if {row.code, row.name} & named]
            out = [row.name for row in rows if trees and not any(map(row.path.startswith, trees))]
            self.tell_out(place, _l("departments"), out)
        posts = {code for _at, code in self.find.texts(*place, "posts")}
        if posts & self.known(Named.POST):
            rest = select(Post.name).where(Post.archived_at.is_(None), Post.code.not_in(posts))
            self.tell_out(place, _l("posts"), list(self.session.scalars(rest.order_by(Post.code))))

    def tell_out(self, place: Place, what: Text, names: list[str]) -> None:
        if names:
            shown = enumerate_texts([*names[:12], *(["…"] if len(names) > 12 else [])])
            self.find.tell(
                place,
                "left_out",
                _l("This is not for these %(what)s: %(names)s.", what=what, names=shown),
                _l("Name them as well if they are meant."),
            )


_TABLES: dict[str, Any] = {
    Named.POST: Post,
    Named.GROUP: Group,
    Named.MATTER: Matter,
    "grade": Grade,
    "contract": ContractType,
    "site": Site,
}

_TITLES: dict[str, Text] = {
    Named.USER: _l("member with the log-in name"),
    Named.ROLE: _l("role"),
    Named.POST: _l("post"),
    Named.GROUP: _l("group"),
    Named.DEPARTMENT: _l("department"),
    Named.MATTER: _l("business matter"),
    Named.COMPANY: _l("company"),
    "grade": _l("grade"),
    "contract": _l("kind of contract"),
    "site": _l("site"),
}
"""What each sort of code is called."""
