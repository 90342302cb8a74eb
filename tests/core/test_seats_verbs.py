"""Adding, removing, transferring and consulting in each mode: who is asked, who decides, what is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from sqlalchemy import select
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import (
    Apart,
    DemoRequest,
    Office,
    flow,
    header,
    instance_of,
    node,
    own_task,
    refused,
    submitted,
    tasks_of,
)

from zhidu.db import Session
from zhidu.errors import Conflict, Refused, ValidationError
from zhidu.notify.models import Notice
from zhidu.org import members
from zhidu.records.models import Approval, RecordReader
from zhidu.testing.factories import MadeMember
from zhidu.workflow import engine, queries
from zhidu.workflow.definition import Act, Mode, Node, NodeKind
from zhidu.workflow.models import InstanceStatus, Sign, Task, TaskStatus, Trail, TrailAction
from zhidu.workflow.seats_allowed import beside

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


# -- add


@pytest.mark.parametrize("mode", MODES)
def test_before_decides_first_then_the_own_turn_comes_again(office: Office, mode: Mode) -> None:
    org = office.org
    record_id = asks(office, mode)
    add(office, record_id, org.finance_head, org.hr_head, Sign.BEFORE)
    others = set() if mode is Mode.SEQUENTIAL else names(org.accountant, org.cashier)
    assert asked(office, record_id) == names(org.hr_head) | others
    with pytest.raises(Refused), office.db.write(org.finance_head.actor) as session:
        engine.approve(
            session,
            session.actor,
            engine.task_for(session, session.actor, header(session, record_id)),
        )
    decide(office, record_id, org.hr_head)
    assert asked(office, record_id) == names(org.finance_head) | others
    play_out(office, record_id)
    (entry,) = trail(office, record_id, TrailAction.ADD)
    assert (entry.member_id, entry.other_id) == (org.finance_head.id, org.hr_head.id)
    assert (entry.opinion, entry.note, entry.clause) == ("请看", "before", "D-money")


@pytest.mark.parametrize("mode", MODES)
def test_after_decides_before_the_flow_leaves_the_step(office: Office, mode: Mode) -> None:
    org = office.org
    record_id = asks(office, mode)
    add(office, record_id, org.finance_head, org.hr_head, Sign.AFTER)
    assert org.hr_head.name not in asked(office, record_id)
    decide(office, record_id, org.finance_head)
    assert org.hr_head.name in asked(office, record_id)
    if mode is Mode.ANY:  # the first has decided for all, but the one added is still to agree
        assert asked(office, record_id) == names(org.hr_head)
    play_out(office, record_id)
    decided = {one.member_id for one in trail(office, record_id, TrailAction.APPROVE)}
    # where two votes are enough, those of the others may be
    assert org.hr_head.id in decided or mode in {Mode.RATIO, Mode.COUNT}


@pytest.mark.parametrize("mode", MODES)
def test_beside_is_one_more_of_those_who_decide(office: Office, mode: Mode) -> None:
    org = office.org
    record_id = asks(office, mode)
    add(office, record_id, org.finance_head, org.hr_head, Sign.BESIDE)
    assert (org.hr_head.name in asked(office, record_id)) == (mode is not Mode.SEQUENTIAL)
    if mode is Mode.ANY:
        decide(office, record_id, org.hr_head)
        assert at_boss(office, record_id)
        return
    if mode is Mode.SEQUENTIAL:
        decide(office, record_id, org.finance_head)
        assert asked(office, record_id) == names(org.hr_head)
    play_out(office, record_id)
    with office.db.read(office.system) as session:
        positions = session.scalars(
            select(Task.position).where(Task.record_id == record_id, Task.node_id == "money")
        ).all()
        assert len(set(positions)) == (4 if mode is Mode.SEQUENTIAL else len(set(positions)))


@pytest.mark.parametrize("sign", [Sign.BEFORE, Sign.AFTER, Sign.BESIDE])
@pytest.mark.parametrize("mode", [Mode.ALL, Mode.ANY, Mode.SEQUENTIAL])
def test_who_was_added_may_refuse(office: Office, mode: Mode, sign: Sign) -> None:
    org = office.org
    record_id = asks(office, mode)
    add(office, record_id, org.finance_head, org.hr_head, sign)
    if org.hr_head.name not in asked(office, record_id):
        decide(office, record_id, org.finance_head)
    decide(office, record_id, org.hr_head, "reject")
    with office.db.read(office.system) as session:
        assert header(session, record_id).approval is Approval.REJECTED
        assert tasks_of(session, record_id, TaskStatus.OPEN, TaskStatus.WAITING) == []
        assert session.get_one(DemoRequest, record_id).effects == 0


def test_those_added_may_add_in_turn_and_all_must_agree(office: Office) -> None:
    org = office.org
    record_id = asks(office, Mode.ALL)
    add(office, record_id, org.finance_head, org.hr_head, Sign.BEFORE)
    add(office, record_id, org.hr_head, org.auditor, Sign.BEFORE)
    add(office, record_id, org.auditor, org.deputy, Sign.AFTER)
    order = []
    for who in (org.auditor, org.deputy, org.hr_head, org.finance_head):
        order.append(asked(office, record_id) - names(org.accountant, org.cashier))
        decide(office, record_id, who)
    assert order == [
        names(org.auditor),
        names(org.deputy),
        names(org.hr_head),
        names(org.finance_head),
    ]
    play_out(office, record_id)


def test_a_second_click_adds_nobody(office: Office) -> None:
    record_id = asks(office)
    for _click in range(2):
        with office.db.write(office.org.finance_head.actor) as session:
            task = session.scalars(
                select(Task).where(
                    Task.record_id == record_id, Task.member_id == session.actor.member_id
                )
            ).one()
            engine.add_signer(
                session, session.actor, task, office.org.hr_head.id, Sign.BEFORE, "看", key="form-1"
            )
    assert len(trail(office, record_id, TrailAction.ADD)) == 1


# -- whom nobody may ask


def chosen(office: Office, record_id: int, whom: int, verb: str) -> Refused:
    def act(session: Session) -> None:
        task = own_task(session, record_id)
        if verb == "add":
            engine.add_signer(session, session.actor, task, whom, Sign.BESIDE, "看")
        else:
            engine.transfer(session, session.actor, task, whom, "看")

    return refused(office, office.org.finance_head.actor, record_id, act)


@pytest.mark.parametrize("verb", ["add", "transfer"])
def test_never_the_applicant_nor_one_who_may_not_decide(office: Office, verb: str) -> None:
    org = office.org
    record_id = asks(office)
    assert chosen(office, record_id, org.salesman.id, verb).rule == "seats.applicant"
    assert chosen(office, record_id, org.finance_head.id, verb).rule == "seats.oneself"
    assert chosen(office, record_id, org.cashier.id, verb).rule == "seats.asked"

    def apart(_session: Session, actor: object, _row: object, _kind: str) -> None:
        if getattr(actor, "member_id", None) == org.hr_head.id:
            raise Apart

    office.house.segregated = apart
    assert chosen(office, record_id, org.hr_head.id, verb).rule == "seats.apart"
    office.house.segregated = None
    with office.db.write(office.system) as session:
        members.leave(session, session.actor, org.other_salesman.id)
    assert chosen(office, record_id, org.other_salesman.id, verb).rule == "seats.not_here"


def test_never_one_whom_the_policy_keeps_apart(office: Office) -> None:
    org = office.org
    office.house.flow = flow(
        node("lead", "hr"), replace(money(), not_same_as=("lead",)), node("boss", "manager")
    )
    record_id = submitted(office)
    decide(office, record_id, org.hr_head)
    assert chosen(office, record_id, org.hr_head.id, "add").rule == "seats.apart"


def test_only_where_the_policy_allows_it(office: Office) -> None:
    org = office.org
    record_id = asks(office, acts=(Act.CONSULT,))
    error = chosen(office, record_id, org.hr_head.id, "add")
    assert type(error).__name__ == "NotAllowedHere"
    assert type(chosen(office, record_id, org.hr_head.id, "transfer")).__name__ == "NotAllowedHere"
    with office.db.read(org.finance_head.actor) as session:
        assert [
            act.action for act in beside(session, session.actor, header(session, record_id))
        ] == ["consult"]


def test_a_reason_is_wanted(office: Office) -> None:
    record_id = asks(office)
    with pytest.raises(ValidationError), office.db.write(office.org.finance_head.actor) as session:
        task = own_task(session, record_id)
        engine.transfer(session, session.actor, task, office.org.hr_head.id, "  ")


def test_another_persons_task_is_not_ones_own_to_give(office: Office) -> None:
    record_id = asks(office)
    with office.db.read(office.system) as session:
        key = tasks_of(session, record_id)[0].id

    def verb(session: Session) -> None:
        engine.transfer(
            session, session.actor, session.get_one(Task, key), office.org.auditor.id, "x"
        )

    assert refused(office, office.org.hr_head.actor, record_id, verb).rule == "workflow.not_yours"


# -- remove


@pytest.mark.parametrize("sign", [Sign.BEFORE, Sign.AFTER, Sign.BESIDE, Sign.CONSULT])
@pytest.mark.parametrize("mode", [Mode.ALL, Mode.SEQUENTIAL])
def test_who_was_added_is_removed_again(office: Office, mode: Mode, sign: Sign) -> None:
    org = office.org
    record_id = asks(office, mode)
    before = asked(office, record_id)
    if sign is Sign.CONSULT:
        doing(
            office,
            org.finance_head,
            lambda s: engine.consult(s, s.actor, own_task(s, record_id), org.hr_head.id, "?"),
        )
    else:
        add(office, record_id, org.finance_head, org.hr_head, sign)
    for by, rule in ((org.accountant, "workflow.not_yours"), (org.finance_head, "")):
        with office.db.read(office.system) as session:
            key = session.scalars(
                select(Task.id).where(Task.record_id == record_id, Task.member_id == org.hr_head.id)
            ).one()

        def verb(session: Session, key: int = key) -> None:
            engine.remove_signer(session, session.actor, session.get_one(Task, key), "不用了")

        if rule:
            assert refused(office, by.actor, record_id, verb).rule == rule
        else:
            doing(office, by, verb)
    assert asked(office, record_id) == before
    play_out(office, record_id)
    with office.db.read(office.system) as session:
        told = session.scalars(select(Notice).where(Notice.member_id == org.hr_head.id)).all()
        assert any("不用了" in str(one.values) for one in told)


def test_only_one_who_was_added_and_before_either_has_acted(office: Office) -> None:
    org = office.org
    record_id = asks(office, Mode.ALL)
    with office.db.read(office.system) as session:
        own = {task.member_id: task.id for task in tasks_of(session, record_id)}

    def removing(member_id: int) -> Callable[[Session], None]:
        def verb(session: Session) -> None:
            task = session.scalars(
                select(Task).where(Task.record_id == record_id, Task.member_id == member_id)
            ).one()
            engine.remove_signer(session, session.actor, task, "x")

        return verb

    actor = org.finance_head.actor
    assert org.cashier.id in own
    assert refused(office, actor, record_id, removing(org.cashier.id)).rule == "seats.not_added"
    add(office, record_id, org.finance_head, org.hr_head, Sign.BESIDE)
    decide(office, record_id, org.hr_head)
    assert refused(office, actor, record_id, removing(org.hr_head.id)).rule == "workflow.state"
    add(office, record_id, org.finance_head, org.auditor, Sign.AFTER)
    decide(office, record_id, org.finance_head)
    assert refused(office, actor, record_id, removing(org.auditor.id)).rule == "workflow.state"


# -- transfer


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [NodeKind.APPROVE, NodeKind.HANDLE])
def test_a_transferred_task_is_the_others_for_good(
    office: Office, mode: Mode, kind: NodeKind
) -> None:
    org = office.org
    first = () if kind is NodeKind.APPROVE else (node("first", "manager"),)
    last = (node("boss", "manager"),) if kind is NodeKind.APPROVE else ()
    office.house.flow = flow(*first, replace(money(mode), kind=kind), *last)
    record_id = submitted(office)
    if first:
        decide(office, record_id, org.general_manager)
    doing(
        office,
        org.finance_head,
        lambda s: engine.transfer(s, s.actor, own_task(s, record_id), org.hr_head.id, "出差"),
    )
    assert org.hr_head.name in asked(office, record_id)
    assert org.finance_head.name not in asked(office, record_id)
    with pytest.raises((Refused, Conflict)), office.db.write(org.finance_head.actor) as session:
        task = engine.task_for(session, session.actor, header(session, record_id))
        (engine.approve if last else engine.handle)(session, session.actor, task)
    if last:
        play_out(office, record_id)
    (entry,) = trail(office, record_id, TrailAction.TRANSFER)
    assert (entry.member_id, entry.other_id, entry.opinion) == (
        org.finance_head.id,
        org.hr_head.id,
        "出差",
    )
    with office.db.read(office.system) as session:
        readers = session.scalars(
            select(RecordReader.member_id).where(RecordReader.record_id == record_id)
        ).all()
        assert {org.finance_head.id, org.hr_head.id} <= set(readers)


def test_whom_one_asked_for_goes_along(office: Office) -> None:
    org = office.org
    record_id = asks(office, Mode.ALL)
    add(office, record_id, org.finance_head, org.auditor, Sign.AFTER)
    doing(
        office,
        org.finance_head,
        lambda s: engine.transfer(s, s.actor, own_task(s, record_id), org.hr_head.id, "出差"),
    )
    for who in (org.accountant, org.cashier, org.hr_head):
        decide(office, record_id, who)
    assert asked(office, record_id) == names(org.auditor)
    decide(office, record_id, org.auditor)
    assert at_boss(office, record_id)


def test_it_may_come_back(office: Office) -> None:
    org = office.org
    record_id = asks(office)
    pairs = ((org.finance_head, org.hr_head), (org.hr_head, org.finance_head))
    for by, to in pairs:
        doing(
            office,
            by,
            lambda s, to=to: engine.transfer(s, s.actor, own_task(s, record_id), to.id, "请办"),  # type: ignore[misc]
        )
    decide(office, record_id, org.finance_head)
    assert at_boss(office, record_id)


# -- consult


@pytest.mark.parametrize("mode", MODES)
def test_an_opinion_comes_back_to_the_one_who_asked(office: Office, mode: Mode) -> None:
    org = office.org
    record_id = asks(office, mode)
    for whom in (org.hr_head, org.salesman):  # the applicant may explain
        doing(
            office,
            org.finance_head,
            lambda s, whom=whom: engine.consult(
                s, s.actor, own_task(s, record_id), whom.id, "为何?"
            ),  # type: ignore[misc]
        )
        assert org.finance_head.name not in asked(office, record_id)

        def decides(session: Session) -> None:
            engine.approve(session, session.actor, own_task(session, record_id))

        error = refused(office, whom.actor, record_id, decides)
        assert error.rule in {"seats.answer_only", "workflow.self_approval"}
        doing(
            office,
            whom,
            lambda s: engine.answer(s, s.actor, own_task(s, record_id), "可以"),
        )
        assert org.finance_head.name in asked(office, record_id)
    (first, _second) = trail(office, record_id, TrailAction.ANSWER)
    assert (first.opinion, first.other_id) == ("可以", org.finance_head.id)
    assert trail(office, record_id, TrailAction.APPROVE) == []
    play_out(office, record_id)


def test_only_who_was_asked_answers_and_says_something(office: Office) -> None:
    org = office.org
    record_id = asks(office)
    rule = refused(
        office,
        org.finance_head.actor,
        record_id,
        lambda s: engine.answer(s, s.actor, own_task(s, record_id), "好"),
    ).rule
    assert rule == "seats.not_consulted"
    doing(
        office,
        org.finance_head,
        lambda s: engine.consult(s, s.actor, own_task(s, record_id), org.hr_head.id, "?"),
    )
    with pytest.raises(ValidationError), office.db.write(org.hr_head.actor) as session:
        engine.answer(session, session.actor, own_task(session, record_id), "  ")
    # another of the step decides: the question has no object any more
    decide(office, record_id, org.cashier)
    assert at_boss(office, record_id)
    with office.db.read(office.system) as session:
        assert tasks_of(session, record_id, TaskStatus.WAITING) == []


# -- taking back, returning, withdrawing while people were added


def test_taking_back_gives_the_turns_back(office: Office) -> None:
    org = office.org
    record_id = asks(office)
    add(office, record_id, org.finance_head, org.hr_head, Sign.AFTER)
    decide(office, record_id, org.finance_head)
    assert asked(office, record_id) == names(org.hr_head)

    def back(session: Session) -> None:
        task = session.scalars(
            select(Task).where(
                Task.record_id == record_id, Task.member_id == session.actor.member_id
            )
        ).one()
        engine.take_back(session, session.actor, task)

    doing(office, org.finance_head, back)
    assert asked(office, record_id) == names(org.finance_head, org.accountant, org.cashier)
    decide(office, record_id, org.finance_head)
    decide(office, record_id, org.hr_head)
    assert refused(office, org.finance_head.actor, record_id, back).rule == "workflow.take_back"
    doing(office, org.hr_head, back)
    assert asked(office, record_id) == names(org.hr_head)


def test_who_asked_before_has_acted_then_it_is_too_late(office: Office) -> None:
    org = office.org
    record_id = asks(office, Mode.ALL)
    add(office, record_id, org.finance_head, org.hr_head, Sign.BEFORE)
    decide(office, record_id, org.hr_head)

    def back(session: Session) -> None:
        task = session.scalars(
            select(Task).where(Task.record_id == record_id, Task.member_id == org.hr_head.id)
        ).one()
        engine.take_back(session, session.actor, task)

    doing(office, org.hr_head, back)
    assert asked(office, record_id) == names(org.hr_head, org.accountant, org.cashier)
    decide(office, record_id, org.hr_head)
    decide(office, record_id, org.finance_head)
    assert refused(office, org.hr_head.actor, record_id, back).rule == "workflow.take_back"


@pytest.mark.parametrize("end", ["withdraw", "return"])
def test_the_end_of_the_step_is_the_end_for_those_added(office: Office, end: str) -> None:
    org = office.org
    record_id = asks(office, Mode.ALL)
    add(office, record_id, org.finance_head, org.hr_head, Sign.BEFORE)
    add(office, record_id, org.cashier, org.auditor, Sign.AFTER)
    if end == "withdraw":
        doing(office, org.salesman, lambda s: engine.withdraw(s, s.actor, header(s, record_id)))
    else:
        doing(
            office,
            org.hr_head,
            lambda s: engine.return_to_applicant(s, s.actor, own_task(s, record_id), "补"),
        )
    with office.db.read(office.system) as session:
        assert tasks_of(session, record_id, TaskStatus.OPEN, TaskStatus.WAITING) == []
        assert instance_of(session, record_id).status in {
            InstanceStatus.ENDED,
            InstanceStatus.RETURNED,
        }
    doing(office, org.salesman, lambda s: engine.submit(s, s.actor, header(s, record_id)))
    assert asked(office, record_id) == names(org.finance_head, org.accountant, org.cashier)
