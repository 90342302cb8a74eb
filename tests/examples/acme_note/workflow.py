"""The note as a business document: facts for conditions, and what happens after approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acme_note.models import Note
from acme_note.services import KIND
from zhidu import Execution, FactType, RecordKind, Session, Transition
from zhidu import lazy_gettext as _l


def facts(_session: Session, row: Note) -> Mapping[str, Any]:
    """Read what a policy's conditions may ask."""
    return {"length": len(row.text)}


NOTE = RecordKind(
    name=KIND,
    title=_l("Note to colleagues"),
    model=Note,
    series="NT-{yyyy}-{seq:04d}",
    facts={"length": FactType.number(_l("Characters"))},
    read_facts=facts,
    endpoint="note_note",
    icon="comment",
    execution=Execution(
        initial="none",
        states={"none": _l("Not posted"), "posted": _l("Posted")},
        transitions=(
            Transition("post", _l("Post"), ("none",), "posted", "note.note.post", by_task=True),
        ),
    ),
)
