"""What hangs on a record's page: files in and out, comments."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import Response, request, send_file
from sqlalchemy import select

from zhidu.db import Session
from zhidu.errors import NotFound, Refused, ValidationError
from zhidu.notify import inbox
from zhidu.records import attachments as stored
from zhidu.records import comments as remarks
from zhidu.records.models import Attachment, Record
from zhidu.web import context
from zhidu.web.base_view import MEMBER, door
from zhidu.web.service_view import ServiceView
from zhidu.workflow import engine, queries, signatures
from zhidu.workflow.models import Trail


class RecordParts(ServiceView):
    """The doors for attachments and comments; ``RecordView`` builds the page on them."""

    def page(self, pk: int, refusal: Any = None) -> str:
        """Draw the record's page."""
        raise NotImplementedError

    def keep_files(self, session: Session, row: Any, form: Any) -> None:
        """Attach the files that were sent with the form."""
        field = getattr(form, "files", None)
        for upload in request.files.getlist(field.name) if field is not None else ():
            if upload.filename:
                self.keep(session, row, upload.stream, upload.filename)

    def keep(self, session: Session, row: Any, stream: Any, name: str, purpose: str = "") -> None:
        """Attach one file."""
        stored.attach(
            session,
            context.actor(),
            row.header,
            cast("BinaryIO", stream),
            name,
            purpose,
            files=context.extension("files"),
        )

    @door("/<int:pk>/files", "POST", needs=MEMBER)
    def file_add_view(self, pk: int) -> Any:
        """Attach files to an own draft."""
        session = context.session()
        row = self.load(session, pk, "edit")
        for upload in request.files.getlist("files"):
            if upload.filename:
                self.keep(session, row, upload.stream, upload.filename)
        return self.back(self.link("row_view", pk=pk))

    @door("/<int:pk>/files/<int:file_id>", "POST", needs=MEMBER)
    def file_view(self, pk: int, file_id: int) -> Response:
        """Send a file under its own name; written to the audit."""
        session = context.session()
        row = self.load(session, pk)
        found = self._file(session, row.header, file_id)
        stream = stored.open_attachment(
            session, context.actor(), found, files=context.extension("files")
        )
        return send_file(
            stream, found.blob.media_type, as_attachment=True, download_name=found.name
        )

    @door("/<int:pk>/files/<int:file_id>/remove", "POST", needs=MEMBER)
    def file_remove_view(self, pk: int, file_id: int) -> Any:
        """Take a file off an own draft."""
        session = context.session()
        row = self.load(session, pk, "edit")
        stored.remove_attachment(session, context.actor(), self._file(session, row.header, file_id))
        return self.back(self.link("row_view", pk=pk))

    def _file(self, session: Session, record: Record, file_id: int) -> Attachment:
        found = session.scalars(
            select(Attachment).where(
                Attachment.id == file_id,
                Attachment.record_id == record.id,
                Attachment.removed_at.is_(None),
            )
        ).one_or_none()
        if found is None:
            raise NotFound
        return found

    @door("/<int:pk>/comments", "POST", needs=MEMBER)
    def comment_view(self, pk: int) -> Any:
        """Add a comment; people named in it may read the record from then on."""
        session = context.session()
        row = self.load(session, pk)
        mentions = [int(m) for m in request.form.getlist("mention") if m.isdecimal()]
        try:
            remarks.comment(
                session, context.actor(), row.header, request.form.get("text", ""), mentions
            )
        except (ValidationError, Refused) as error:
            context.start_over()
            return self.page(pk, error), error.status
        return self.back(self.link("row_view", pk=pk) + "#comments")

    @door("/<int:pk>/signed/<int:entry_id>", needs=MEMBER)
    def signed_view(self, pk: int, entry_id: int) -> Response:
        """Show the picture with which a decision was signed."""
        session = context.session()
        record = self.load(session, pk).header
        entry = session.get(Trail, entry_id)
        if entry is None or entry.record_id != record.id:
            raise NotFound
        files = context.extension("files")
        who = context.actor()
        with signatures.open_of_decision(session, who, entry, files=files) as stream:
            return Response(stream.read(), mimetype="image/png")

    @door("/<int:pk>/seen", "POST", needs=MEMBER)
    def seen_view(self, pk: int) -> Any:
        """Note that the person has read the copy, and what was told about the record."""
        session, me = context.session(), context.member_id()
        row = self.load(session, pk)
        copy = queries.copy_of(session, row.header.id, me)
        if copy is not None:
            engine.mark_read(session, context.actor(), copy)
        inbox.mark_record_read(session, me, row.header.id)
        return self.back(self.link("row_view", pk=pk))
