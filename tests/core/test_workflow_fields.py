"""Rights on fields at a node: who is asked may change what the node lets them, and see no more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.workflow_house import LEADER, DemoRequest, Office, flow, header, node
from tests.core.workflow_stage import Stage

from zhidu.errors import Refused, StaleRecord
from zhidu.records import services as records
from zhidu.workflow import engine, fields
from zhidu.workflow.definition import Approver, FieldRight, Flow, Mode, Node
from zhidu.workflow.models import Trail, TrailAction

BOSS = Approver("post", "general_manager")
EDIT, READ, HIDE = FieldRight.EDIT, FieldRight.READ, FieldRight.HIDE


def money(**rights: FieldRight) -> Node:
    return node("money", "finance", mode=Mode.ALL, fields=rights)


def rights(office: Office, stage: Stage, name: str) -> dict[str, FieldRight]:
    with office.db.read(stage.person(name).actor) as session:
        record = header(session, stage.record_id)
        return dict(fields.rights_of(session, session.actor, record))


def edit(office: Office, stage: Stage, name: str, **values: Any) -> None:
    with office.db.write(stage.person(name).actor) as session:
        row = session.get_one(DemoRequest, stage.record_id)
        engine.edit(session, session.actor, row, values, row.header.version)


def row_of(office: Office, stage: Stage) -> tuple[Decimal, str]:
    with office.db.read(office.system) as session:
        row = session.get_one(DemoRequest, stage.record_id)
        return row.amount, row.note


def test_who_is_asked_changes_what_the_node_lets_them(office: Office) -> None:
    stage = Stage.of(office, flow(money(note=EDIT), node("boss", BOSS)))
    edit(office, stage, "cashier", note="科目 6602", amount=Decimal("1.0000"))  # not changed
    assert row_of(office, stage) == (Decimal(1), "科目 6602")
    with pytest.raises(Refused) as caught:
        edit(office, stage, "cashier", note="x", amount=Decimal(2))
    assert caught.value.rule == "workflow.field"
    assert row_of(office, stage) == (Decimal(1), "科目 6602")
    with office.db.read(office.system) as session:
        entry = session.scalars(select(Trail).where(Trail.action == TrailAction.EDIT)).one()
        assert (entry.note, entry.node_id, entry.member_id) == (
            "note", "money", office.org.cashier.id,
        )  # fmt: skip


@pytest.mark.parametrize("name", ["salesman", "hr_head", "general_manager"])
def test_nobody_else_changes_it(office: Office, name: str) -> None:
    stage = Stage.of(office, flow(money(note=EDIT), node("boss", BOSS)))
    with pytest.raises(Refused):
        edit(office, stage, name, note="x")
    assert row_of(office, stage)[1] == ""


def test_not_after_the_own_decision_and_not_at_the_end(office: Office) -> None:
    stage = Stage.of(office, flow(money(note=EDIT)))
    stage.approve("cashier")
    with pytest.raises(Refused):
        edit(office, stage, "cashier", note="x")
    edit(office, stage, "accountant", note="y")
    stage.approve("accountant", "finance_head")
    with pytest.raises(Refused):
        edit(office, stage, "accountant", note="z")
    assert row_of(office, stage)[1] == "y"


def test_the_record_service_alone_lets_nobody_in(office: Office) -> None:
    """The word of a caller that is not the engine opens nothing."""
    stage = Stage.of(office, flow(money(note=EDIT)))
    with office.db.write(office.org.cashier.actor) as session:
        row = session.get_one(DemoRequest, stage.record_id)
        given, version = {"note": "x"}, row.header.version
        with pytest.raises(Refused) as caught:
            records.edit(session, session.actor, row, given, version, granted={"note"})
    assert caught.value.rule == "records.fixed"


def test_two_forms_do_not_overwrite_each_other(office: Office) -> None:
    stage = Stage.of(office, flow(money(note=EDIT)))
    with office.db.read(office.system) as session:
        version = header(session, stage.record_id).version
    edit(office, stage, "cashier", note="first")
    with office.db.write(office.org.accountant.actor) as session:
        row = session.get_one(DemoRequest, stage.record_id)
        with pytest.raises(StaleRecord):
            engine.edit(session, session.actor, row, {"note": "second"}, version)


def test_an_applicant_still_edits_a_draft_through_the_same_door(office: Office) -> None:
    stage = Stage.of(office, flow(node("lead", LEADER)))
    stage.give_back("team_head")
    edit(office, stage, "salesman", note="fixed")
    assert row_of(office, stage)[1] == "fixed"


def test_what_a_reader_sees(office: Office) -> None:
    stage = Stage.of(office, flow(money(note=HIDE, amount=EDIT), node("boss", BOSS)))
    assert rights(office, stage, "cashier") == {"note": HIDE, "amount": EDIT}
    assert rights(office, stage, "salesman") == {}  # the own request
    assert rights(office, stage, "general_manager") == {}  # no task yet
    assert rights(office, stage, "admin") == {}  # reads by a grant, if at all
    stage.approve("cashier")
    # what was hidden stays hidden from who read it because of the task
    assert rights(office, stage, "cashier") == {"note": HIDE}
    with office.db.read(office.org.cashier.actor) as session:
        seen = fields.visible(
            session, session.actor, header(session, stage.record_id), ["amount", "note"]
        )
        assert seen == ["amount"]


def test_of_two_nodes_the_larger_right_counts(office: Office) -> None:
    made = Flow(
        "demo.request",
        Approver("role", "admin"),
        (money(note=HIDE), node("again", "finance", mode=Mode.ALL, fields={"note": EDIT})),
    )
    stage = Stage.of(office, made)
    stage.approve("cashier", "accountant", "finance_head")
    assert stage.at == "again"
    assert rights(office, stage, "cashier") == {"note": EDIT}
    stage.approve("cashier")
    assert rights(office, stage, "cashier") == {}  # one of the two let them read it


def test_watched_fields_changed_on_the_way_ask_everybody_behind(office: Office) -> None:
    made = flow(
        node("one", BOSS, fields={"amount": EDIT}),
        node("two", BOSS),
        watched=("amount",),
    )
    stage = Stage.of(office, made)
    edit(office, stage, "general_manager", amount=Decimal(2))
    stage.approve("general_manager")
    assert stage.asked == ["general_manager"]
    untouched = Stage.of(office, made)
    untouched.approve("general_manager")
    assert untouched.asked == []


def test_what_is_changed_decides_the_way(office: Office) -> None:
    made = flow(
        node("lead", LEADER, fields={"amount": EDIT}), node("boss", BOSS, when="amount > 3")
    )
    stage = Stage.of(office, made)
    edit(office, stage, "team_head", amount=Decimal(5))
    stage.approve("team_head")
    assert (stage.asked, stage.effects) == (["general_manager"], 0)
