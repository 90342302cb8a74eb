"""Orphans: what nobody refers to goes after a day; what anybody may still need stays."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from tests.core.workflow_house import DemoRequest, Office, header

from zhidu import clock
from zhidu.actor import Actor
from zhidu.audit.models import AuditEntry
from zhidu.db import Session
from zhidu.jobs.models import Job, JobStatus, Schedule
from zhidu.jobs.queue import enqueue
from zhidu.jobs.run import drain
from zhidu.jobs.schedule import fire_due
from zhidu.records import attachments, orphans
from zhidu.records import services as records
from zhidu.records.files import FileStore
from zhidu.records.models import Attachment, Blob
from zhidu.testing.concurrency import Concurrently
from zhidu.testing.factories import make_company

TWO_DAYS = timedelta(days=2)
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request: pytest.FixtureRequest) -> Office:
    """Open an office on each database."""
    name = {"sqlite": "office", "postgresql": "office_on_postgresql"}[request.param]
    found: Office = request.getfixturevalue(name)
    return found


@pytest.fixture
def store(office: Office, tmp_path: Path) -> FileStore:
    """Give the folder that the jobs of the office work on."""
    office.db.files = tmp_path / "files"
    return FileStore(office.db.files)


def draft(office: Office) -> int:
    with office.db.write(office.org.salesman.actor) as session:
        return office.draft(session).id


def attach(session: Session, record_id: int, store: FileStore, data: bytes) -> Attachment:
    record = header(session, record_id)
    return attachments.attach(
        session, session.actor, record, BytesIO(data), "notes.txt", files=store
    )


def age(office: Office, store: FileStore, by: timedelta = TWO_DAYS) -> None:
    """Let all that is there be older."""
    then = (clock.now() - by).timestamp()
    for place in store.folder.rglob("*"):
        if place.is_file():
            os.utime(place, (then, then))
    with office.db.write(office.system) as session:
        for blob in session.scalars(select(Blob)):
            blob.created_at = clock.now() - by


def work(office: Office, *names: str) -> None:
    """Carry jobs out as a worker does; none may fail."""
    for name in names:
        actor = Actor.system() if name == orphans.SWEEP else office.system
        with office.db.write(actor) as session:
            enqueue(session, name)
        drain(office.db)
    with office.db.all_companies(Actor.system(), "a test looks") as session:
        left = session.scalars(select(Job).where(Job.status != JobStatus.DONE)).all()
    assert not [(job.name, job.error) for job in left]


def contents(store: FileStore) -> set[str]:
    return {place.name for place in store.folder.rglob("*") if place.is_file()}


def blobs(office: Office) -> set[str]:
    with office.db.read(office.system) as session:
        return set(session.scalars(select(Blob.sha256)))


def test_what_is_referred_to_stays_however_old(office: Office, store: FileStore) -> None:
    """Also a file that was taken off its record: the trail shows it was there."""
    key = draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        attach(session, key, store, b"kept")
        attachments.remove_attachment(
            session, session.actor, attach(session, key, store, b"taken off")
        )
    before = blobs(office)
    age(office, store)
    work(office, orphans.FORGET, orphans.SWEEP)
    assert len(before) == 2
    assert blobs(office) == contents(store) == before


def test_what_hung_on_a_deleted_draft_goes_row_first(office: Office, store: FileStore) -> None:
    key, other = draft(office), draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        attach(session, key, store, b"gone")
        attach(session, key, store, b"shared")
        shared = attach(session, other, store, b"shared").blob.sha256
        records.delete_draft(session, session.actor, session.get_one(DemoRequest, key))
    work(office, orphans.FORGET, orphans.SWEEP)
    assert len(blobs(office)) == 2, "not before a day is over"
    age(office, store)
    work(office, orphans.SWEEP)
    assert contents(store) == blobs(office), "a content with a row stays"
    work(office, orphans.FORGET)
    assert blobs(office) == {shared}
    assert len(contents(store)) == 2
    work(office, orphans.SWEEP)
    assert contents(store) == {shared}
    with office.db.read(office.system) as session:
        told = session.scalars(
            select(AuditEntry.action).where(AuditEntry.kind == "core.blob").order_by(AuditEntry.id)
        ).all()
    assert told[-1] == "delete"


def test_what_is_not_committed_yet_stays(office: Office, store: FileStore) -> None:
    """The content lies there before its row, however long the unit of work lasts."""
    key = draft(office)
    old = store.keep(BytesIO(b"old orphan"), 100).sha256
    age(office, store)
    with Session(office.db.engine, office.org.salesman.actor, office.db.registry) as session:
        new = attach(session, key, store, b"new").blob.sha256
        again = attach(session, key, store, b"old orphan").blob.sha256
        sweep(office)
        assert contents(store) == {new, again}
        session.commit()
    assert again == old
    assert blobs(office) == {new, again}


def sweep(office: Office) -> None:
    """Sweep beside an open unit of work: the job's own row would wait for SQLite's one writer."""
    from zhidu.jobs.tasks import serving

    with serving(office.db), office.db.read(Actor.system()) as session:
        orphans.sweep_files(session, {})


def test_what_was_rolled_back_goes_after_a_day(office: Office, store: FileStore) -> None:
    key = draft(office)
    with Session(office.db.engine, office.org.salesman.actor, office.db.registry) as session:
        attach(session, key, store, b"rolled back")
        session.rollback()
    (store.folder / "new-broken").write_bytes(b"half")
    sweep(office)
    assert len(contents(store)) == 2
    age(office, store)
    sweep(office)
    assert contents(store) == set()


def test_another_company_s_row_keeps_the_content(office: Office, store: FileStore) -> None:
    with office.db.write(make_company(office.db, code="beta").system) as session:
        kept = store.keep(BytesIO(b"shared"), 100)
        attachments.blob_of(session, kept, "shared.txt")
    age(office, store)
    sweep(office)
    assert contents(store) == {kept.sha256}


@pytest.mark.postgresql
def test_a_row_that_is_being_attached_stays(office_on_postgresql: Office, tmp_path: Path) -> None:
    """A content that nobody referred to gets a reference while the job looks at it."""
    office, store = office_on_postgresql, FileStore(tmp_path / "files")
    key, gone = draft(office), draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        attach(session, gone, store, b"again")
    with office.db.write(office.org.salesman.actor) as session:
        records.delete_draft(session, session.actor, session.get_one(DemoRequest, gone))
    age(office, store)

    def take(session: Session, meet: Callable[[], None]) -> None:
        attach(session, key, store, b"again")
        meet()
        meet()

    def forget(session: Session, meet: Callable[[], None]) -> None:
        meet()
        orphans.forget_blobs(session, {})
        meet()

    actors = (office.org.salesman.actor, office.system)
    for outcome in Concurrently(office.db)(actors, take, forget):
        outcome.get()
    assert len(blobs(office)) == 1
    with office.db.write(office.system) as session:
        orphans.forget_blobs(session, {})
    assert len(blobs(office)) == 1


def test_what_the_database_holds_stays(
    office: Office, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An addon that is not loaded may refer to a content: its foreign key says so."""
    key = draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        attach(session, key, store, b"held")
        attachments.blob_of(session, store.keep(BytesIO(b"free"), 100), "free.txt")
    age(office, store)
    monkeypatch.setattr(orphans, "_unused", lambda: iter(()))  # as if its models were not here
    work(office, orphans.FORGET)
    assert len(blobs(office)) == 1


def test_both_run_every_night(office: Office) -> None:
    """The rows in each company at three, the contents once for all at four."""
    fire_due(office.db, "a worker")
    with office.db.all_companies(Actor.system(), "a test looks") as session:
        names = (orphans.FORGET, orphans.SWEEP)
        rows = session.scalars(select(Schedule).where(Schedule.name.in_(names))).all()
        found = {(row.name, row.company_id, row.next_at.astimezone(CHINA).hour) for row in rows}
    assert found == {(orphans.FORGET, office.made.company, 3), (orphans.SWEEP, None, 4)}


def test_the_same_content_that_comes_in_between_is_put_back(
    office: Office, store: FileStore
) -> None:
    """Between the look and the deletion somebody keeps what just was an orphan."""
    sha256 = store.keep(BytesIO(b"orphan"), 100).sha256
    age(office, store)
    before = clock.now() - orphans.AGE
    (found,) = store.older(before)
    store.keep(BytesIO(b"orphan"), 100)
    assert store.drop(found, before) is False
    assert contents(store) == {sha256}
    assert store.drop("0" * 64, before) is False


def test_what_a_dead_process_moved_aside_is_put_back(office: Office, store: FileStore) -> None:
    sha256 = store.keep(BytesIO(b"moved"), 100).sha256
    store.path(sha256).rename(store.folder / f"old-{sha256}")
    sweep(office)
    assert contents(store) == {sha256}
    with store.open(sha256) as stream:
        assert stream.read() == b"moved"


def test_a_database_without_a_folder_has_nothing_to_sweep(office: Office) -> None:
    office.db.files = None
    sweep(office)
