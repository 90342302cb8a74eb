"""The first test of the example addon, as ``docs/integrators.md`` shows it."""

from __future__ import annotations

import pytest

from zhidu import Record, Session, create_record


@pytest.mark.addons("note")
def test_a_note_has_a_title(session: Session) -> None:
    row = create_record(session, session.actor, "note.note", {"text": "Hello"}, "Hello")
    assert session.get_one(Record, row.id).title == "Hello"
