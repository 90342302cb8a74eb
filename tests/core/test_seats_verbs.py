"""Adding and removing in each mode: who is asked, who decides, whom nobody may ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from tests.core.seats_stage import (  # noqa: F401 -- fixtures
    MODES,
    add,
    asked,
    asks,
    at_boss,
    decide,
    doing,
    money,
    names,
    office,
    play_out,
    trail,
)
from tests.core.workflow_house import (
    Apart,
    DemoRequest,
    Office,
    flow,
    header,
    node,
    own_task,
    refused,
    submitted,
    tasks_of,
)

from zhidu.db import Session
from zhidu.errors import Refused, ValidationError
from zhidu.notify.models import Notice
from zhidu.org import members
from zhidu.records.models import Approval
from zhidu.workflow import engine
from zhidu.workflow.definition import Act, Mode
from zhidu.workflow.models import Sign, Task, TaskStatus, TrailAction
from zhidu.workflow.seats_allowed import beside

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
        engine.transfer(
            session, session.actor, own_task(session, record_id), office.org.hr_head.id, "  "
        )


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
