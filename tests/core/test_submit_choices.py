"""Whom the applicant chooses is asked at the submit, seen before it, and kept for the next one."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import LEADER, DemoRequest, Office, flow, node
from tests.core.workflow_stage import LARGE, SMALL, Stage

from zhidu.db import Session
from zhidu.records.models import Approval
from zhidu.workflow import choices, engine
from zhidu.workflow.choices import NotChosen
from zhidu.workflow.definition import Approver, NodeKind

OWN = Approver("chosen", {"role": "finance", "most": 2})
WAY = flow(node("lead", LEADER), node("own", OWN))


def drafted(office: Office, made: Any = WAY, **values: Any) -> int:
    office.house.flow = made
    with office.db.write(office.org.salesman.actor) as session:
        return office.draft(session, **values).id


def sent(office: Office, record_id: int, chosen: dict[str, list[int]] | None = None) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        header = session.get_one(DemoRequest, record_id).header
        engine.submit(session, session.actor, header, chosen=chosen)


def test_who_is_chosen_at_the_submit_is_asked(office: Office) -> None:
    key, org = drafted(office), office.org
    sent(office, key, {"own": [org.cashier.id, org.accountant.id]})
    stage = Stage(office, key)
    stage.approve("team_head")
    assert stage.at == "own"
    assert stage.asked == ["cashier", "accountant"]


@pytest.mark.parametrize(
    "wanted", [None, {}, {"own": []}, {"own": ["hr_head"]}, {"lead": ["hr_head"]}]
)
def test_a_submit_without_a_fit_choice_is_refused_whole(office: Office, wanted: Any) -> None:
    key = drafted(office)
    chosen = wanted and {
        name: [getattr(office.org, one).id for one in people] for name, people in wanted.items()
    }
    with pytest.raises(NotChosen) as caught:
        sent(office, key, chosen)
    assert set(caught.value.fields) == {"chosen-own"}
    stage = Stage(office, key)
    assert (stage.approval, stage.asked) == (Approval.DRAFT, [])
    with office.db.read(office.system) as session:
        assert session.get_one(DemoRequest, key).header.number is None


def test_only_the_steps_ahead_are_asked_for(office: Office) -> None:
    """A step whose condition does not hold now leaves nothing to choose."""
    some = flow(node("lead", LEADER), node("own", OWN, when="amount > 5"))
    small, large = drafted(office, some, amount=SMALL), drafted(office, some, amount=LARGE)
    sent(office, small)
    assert Stage(office, small).approval is Approval.IN_APPROVAL
    with pytest.raises(NotChosen):
        sent(office, large)


def test_a_stand_in_makes_the_choice_free(office: Office) -> None:
    free = Approver("chosen", {"role": "finance"}, (Approver("post", "general_manager"),))
    key = drafted(office, flow(node("own", free)))
    sent(office, key)
    assert Stage(office, key).asked == ["general_manager"]


def test_an_earlier_choice_holds_at_the_next_submit_until_another_is_made(office: Office) -> None:
    key, org = drafted(office), office.org
    sent(office, key, {"own": [org.cashier.id]})
    stage = Stage(office, key)
    stage.give_back("team_head")
    sent(office, key)
    stage.approve("team_head")
    assert stage.asked == ["cashier"]
    stage.give_back("cashier")
    sent(office, key, {"own": [org.accountant.id]})
    stage.approve("team_head")
    assert stage.asked == ["accountant"]


def test_who_acts_after_the_approval_is_chosen_as_well(office: Office) -> None:
    made = flow(node("lead", LEADER), node("own", OWN, kind=NodeKind.HANDLE, transition="file"))
    key = drafted(office, made)
    with pytest.raises(NotChosen):
        sent(office, key)
    sent(office, key, {"own": [office.org.cashier.id]})
    stage = Stage(office, key)
    stage.approve("team_head")
    assert stage.asked == ["cashier"]


def names(session: Session, row: DemoRequest, **more: Any) -> dict[str, tuple[int, ...]]:
    return {one.node.id: one.members for one in engine.preview(session, session.actor, row, **more)}


def test_the_preview_shows_who_is_being_chosen(office: Office) -> None:
    key, org = drafted(office), office.org
    with office.db.read(org.salesman.actor) as session:
        row = session.get_one(DemoRequest, key)
        # nobody is chosen yet: the superior would stand in, which the submit does not let happen
        assert names(session, row, chosen={"own": [org.cashier.id]})["own"] == (org.cashier.id,)
        assert names(session, row, chosen={"own": [org.hr_head.id]})["own"] != (org.hr_head.id,)
    sent(office, key, {"own": [org.cashier.id]})
    Stage(office, key).give_back("team_head")
    with office.db.read(org.salesman.actor) as session:
        row = session.get_one(DemoRequest, key)
        assert names(session, row)["own"] == (org.cashier.id,)
        assert names(session, row, chosen={"own": [org.accountant.id]})["own"] == (
            org.accountant.id,
        )


def test_what_the_system_submits_asks_nobody(office: Office) -> None:
    office.house.flow = WAY
    with office.db.write(office.org.salesman.actor) as session:
        key = office.draft(session).id
    with office.db.write(office.system) as session:
        engine.submit(session, session.actor, session.get_one(DemoRequest, key).header)
        assert choices.chosen_for(session, session.get_one(DemoRequest, key).header) == {}
    assert Stage(office, key).approval is Approval.IN_APPROVAL
