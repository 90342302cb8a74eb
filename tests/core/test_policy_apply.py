"""Publishing: immutable numbered versions, effective days, addons that follow, settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from tests.core.policy_firm import MONDAY, Firm
from tests.core.policy_house import PACK

from zhidu import hooks
from zhidu import settings as declared
from zhidu.access.duties import DutiesClash
from zhidu.access.models import DutyPair, Role
from zhidu.actor import Actor
from zhidu.clock import frozen_at
from zhidu.db import Database, Session
from zhidu.db.activation import CompanyAddon
from zhidu.errors import PermissionDenied
from zhidu.events import FlowQuery, SettingQuery
from zhidu.jobs.models import Job
from zhidu.org.companies import create_company
from zhidu.policy import activation, apply, queries, settings, show, versions
from zhidu.policy.errors import (
    AddonNeeded,
    AddonNotEnabled,
    CoreStays,
    EffectiveInPast,
    OpenTasks,
    PackRefused,
    SettingStated,
    SettingUnknown,
)
from zhidu.policy.loader import built_in
from zhidu.policy.models import PolicyVersion, VersionOrigin
from zhidu.policy.publish import EFFECTIVE_JOB
from zhidu.policy.stated import SettingValueWrong
from zhidu.testing.concurrency import Act, Concurrently
from zhidu.texts import use_locale
from zhidu.workflow.models import Task, TaskStatus

TODAY = date(2026, 1, 5)
EMPTY_PACK = PACK[: PACK.index("settings:")].replace("  - leave\n  - stamps\n", "  - leave\n")


@pytest.fixture
def firm(db: Database) -> Iterator[Firm]:
    with frozen_at(MONDAY), use_locale("en"):
        yield Firm(db)


@pytest.fixture
def session(firm: Firm) -> Iterator[Session]:
    """Give a writing session of the administrator, rolled back at the end."""
    with Session(firm.db.engine, firm.boss, firm.house.registry) as opened:
        yield opened


def test_version_zero_says_nothing(session: Session) -> None:
    assert versions.current(session) is None
    assert queries.number_in_force(session) == 0
    assert hooks.resolve_policy_version(session, SettingQuery(session, "")) is None
    assert hooks.resolve_flow(session, FlowQuery(session, "leave.request")) is None
    assert declared.get(session, "leave.notice_days") == 1
    assert "no policy yet" in show.describe(session.registry, None)


def test_applying_gives_an_immutable_version_that_answers(firm: Firm, session: Session) -> None:
    version = apply.apply_pack(session, firm.boss, PACK, "p.yaml")
    assert (version.number, version.origin, version.effective_from) == (
        1,
        VersionOrigin.PACK,
        TODAY,
    )
    assert version.source == PACK
    assert set(session.active_addons) == {"core", "leave", "stamps"}
    assert hooks.resolve_policy_version(session, SettingQuery(session, "")) == version.id
    flow = hooks.resolve_flow(session, FlowQuery(session, "leave.request"))
    assert flow is not None
    assert [node.id for node in flow.nodes] == ["lead", "boss", "file"]
    assert declared.get(session, "leave.notice_days") == 3
    assert declared.get(session, "leave.longest") == Decimal("15.5")
    assert versions.clauses(version)["T-2"].summary == "负责人审批。"
    assert session.scalars(select(Role).where(Role.code == "hr")).one() is not None
    assert firm.house.heard == ["+leave", "+stamps"]


def test_the_same_pack_again_changes_nothing(firm: Firm, session: Session) -> None:
    first = apply.apply_pack(session, firm.boss, PACK, "p.yaml")
    assert apply.plan(session, PACK, "p.yaml").unchanged is first
    assert apply.apply_pack(session, firm.boss, f"# a remark\n{PACK}", "q.yaml") is first
    settings.set_setting(session, firm.boss, "leave.rounding", "down")
    again = apply.apply_pack(session, firm.boss, PACK, "p.yaml")
    assert queries.count(session) == 2  # the company's own choice is no text of the policy
    assert again.origin is VersionOrigin.SETTING


def test_what_the_company_does_not_have_is_told_with_its_line(firm: Firm, session: Session) -> None:
    text = PACK.replace("{superior: true}", "{role: boss}").replace(
        "{role: admin}", "{post: gm}", 1
    )
    with pytest.raises(PackRefused) as caught:
        apply.apply_pack(session, firm.boss, text, "p.yaml")
    found = [(one.code, one.line) for one in caught.value.problems]
    assert found == [("person_unknown", 19), ("person_unknown", 29)]
    assert "p.yaml:19" in str(caught.value)
    assert "role “boss”" in str(caught.value.problems[1].message)
    assert queries.count(session) == 0


def test_only_who_may_edit_the_policy_applies_one(firm: Firm) -> None:
    with (
        pytest.raises(PermissionDenied),
        firm.db.write(firm.clerk) as session,
    ):
        apply.apply_pack(session, firm.clerk, PACK)
    with pytest.raises(PermissionDenied), firm.db.write(firm.clerk) as session:
        activation.activate(session, firm.clerk, "leave")
    with pytest.raises(PermissionDenied), firm.db.write(firm.clerk) as session:
        settings.set_setting(session, firm.clerk, "leave.notice_days", 2)


def test_a_day_that_is_over_is_refused(firm: Firm, session: Session) -> None:
    with pytest.raises(EffectiveInPast):
        apply.apply_pack(session, firm.boss, PACK, effective=TODAY - timedelta(days=1))


def test_a_pack_of_a_day_to_come_waits_and_then_takes_over(firm: Firm) -> None:
    later = TODAY + timedelta(days=3)
    with firm.db.write(firm.boss) as session:
        apply.apply_pack(session, firm.boss, EMPTY_PACK)
        version = apply.apply_pack(session, firm.boss, PACK, effective=later)
        assert version.number == 2
        assert queries.number_in_force(session) == 1
        assert [one.number for one in queries.scheduled(session)] == [2]
        assert apply.plan(session, PACK, effective=later).unchanged is version
        (job,) = session.scalars(select(Job).where(Job.name == EFFECTIVE_JOB))
        assert job.run_at == datetime(2026, 1, 7, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    assert firm.active() == {"leave"}
    with frozen_at(datetime(2026, 1, 7, 15, 59, tzinfo=UTC)), firm.db.read(firm.boss) as session:
        assert queries.number_in_force(session) == 1
    with frozen_at(datetime(2026, 1, 7, 16, 0, tzinfo=UTC)):
        with firm.db.read(firm.boss) as session:
            assert queries.number_in_force(session) == 2
        with firm.db.write(firm.system) as session:
            session.registry.jobs[EFFECTIVE_JOB].run(session, {})
        assert firm.active() == {"leave", "stamps"}


def test_separated_permissions_follow_the_policy(firm: Firm, session: Session) -> None:
    apart = """segregation:
  - id: S-1
    between: [{permission: core.policy.edit}, {permission: core.addon.switch}]
    clause: T-2
"""
    apply.apply_pack(session, firm.boss, PACK + apart, "p.yaml")
    (pair,) = session.scalars(select(DutyPair))
    assert (pair.first, pair.second, pair.clause) == (
        "core.addon.switch",
        "core.policy.edit",
        "T-2",
    )
    with pytest.raises(DutiesClash):  # the administrator has both: neither counts any more
        apply.apply_pack(session, firm.boss, PACK, "p.yaml")
    system = Actor.system(firm.company_id)
    with Session(session.connection(), system, session.registry) as other:  # type: ignore[arg-type]  # SQLAlchemy's own Session takes a connection, too
        apply.apply_pack(other, system, PACK, "p.yaml")
        assert other.scalars(select(DutyPair)).all() == []


def test_hand_made_changes_stand_on_top_and_a_coming_pack_still_comes(
    firm: Firm, session: Session
) -> None:
    later = TODAY + timedelta(days=3)
    apply.apply_pack(session, firm.boss, PACK, effective=later)
    small = activation.activate(session, firm.boss, "leave")
    assert small is not None
    assert (small.number, small.origin, small.note) == (2, VersionOrigin.ACTIVATION, "+leave")
    assert versions.current(session) is small
    coming = versions.current(session, later)
    assert coming is not None
    assert coming.number == 1


def test_addons_are_switched_by_hand_and_nothing_is_lost(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        version = activation.activate(session, firm.boss, "stamps")
        assert version is not None
        assert versions.content(version).addons == {"stamps"}
        assert activation.activate(session, firm.boss, "stamps") is version
        with pytest.raises(AddonNotEnabled, match="zhidu addon enable mail"):
            activation.activate(session, firm.boss, "mail")
        with pytest.raises(CoreStays):
            activation.deactivate(session, firm.boss, "core")
        apply.apply_pack(session, firm.boss, PACK)
    with firm.db.write(firm.boss) as session:
        off = activation.deactivate(session, firm.boss, "stamps")
        assert off is not None
        assert off.note == "-stamps"
        assert versions.flow(session, "stamps.use") is not None  # on again: all is back
    assert firm.active() == {"leave"}
    with firm.db.write(firm.boss) as session:
        activation.activate(session, firm.boss, "stamps")
        assert queries.count(session) == 4
        row = session.scalars(select(CompanyAddon).where(CompanyAddon.addon == "stamps")).one()
        assert row.active
    assert firm.house.heard == ["+stamps", "+leave", "-stamps", "+stamps"]


def test_open_tasks_are_told_and_their_clocks_stand_still(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        apply.apply_pack(session, firm.boss, PACK)
    remind = MONDAY + timedelta(days=1)
    task_id = firm.open_task("stamps.use", remind)
    other_id = firm.open_task("leave.request", remind)
    with firm.db.write(firm.boss) as session:
        assert activation.impact(session, "stamps") == {"stamps.use": 1}
        with pytest.raises(OpenTasks) as caught:
            activation.deactivate(session, firm.boss, "stamps")
        assert caught.value.counts == {"stamps.use": 1}
        with pytest.raises(OpenTasks):
            apply.apply_pack(session, firm.boss, EMPTY_PACK)
        activation.deactivate(session, firm.boss, "stamps", confirmed=True)
    with frozen_at(MONDAY + timedelta(days=10)), firm.db.write(firm.boss) as session:
        activation.activate(session, firm.boss, "stamps")
    with firm.db.read(firm.boss) as session:
        assert session.get_one(Task, task_id).remind_at == remind + timedelta(days=10)
        assert session.get_one(Task, task_id).status is TaskStatus.OPEN
        assert session.get_one(Task, other_id).remind_at == remind


def test_an_addon_that_another_needs_stays(
    firm: Firm, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = {"stamps": ("leave",)}
    monkeypatch.setattr(activation, "_needs", lambda _session, name: needs.get(name, ()))
    activation.activate(session, firm.boss, "stamps")
    assert set(session.active_addons) == {"core", "leave", "stamps"}
    with pytest.raises(AddonNeeded, match="stamps"):
        activation.deactivate(session, firm.boss, "leave")


def test_a_pack_swap_switches_off_what_it_does_not_name(firm: Firm, session: Session) -> None:
    apply.apply_pack(session, firm.boss, PACK)
    made = apply.plan(session, EMPTY_PACK)
    assert (made.starts, made.stops) == ((), ("stamps",))
    apply.apply_pack(session, firm.boss, EMPTY_PACK)
    assert set(session.active_addons) == {"core", "leave"}


def test_settings_know_who_states_them(firm: Firm, session: Session) -> None:
    first = settings.explain(session, "leave.notice_days")
    assert (first.value, first.level, str(first.label)) == (
        1,
        "default",
        "default of the addon leave",
    )
    small = settings.set_setting(session, firm.boss, "leave.notice_days", 5)
    assert small is not None
    assert (small.number, small.origin, small.note) == (1, "setting", "leave.notice_days = 5")
    assert settings.set_setting(session, firm.boss, "leave.notice_days", 5) is small
    assert declared.get(session, "leave.notice_days") == 5
    assert settings.explain(session, "leave.notice_days").level == "company"
    version = apply.apply_pack(session, firm.boss, PACK)
    stated = settings.explain(session, "leave.notice_days")
    assert (stated.value, stated.level, stated.source) == (3, "pack", None)
    assert "试行规范" in str(stated.label)
    by_clause = settings.explain(session, "leave.longest")
    assert (by_clause.level, by_clause.clause) == ("clause", "T-1")
    with pytest.raises(SettingStated, match="zhidu policy apply"):
        settings.set_setting(session, firm.boss, "leave.longest", Decimal(20))
    with pytest.raises(SettingUnknown, match=r"leave\.longest"):
        settings.set_setting(session, firm.boss, "leave.longst", Decimal(20))
    with pytest.raises(SettingValueWrong):
        settings.set_setting(session, firm.boss, "leave.rounding", "sideways")
    settings.set_setting(session, firm.boss, "leave.half_days", False)
    assert declared.get(session, "leave.half_days") is False
    settings.clear_setting(session, firm.boss, "leave.half_days")
    assert declared.get(session, "leave.half_days") is True
    assert declared.get(session, "leave.notice_days", version.id) == 3
    assert len(queries.all_settings(session)) >= 4


def test_a_bound_record_keeps_its_version(firm: Firm, session: Session) -> None:
    first = apply.apply_pack(session, firm.boss, PACK)
    apply.apply_pack(session, firm.boss, PACK.replace("notice_days: 3", "notice_days: 7"))
    assert declared.get(session, "leave.notice_days") == 7
    assert declared.get(session, "leave.notice_days", first.id) == 3


def test_another_company_learns_nothing(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        version = apply.apply_pack(session, firm.boss, PACK)
    with firm.db.write(Actor.system()) as session:
        other = create_company(session, session.actor, "other", "Other").id
    with firm.db.read(Actor.system(other)) as session:
        assert versions.current(session) is None
        assert versions.get(session, version.id) is None
        assert queries.history(session) == []


def test_show_and_diff_speak_of_people_and_clauses(firm: Firm, session: Session) -> None:
    first = apply.apply_pack(session, firm.boss, PACK)
    text = show.describe(session.registry, first)
    assert "2. boss: 总经理 — Direct superior, Approve; only if Days > 3 [T-2]" in text
    assert "copy at submit to Whoever has a role: hr" in text
    assert "T-3  用印 / 盖章" in text
    second = apply.apply_pack(
        session,
        firm.boss,
        PACK.replace("days > 3", "days > 5").replace("notice_days: 3", "notice_days: 4"),
    )
    changed = show.diff(session.registry, first, second)
    assert changed == [
        "~ setting Notice: 3 → 4",
        "~ Leave.Request, step “总经理”, only if: Days > 3 → Days > 5 (for Direct superior)",
    ]
    assert show.diff(session.registry, second, second) == []
    assert show.to_json(first)["number"] == 1


def test_a_file_that_cannot_be_read_is_said(firm: Firm, session: Session, tmp_path: Path) -> None:
    from zhidu.errors import ConfigError, NotFound

    with pytest.raises(ConfigError, match=r"nothing\.yaml"):
        apply.apply_pack(session, firm.boss, tmp_path / "nothing.yaml")
    with pytest.raises(NotFound):
        built_in("../secrets")
    path = tmp_path / "p.yaml"
    path.write_text("\ufeff" + PACK, "utf-8")
    assert apply.apply_pack(session, firm.boss, path).number == 1


def test_versions_count_up_without_a_gap(firm: Firm, session: Session) -> None:
    for notice in (4, 5, 6):
        apply.apply_pack(session, firm.boss, PACK.replace("days: 3\n", f"days: {notice}\n"))
    assert [one.number for one in queries.history(session)] == [3, 2, 1]
    kept = session.scalars(select(PolicyVersion).where(PolicyVersion.number == 2)).one()
    assert kept.checksum == versions.checksum(versions.content(kept).data)
    assert queries.by_number(session, 2) is kept


def test_the_database_itself_refuses_to_change_a_version(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        version = apply.apply_pack(session, firm.boss, PACK)
    with pytest.raises(DBAPIError, match="append-only"), firm.db.write(firm.boss) as session:
        session.get_one(PolicyVersion, version.id).title = "other"
    with pytest.raises(DBAPIError, match="append-only"), firm.db.write(firm.boss) as session:
        session.delete(session.get_one(PolicyVersion, version.id))


@pytest.mark.postgresql
def test_two_publishers_at_once_take_two_numbers_or_agree(firm: Firm) -> None:
    def publish(notice: int) -> Act:
        text = PACK.replace("days: 3\n", f"days: {notice}\n")

        def act(session: Session, meet: Callable[[], None]) -> int:
            assert versions.current(session) is None or notice == 6
            meet()
            return apply.apply_pack(session, firm.boss, text).number

        return act

    together = Concurrently(firm.db)
    results = together(firm.boss, publish(4), publish(5))
    assert sorted(outcome.get() for outcome in results) == [1, 2]
    results = together(firm.boss, publish(6), publish(6))
    assert [outcome.get() for outcome in results] == [3, 3]


def test_an_addon_that_fails_at_its_start_stops_nobody(firm: Firm) -> None:
    firm.house.failing.add("leave")
    with firm.db.write(firm.boss) as session:
        version = apply.apply_pack(session, firm.boss, PACK)
        assert [one.addon for one in hooks.failures(session)] == ["leave"]
        activation.deactivate(session, firm.boss, "stamps")
        assert version.title == "试行规范"
    assert firm.active() == {"leave"}
    assert firm.house.heard == ["+stamps", "-stamps"]
