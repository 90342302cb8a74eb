"""The door to a flow: who may start it, when, and which steps being late adds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.core.find_stage import declared, with_kind
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.test_policy_simulate import under
from tests.core.test_policy_trials import case, failures
from tests.core.workflow_house import (
    KIND,
    LEADER,
    DemoRequest,
    Office,
    flow,
    instance_of,
    node,
)
from tests.core.workflow_stage import Stage, branch, path

from zhidu.clock import frozen_at
from zhidu.durations import Duration
from zhidu.expressions import FactType
from zhidu.records.models import Approval
from zhidu.testing.fixtures import FrozenClock
from zhidu.texts import use_locale
from zhidu.workflow import engine, entry, trail
from zhidu.workflow.definition import Approver, Flow, Scope, Window
from zhidu.workflow.errors import NoApproval, NotForYou
from zhidu.workflow.models import InstanceStatus, TrailAction
from zhidu.workflow.opening import NEXT_PERIOD, NotOpen

SHANGHAI = ZoneInfo("Asia/Shanghai")
BOSS = node("boss", Approver("post", "general_manager"))
NOTICE = Window("D-9", closes=Duration.parse("3 days"), field="day")
"""To be kept until three days before the day of the form."""


def instant(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


def monthly(late: str = "refuse", **more: Any) -> Window:
    return Window("D-9", 1, 5, late=late, **more)


def noticed(late: str) -> Window:
    return Window("D-9", closes=Duration.parse("3 days"), field="day", late=late)


@pytest.fixture
def dated(office: Office) -> Office:
    """Let the demo's note be a day of the form."""
    kind = office.db.registry.kinds[KIND]

    def read(session: Any, row: Any) -> dict[str, Any]:
        day = date.fromisoformat(row.note) if row.note else None
        return {**kind.read_facts(session, row), "day": day}

    facts = {**kind.facts, "day": FactType.date("Day", nullable=True)}
    with_kind(office, declared(facts=facts, read_facts=read))
    return office


def told(stage: Stage) -> list[tuple[str, str, str]]:
    """Give what the trail says of being late."""
    with stage.office.db.read(stage.office.system) as session:
        row = session.get_one(DemoRequest, stage.record_id)
        return [
            (one.action.value, one.clause, one.note)
            for one in trail.entries(session, row.header)
            if one.action is TrailAction.LATE
        ]


def lates(stage: Stage) -> list[entry.Late]:
    with stage.office.db.read(stage.office.system) as session:
        return entry.lates(instance_of(session, stage.record_id))


def previewed(place: Office, made: Flow, **values: Any) -> list[str]:
    place.house.flow = made
    with place.db.write(place.org.salesman.actor) as session:
        row = place.draft(session, **values)
        return [one.node.id for one in engine.preview(session, session.actor, row)]


# -- windows


def test_too_early_and_too_late_are_refused_with_the_clause(
    office: Office, clock: FrozenClock
) -> None:
    made = flow(node("lead", LEADER), windows=(Window("D-9", 10, 15),))
    for day, rule in (("03-09", "workflow.window_early"), ("03-16", "workflow.window_late")):
        clock.set(instant(f"{day} 12:00"))
        with pytest.raises(NotOpen) as caught:
            Stage.of(office, made)
        assert caught.value.rule == rule
        with use_locale("en"):
            assert "D-9" in str(caught.value)
    clock.set(instant("03-15 23:59"))
    stage = Stage.of(office, made)
    assert (stage.at, lates(stage), told(stage)) == ("lead", [], [])


def test_a_window_is_for_whom_it_names(office: Office, clock: FrozenClock) -> None:
    clock.set(instant("03-16 12:00"))
    finance = Scope(departments=("财务部",))
    assert Stage.of(office, flow(BOSS, windows=(monthly(applies_to=finance),))).at == "boss"
    with pytest.raises(NotOpen):
        Stage.of(office, flow(BOSS, windows=(monthly(excepted=finance),)))


def test_late_for_the_next_period_is_noted(office: Office, clock: FrozenClock) -> None:
    clock.set(instant("03-06 12:00"))
    stage = Stage.of(office, flow(node("lead", LEADER), windows=(monthly(NEXT_PERIOD),)))
    (late,) = lates(stage)
    assert late == entry.Late("D-9", NEXT_PERIOD, date(2026, 3, 5), date(2026, 4, 1))
    assert late.is_next_period
    assert told(stage) == [("late", "D-9", NEXT_PERIOD)]
    stage.approve("team_head")
    assert (stage.approval, stage.replayed().approval) == (Approval.APPROVED, Approval.APPROVED)


LATER = (node("lead", LEADER), node("extra", Approver("post", "general_manager")))


@pytest.mark.parametrize(("day", "path_"), [("03-05", ["lead"]), ("03-06", ["lead", "extra"])])
def test_being_late_adds_a_step_in_preview_run_trial_and_replay(
    office: Office, clock: FrozenClock, day: str, path_: list[str]
) -> None:
    made = flow(*LATER, windows=(monthly("extra"),))
    clock.set(instant(f"{day} 12:00"))
    assert previewed(office, made) == path_
    stage = Stage.of(office, made)
    with office.db.read(office.system) as session:
        header = session.get_one(DemoRequest, stage.record_id).header
        assert [one.node.id for one in engine.upcoming(session, header)] == path_[1:]
        assert [one.id for one in engine.nodes(session, header)] == path_
    assert failures(office, made, case({"path": path_}, on=f"2026-{day}")) == []
    clock.tick(days=3)  # on its way, its steps stay
    stage.approve("team_head")
    assert stage.at == ",".join(path_[1:])
    if path_[1:]:
        stage.approve("general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)
    (replayed,) = under(office, made).replayed
    assert not replayed.differences


def test_a_policy_that_adds_a_step_for_being_late_is_simulated(
    office: Office, clock: FrozenClock
) -> None:
    clock.set(instant("03-06 12:00"))
    stage = Stage.of(office, flow(*LATER[:1]))
    stage.approve("team_head")
    (found,) = under(office, flow(*LATER, windows=(monthly("extra"),))).replayed
    with use_locale("en"):
        assert [str(one) for one in found.differences] != []
    (found,) = under(office, flow(*LATER, windows=(Window("D-9", 1, 6, late="extra"),))).replayed
    assert not found.differences


def test_a_step_for_being_late_may_stand_on_a_path(office: Office, clock: FrozenClock) -> None:
    ways = branch("b", path("p", *LATER, when="amount > 0"), path("q", BOSS, default=True))
    made = flow(ways, windows=(monthly("extra"),))
    clock.set(instant("03-04 12:00"))
    assert previewed(office, made) == ["lead", "boss"]  # the second stands on the other path
    stage = Stage.of(office, made)
    stage.approve("team_head")
    assert stage.approval is Approval.APPROVED
    clock.set(instant("03-07 12:00"))
    stage = Stage.of(office, made)
    stage.approve("team_head")
    assert stage.at == "extra"


def test_nothing_is_approved_where_only_being_late_is_approved(
    office: Office, clock: FrozenClock
) -> None:
    made = flow(node("extra", LEADER), windows=(monthly("extra"),))
    clock.set(instant("03-04 12:00"))
    with pytest.raises(NoApproval):
        Stage.of(office, made)
    clock.set(instant("03-07 12:00"))
    assert Stage.of(office, made).at == "extra"


def test_advance_notice_counts_from_the_day_of_the_form(dated: Office, clock: FrozenClock) -> None:
    made = flow(*LATER, windows=(noticed("extra"),))
    clock.set(instant("03-10 12:00"))
    assert previewed(dated, made, note="2026-03-12") == ["lead", "extra"]
    assert previewed(dated, made, note="2026-03-13") == ["lead"]
    assert previewed(dated, made) == ["lead"]  # the day is not known yet
    assert lates(Stage.of(dated, made, note="2026-03-13")) == []
    (late,) = lates(Stage.of(dated, made, note="2026-03-12"))
    assert (late.means, late.last_day) == ("extra", date(2026, 3, 9))


def test_what_was_returned_is_judged_by_when_it_first_came(
    dated: Office, clock: FrozenClock
) -> None:
    """The approver's time is not the applicant's; but another day needs notice of its own."""
    made = flow(node("lead", LEADER), windows=(NOTICE,))
    clock.set(instant("03-10 12:00"))
    stage = Stage.of(dated, made, note="2026-03-14")
    stage.give_back("team_head")
    clock.set(instant("03-12 12:00"))
    stage.submit()
    assert stage.at == "lead"
    stage.give_back("team_head")
    with pytest.raises(NotOpen):
        stage.submit(note="2026-03-13")
    stage.submit(note="2026-03-16")
    assert stage.at == "lead"


def test_what_was_withdrawn_comes_anew(dated: Office, clock: FrozenClock) -> None:
    made = flow(*LATER, windows=(noticed("extra"),))
    clock.set(instant("03-10 12:00"))
    stage = Stage.of(dated, made, note="2026-03-14")
    stage.with_record("salesman", engine.withdraw)
    clock.set(instant("03-12 12:00"))
    with dated.db.read(dated.org.salesman.actor) as session:
        row = session.get_one(DemoRequest, stage.record_id)
        assert [one.node.id for one in engine.preview(session, session.actor, row)] == [
            "lead",
            "extra",
        ]
    stage.submit()
    stage.approve("team_head")
    assert stage.at == "extra"
    assert told(stage) == [("late", "D-9", "extra")]
    # in time again: the step is left out, and what was decided for it is void
    stage.with_record("salesman", engine.withdraw)
    stage.submit(note="2026-03-20")
    stage.approve("team_head")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)
    assert lates(stage) == []


def test_a_return_after_which_it_is_late_asks_everybody_anew(
    dated: Office, clock: FrozenClock
) -> None:
    first, extra = LATER
    made = flow(first, extra, BOSS, windows=(noticed("extra"),))
    clock.set(instant("03-10 12:00"))
    stage = Stage.of(dated, made, note="2026-03-14")
    stage.approve("team_head")
    stage.give_back("general_manager", back=None)
    clock.set(instant("03-11 12:00"))
    stage.submit(note="2026-03-13")
    assert stage.at == "lead"
    stage.approve("team_head")
    assert stage.at == "extra"
    assert stage.replayed().status is InstanceStatus.RUNNING


def test_the_system_keeps_no_window(office: Office, clock: FrozenClock) -> None:
    clock.set(instant("03-06 12:00"))
    office.house.flow = flow(node("lead", LEADER), windows=(monthly(),))
    with office.db.write(office.org.salesman.actor) as session:
        key = office.draft(session).id
    with office.db.write(office.system) as session:
        engine.submit(session, session.actor, session.get_one(DemoRequest, key).header)
    assert Stage(office, key).at == "lead"


def test_a_voiding_has_no_window(office: Office, clock: FrozenClock) -> None:
    clock.set(instant("03-04 12:00"))
    made = flow(node("lead", LEADER), void=(LATER[1],), windows=(monthly("extra"),))
    stage = Stage.of(office, made)
    stage.approve("team_head")
    clock.set(instant("03-20 12:00"))
    stage.with_record("salesman", engine.void, "作废")
    assert stage.at == "extra"
    stage.approve("general_manager")
    assert stage.approval is Approval.VOIDED


# -- who may start


def test_who_may_not_start_is_refused_and_sees_no_card(office: Office) -> None:
    only = Scope(departments=("销售部",))
    for made, expected in (
        (flow(BOSS), {"salesman", "cashier"}),
        (flow(BOSS, start=only), {"salesman"}),
        (flow(BOSS, excepted=only), {"cashier"}),
        (flow(BOSS, start=only, excepted=Scope(departments=("销售一部",))), set()),
        (None, {"salesman", "cashier"}),
    ):
        office.house.flow = made
        found = set()
        for name in ("salesman", "cashier"):
            person = getattr(office.org, name)
            with office.db.read(person.actor) as session:
                if entry.may_start(session, session.actor, KIND):
                    found.add(name)
                startable = entry.startable(session, session.actor, [KIND])
            assert startable == ([KIND] if name in found else [])
            if made is not None:
                if name in found:
                    assert Stage.of(office, made, person).at == "boss"
                else:
                    with pytest.raises(NotForYou):
                        Stage.of(office, made, person)
        assert found == expected
    with office.db.read(office.system) as session:
        assert entry.may_start(session, session.actor, KIND)


# -- the shape


def test_the_shape_leaves_the_rest_as_it_is() -> None:
    inner = branch("b", path("p", *LATER), path("q", BOSS, default=True))
    made = flow(inner, BOSS, windows=(monthly("extra"), monthly(NEXT_PERIOD), monthly()))
    assert entry.shaped(made, {"extra"}) == made
    assert [one.id for one in entry.shaped(made).every_node()] == ["lead", "boss", "boss"]
    plain = flow(inner, windows=(monthly(NEXT_PERIOD),))
    assert entry.shaped(plain) is plain


def test_whole_and_shape_are_kept_side_by_side(office: Office, clock: FrozenClock) -> None:
    made = flow(*LATER, windows=(monthly("extra"),))
    clock.set(instant("03-04 12:00"))
    stage = Stage.of(office, made)
    office.house.flow = None  # the policy moves on; this request keeps its own
    stage.give_back("team_head")
    with office.db.read(office.system) as session:
        instance = instance_of(session, stage.record_id)
        assert entry.whole(instance) == Flow.from_json(made.to_json())
        assert [one.id for one in Flow.from_json(instance.flow).every_node()] == ["lead"]
        assert entry.came_at(instance) == instant("03-04 12:00")
    with frozen_at(instant("03-04 12:00") + timedelta(days=9)):
        stage.submit()
    assert stage.at == "lead"
