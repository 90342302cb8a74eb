"""The six packs that come with Zhidu: clean, proven on the demo's company, counted, and exchangeable."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.core.packs_firm import PACKS, Firm, content_of, found

from zhidu import demo
from zhidu.db import Database
from zhidu.discovery import discover
from zhidu.notify.models import Notice
from zhidu.policy import apply, export, flows, lint, loader, publish, trials, versions
from zhidu.policy.coverage import Coverage, Standing, coverage
from zhidu.policy.coverage_flows import Enforcer
from zhidu.policy.duty_models import Duty
from zhidu.policy.problems import PolicyProblem, Severity
from zhidu.registry import Registry
from zhidu.testing.fixtures import FrozenClock
from zhidu.texts import use_locale
from zhidu.workflow.errors import NoFlow

pytestmark = [
    pytest.mark.skipif(
        not {"hr", "seals"} <= set(discover().installed), reason="the addons are needed"
    ),
    pytest.mark.addons("hr", "seals"),
]


@pytest.fixture
def firm(db: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[Firm]:
    """Found the demo's company on a working Monday."""
    with use_locale("en"):
        yield found(db, tmp_path)


def judged(firm: Firm, pack: str) -> tuple[list[PolicyProblem], list[trials.Result]]:
    """Check a pack for a company, and try its own tests with the company's people."""
    with firm.db.read(firm.system) as session:
        made = apply.plan(session, loader.built_in(pack))
        assert made.reading.content is not None
        return list(made.problems), list(trials.run(session, made.reading.content))


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_is_clean_in_the_demo_and_its_own_tests_hold(firm: Firm, pack: str) -> None:
    problems, results = judged(firm, pack)
    # no error, no warning, and the only notes are of the clauses that nothing names
    assert {(one.severity, one.code) for one in problems} <= {(Severity.NOTE, "clause_unused")}
    assert [str(one) for each in results for one in each.failures] == []
    content = content_of(firm.db.registry, pack)
    assert {one.kind for one in results} == set(content["flows"])


@pytest.mark.sqlite
def test_the_packs_fit_a_branch_in_which_some_roles_are_held_by_nobody(
    db: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    branch = found(db, tmp_path, demo.BRANCH)
    for pack in PACKS:
        problems, results = judged(branch, pack)
        codes = {(one.severity, one.code) for one in problems}
        assert codes <= {(Severity.NOTE, "clause_unused"), (Severity.NOTE, "nobody_holds")}
        assert all(one.holds for one in results)


@pytest.mark.parametrize("pack", PACKS)
def test_the_tests_of_a_pack_go_over_every_step(registry: Registry, pack: str) -> None:
    content = content_of(registry, pack)
    tried = {
        (test["kind"], node)
        for test in content["tests"]
        for node in test["expect"].get("path") or ()
    }
    built = flows.of(content)
    assert tried == {(kind, one.id) for kind, flow in built.items() for one in flow.every_node()}


# what carries out the clauses of each pack, by today's addons; no figure without its reason
# fmt: off
FIGURES: dict[str, tuple[int, dict[str, int], dict[str, int]]] = {
    "process-norms": (
        165,
        {"enforced": 23, "part": 0, "manual": 5, "stated": 1, "open": 136},
        {"node": 4, "setting": 1, "duty": 14, "retention": 1, "report": 1, "capability": 7},
    ),
    "group-operations": (
        102,
        {"enforced": 15, "part": 1, "manual": 2, "stated": 0, "open": 84},
        {"duty": 15, "segregation": 1, "retention": 1},
    ),
    "site-operations": (
        75,
        {"enforced": 17, "part": 0, "manual": 0, "stated": 0, "open": 58},
        {"duty": 17},
    ),
    "daily-discipline": (
        16,
        {"enforced": 7, "part": 0, "manual": 0, "stated": 0, "open": 9},
        {"node": 2, "timeout": 3, "deadline": 2},
    ),
    "duties": (
        93,
        {"enforced": 13, "part": 0, "manual": 2, "stated": 0, "open": 78},
        {"duty": 13},
    ),
    "department": (
        85,
        {"enforced": 11, "part": 1, "manual": 8, "stated": 3, "open": 62},
        {"node": 1, "window": 1, "duty": 10, "access": 1},
    ),
}
# fmt: on


def counted(registry: Registry, pack: str) -> Coverage:
    return coverage(content_of(registry, pack), registry)


@pytest.mark.parametrize("pack", PACKS)
def test_it_is_said_exactly_how_much_is_carried_out(registry: Registry, pack: str) -> None:
    total, counts, enforcers = FIGURES[pack]
    it = counted(registry, pack)
    assert len(it.clauses) == total == sum(counts.values())
    assert {one.value: count for one, count in it.counts.items()} == counts
    assert {one.value: count for one, count in it.enforcers.items()} == enforcers
    assert all(one.id.startswith(PACKS[pack]) for one in it.clauses)


# clauses that are not wholly carried out though the pack names them somewhere, with what is missing
UNDONE = {
    "process-norms": {"PN-4.3.2-3": {"core.record.retain"}},
    "group-operations": {"GO-4.2.4-2": {"core.record.retain"}},
    "department": {
        "DE-7.1.1-1": {"core.record.classify"},
        "DE-7.1.2-1": {"core.record.classify"},
        "DE-7.1.3-1": {"core.record.classify"},
        "DE-7.2.2-1": {"core.record.classify"},
    },
}


@pytest.mark.parametrize("pack", PACKS)
def test_what_is_stated_and_not_carried_out_is_named(registry: Registry, pack: str) -> None:
    it = counted(registry, pack)
    undone = {
        one.id: {name for by in one.by for name in by.missing}
        for one in it.clauses
        if one.standing in (Standing.PART, Standing.STATED)
    }
    assert undone == UNDONE.get(pack, {})


@pytest.mark.parametrize("pack", PACKS)
def test_a_clause_without_an_interval_says_which_one_was_read_into_it(
    registry: Registry, pack: str
) -> None:
    content = content_of(registry, pack)
    clauses = {one["id"]: one for one in content["clauses"]}
    stated = "每天 每周 每月 每年 月度 按月 年度 日、周、月"  # the clause itself says how often
    for duty in content["duties"]:
        clause = clauses[duty["clause"]]
        words = clause["section"] + clause["summary"]
        said = any(word in words for word in stated.split())
        assert said or clause.get("readings"), clause["id"]
    for clause in content["clauses"]:
        assert bool(clause.get("question")) == bool(clause.get("readings")), clause["id"]


@pytest.mark.sqlite
@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_is_exported_and_read_back_without_loss(firm: Firm, pack: str) -> None:
    firm.apply(pack)
    with firm.db.read(firm.system) as session:
        version = versions.current(session)
        assert version is not None
        text = export.export(session.registry, version)
        before, number = publish.stated_content(version), version.number
    again = lint.read(firm.db.registry, text, "again.yaml")
    assert [str(one) for one in again.errors] == []
    assert again.content is not None
    assert publish.as_stated(again.content) == before
    with firm.db.write(firm.system) as session:  # what says the same writes no version
        assert apply.apply_pack(session, session.actor, text, "again.yaml").number == number


# --- one for another

# chains of a leave and of a seal under each pack, as staff of the sales department sees them
LEAVE = {
    "process-norms": [("department", "leader", "PN-5.1.2-2"), ("file", "hr", "PN-5.1.2-3")],
    "daily-discipline": [("superior", "leader", "DD-1-1"), ("file", "hr", "DD-5.1-1")],
    "department": [("manager", "leader", "DE-4.1.2-1")],
}
SEAL = {
    "process-norms": [("approve", "manager", "PN-4.3.5-3")],
    "daily-discipline": [("superior", "leader", "DD-1-1")],
}
ADDONS = {"process-norms": {"hr", "seals"}, "daily-discipline": {"hr", "seals"}}


@pytest.mark.parametrize("pack", [name for name in PACKS if name != "process-norms"])
def test_a_pack_takes_the_place_of_another_and_what_runs_goes_on(firm: Firm, pack: str) -> None:
    running = firm.leave("staff", date(2026, 1, 19))
    assert firm.asked(running) == LEAVE["process-norms"][:1]
    sealed = firm.seal("staff")
    assert firm.asked(sealed) == SEAL["process-norms"]
    active, before, deadlines = firm.in_force()
    assert active == {"hr", "seals"}
    assert deadlines == set()

    firm.apply(pack)

    now_active, now_duties, now_deadlines = firm.in_force()
    assert now_active == ADDONS.get(pack, {"hr"})
    assert now_duties.isdisjoint(before)  # no period of one is taken for one of the other
    assert bool(now_deadlines) == (pack == "daily-discipline")
    # what runs keeps its chain, its clauses and its pack
    assert firm.pack_of(running) == "process-norms"
    assert firm.asked(running) == LEAVE["process-norms"][:1]
    firm.approve(running, "leader")
    assert firm.asked(running) == LEAVE["process-norms"][1:]
    firm.handle(running, "hr")
    assert firm.asked(running) == []
    # what is new goes the new way, or is refused where the policy has none
    if pack in LEAVE:
        new = firm.leave("staff", date(2026, 1, 20))
        assert firm.pack_of(new) == pack
        first, *rest = LEAVE[pack]
        assert firm.asked(new) == [first]
        firm.approve(new, "leader")
        assert firm.asked(new) == rest
    else:
        with pytest.raises(NoFlow):
            firm.leave("staff", date(2026, 1, 20))
    if pack in SEAL:
        assert firm.asked(firm.seal("staff")) == SEAL[pack]

    firm.apply("process-norms")  # and back: the request that was hidden goes on where it was
    assert firm.in_force()[0] == {"hr", "seals"}
    assert firm.asked(sealed) == SEAL["process-norms"]
    firm.approve(sealed, "manager")
    assert firm.asked(sealed) == [("stamp", "custodian", "PN-4.3.5-1")]


def test_the_duties_that_are_opened_are_those_of_the_pack_in_force(
    firm: Firm, clock: FrozenClock
) -> None:
    def opened() -> dict[str, int]:
        firm.run_jobs()
        with firm.db.read(firm.system) as session:
            rows = session.execute(select(Duty.duty, Duty.id).order_by(Duty.id))
            return {row.duty: row.id for row in rows}

    assert opened() == {}
    clock.tick(days=7)  # a Monday, 12 January: the 10th was a Saturday
    (wages,) = opened().items()
    assert wages[0] == "wages"
    assert firm.asked(wages[1]) == [("do", "finance", "PN-4.1.4-3")]
    firm.apply("site-operations")
    clock.tick(days=1)
    found = opened()
    daily = {"round-1", "round-2", "round-3", "round-4", "cleaning", "running-log"}
    assert set(found) - {"wages"} >= daily
    everybody = {("do", name, "SO-3.4.1.1-1") for name in firm.members}
    assert set(firm.asked(found["round-1"])) == everybody  # any one of the staff makes the round
    assert firm.asked(wages[1]) == [("do", "finance", "PN-4.1.4-3")]  # what is open stays
    firm.apply("daily-discipline")
    before = opened()
    clock.tick(days=60)
    assert opened() == before


def test_the_hours_of_daily_discipline_run(firm: Firm, clock: FrozenClock) -> None:
    def after(who: str, **hours: float) -> list[str]:
        """Let time pass and the jobs run; give what the person was told meanwhile."""
        since = clock.now
        clock.tick(**hours)
        firm.run_jobs()
        with firm.db.read(firm.system) as session:
            rows = session.scalars(
                select(Notice)
                .where(Notice.member_id == firm.members[who], Notice.created_at > since)
                .order_by(Notice.id)
            )
            return [one.message % one.values for one in rows]

    firm.apply("daily-discipline")
    firm.run_jobs()
    asked = firm.leave("staff", date(2026, 1, 19))  # Monday, 9:00
    title = "Annual leave 1 day, 2026-01-19"
    assert firm.asked(asked) == [("superior", "leader", "DD-1-1")]
    # four working hours are over at 14:00, for there is a break at noon
    assert after("leader", hours=4) == []
    assert after("leader", hours=1) == [
        f"Reminder: “{title}” of 林小满 still waits for you (直接上级审批)."
    ]
    # four more, and the superior's superior is asked, too
    assert after("leader", hours=5) == [
        f"“{title}” waited too long: 高远 may decide it now, as well as you (直接上级审批)."
    ]
    assert [who for _, who, _ in firm.asked(asked)] == ["leader", "manager"]
    # twenty hours: four are left, and whoever cannot keep them says why
    warned = f"“{title}” should be done by now: 距24小时还有4小时，办不完的向上级说明原因 (DD-3-3)."
    assert after("leader", hours=10) == [warned]
    late = f"“{title}” should be done by now: 请假24小时内批完 (DD-3-1)."
    assert after("manager", hours=4) == [late]
    firm.approve(asked, "manager")
    # at the next department, four working hours until its superior is asked, too
    assert firm.asked(asked) == [("file", "hr", "DD-5.1-1")]
    assert after("hr", hours=5) == [
        f"“{title}” waited too long: 高远 may decide it now, as well as you (人力资源备案)."
    ]


def test_every_sort_of_thing_that_enforces_is_in_one_of_the_packs(registry: Registry) -> None:
    used = {sort for pack in PACKS for sort in counted(registry, pack).enforcers}
    assert used == {
        Enforcer.NODE,
        Enforcer.TIMEOUT,
        Enforcer.WINDOW,
        Enforcer.SETTING,
        Enforcer.DUTY,
        Enforcer.DEADLINE,
        Enforcer.RETENTION,
        Enforcer.ACCESS,
        Enforcer.SEGREGATION,
        Enforcer.REPORT,
        Enforcer.CAPABILITY,
    }


def test_no_two_packs_call_different_duties_or_deadlines_by_one_id(registry: Registry) -> None:
    """A period that was opened under one pack would be taken for the other's."""
    named = [
        one["id"]
        for pack in PACKS
        for part in ("duties", "deadlines")
        for one in content_of(registry, pack)[part]
    ]
    assert named
    assert len(named) == len(set(named))
