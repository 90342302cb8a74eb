"""Check what only a company can answer: do the people, roles and posts of a pack exist in it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import select

from zhidu.access.models import Role
from zhidu.access.user import User
from zhidu.db import Session
from zhidu.org.models import Member, MemberStatus, Post
from zhidu.policy.finder import Finder, Place
from zhidu.policy.lint import Reading
from zhidu.policy.problems import PolicyProblem, in_order, suggest
from zhidu.policy.tree import Mapping, Sequence
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l


def check(session: Session, reading: Reading) -> list[PolicyProblem]:
    """Give a problem for every user, role and post that the session's company does not have."""
    if reading.tree is None:
        return []
    find = Finder(reading.filename, reading.tree)
    known: dict[str, frozenset[str]] = {}
    for place in _approvers(find):
        for way, (read, title, cure) in _WAYS.items():
            code = find.text(*place, way)
            if code is None:
                continue
            if way not in known:
                known[way] = read(session, reading)
            if code not in known[way]:
                near = suggest(code, known[way])
                find.error(
                    (*place, way),
                    "person_unknown",
                    _l("This company has no %(what)s “%(code)s”.", what=title, code=code),
                    near if "“" in str(near) else f"{cure} {near}",
                )
    return in_order(find.problems)


def _approvers(find: Finder) -> Iterator[Place]:
    """Give the place of every mapping that names a person."""
    flows = find.get("flows", Mapping)
    for kind in flows.entries if flows else ():
        yield ("flows", kind, "manager")
        copies, nodes = find.at("flows", kind, "cc"), find.at("flows", kind, "nodes")
        for index in range(len(copies.items) if isinstance(copies, Sequence) else 0):
            yield ("flows", kind, "cc", index)
        for index in range(len(nodes.items) if isinstance(nodes, Sequence) else 0):
            yield ("flows", kind, "nodes", index, "approver")


def _roles(session: Session, reading: Reading) -> frozenset[str]:
    """Name the company's roles, and those that it gets with the addons of the pack."""
    coming = set(reading.content["addons"]) if reading.content else set()
    registry = session.registry
    templates = {
        template.code
        for key, template in registry.roles.items()
        if registry.owner(key) in coming | {"core"}
    }
    present = session.scalars(select(Role.code).where(Role.archived_at.is_(None)))
    return frozenset(present) | templates


def _posts(session: Session, _reading: Reading) -> frozenset[str]:
    return frozenset(session.scalars(select(Post.code).where(Post.archived_at.is_(None))))


def _users(session: Session, _reading: Reading) -> frozenset[str]:
    names = (
        select(User.username)
        .join(Member, Member.user_id == User.id)
        .where(Member.status == MemberStatus.ACTIVE)
    )
    return frozenset(session.scalars(names))


_WAYS: dict[str, tuple[Callable[[Session, Reading], frozenset[str]], Text, Text]] = {
    "user": (_users, _l("member with the log-in name"), _l("Make the member, or name another.")),
    "role": (_roles, _l("role"), _l("Make the role, or name another.")),
    "post": (_posts, _l("post"), _l("Make the post, or name another.")),
}
"""Per resolver: who knows the names, what it is called, and what helps."""
