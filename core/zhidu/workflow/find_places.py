"""People by their place in the house: department, its leaders, the chain of superiors, charge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from zhidu.org import queries as org
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.find_arguments import (
    CODE_SHAPE,
    FIELD_SHAPE,
    LEVEL_SHAPE,
    TO_SHAPE,
    TOP,
    Check,
    check_code,
    check_flag,
    check_level,
    check_mapping,
    check_of,
    check_path,
    check_to,
    closed,
    department_of,
    person_of,
)
from zhidu.workflow.resolvers import Lint, Named, Question, Reference, Resolver

_MEMBER_OF: Mapping[str, Check] = {
    "department": check_code,
    "of": check_path,
    "role": check_code,
    "post": check_code,
    "lower": check_flag,
}


def _members(question: Question, argument: Any) -> Sequence[int]:
    session = question.session
    if "department" in argument:
        places = org.departments_named(session, argument["department"])
    else:
        own = department_of(question, argument)
        places = [] if own is None else [own]
    lower = argument.get("lower", False)
    found = [
        one for key in places for one in org.people_of_department(session, key, with_lower=lower)
    ]
    if "role" in argument:
        holders = set(org.people_by_role(session, argument["role"]))
        found = [one for one in found if one in holders]
    if "post" in argument:
        holders = set(org.people_by_post(session, argument["post"]))
        found = [one for one in found if one in holders]
    return found


def _check_members(argument: Any) -> str:
    return check_mapping(argument, _MEMBER_OF, one_of=("department", "of"))


def _member_names(argument: Any) -> Iterable[Reference]:
    for word in (Named.DEPARTMENT, Named.ROLE, Named.POST):
        if word.value in argument:
            yield word, argument[word.value]


def _leader(question: Question, argument: Any) -> Sequence[int]:
    place = department_of(question, argument)
    if place is None:
        return ()
    return org.department_leaders(question.session, place, _level(argument))


def _leaders(question: Question, argument: Any) -> Sequence[int]:
    """Go up from the department: the first leader of each level who is not the applicant."""
    place = department_of(question, argument)
    if place is None:
        return ()
    session, applicant = question.session, question.record.applicant_id
    chain = org.department_chain(session, place)
    levels = (org.department_leaders(session, key) for key in chain)
    heads = (
        next((one for one in leaders if one != applicant and question.available(one)), None)
        for leaders in levels
    )
    return _up_to(question, argument, heads)


def _superior(question: Question, argument: Any) -> Sequence[int]:
    person = person_of(question, argument)
    if person is None:
        return ()
    level = _level(argument)
    return org.superiors(question.session, person)[level - 1 : level]


def _superiors(question: Question, argument: Any) -> Sequence[int]:
    person = person_of(question, argument)
    if person is None:
        return ()
    return _up_to(question, argument, org.superiors(question.session, person))


def _in_charge(question: Question, argument: Any) -> Sequence[int]:
    place = department_of(question, argument)
    if place is None:
        return ()
    matter = argument.get("matter") if isinstance(argument, Mapping) else None
    if matter is None:
        return org.leaders_in_charge(question.session, place)
    return org.in_charge_of(question.session, place, matter)


def _level(argument: Any) -> int:
    if isinstance(argument, Mapping):
        argument = argument.get("level", 1)
    return argument if isinstance(argument, int) and not isinstance(argument, bool) else 1


def _up_to(question: Question, argument: Any, levels: Iterable[int | None]) -> list[int]:
    """Cut a chain of levels: after so many, at the holder of a post, or not at all.

    A level without anybody is passed over, but counts.
    """
    to = argument["to"]
    holders = (
        set(org.people_by_post(question.session, to["post"])) if isinstance(to, Mapping) else set()
    )
    found: list[int] = []
    for level, one in enumerate(levels, start=1):
        if isinstance(to, int) and level > to:
            break
        if one is not None and one not in found:
            found.append(one)
        if one in holders:
            break
    return found


def _or_true(known: Mapping[str, Check], *, bare: bool = False) -> Callable[[Any], str]:
    """Check a mapping that may also be left out, as in ``superior: true``.

    :param bare: whether a level may stand there by itself.
    """

    def check(argument: Any) -> str:
        if argument in (None, True, {}, ""):
            return ""
        if bare and not isinstance(argument, Mapping):
            return check_level(argument)
        return check_mapping(argument, known)

    return check


def _check_chain(argument: Any) -> str:
    if not isinstance(argument, Mapping):
        return _("It is written with its end, e.g. {to: %(top)s} or {to: 3}.", top=TOP)
    return check_mapping(argument, {"to": check_to, "of": check_path}, required=("to",))


def _chain_names(argument: Any) -> Iterable[Reference]:
    if isinstance(argument["to"], Mapping):
        yield Named.POST, argument["to"]["post"]


def _charge_names(argument: Any) -> Iterable[Reference]:
    if isinstance(argument, Mapping) and "matter" in argument:
        yield Named.MATTER, argument["matter"]


def _of(lint: Lint, argument: Any) -> str:
    return check_of(lint.kind, argument)


_OF = {**FIELD_SHAPE, "description": "applicant, or a field with a person or a department."}
_LEVELLED: Mapping[str, Check] = {"level": check_level, "of": check_path}

RESOLVERS = (
    Resolver(
        "dept_member",
        _l("People of a department"),
        _members,
        _check_members,
        check_kind=_of,
        names=_member_names,
        shape={
            **closed(
                department=CODE_SHAPE,
                of=_OF,
                role=CODE_SHAPE,
                post=CODE_SHAPE,
                lower={"type": "boolean", "description": "With the departments below it."},
            ),
            "description": "People of a department (code or name), of a role or post if named.",
        },
    ),
    Resolver(
        "dept_leader",
        _l("Leader of the department"),
        _leader,
        _or_true(_LEVELLED, bare=True),
        check_kind=_of,
        shape={
            **closed(level=LEVEL_SHAPE, of=_OF),
            "description": "Leaders of the applicant's department; level 2 is one department up.",
        },
    ),
    Resolver(
        "leaders",
        _l("Leaders of the department, one level after the other"),
        _leaders,
        _check_chain,
        check_kind=_of,
        names=_chain_names,
        shape={
            **closed(("to",), to=TO_SHAPE, of=_OF),
            "description": "The head of each level up to a level, a post or the top; in a"
            " sequential node one after the other.",
        },
    ),
    Resolver(
        "superior",
        _l("Direct superior"),
        _superior,
        _or_true(_LEVELLED),
        check_kind=_of,
        shape={
            "oneOf": [{"const": True}, closed(level=LEVEL_SHAPE, of=_OF)],
            "description": "The applicant's direct superior; level 2 is the superior's superior.",
        },
    ),
    Resolver(
        "superiors",
        _l("Superiors, one after the other"),
        _superiors,
        _check_chain,
        check_kind=_of,
        names=_chain_names,
        shape={
            **closed(("to",), to=TO_SHAPE, of=_OF),
            "description": "The chain of superiors up to a level, a post or the top.",
        },
    ),
    Resolver(
        "in_charge",
        _l("Leader in charge"),
        _in_charge,
        _or_true({"matter": check_code, "of": check_path}),
        check_kind=_of,
        names=_charge_names,
        shape={
            "oneOf": [{"const": True}, closed(matter=CODE_SHAPE, of=_OF)],
            "description": "Who has charge of the department, in a business matter if named.",
        },
    ),
)
