"""The office on each database in turn, and people who share a task, for the tests of seats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from tests.core.workflow_house import (
    Office,
    flow,
    node,
    own_task,
    submitted,
    tasks_of,
)

from zhidu.db import Session
from zhidu.testing.factories import MadeMember
from zhidu.workflow import engine, queries
from zhidu.workflow.definition import Mode, Node
from zhidu.workflow.models import Sign, Trail, TrailAction

MODES = [Mode.ALL, Mode.ANY, Mode.SEQUENTIAL, Mode.RATIO, Mode.COUNT]


def money(mode: Mode = Mode.ANY, **more: object) -> Node:
    """Ask the three people of finance."""
    quota = {Mode.RATIO: 60, Mode.COUNT: 2}.get(mode, 0)
    return replace(node("money", "finance", mode=mode), quota=quota, **more)  # type: ignore[arg-type]


def asks(office: Office, mode: Mode = Mode.ANY, **more: object) -> int:
    office.house.flow = flow(money(mode, **more), node("boss", "manager"))
    return submitted(office)


def doing(office: Office, who: MadeMember, verb: Callable[[Session], object]) -> None:
    with office.db.write(who.actor) as session:
        verb(session)


def add(
    office: Office, record_id: int, by: MadeMember, whom: MadeMember, sign: Sign, key: str = ""
) -> None:
    doing(
        office,
        by,
        lambda s: engine.add_signer(s, s.actor, own_task(s, record_id), whom.id, sign, "请看", key),
    )


def decide(office: Office, record_id: int, who: MadeMember, action: str = "approve") -> None:
    def verb(session: Session) -> None:
        task = own_task(session, record_id)
        if action == "approve":
            engine.approve(session, session.actor, task)
        else:
            engine.reject(session, session.actor, task, "不行")

    doing(office, who, verb)


def asked(office: Office, record_id: int) -> set[str]:
    """Name who is asked now."""
    with office.db.read(office.system) as session:
        return {task.member.name for task in tasks_of(session, record_id)}


def names(*people: MadeMember) -> set[str]:
    return {one.name for one in people}


def at_boss(office: Office, record_id: int) -> bool:
    return asked(office, record_id) == names(office.org.general_manager)


def trail(office: Office, record_id: int, action: TrailAction) -> list[Trail]:
    with office.db.read(office.system) as session:
        return [one for one in queries.trail(session, record_id) if one.action is action]


def person(office: Office, member_id: int) -> MadeMember:
    """Give somebody of the office by key."""
    people = (getattr(office.org, one.name) for one in fields(office.org))
    return next(one for one in people if isinstance(one, MadeMember) and one.id == member_id)


def play_out(office: Office, record_id: int) -> None:
    """Let everybody agree who is asked, until the last step."""
    for _turn in range(20):
        if at_boss(office, record_id):
            return
        with office.db.read(office.system) as session:
            task = tasks_of(session, record_id)[0]
            who = person(office, task.member_id)
        decide(office, record_id, who)
    raise AssertionError("the step was never passed")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request: pytest.FixtureRequest) -> Office:
    """Open an office of the test's own on each database."""
    name = {"sqlite": "office", "postgresql": "office_on_postgresql"}[request.param]
    found: Office = request.getfixturevalue(name)
    return found
