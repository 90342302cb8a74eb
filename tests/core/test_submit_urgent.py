"""先办后补: what is asked of an urgent request, which way it takes, and what being late leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.test_policy_simulate import under
from tests.core.workflow_house import KIND, LEADER, DemoRequest, Office, flow, instance_of, node
from tests.core.workflow_stage import Stage

from zhidu.clock import now
from zhidu.durations import Duration
from zhidu.records.models import Approval
from zhidu.testing.factories import MadeMember
from zhidu.testing.fixtures import FrozenClock
from zhidu.texts import use_locale
from zhidu.workflow import engine, entry, queries, trail, urgent
from zhidu.workflow.definition import Approver, Flow, Urgent, Window
from zhidu.workflow.models import Copy, TrailAction
from zhidu.workflow.urgent import Hurry, Manner, NotUrgent, UrgentIncomplete

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 11, 12, tzinfo=SHANGHAI)  # a Wednesday
RULES = Urgent(
    "D-8",
    ("fire", "flood"),
    Approver("role", "manager"),
    Duration.parse("2 working days"),
    "Reported to the management",
)
USUAL = flow(node("lead", LEADER), urgent=RULES)
QUICK = replace(
    USUAL,
    urgent=replace(RULES, steps=(node("quick", Approver("post", "general_manager")),)),
    windows=(Window("D-9", 1, 5),),
)


@pytest.fixture(autouse=True)
def wednesday(clock: FrozenClock) -> FrozenClock:
    clock.set(NOON)
    return clock


def hurry(place: Office, **more: Any) -> Hurry:
    values = {
        "reason": "fire",
        "event_at": NOON - timedelta(hours=3),
        "consented_by": place.org.general_manager.id,
        "how": " by telephone ",
    }
    return Hurry(**{**values, **more})


def sent(
    place: Office,
    made: Flow,
    said: urgent.Said,
    key: int | None = None,
    by: MadeMember | None = None,
) -> Stage:
    place.house.flow = made
    with place.db.write((by or place.org.salesman).actor) as session:
        row = place.draft(session) if key is None else session.get_one(DemoRequest, key)
        engine.submit(session, session.actor, row.header, hurry=said)
        return Stage(place, row.id)


def told(stage: Stage) -> list[tuple[str, str, str, int | None]]:
    with stage.office.db.read(stage.office.system) as session:
        return [
            (one.opinion, one.clause, one.note, one.other_id)
            for one in queries.trail(session, stage.record_id)
            if one.action is TrailAction.HURRY
        ]


def kept(stage: Stage) -> tuple[Any, ...] | None:
    with stage.office.db.read(stage.office.system) as session:
        row = urgent.of(session, stage.record_id)
        assert entry.is_urgent(instance_of(session, stage.record_id)) is (row is not None)
        if row is None:
            return None
        return row.reason, row.how, row.due_at, row.late, row.consequence, row.clause


def test_what_is_said_is_kept_told_and_shown_to_who_consented(office: Office) -> None:
    stage = sent(office, USUAL, hurry(office))
    boss = office.org.general_manager.id
    due = NOON - timedelta(hours=3) + timedelta(days=2)
    assert kept(stage) == (
        "fire", "by telephone", due, False, "Reported to the management", "D-8",
    )  # fmt: skip
    assert told(stage) == [("fire\nby telephone", "D-8", "", boss)]
    with office.db.read(office.system) as session:
        copies = select(Copy.member_id).where(Copy.record_id == stage.record_id)
        assert session.scalars(copies).all() == [boss]
    assert stage.at == "lead"
    stage.approve("team_head")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)
    assert stage.replayed().approval is Approval.APPROVED


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reason": "haste"}, "reason"),
        ({"reason": ""}, "reason"),
        ({"event_at": NOON + timedelta(seconds=1)}, "event_at"),
        ({"how": "  "}, "how"),
        ({"how": "x" * 2001}, "how"),
        ({"consented_by": "cashier"}, "consented_by"),
        ({"consented_by": "salesman"}, "consented_by"),
    ],
)
def test_what_the_policy_does_not_allow_is_refused_by_field(
    office: Office, more: dict[str, Any], field: str
) -> None:
    if isinstance(name := more.get("consented_by"), str):
        more = {"consented_by": getattr(office.org, name).id}
    with pytest.raises(UrgentIncomplete) as caught:
        sent(office, USUAL, hurry(office, **more))
    assert set(caught.value.fields) == {f"urgent-{field}"}


def test_nobody_consents_to_the_own_request(office: Office) -> None:
    boss = office.org.general_manager
    with pytest.raises(UrgentIncomplete) as caught:
        sent(office, USUAL, hurry(office), by=boss)
    assert set(caught.value.fields) == {"urgent-consented_by"}


def test_without_rules_nothing_is_done_first(office: Office) -> None:
    with pytest.raises(NotUrgent) as caught:
        sent(office, replace(USUAL, urgent=None), hurry(office))
    assert caught.value.rule == "workflow.urgent"


def test_the_own_way_is_taken_and_no_window_is_kept(office: Office) -> None:
    office.house.flow = QUICK
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        for hurries, expected in ((True, ["quick"]), (False, ["lead"]), (None, ["lead"])):
            ahead = engine.preview(session, session.actor, row, hurries=hurries)
            assert [one.node.id for one in ahead] == expected
    stage = sent(office, QUICK, hurry(office), row.id)
    assert stage.at == "quick"
    with office.db.read(office.system) as session:
        assert [one.id for one in engine.nodes(session, session.get_one(DemoRequest, row.id).header)] == ["quick"]  # fmt: skip
    stage.approve("general_manager")
    assert stage.approval is Approval.APPROVED
    (replayed,) = under(office, QUICK).replayed
    assert not replayed.differences


@pytest.mark.parametrize(
    ("ago", "late"),
    [
        (timedelta(days=2), False),  # Monday noon: two working days are over at this very moment
        (timedelta(days=2, seconds=1), True),
        (timedelta(days=4), True),
    ],
)
def test_late_is_noted_with_its_consequence(office: Office, ago: timedelta, late: bool) -> None:
    stage = sent(office, USUAL, hurry(office, event_at=NOON - ago))
    row = kept(stage)
    assert row is not None
    assert row[3] is late
    assert [note for _words, _clause, note, _who in told(stage)] == ["late" if late else ""]


def test_the_weekend_does_not_count(office: Office, clock: FrozenClock) -> None:
    clock.set(datetime(2026, 3, 16, 12, tzinfo=SHANGHAI))  # a Monday
    friday = datetime(2026, 3, 13, 13, tzinfo=SHANGHAI)
    row = kept(sent(office, USUAL, hurry(office, event_at=friday)))
    assert row is not None
    assert row[2:4] == (datetime(2026, 3, 17, 13, tzinfo=SHANGHAI), False)


def test_what_was_said_holds_at_the_next_submit(office: Office, clock: FrozenClock) -> None:
    """The approver's time makes nobody late; nothing is said twice."""
    stage = sent(office, QUICK, hurry(office))
    stage.give_back("general_manager")
    clock.tick(days=9)
    stage.submit()
    assert stage.at == "quick"
    row = kept(stage)
    assert row is not None
    assert row[3] is False
    assert len(told(stage)) == 1


def test_what_was_withdrawn_comes_anew_and_so_late(office: Office, clock: FrozenClock) -> None:
    stage = sent(office, QUICK, hurry(office))
    stage.with_record("salesman", engine.withdraw)
    clock.tick(days=9)
    stage.submit()
    row = kept(stage)
    assert row is not None
    assert row[3] is True
    assert [note for _words, _clause, note, _who in told(stage)] == ["", "late"]


def test_it_may_become_usual_and_urgent_again(office: Office) -> None:
    made = replace(QUICK, windows=())
    stage = sent(office, made, hurry(office))
    stage.give_back("general_manager")
    stage = sent(office, made, Manner.USUAL, stage.record_id)
    assert (stage.at, kept(stage)) == ("lead", None)
    stage.give_back("team_head")
    stage = sent(office, made, hurry(office, reason="flood"), stage.record_id)
    assert stage.at == "quick"
    assert [words for words, *_rest in told(stage)] == ["fire\nby telephone", "flood\nby telephone"]
    stage.approve("general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)
    assert stage.replayed().effects == 1


def test_the_way_of_the_usual_may_be_the_same(office: Office) -> None:
    """Without steps of its own an urgent request takes the usual ones, and what was decided stays."""
    made = replace(USUAL, nodes=(*USUAL.nodes, node("boss", Approver("post", "general_manager"))))
    stage = sent(office, made, Manner.USUAL)
    stage.approve("team_head")
    stage.do("general_manager", lambda s, t: engine.return_to(s, s.actor, t, "", "改"))
    stage = sent(office, made, hurry(office), stage.record_id)
    assert kept(stage) is not None
    stage.approve("team_head", "general_manager")
    assert stage.approval is Approval.APPROVED


def test_the_report_tells_whom_it_may_of_what_happened(office: Office) -> None:
    early = sent(office, USUAL, hurry(office))
    late = sent(office, USUAL, hurry(office, event_at=NOON - timedelta(days=9)))
    sent(office, USUAL, Manner.USUAL)

    def found(who: Any, **options: Any) -> list[int]:
        with office.db.read(who) as session:
            return [one.record_id for one in session.scalars(urgent.report(session, **options))]

    system = office.system
    assert found(system) == [early.record_id, late.record_id]
    assert found(system, late=True) == [late.record_id]
    assert found(system, late=False) == [early.record_id]
    assert found(system, since=NOON - timedelta(days=1)) == [early.record_id]
    assert found(system, until=NOON - timedelta(days=1)) == [late.record_id]
    assert found(system, kinds=[KIND]) == [early.record_id, late.record_id]
    assert found(system, kinds=["demo.other"]) == []
    assert found(office.org.salesman.actor) == [early.record_id, late.record_id]
    assert found(office.org.cashier.actor) == []
    assert found(office.org.general_manager.actor) == [early.record_id, late.record_id]


def test_the_trail_says_it_before_the_first_step(office: Office) -> None:
    stage = sent(office, USUAL, hurry(office))
    with office.db.read(office.system) as session:
        header = session.get_one(DemoRequest, stage.record_id).header
        acts = [one.action for one in trail.entries(session, header)]
    assert acts[:2] == [TrailAction.SUBMIT, TrailAction.HURRY]
    assert acts.index(TrailAction.HURRY) < acts.index(TrailAction.ENTER)


def test_the_refusal_speaks_to_people(office: Office) -> None:
    with pytest.raises(NotUrgent) as caught:
        sent(office, flow(node("lead", LEADER)), hurry(office))
    with use_locale("en"):
        assert "Demo request" in str(caught.value)
    assert now() == NOON
