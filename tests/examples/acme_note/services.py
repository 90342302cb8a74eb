"""The verbs: they take session and actor, raise what they refuse, and never commit."""

from __future__ import annotations

from datetime import date

from acme_note.models import Note
from zhidu import (
    Actor,
    RecordEvent,
    Session,
    ValidationError,
    addon_default,
    create_record,
    edit_record,
    get_setting,
)
from zhidu import lazy_gettext as _l

KIND = "note.note"
LONGEST = "note.longest"


def write(session: Session, actor: Actor, *, text: str, last_day: date | None) -> Note:
    """Write a draft."""
    values = {"text": text.strip(), "last_day": last_day}
    row: Note = create_record(session, actor, KIND, values, title_of(text))
    return row


def change(
    session: Session, actor: Actor, row: Note, *, text: str, last_day: date | None, version: int
) -> None:
    """Change a draft or a returned note.

    :raises StaleRecord: someone saved it since the form was opened.
    """
    values = {"text": text.strip(), "last_day": last_day}
    edit_record(session, actor, row, values, version, title=title_of(text))


def title_of(text: str) -> str:
    """Take the beginning of the first line."""
    return (text.strip().splitlines() or [""])[0][:60]


def refuse_long(event: RecordEvent) -> None:
    """Refuse a note that is longer than the policy, or our default, allows.

    :raises ValidationError: names the limit.
    """
    row = event.session.get_one(Note, event.record.id)
    longest = get_setting(event.session, LONGEST)
    if len(row.text) > longest:
        raise ValidationError(
            _l("A note has at most %(longest)s characters.", longest=longest),
            cure=_l("Say it shorter."),
            fields={"text": _l("Too long.")},
            source=addon_default("note"),
        )
