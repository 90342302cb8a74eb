"""Take away files that nothing refers to any more: rows of contents first, a day later the contents.

A content is an orphan where its row was rolled back, or where the draft that it hung on was deleted.
Both ends look at what is committed: a file that was written less than a day ago may belong to a unit
of work that is still open, so it stays.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.exc import IntegrityError

from zhidu import clock
from zhidu.db import Base, Session
from zhidu.jobs.lease import WORKER
from zhidu.records.files import FileStore
from zhidu.records.models import Blob

log = logging.getLogger("zhidu.records")

FORGET = "core.forget_blobs"
SWEEP = "core.sweep_files"
REASON = "companies share the folder of files"

AGE = timedelta(days=1)
"""How old an orphan must be."""

BATCH = 500
"""Rows that one unit of work looks at, so that writers never wait for long."""


def forget_blobs(session: Session, _args: Mapping[str, Any]) -> None:
    """Delete the company's rows of contents to which no row refers; the audit trail keeps them.

    A row that is being attached this moment is locked and left out; one to which a table of an
    addon refers that is not loaded is held by the database itself.
    """
    found = session.scalars(
        select(Blob)
        .where(Blob.created_at < clock.now() - AGE, *_unused())
        .order_by(Blob.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for blob in found:
        try:
            with session.begin_nested():
                session.delete(blob)
        except IntegrityError:
            log.info("the file %s is kept: something refers to it", blob.sha256)


def _unused() -> Iterator[ColumnElement[bool]]:
    """Say of every column that can name a content that it does not name this one."""
    for mapper in Base.registry.mappers:
        for attribute in mapper.column_attrs:
            keys = attribute.columns[0].foreign_keys
            if any(key.target_fullname == f"{Blob.__tablename__}.id" for key in keys):
                yield ~exists().where(getattr(mapper.class_, attribute.key) == Blob.id)


def sweep_files(_session: Session, _args: Mapping[str, Any]) -> None:
    """Delete contents that no company has a row for."""
    from zhidu.jobs.tasks import database  # celery is loaded by who works

    db = database()
    if db.files is None:
        return
    store = FileStore(db.files)
    store.put_back()
    before = clock.now() - AGE
    gone = 0
    found = store.older(before)
    while part := list(islice(found, BATCH)):
        with db.all_companies(WORKER, REASON) as session:
            known = set(session.scalars(select(Blob.sha256).where(Blob.sha256.in_(part))))
        gone += sum(store.drop(sha256, before) for sha256 in part if sha256 not in known)
    if gone:
        log.info("%s files were deleted: nothing referred to them for a day", gone)
