"""The job table: in the business transaction or not at all, once, with a lease, until it is dead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from tests.core.jobs_stage import job, leave_a_mark, marks, offering, switch

from zhidu.actor import Actor, Via
from zhidu.config import Config
from zhidu.db import Database, ReadOnly, Session
from zhidu.errors import Busy
from zhidu.jobs import JobType, enqueue, health, job_key, lease
from zhidu.jobs.lease import LEASE, Claim, anything_free, claim
from zhidu.jobs.models import Job, JobStatus
from zhidu.jobs.run import Outcome, carry_out, drain
from zhidu.jobs.sweep import KEEP_DONE, KILLED, UNDECLARED, sweep
from zhidu.jobs.worker import Worker
from zhidu.testing.concurrency import Concurrently
from zhidu.testing.factories import MadeCompany
from zhidu.testing.fixtures import FrozenClock
from zhidu.texts import current_locale

MARK = JobType("tools.mark", leave_a_mark)


def put(db: Database, actor: Actor | None = None, **options: Any) -> int:
    with db.write(actor or Actor.system()) as session:
        return enqueue(session, "tools.mark", {"n": options.pop("n", 1)}, **options)


def count(db: Database) -> int:
    with db.read(Actor.system()) as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def test_a_job_stands_or_falls_with_its_transaction(db: Database) -> None:
    db = offering(db, MARK)
    with db.read(Actor.system()) as session, pytest.raises(ReadOnly):
        enqueue(session, "tools.mark")
    with Session(db.engine, Actor.system(), db.registry) as session:
        enqueue(session, "tools.mark")
        session.rollback()
    assert count(db) == 0
    put(db)
    assert (count(db), drain(db), marks(db)) == (1, 1, ["1"])
    assert drain(db) == 0


def test_a_job_that_nobody_declares_cannot_be_enqueued(db: Database) -> None:
    db = offering(db)
    with pytest.raises(KeyError), db.write(Actor.system()) as session:
        enqueue(session, "tools.mark")


def test_a_dedupe_key_gives_the_job_that_is_there_already(db: Database) -> None:
    db = offering(db, MARK)
    first = put(db, n=1, dedupe="once")
    assert put(db, n=2, dedupe="once") == first
    drain(db)
    assert put(db, n=3, dedupe="once") == first
    assert put(db, n=4, dedupe="again") != first
    drain(db)
    assert marks(db) == ["1", "4"]


@pytest.mark.postgresql
def test_two_transactions_with_one_dedupe_key_make_one_job(db: Database, two_sessions: Any) -> None:
    offered = offering(db, MARK)

    def act(session: Session, meet: Any) -> int:
        meet()
        found = enqueue(session, "tools.mark", {"n": 1}, dedupe="once")
        session.commit()
        return found

    outcomes = Concurrently(offered)(Actor.system(), act, act)
    assert len({outcome.get() for outcome in outcomes}) == 1
    assert count(offered) == 1


def test_a_job_runs_as_who_caused_it_in_their_company_and_language(
    db: Database, company: MadeCompany, actor: Actor
) -> None:
    seen: list[tuple[Actor, int, str, str]] = []

    def look(session: Session, _args: Mapping[str, Any]) -> None:
        seen.append((session.actor, session.company, current_locale(), job_key(session)))

    db = offering(db, JobType("core.look", look), addon="core")
    doer = replace(actor, locale="en", request_id="r-1")
    with db.write(doer) as session:
        made = enqueue(session, "core.look")
    assert drain(db) == 1
    assert seen == [(replace(doer, source=Via.JOB), company.id, "en", f"zhidu-job-{made}")]


def test_a_key_belongs_to_a_job(db: Database) -> None:
    with db.read(Actor.system()) as session, pytest.raises(LookupError):
        job_key(session)


def test_nothing_runs_before_its_time(db: Database, clock: FrozenClock) -> None:
    db = offering(db, MARK)
    put(db, run_at=clock.now + timedelta(hours=1))
    assert not anything_free(db)
    assert drain(db) == 0
    clock.tick(hours=1)
    assert anything_free(db)
    assert drain(db) == 1


def test_a_failure_is_kept_waits_longer_each_time_and_ends_dead(
    db: Database, clock: FrozenClock
) -> None:
    def fail(session: Session, args: Mapping[str, Any]) -> None:
        leave_a_mark(session, args)
        session.flush()
        raise ValueError("no paper")

    db = offering(db, JobType("tools.mark", fail, max_tries=3))
    made = put(db)
    pauses = []
    for _ in range(3):
        assert drain(db) == 0
        found = job(db, made)
        assert found.error == "ValueError: no paper"
        pauses.append(found.run_at - clock.now)
        clock.set(max(found.run_at, clock.now))
    assert pauses[:2] == [timedelta(seconds=10), timedelta(seconds=20)]
    assert (found.status, found.tries, marks(db)) == (JobStatus.DEAD, 3, [])
    clock.tick(days=1)
    assert not anything_free(db)


def test_pauses_end_at_an_hour() -> None:
    assert lease.pause(1) == timedelta(seconds=10)
    assert lease.pause(40) == timedelta(hours=1)


def test_a_busy_database_is_no_failure(db: Database, clock: FrozenClock) -> None:
    def wait_in_vain(_session: Session, _args: Mapping[str, Any]) -> None:
        raise Busy

    db = offering(db, JobType("tools.mark", wait_in_vain))
    made = put(db)
    drain(db)
    found = job(db, made)
    assert (found.status, found.tries, found.error) == (JobStatus.DUE, 0, "")
    assert found.run_at > clock.now


def test_a_lease_keeps_others_off_until_it_runs_out(db: Database, clock: FrozenClock) -> None:
    db = offering(db, MARK)
    made = put(db)
    first = claim(db)
    assert first is not None
    assert claim(db) is None
    assert claim(db, made) is None
    clock.tick(seconds=LEASE.total_seconds() + 1)
    second = claim(db, made)
    assert second is not None
    # the first comes back late: nothing that it does counts
    assert carry_out(db, first) is Outcome.LOST
    assert carry_out(db, second) is Outcome.DONE
    assert carry_out(db, second) is Outcome.LOST
    assert marks(db) == ["1"]


def test_an_effect_is_rolled_back_when_the_lease_is_lost_meanwhile(
    db: Database, clock: FrozenClock
) -> None:
    done: list[str] = []

    def reach_out(_session: Session, _args: Mapping[str, Any]) -> None:
        done.append("sent")
        clock.tick(seconds=LEASE.total_seconds() + 1)
        other = claim(offered)
        assert other is not None
        assert carry_out(plain, other) is Outcome.DONE

    offered = offering(db, JobType("tools.mark", reach_out, writes=False))
    plain = offering(db, MARK)
    made = put(offered)
    first = claim(offered)
    assert first is not None
    assert carry_out(offered, first) is Outcome.LOST
    assert (done, marks(db), job(db, made).status) == (["sent"], ["1"], JobStatus.DONE)


def test_a_job_that_only_reaches_out_holds_no_lock_and_writes_nothing(db: Database) -> None:
    def write(session: Session, args: Mapping[str, Any]) -> None:
        leave_a_mark(session, args)
        session.flush()

    db = offering(db, JobType("tools.mark", write, writes=False))
    made = put(db)
    drain(db)
    assert "only reads" in job(db, made).error


def test_a_wrong_token_proves_nothing(db: Database) -> None:
    db = offering(db, MARK)
    made = put(db)
    assert carry_out(db, Claim(made, "guessed")) is Outcome.LOST
    assert marks(db) == []


def test_jobs_of_an_addon_that_is_not_active_stand_still(
    db: Database, company: MadeCompany
) -> None:
    db = offering(db, MARK)
    made = put(db, company.system)
    everywhere = put(db, n=2)  # of no company: enabled is enough
    assert drain(db) == 1
    switch(db, company.id, "tools", active=False)
    assert drain(db) == 0
    found = job(db, made)
    assert (found.status, found.tries, found.error) == (JobStatus.DUE, 0, "")
    switch(db, company.id, "tools", active=True)
    assert drain(db) == 1
    assert job(db, everywhere).status is JobStatus.DONE
    assert marks(db) == ["1", "2"]


def test_a_job_that_nobody_declares_any_more_is_left_with_the_reason(db: Database) -> None:
    made = put(offering(db, MARK))
    gone = offering(db)
    assert drain(gone) == 0
    sweep(gone)
    assert job(db, made).error == UNDECLARED
    again = offering(db, MARK)
    sweep(again)
    assert job(db, made).error == ""
    assert drain(again) == 1


def test_a_job_that_kills_its_workers_is_dead_at_last(db: Database, clock: FrozenClock) -> None:
    db = offering(db, JobType("tools.mark", leave_a_mark, max_tries=2))
    made = put(db)
    for _ in range(2):
        assert claim(db) is not None
        sweep(db)
        assert job(db, made).status is JobStatus.DUE
        clock.tick(seconds=LEASE.total_seconds() + 1)
    assert claim(db) is None
    sweep(db)
    assert (job(db, made).status, job(db, made).error) == (JobStatus.DEAD, KILLED)


def test_done_jobs_are_tidied_away_in_time(db: Database, clock: FrozenClock) -> None:
    db = offering(db, MARK)
    put(db, dedupe="once")
    drain(db)
    sweep(db)
    assert count(db) == 1
    clock.tick(seconds=KEEP_DONE.total_seconds() + 1)
    due = put(db, n=2)
    sweep(db)
    assert (count(db), job(db, due).status) == (1, JobStatus.DUE)


def test_a_lease_is_renewed_while_an_effect_outside_takes_its_time(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "LEASE", timedelta(milliseconds=60))
    renewed: list[bool] = []

    def take_long(_session: Session, _args: Mapping[str, Any]) -> None:
        before = job(db, made).lease_until
        while job(db, made).lease_until == before:  # ends when the beat was seen
            pass
        renewed.append(True)

    offered = offering(db, JobType("tools.mark", take_long, writes=False))
    made = put(offered)
    assert drain(offered) == 1
    assert renewed == [True]


def test_doctor_names_dead_stuck_and_unknown_jobs(
    db: Database, config: Config, clock: FrozenClock
) -> None:
    db = offering(db, MARK)
    assert health.check(config, db).ok
    made = put(db)
    assert health.check(config, db).ok
    clock.tick(hours=1)
    assert "1" in str(health.check(config, db).text)
    sweep(offering(db))
    assert not health.check(config, offering(db)).ok
    with db.write(Actor.system()) as session:
        session.execute(update(Job).where(Job.id == made).values(status=JobStatus.DEAD))
    found = health.check(config, db)
    assert not found.ok
    assert str(found.cure)


def test_worker_threads_do_what_is_enqueued_and_end_cleanly(db: Database) -> None:
    import threading

    ran = threading.Semaphore(0)

    def tell(session: Session, args: Mapping[str, Any]) -> None:
        leave_a_mark(session, args)
        session.on_commit(ran.release)

    db = offering(db, JobType("tools.mark", tell))
    put(db, n=0)
    worker = Worker(db, threads=2)
    worker.start()
    for n in range(1, 10):
        put(db, n=n)
    for _ in range(10):
        assert ran.acquire(timeout=60)
    assert worker.stop()
    assert marks(db) == [str(n) for n in range(10)]


def test_a_worker_goes_on_with_other_addons(db: Database) -> None:
    import threading

    ran = threading.Event()

    def tell(session: Session, _args: Mapping[str, Any]) -> None:
        session.on_commit(ran.set)

    offered = offering(db, JobType("tools.mark", tell))
    worker = Worker(offering(db))
    worker.start()
    put(offered)
    worker.use(offered)
    assert ran.wait(60)
    assert worker.stop()
