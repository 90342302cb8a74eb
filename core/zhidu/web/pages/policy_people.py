"""Who is asked, in words: the ways to find people with the names that the company gives its things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from zhidu.access.models import Role
from zhidu.access.user import User
from zhidu.db import Session
from zhidu.org.models import Company, Department, Member, Post
from zhidu.org.models_groups import Group
from zhidu.org.models_lists import Grade, Matter
from zhidu.texts import enumerate_texts, gettext, localize
from zhidu.workflow.definition import Approver, Scope

Names = Mapping[str, str]


class People:
    """Says who is asked; the names of the company's things are read once, when they are needed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._known: dict[str, Names] = {}

    def names(self, sort: str) -> Names:
        """Give the names of roles, posts, … by their code; nothing for an unknown sort."""
        if sort not in _NAMES:
            return {}
        if sort not in self._known:
            self._known[sort] = _NAMES[sort](self.session)
        return self._known[sort]

    def say(self, approver: Approver) -> str:
        """Say who is asked, e.g. «Whoever has a role: 人事»."""
        declared = self.session.registry.resolvers.get(approver.resolver)
        title = str(declared.title) if declared else approver.resolver
        more = self._argument(approver.resolver, approver.argument)
        return gettext("%(what)s: %(more)s", what=title, more=more) if more else title

    def chain(self, approver: Approver) -> str:
        """Say who is asked, and who in turn where nobody is found."""
        said = self.say(approver)
        for other in approver.otherwise:
            said = gettext("%(first)s, else %(then)s", first=said, then=self.chain(other))
        return said

    def scope(self, scope: Scope) -> str:
        """Say whom a rule is for; nothing where it is for everybody."""
        parts = (
            ("department", scope.departments),
            ("post", scope.posts),
            ("role", scope.roles),
            ("grade", scope.grades),
            ("contract", scope.contracts),
            ("site", scope.sites),
            ("user", scope.people),
        )
        return enumerate_texts(
            self.names(sort).get(code, code) for sort, codes in parts for code in codes
        )

    def _argument(self, way: str, argument: Any) -> str:
        """Say what stands behind the way to find people."""
        match argument:
            case None | True | "":
                return ""
            case dict():
                said = (self._part(key, value) for key, value in argument.items())
                return enumerate_texts(filter(None, said))
            case list() | tuple():
                return enumerate_texts(self._argument(way, one) for one in argument)
            case str() if way in _FIELDS:
                # addons label their fields by these words; one without a label keeps its name
                return gettext(argument.replace("_", " ").replace(".", " ").capitalize())
        return self.names(way).get(str(argument), str(argument))

    def _part(self, key: str, value: Any) -> str:
        if key == "level" and isinstance(value, int):
            above = gettext("%(n)s levels up", n=value - 1)
            return "" if value == 1 else above
        label = {
            "department": gettext("department"),
            "field": gettext("named in"),
            "group": gettext("group"),
            "role": gettext("role"),
            "post": gettext("post"),
            "matter": gettext("matter"),
            "to": gettext("up to"),
            "within": gettext("out of"),
        }.get(key, key)
        said = self._argument("field" if key == "field" else key, value)
        return gettext("%(what)s %(more)s", what=label, more=said) if said else label


_FIELDS = {"field"}


def _roles(session: Session) -> Names:
    return {code: localize(name) for code, name in session.execute(select(Role.code, Role.name))}


def _users(session: Session) -> Names:
    found = select(User.username, Member.name).join(Member, Member.user_id == User.id)
    return dict(iter(session.execute(found)))


def _named(model: Any) -> Callable[[Session], Names]:
    return lambda session: dict(iter(session.execute(select(model.code, model.name))))


_NAMES: Mapping[str, Callable[[Session], Names]] = {
    "role": _roles,
    "user": _users,
    "post": _named(Post),
    "department": _named(Department),
    "group": _named(Group),
    "grade": _named(Grade),
    "matter": _named(Matter),
    "company": _named(Company),
}
