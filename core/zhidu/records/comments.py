"""Remarks on a record; whoever is named in one may read the record from then on."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu import hooks
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound, ValidationError
from zhidu.events import CommentEvent
from zhidu.org import queries as org
from zhidu.records.models import Comment, ReaderReason, Record
from zhidu.records.queries import is_applicant, kind_of
from zhidu.records.services import add_reader
from zhidu.texts import lazy_gettext as _l

MAX_TEXT = 2000
"""Characters of a remark."""
MAX_MENTIONS = 20


def comment(
    session: Session, actor: Actor, record: Record, text: str, mentions: Iterable[int] = ()
) -> Comment:
    """Write a remark.

    :param mentions: ids of members of this company who work here.
    :raises NotFound: the actor may not read the record.
    :raises ValidationError: no text, too much of it, or a person who is not here.
    """
    kind_of(session, record.kind)
    if actor.member_id is None:
        raise NotFound
    if not is_applicant(actor, record) and not check.can(session, f"{record.kind}.read", record):
        raise NotFound
    text = text.strip()
    if not text or len(text) > MAX_TEXT:
        wrong = (
            _l("A comment has at most %(limit)s characters.", limit=MAX_TEXT)
            if text
            else _l("Please write something.")
        )
        raise ValidationError(wrong, fields={"text": wrong})
    named = _named(session, mentions)
    made = Comment(
        record_id=record.id,
        member_id=actor.member_id,
        text=text,
        mentions=named,
        created_at=now(),
    )
    session.add(made)
    session.flush()
    for member_id in named:
        add_reader(session, record.id, member_id, ReaderReason.MENTION)
    hooks.after_comment(session, CommentEvent(session, actor, record, made))
    return made


def _named(session: Session, mentions: Iterable[int]) -> list[int]:
    named = list(dict.fromkeys(mentions))
    if len(named) > MAX_MENTIONS:
        wrong = _l("At most %(limit)s people can be named in a comment.", limit=MAX_MENTIONS)
        raise ValidationError(wrong, fields={"mentions": wrong})
    if not all(org.works_here(session, member_id) for member_id in named):
        wrong = _l("A person named does not work here (any more).")
        raise ValidationError(wrong, fields={"mentions": wrong})
    return named
