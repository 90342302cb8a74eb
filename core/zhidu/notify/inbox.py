"""Read the inbox: the newest notices, how many are unread, and marking them read."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, func, or_, select, update

from zhidu import clock
from zhidu.clock import DEFAULT_ZONE
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.notify.models import Notice
from zhidu.notify.wording import said
from zhidu.records.models import Record

COUNTED = 100
"""The count of unread notices ends here: 100 is shown as «99+»."""


def text_of(notice: Notice, zone: str = DEFAULT_ZONE) -> str:
    """Say a notice in the current locale; instants as clocks in ``zone`` show them."""
    return said(notice.message, notice.values, zone)


def unread(session: Session, member_id: int) -> int:
    """Count the unread notices of a member, up to :data:`COUNTED`."""
    some = (
        select(Notice.id)
        .where(Notice.member_id == member_id, Notice.read_at.is_(None), _shown(session))
        .limit(COUNTED)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


def unread_of(session: Session, member_id: int, record_id: int) -> bool:
    """Tell whether something was said to the member about a record that is not read yet."""
    some = select(Notice.id).where(
        Notice.member_id == member_id, Notice.record_id == record_id, Notice.read_at.is_(None)
    )
    return session.scalar(some.limit(1)) is not None


def newest(
    session: Session,
    member_id: int,
    limit: int = 50,
    *,
    before: int | None = None,
    unread_only: bool = False,
) -> list[Notice]:
    """List a member's notices, the newest first.

    :param before: the id of the last notice of the page before (keyset).
    """
    chosen = select(Notice).where(Notice.member_id == member_id, _shown(session))
    if before is not None:
        chosen = chosen.where(Notice.id < before)
    if unread_only:
        chosen = chosen.where(Notice.read_at.is_(None))
    return list(session.scalars(chosen.order_by(Notice.id.desc()).limit(limit)))


def get(session: Session, member_id: int, notice_id: int) -> Notice:
    """Give one notice of a member.

    :raises NotFound: there is none, it is another's, or its addon is not active.
    """
    found = session.scalars(
        select(Notice).where(Notice.id == notice_id, Notice.member_id == member_id, _shown(session))
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def mark_read(session: Session, member_id: int, notice_id: int) -> None:
    """Note that a member has seen a notice; the first time counts."""
    _mark(session, Notice.member_id == member_id, Notice.id == notice_id)


def mark_all_read(session: Session, member_id: int, *, up_to: int) -> None:
    """Mark everything up to the newest notice that the page showed.

    :param up_to: that notice's id: what came in since then stays unread.
    """
    _mark(session, Notice.member_id == member_id, Notice.id <= up_to)


def mark_record_read(session: Session, member_id: int, record_id: int) -> None:
    """Mark what was said about a record: the member looks at it now."""
    _mark(session, Notice.member_id == member_id, Notice.record_id == record_id)


def _mark(session: Session, *criteria: ColumnElement[bool]) -> None:
    session.execute(
        update(Notice).where(Notice.read_at.is_(None), *criteria).values(read_at=clock.now())
    )


def _shown(session: Session) -> ColumnElement[bool]:
    """Hide what is about records of addons that are not active: their pages are gone, too."""
    registry, active = session.registry, session.active_addons
    kinds = [kind for kind in registry.kinds if registry.owner(kind) in active]
    return or_(
        Notice.record_id.is_(None),
        exists().where(Record.id == Notice.record_id, Record.kind.in_(kinds)),
    )
