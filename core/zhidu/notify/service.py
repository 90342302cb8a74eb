"""Tell people something: a row in their inbox, and one job for each further channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from zhidu import clock
from zhidu.access.user import User
from zhidu.db import Session
from zhidu.db.conflict import insert_unless_taken
from zhidu.jobs import enqueue, job_key
from zhidu.notify.models import Notice
from zhidu.notify.wording import packed, taken_apart
from zhidu.org.models import Company, Member, MemberStatus
from zhidu.texts import Text, use_locale

INBOX = "inbox"
"""The channel that every notice takes: its row."""

DELIVER = "core.deliver_notice"


def send(
    session: Session,
    member_ids: Iterable[int],
    message: Text | str,
    values: Mapping[str, Any] | None = None,
    record_id: int | None = None,
    dedupe: str | None = None,
) -> list[int]:
    """Tell these members of the session's company; return the ids of the notices made.

    People who have left are left out. The rows stand in the business transaction: no commit, no
    notice.

    :param message: an English msgid with ``%(name)s`` places, or a ``lazy_gettext`` text.
    :param values: texts, whole numbers, Decimals, days, instants, lazy texts, texts by locale.
    :param record_id: what it is about; a notice of an addon that is not active is hidden.
    :param dedupe: nobody is told twice under the same key.
    """
    msgid, own = taken_apart(message)
    chosen = list(dict.fromkeys(member_ids))
    working = set(
        session.scalars(
            select(Member.id).where(Member.id.in_(chosen), Member.status == MemberStatus.ACTIVE)
        )
    )
    row = {
        "record_id": record_id,
        "message": msgid,
        "values": own | packed(values or {}),
        "created_at": clock.now(),
    }
    channels = _other_channels(session)
    made: list[int] = []
    for member_id in chosen:
        if member_id not in working:
            continue
        key = None if dedupe is None else f"{dedupe}:{member_id}"
        notice_id = insert_unless_taken(
            session,
            Notice,
            {**row, "member_id": member_id, "dedupe": key},
            on=["company_id", "dedupe"],
        )
        if notice_id is None:
            continue
        made.append(notice_id)
        for channel in channels:
            enqueue(
                session,
                DELIVER,
                {"notice": notice_id, "channel": channel},
                dedupe=f"notice:{notice_id}:{channel}",
            )
    return made


def _other_channels(session: Session) -> list[str]:
    registry = session.registry
    return [
        name
        for name in registry.channels
        if name != INBOX and registry.owner(name) in session.active_addons
    ]


def deliver(session: Session, args: Mapping[str, Any]) -> None:
    """Bring one notice over one channel, in the reader's language: the job of every channel.

    A channel whose addon was switched off meanwhile brings nothing: the inbox has the notice.
    """
    notice = session.get(Notice, args["notice"])
    if notice is None or args["channel"] not in _other_channels(session):
        return
    with use_locale(locale_of(session, notice.member_id)):
        session.registry.channels[args["channel"]].deliver(session, notice, job_key(session))


def locale_of(session: Session, member_id: int) -> str:
    """Give the language of a member: of the log-in, else of the company."""
    own = session.scalar(
        select(User.locale).join(Member, Member.user_id == User.id).where(Member.id == member_id)
    )
    return own or session.scalars(select(Company.locale).where(Company.id == session.company)).one()
