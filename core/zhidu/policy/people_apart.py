"""Find one person on two sides that must be kept apart: nodes of a flow, or roles of a pair."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Dict
from typing import Any

from sqlalchemy import select

from zhidu.access.user import User
from zhidu.db import Session
from zhidu.org import queries as org
from zhidu.org.models import Member, MemberStatus
from zhidu.policy.finder import Finder, Place
from zhidu.texts import enumerate_texts
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Approver, Flow


def check(session: Session, find: Finder, content: Dict[str, Any], built: Dict[str, Flow]) -> None:
    """Warn of one person who alone holds two nodes, or who has both roles of a pair."""
    for kind, flow in built.items():
        places = dict(_places(find, ("flows", kind, "nodes")))
        _flow(session, find, flow, places)
    for index, pair in enumerate(content.get("segregation") or ()):
        roles = [side["role"] for side in pair["between"] if "role" in side]
        if len(roles) != 2:
            continue
        both = set(org.people_by_role(session, roles[0])) & set(
            org.people_by_role(session, roles[1])
        )
        if both:
            find.warn(
                ("segregation", index, "between"),
                "one_person",
                _l(
                    "%(names)s: has both roles, “%(one)s” and “%(other)s”.",
                    names=_names(session, both),
                    one=roles[0],
                    other=roles[1],
                ),
                _l("Let two people have the two roles."),
            )


def _flow(session: Session, find: Finder, flow: Flow, places: Dict[str, Place]) -> None:
    nodes = {node.id: node for node in flow.every_node()}
    for node in nodes.values():
        for name in node.not_same_as:
            other = nodes.get(name)
            if other is None:
                continue
            mine, theirs = _holders(session, node.approver), _holders(session, other.approver)
            if mine is None or mine != theirs or len(mine) != 1:
                continue
            find.warn(
                places.get(node.id, ("flows", flow.kind)),
                "one_person",
                _l(
                    "%(name)s alone would decide both “%(one)s” and “%(other)s”, which must be kept"
                    " apart.",
                    name=_names(session, mine),
                    one=other.name,
                    other=node.name,
                ),
                _l("Name another role, post or person at one of them."),
            )


def _holders(session: Session, approver: Approver) -> set[int] | None:
    """Give who holds what an approver names; None where the record or the applicant decides it."""
    if approver.otherwise:
        return None
    code = str(approver.argument)
    match approver.resolver:
        case "role":
            return set(org.people_by_role(session, code))
        case "post":
            return set(org.people_by_post(session, code))
        case "group":
            return set(org.people_by_group(session, code))
        case "user":
            named = (
                select(Member.id)
                .join(User, User.id == Member.user_id)
                .where(User.username == code, Member.status == MemberStatus.ACTIVE)
            )
            return set(session.scalars(named))
    return None


def _names(session: Session, members: Iterable[int]) -> str:
    rows = session.scalars(
        select(Member.name).where(Member.id.in_(sorted(members))).order_by(Member.id)
    )
    return enumerate_texts(rows)


def _places(find: Finder, place: Place) -> Iterable[tuple[str, Place]]:
    """Give the place of each node, those inside branches included."""
    for here, item in find.entries(*place):
        if "branch" in item.entries:
            for path, _item in find.entries(*here, "paths"):
                yield from _places(find, (*path, "nodes"))
        else:
            yield find.text(*here, "id") or "", here
