"""One out of many: whom the applicant chose within a range, and whose turn it is in a rotation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from zhidu.access.user import User
from zhidu.db.sequence import next_number
from zhidu.org import queries as org
from zhidu.org.models import Member
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.find_arguments import (
    APPLICANT,
    CODE_SHAPE,
    Check,
    check_code,
    check_count,
    check_logins,
    check_mapping,
    check_true,
    closed,
)
from zhidu.workflow.models_people import Choice, ChosenBy, Turn
from zhidu.workflow.resolvers import Named, Question, Reference, Resolver

_RANGES: Mapping[str, Check] = {
    "role": check_code,
    "post": check_code,
    "dept": check_code,
    "group": check_code,
    "people": check_logins,
    "anyone": check_true,
}
_POOLS: Mapping[str, Check] = {"role": check_code, "post": check_code, "group": check_code}

_CHOSEN = (
    select(Choice)
    .where(
        Choice.record_id == bindparam("record_id"),
        Choice.node_id == bindparam("node_id"),
        Choice.by == bindparam("by"),
    )
    .order_by(Choice.sort, Choice.id)
)
_TURNS = select(Turn).where(Turn.rotation == bindparam("rotation"))


# -- chosen by the applicant


def candidates(question: Question, argument: Mapping[str, Any]) -> list[int]:
    """List whom the applicant may choose: who is in the range, works here and may be asked."""
    session = question.session
    if "role" in argument:
        found: Sequence[int] = org.people_by_role(session, argument["role"])
    elif "post" in argument:
        found = org.people_by_post(session, argument["post"])
    elif "group" in argument:
        found = org.people_by_group(session, argument["group"])
    elif "dept" in argument:
        found = _of_department(question, argument["dept"])
    elif "people" in argument:
        found = _by_logins(question, argument["people"])
    else:
        found = session.scalars(
            select(Member.id).where(org.WORKS_HERE).order_by(Member.name_key, Member.id)
        ).all()
    return [one for one in org.working(session, found) if question.available(one)]


def most(argument: Mapping[str, Any]) -> int:
    """Tell how many may be chosen."""
    return int(argument.get("most", 1))


def _of_department(question: Question, name: str) -> list[int]:
    if name == APPLICANT:
        own = question.record.department_id
        places = [] if own is None else [own]
    else:
        places = org.departments_named(question.session, name)
    return [
        one
        for key in places
        for one in org.people_of_department(question.session, key, with_lower=True)
    ]


def _by_logins(question: Question, names: Sequence[str]) -> list[int]:
    rows = question.session.execute(
        select(User.username, Member.id)
        .join(Member, Member.user_id == User.id)
        .where(User.username.in_(names))
    )
    found = dict(rows.all())
    return [found[name] for name in names if name in found]


def _chosen(question: Question, argument: Any) -> Sequence[int]:
    if question.node_id in question.chosen:
        wanted: Iterable[int] = question.chosen[question.node_id]
    else:
        wanted = [row.member_id for row in _rows(question, ChosenBy.APPLICANT)]
    within = set(candidates(question, argument))
    return [one for one in wanted if one in within][: most(argument)]


def _rows(question: Question, by: ChosenBy) -> Sequence[Choice]:
    record_id: int | None = question.record.id
    if record_id is None or not question.node_id:
        return ()
    given = {"record_id": record_id, "node_id": question.node_id, "by": by}
    return question.session.scalars(_CHOSEN, given).all()


# -- whose turn it is


def _rotation(question: Question, argument: Any) -> Sequence[int]:
    """Give whose turn it is: who has waited longest, in the order of the pool where that is equal.

    Who may not be asked now (away, the applicant, kept apart by a duty) keeps their place. A
    record's turn stays with it. Two records at once wait for each other by the row of a sequence,
    so that nobody has two turns for one.
    """
    ((by, code),) = argument.items()
    pool = [
        one
        for one in org.working(question.session, _pool(question, by, code))
        if one != question.record.applicant_id and question.available(one)
    ]
    kept = _rows(question, ChosenBy.ROTATION)
    if kept and kept[0].member_id in pool:
        return (kept[0].member_id,)
    if not pool:
        return ()
    rotation = f"{by}:{code}"
    session = question.session
    record_id: int | None = question.record.id
    if not question.takes or session.readonly or record_id is None or not question.node_id:
        return (_next(question, rotation, pool),)
    number = next_number(session, f"core.rotation.{rotation}", "")  # others wait here
    one = _next(question, rotation, pool)
    for row in kept:
        session.delete(row)
    session.flush()
    turn = session.get(Turn, (session.company, rotation, one))
    if turn is None:
        session.add(
            Turn(company_id=session.company, rotation=rotation, member_id=one, number=number)
        )
    else:
        turn.number = number
    session.add(
        Choice(
            record_id=record_id,
            node_id=question.node_id,
            member_id=one,
            by=ChosenBy.ROTATION,
        )
    )
    session.flush()
    return (one,)


def _pool(question: Question, by: str, code: str) -> list[int]:
    if by == "group":
        return org.people_by_group(question.session, code)
    if by == "post":
        return org.people_by_post(question.session, code)
    return org.people_by_role(question.session, code)


def _next(question: Question, rotation: str, pool: Sequence[int]) -> int:
    rows = question.session.scalars(
        _TURNS, {"rotation": rotation}, execution_options={"populate_existing": True}
    )
    last = {row.member_id: row.number for row in rows}
    return min(pool, key=lambda one: (last.get(one, 0), pool.index(one)))


def _check_chosen(argument: Any) -> str:
    return check_mapping(argument, {**_RANGES, "most": check_count}, one_of=tuple(_RANGES))


def _check_rotation(argument: Any) -> str:
    return check_mapping(argument, _POOLS, one_of=tuple(_POOLS))


def _names(argument: Any) -> Iterable[Reference]:
    for word in (Named.ROLE, Named.POST, Named.GROUP):
        if word.value in argument:
            yield word, argument[word.value]
    if argument.get("dept", APPLICANT) != APPLICANT:
        yield Named.DEPARTMENT, argument["dept"]
    yield from ((Named.USER, name) for name in argument.get("people", ()))


RESOLVERS = (
    Resolver(
        "chosen",
        _l("Chosen by the applicant"),
        _chosen,
        _check_chosen,
        names=_names,
        shape={
            **closed(
                role=CODE_SHAPE,
                post=CODE_SHAPE,
                group=CODE_SHAPE,
                dept={**CODE_SHAPE, "description": "Code or name, or applicant."},
                people={"type": "array", "items": CODE_SHAPE, "minItems": 1},
                anyone={"const": True},
                most={"type": "integer", "minimum": 1, "maximum": 99, "default": 1},
            ),
            "description": "Whom the applicant chooses at submit, within a range.",
        },
    ),
    Resolver(
        "rotation",
        _l("By turns"),
        _rotation,
        _check_rotation,
        names=_names,
        shape={
            **closed(role=CODE_SHAPE, post=CODE_SHAPE, group=CODE_SHAPE),
            "description": "One of a group, role or post, by turns; who is away is passed over.",
        },
    ),
)
