"""The pages: list, form, record page and export come with ``RecordView``."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, TextAreaField
from wtforms.validators import DataRequired, Optional

from acme_note import services
from acme_note.models import Note
from zhidu import Column, OfficeForm, RecordView, Session, View, context, gettext, present
from zhidu import lazy_gettext as _l


class NoteForm(OfficeForm):
    """What is typed."""

    text = TextAreaField(_l("Text"), [DataRequired()], ui={"rows": 4, "width": "full"})
    last_day = DateField(_l("Show until"), [Optional()])


class NoteView(RecordView):
    """Notes."""

    kind = services.KIND
    model = Note
    form_class = NoteForm
    new_label = _l("Write a note")
    empty_title = _l("No notes yet.")
    empty_text = _l("Write one with the button above.")
    more_columns = (Column("last_day", _l("Show until"), Note.last_day, "date", phone="hide"),)

    def create_draft(self, session: Session, form: NoteForm) -> Note:
        """Write the draft."""
        return services.write(
            session, context.actor(), text=form.text.data, last_day=form.last_day.data
        )

    def change(self, session: Session, row: Note, form: NoteForm, version: int) -> None:
        """Save the draft."""
        services.change(
            session,
            context.actor(),
            row,
            text=form.text.data,
            last_day=form.last_day.data,
            version=version,
        )

    def facts(self, session: Session, row: Note) -> list[dict[str, Any]]:
        """Show the note on its page."""
        fields = [
            {"label": gettext("Text"), "value": row.text, "wide": True},
            {"label": gettext("Show until"), "value": present.day(row.last_day), "kind": "date"},
        ]
        return [{"fields": fields}]


VIEWS = (
    View(
        lambda: NoteView("note_note", "/note/note", _l("Notes")),
        _l("Notes"),
        group=_l("Office"),
        icon="comment",
        sort=500,
    ),
)
