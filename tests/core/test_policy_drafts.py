"""Publishing by two people, warnings accepted by name, and trials that end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from tests.core.policy_firm import MONDAY, Firm
from tests.core.policy_house import PACK

from zhidu.access import roles
from zhidu.actor import Actor
from zhidu.clock import frozen_at
from zhidu.config import Config
from zhidu.db import Database, Session
from zhidu.errors import PermissionDenied
from zhidu.notify.models import Notice
from zhidu.policy import activation, drafts, lint, queries, settings, trial, versions
from zhidu.policy import apply as applying
from zhidu.policy.apply import apply_pack
from zhidu.policy.errors import (
    AcceptanceNeeded,
    AcceptorUnnamed,
    DraftClosed,
    DraftOutdated,
    EffectiveInPast,
    OpenTasks,
    PackRefused,
    PersonWanted,
    SamePerson,
    SecondPersonNeeded,
    UnknownDraft,
)
from zhidu.policy.models import DraftStatus, PolicyVersion
from zhidu.policy.problems import PolicyProblem, Severity
from zhidu.policy.publish import WITH_TWO
from zhidu.testing.concurrency import Concurrently
from zhidu.texts import use_locale

TODAY = date(2026, 1, 5)


@pytest.fixture
def firm(db: Database) -> Iterator[Firm]:
    with frozen_at(MONDAY), use_locale("en"):
        yield Firm(db)


@pytest.fixture
def second(firm: Firm) -> Actor:
    """Let the clerk edit the policy, too."""
    with firm.db.write(firm.system) as session:
        roles.give_role(session, session.actor, firm.clerk_id, "admin")
    return replace(firm.clerk, name="职员")


@pytest.fixture
def two(firm: Firm, second: Actor) -> Firm:
    """Give a company that demands two people."""
    with firm.db.write(firm.boss) as session:
        settings.set_setting(session, firm.boss, WITH_TWO, value=True)
    return firm


def proposed(firm: Firm, text: str = PACK) -> int:
    with firm.db.write(firm.boss) as session:
        draft = drafts.save(session, firm.boss, text, "p.yaml")
        return drafts.propose(session, firm.boss, draft).id


def notices(firm: Firm, member_id: int | None) -> list[str]:
    with firm.db.read(firm.system) as session:
        found = select(Notice.message).where(Notice.member_id == member_id).order_by(Notice.id)
        return list(session.scalars(found))


# -- two people


def test_one_person_alone_is_enough_unless_the_company_says_so(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        version = apply_pack(session, firm.boss, PACK)
        assert (version.applied_by, version.confirmed_by) == (firm.boss.member_id, None)


def test_where_two_are_demanded_nobody_changes_the_policy_alone(two: Firm) -> None:
    for actor in (two.boss, two.system):
        with pytest.raises(SecondPersonNeeded), two.db.write(actor) as session:
            apply_pack(session, actor, PACK)
        with pytest.raises(SecondPersonNeeded), two.db.write(actor) as session:
            activation.activate(session, actor, "leave")
        with pytest.raises(SecondPersonNeeded), two.db.write(actor) as session:
            settings.set_setting(session, actor, WITH_TWO, value=False)
        with pytest.raises(SecondPersonNeeded), two.db.write(actor) as session:
            settings.clear_setting(session, actor, WITH_TWO)
    assert two.active() == set()
    with two.db.write(two.boss) as session:
        settings.set_setting(session, two.boss, "leave.notice_days", 2)  # no text of the policy


def test_a_second_person_confirms_and_stands_in_the_version(two: Firm, second: Actor) -> None:
    ident = proposed(two)
    with two.db.read(two.boss) as session:
        (waiting,) = drafts.waiting(session)
        assert (waiting.id, waiting.title, waiting.status) == (ident, "试行规范", "proposed")
        assert versions.clauses(versions.current(session)) == {}
    assert len(notices(two, second.member_id)) == 1
    with two.db.write(second) as session:
        version = drafts.confirm(session, second, drafts.get(session, ident))
        assert (version.applied_by, version.confirmed_by) == (two.boss.member_id, second.member_id)
        assert (version.confirmed_name, version.confirmed_at) == ("职员", MONDAY)
        draft = drafts.get(session, ident)
        assert (draft.status, draft.version_id) == (DraftStatus.PUBLISHED, version.id)
        assert drafts.waiting(session) == []
    assert two.active() == {"leave", "stamps"}
    assert "confirmed" in notices(two, two.boss.member_id)[-1]


def test_the_same_person_a_command_and_a_stranger_do_not_confirm(two: Firm, second: Actor) -> None:
    ident = proposed(two)
    with pytest.raises(SamePerson), two.db.write(two.boss) as session:
        drafts.confirm(session, two.boss, drafts.get(session, ident))
    stands_in = replace(second, on_behalf_of=two.boss.member_id)
    with pytest.raises(SamePerson), two.db.write(stands_in) as session:
        drafts.confirm(session, stands_in, drafts.get(session, ident))
    with pytest.raises(PersonWanted), two.db.write(two.system) as session:
        drafts.confirm(session, two.system, drafts.get(session, ident))
    with pytest.raises(SamePerson), two.db.write(two.boss) as session:
        drafts.decline(session, two.boss, drafts.get(session, ident), "no")
    with two.db.write(two.system) as session:
        assert two.clerk.member_id is not None
        roles.take_role(session, session.actor, two.clerk_id, "admin")
    with pytest.raises(PermissionDenied), two.db.write(second) as session:
        drafts.confirm(session, second, drafts.get(session, ident))
    with two.db.read(two.system) as session:
        assert drafts.get(session, ident).status is DraftStatus.PROPOSED


def test_what_is_confirmed_is_what_was_proposed(two: Firm, second: Actor) -> None:
    older = proposed(two)
    newer = proposed(two, PACK.replace("notice_days: 3", "notice_days: 4"))
    with two.db.write(second) as session:
        drafts.confirm(session, second, drafts.get(session, newer))
    with pytest.raises(DraftOutdated), two.db.write(second) as session:
        drafts.confirm(session, second, drafts.get(session, older))
    with two.db.write(two.boss) as session:
        draft = drafts.get(session, older)
        drafts.save(session, two.boss, draft.source, "p.yaml", draft=draft)
        assert draft.status is DraftStatus.DRAFT
        drafts.propose(session, two.boss, draft)
    with two.db.write(second) as session:
        drafts.confirm(session, second, drafts.get(session, older))
        assert queries.count(session) == 3  # the setting, and the two packs


@pytest.mark.postgresql
def test_two_who_confirm_at_once_publish_once(two: Firm, second: Actor) -> None:
    ident = proposed(two)

    def act(session: Session, meet: Callable[[], None]) -> str:
        draft = drafts.get(session, ident)
        meet()
        try:
            return str(drafts.confirm(session, session.actor, draft).number)
        except DraftClosed:
            return "closed"

    outcomes = Concurrently(two.db)(second, act, act)
    assert sorted(outcome.get() for outcome in outcomes) == ["2", "closed"]
    with two.db.read(two.boss) as session:
        assert queries.count(session) == 2


def test_no_with_a_reason_and_giving_up_end_a_draft(two: Firm, second: Actor) -> None:
    ident = proposed(two)
    with two.db.write(second) as session:
        drafts.decline(session, second, drafts.get(session, ident), " too strict ")
    with two.db.write(two.boss) as session:
        draft = drafts.get(session, ident)
        assert (draft.status, draft.reason) == (DraftStatus.DECLINED, "too strict")
        for act in (drafts.withdraw, drafts.propose):
            with pytest.raises(DraftClosed):
                act(session, two.boss, draft)
        with pytest.raises(DraftClosed):
            drafts.save(session, two.boss, PACK, draft=draft)
        again = drafts.save(session, two.boss, PACK, "p.yaml")
        drafts.withdraw(session, two.boss, again)
        assert again.status is DraftStatus.WITHDRAWN
        assert drafts.written(session) == []
        with pytest.raises(UnknownDraft):
            drafts.get(session, 999)
    with pytest.raises(DraftClosed), two.db.write(second) as session:
        drafts.confirm(session, second, drafts.get(session, ident))


def test_a_half_written_draft_is_kept_but_not_proposed(two: Firm) -> None:
    with two.db.write(two.boss) as session:
        draft = drafts.save(session, two.boss, "format: 1\npolicy: {", "half.yaml")
        assert draft.title == "half.yaml"
        with pytest.raises(PackRefused):
            drafts.propose(session, two.boss, draft)
        assert [one.id for one in drafts.written(session)] == [draft.id]


def test_a_wished_day_that_is_over_is_said_when_it_is_confirmed(two: Firm, second: Actor) -> None:
    with two.db.write(two.boss) as session:
        later = TODAY + timedelta(days=1)
        draft = drafts.save(session, two.boss, PACK, "p.yaml", effective=later)
        ident = drafts.propose(session, two.boss, draft).id
    with (
        frozen_at(MONDAY + timedelta(days=5)),
        pytest.raises(EffectiveInPast),
        two.db.write(second) as session,
    ):
        drafts.confirm(session, second, drafts.get(session, ident))


def test_hidden_tasks_are_meant_by_who_proposes(two: Firm, second: Actor) -> None:
    with two.db.write(second) as session:
        drafts.confirm(session, second, drafts.get(session, proposed(two)))
    two.open_task("stamps.use")
    without = PACK[: PACK.index("settings:")].replace("  - stamps\n", "")
    with two.db.write(two.boss) as session:
        draft = drafts.save(session, two.boss, without, "p.yaml")
        with pytest.raises(OpenTasks):
            drafts.propose(session, two.boss, draft)
        ident = drafts.propose(session, two.boss, draft, confirmed=True).id
    with two.db.write(second) as session:
        drafts.confirm(session, second, drafts.get(session, ident))
    assert two.active() == {"leave"}


def test_the_database_itself_wants_two_different_people(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        one = apply_pack(session, firm.boss, PACK)
        values = {key: getattr(one, key) for key in ("pack_id", "pack_version", "title", "origin")}
        row = PolicyVersion(
            **values,
            number=2,
            effective_from=TODAY,
            content={},
            checksum="x",
            applied_at=MONDAY,
            applied_by=firm.boss.member_id,
            confirmed_by=firm.boss.member_id,
        )
        session.add(row)
        with pytest.raises(DBAPIError, match="two_people"):
            session.flush()
        session.rollback()


# -- warnings


@pytest.fixture
def doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lint find a warning in every pack."""
    read = lint.read

    def warned(*args: object) -> lint.Reading:
        found = read(*args)  # type: ignore[arg-type]
        doubt = PolicyProblem("p.yaml", 3, "policy", "Less.", "", "below_law", Severity.WARNING)
        return replace(found, problems=(*found.problems, doubt))

    monkeypatch.setattr(lint, "read", warned)


@pytest.mark.usefixtures("doubtful")
def test_a_warning_is_published_only_with_a_name_to_it(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        assert [one.code for one in applying.plan(session, PACK).warnings] == ["below_law"]
        with pytest.raises(AcceptanceNeeded, match="--accept below_law"):
            apply_pack(session, firm.boss, PACK)
        with pytest.raises(AcceptanceNeeded):
            apply_pack(session, firm.boss, PACK, accepted=["other"])
        version = apply_pack(session, firm.boss, PACK, accepted=["below_law"])
        (kept,) = version.acceptances
        assert kept["by"] == firm.boss.member_id
        assert (kept["code"], kept["name"], kept["line"]) == ("below_law", "老板", 3)
        small = activation.deactivate(session, firm.boss, "stamps")
        assert small is not None
        assert small.acceptances == version.acceptances


@pytest.mark.usefixtures("doubtful")
def test_a_command_must_name_who_accepts(firm: Firm, session: Session) -> None:
    with pytest.raises(AcceptorUnnamed, match="--accepted-by"):
        apply_pack(session, session.actor, PACK, accepted=["below_law"])


@pytest.fixture
def session(firm: Firm) -> Iterator[Session]:
    with Session(firm.db.engine, firm.system, firm.house.registry) as opened:
        yield opened


@pytest.mark.usefixtures("doubtful")
def test_who_proposes_accepts_and_the_second_confirms_that(two: Firm, second: Actor) -> None:
    with two.db.write(two.boss) as session:
        draft = drafts.save(session, two.boss, PACK, "p.yaml")
        with pytest.raises(AcceptanceNeeded):
            drafts.propose(session, two.boss, draft)
        ident = drafts.propose(session, two.boss, draft, accepted=["below_law"]).id
    with two.db.write(second) as session:
        version = drafts.confirm(session, second, drafts.get(session, ident))
        assert [one["name"] for one in version.acceptances] == ["老板"]


# -- trials


TRIAL = PACK.replace("effective: 2026-01-01", "effective: 2026-01-01\n  until: 2026-01-31")


def after(days: int) -> datetime:
    return datetime(2026, 1, 31, 4, tzinfo=UTC) + timedelta(days=days)


def told(firm: Firm, days: int) -> int:
    """Run the job so many days after the end; count what the administrator was told so far."""
    with frozen_at(after(days)), firm.db.write(firm.system) as session:
        session.registry.jobs[trial.JOB].run(session, {})
    return len(notices(firm, firm.boss.member_id))


def test_a_trial_is_told_before_and_after_and_is_never_silently_kept(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        version = apply_pack(session, firm.boss, TRIAL)
        assert version.effective_until == date(2026, 1, 31)
    counts = [told(firm, days) for days in (-15, -14, -13, -1, 0, 1, 6, 7, 8, 14)]
    assert counts == [0, 1, 1, 1, 2, 2, 2, 3, 3, 4]
    config = Config(Path("/nowhere"), "sqlite://")
    with frozen_at(after(0)):
        assert trial.check(config, firm.db).ok
    with frozen_at(after(3)), firm.db.read(firm.boss) as session:
        ended = trial.check(config, firm.db)
        assert (ended.ok, "of firm was a trial" in str(ended.text)) == (False, True)
        found = trial.of(session)
        assert found is not None
        assert found.is_over
        assert "still holds" in str(found.text)
        assert queries.number_in_force(session) == 1  # the rules do not vanish


def test_a_small_version_on_top_keeps_the_end(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        apply_pack(session, firm.boss, TRIAL)
        activation.deactivate(session, firm.boss, "stamps")
        found = trial.of(session)
        assert found is not None
        assert (found.version.number, found.days) == (2, 26)


def test_a_successor_in_time_ends_the_worry(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        apply_pack(session, firm.boss, TRIAL)
        apply_pack(session, firm.boss, PACK, effective=date(2026, 2, 1))
        found = trial.of(session)
        assert found is not None
        assert "version 2 follows" in str(found.text)
    assert told(firm, -3) == 0
    with frozen_at(after(1)), firm.db.read(firm.boss) as session:
        assert trial.of(session) is None


def test_a_policy_without_an_end_is_no_trial(firm: Firm) -> None:
    with firm.db.write(firm.boss) as session:
        assert trial.of(session) is None
        apply_pack(session, firm.boss, PACK)
        assert trial.of(session) is None
    assert told(firm, 30) == 0
