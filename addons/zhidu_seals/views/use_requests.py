"""Pages of the request to use a seal: one form with a file, a live path, and the stamp."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, request
from markupsafe import Markup

from zhidu.db import Session
from zhidu.errors import ValidationError, ZhiduError
from zhidu.records.models import Record
from zhidu.texts import enumerate_texts, gettext, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present, record_submit
from zhidu.web.base_view import door
from zhidu.web.listing import Column, Filter
from zhidu.web.record_view import RecordView
from zhidu_seals import queries
from zhidu_seals.errors import SOURCE
from zhidu_seals.forms import UseForm, document_types
from zhidu_seals.models import Seal, UseRequest
from zhidu_seals.rules.copies import MOST
from zhidu_seals.rules.kinds import DocumentType, may_be_used
from zhidu_seals.services import use_requests
from zhidu_seals.services.use_requests import Wish
from zhidu_seals.views import tags
from zhidu_seals.views.register import seal_options

STAMPS = frozenset({"stamp", "stamp_rest"})


class UseRequestView(RecordView):
    """Requests to use a seal."""

    kind = "seals.use_request"
    model = UseRequest
    form_class = UseForm
    new_label = _l("Ask for a seal")
    empty_title = _l("No requests to use a seal yet.")
    empty_text = _l("Ask for a seal with the button above, and attach the document.")
    empty_icon = "seal"
    more_columns = (
        Column("seal", _l("Seal"), Seal.name),
        Column("document_type", _l("Type"), UseRequest.document_type, "tag", tags.document_type),
        Column("copies", _l("Copies"), UseRequest.copies, "number", sort=True),
    )
    filters_of = (
        Filter("seal", _l("Seal"), UseRequest.seal_id, "choice", seal_options),
        Filter(
            "document_type",
            _l("Type of document"),
            UseRequest.document_type,
            "choice",
            lambda: [(value, str(title)) for value, title in document_types()],
        ),
        *RecordView.filters_of,
    )
    log_labels = {
        "document_title": _l("Title of the document"),
        "document_sha256": _l("SHA-256 of the document"),
        "copies": _l("Copies"),
        "copies_stamped": _l("Copies stamped"),
        "purpose": _l("Purpose"),
        "counterparty": _l("Other party"),
    }

    def source(self, statement: Any, session: Session) -> Any:
        """Join the seal, too."""
        return super().source(statement, session).join(Seal, Seal.id == UseRequest.seal_id)

    # --- form

    def form_for(self, session: Session, row: UseRequest | None, data: Any) -> UseForm:
        """Bind the form; seals that cannot be used say why."""
        found = list(queries.seals(session))
        if row is not None and row.seal not in found:
            found.append(row.seal)
        usable = [one for one in found if may_be_used(one.state)]
        if row is not None:
            form = UseForm(data, obj=row)
        else:
            first = usable[0] if usable else None
            preset = {
                "seal_id": first.id if first else None,
                "document_type": first.permitted[0].value if first and first.permitted else None,
                "copies": 1,
            }
            form = UseForm(data, data=preset)
        form.seal_id.choices = [(one.id, one.name) for one in found]
        form.seal_id.ui = {"kind": "cards", "cards": {one.id: _card(one) for one in found}}
        chosen = queries.documents(session, row.id) if row is not None else ()
        form.document.ui = {
            **form.document.ui,
            "chosen": [
                {"name": one.name, "size": present.file_size(one.blob.size)} for one in chosen
            ],
        }
        if chosen:
            form.document.description = gettext("Another file takes the place of this one.")
        return form

    def sections(self, form: UseForm) -> list[dict[str, Any]]:
        """Put the file first: it names the document."""
        return [
            {"items": [form.seal_id]},
            {
                "items": [
                    form.document,
                    form.document_title,
                    form.document_type,
                    form.copies,
                    form.expected_on,
                    form.counterparty,
                    form.purpose,
                    form.files,
                ]
            },
        ]

    def form_page(self, form: UseForm, row: UseRequest | None, **extra: Any) -> str:
        """Draw the form with the live path beside it."""
        extra.setdefault("preview_url", self.link("preview_view"))
        extra.setdefault("preview", self._preview(context.session(), form))
        return super().form_page(form, row, **extra)

    @door("/preview", "POST", needs=".create")
    def preview_view(self) -> str:
        """Show who would be asked, and what would be refused; saves nothing."""
        session = context.session()
        form = self.form_for(session, None, request.form)
        form.validate()
        preview = self._preview(session, form)
        context.start_over()
        return render_template("zhidu/_preview.html", preview=preview)

    def _preview(self, session: Session, form: UseForm) -> dict[str, Any]:
        seal = session.get(Seal, form.seal_id.data or 0)
        if seal is None:
            return {"ready": False, "hint": gettext("Choose a seal to see who is asked.")}
        copies = form.copies.data or 0
        row = UseRequest(
            header=Record(
                kind=self.kind, applicant_id=context.member_id(), title="", execution="none"
            ),
            seal=seal,
            document_title=form.document_title.data or "",
            document_type=DocumentType(form.document_type.data or DocumentType.OTHER.value),
            copies=copies,
            copies_stamped=0,
        )
        preview: dict[str, Any] = {
            "ready": True,
            "facts": [
                {"label": gettext("Custodian"), "value": seal.custodian.name, "tone": "plain"},
                {
                    "label": gettext("Permitted documents"),
                    "value": enumerate_texts(one.label for one in seal.permitted),
                    "tone": "plain",
                },
            ],
            "problems": problems(seal, row),
        }
        if 1 <= copies <= MOST:
            preview["headline"] = {
                "value": str(copies),
                "unit": ngettext("copy", "copies", copies),
                "text": seal.name,
            }
        preview |= record_submit.panel(session, row)
        return preview

    # --- services

    def create_draft(self, session: Session, form: UseForm) -> UseRequest:
        """Write the draft."""
        return use_requests.draft(
            session, context.actor(), wish_of(form), file_name=_document_name()
        )

    def change(self, session: Session, row: UseRequest, form: UseForm, version: int) -> None:
        """Save the draft."""
        use_requests.change(
            session, context.actor(), row, wish_of(form), version, file_name=_document_name()
        )

    def keep_files(self, session: Session, row: UseRequest, form: UseForm) -> None:
        """Attach the document, which is one, and the other files."""
        upload = request.files.get("document")
        if upload is not None and upload.filename:
            use_requests.put_document(
                session,
                context.actor(),
                row,
                upload.stream,  # type: ignore[arg-type]  # werkzeug says IO[bytes]
                upload.filename,
                files=context.extension("files"),
            )
        super().keep_files(session, row, form)

    # --- page

    def facts(self, session: Session, row: UseRequest) -> list[dict[str, Any]]:
        """Show the request, its document and its lines of the register."""
        stamps = row.custodian
        fields = [
            {"label": gettext("Seal"), "value": f"{row.seal.name} ({row.seal.number})"},
            {"label": gettext("State of the seal"), "value": str(row.seal.state.label)},
            {"label": gettext("Document"), "value": row.document_title, "wide": True},
            {"label": gettext("Type of document"), "value": str(row.document_type.label)},
            {"label": gettext("Copies"), "value": str(row.copies), "kind": "number"},
            {"label": gettext("Copies stamped"), "value": str(row.copies_stamped)},
            {"label": gettext("Who stamps"), "value": stamps.name if stamps else None},
            {"label": gettext("Other party"), "value": row.counterparty},
            {"label": gettext("Wanted by"), "value": present.day(row.expected_on)},
            {"label": gettext("Purpose"), "value": row.purpose, "wide": True},
        ]
        found = queries.documents(session, row.id)
        name = row.document_name or enumerate_texts(one.name for one in found)
        digest = row.document_sha256 or enumerate_texts(one.blob.sha256 for one in found)
        document = [
            {"label": gettext("File"), "value": name, "wide": True},
            {
                "label": gettext("SHA-256"),
                "value": digest
                if row.document_sha256 or not digest
                else gettext("%(hash)s (bound at submit)", hash=digest),
                "wide": True,
            },
        ]
        groups: list[dict[str, Any]] = [
            {"columns": 2, "fields": fields},
            {"title": gettext("Document"), "columns": 2, "fields": document},
        ]
        lines = queries.entries(session, row.id)
        if lines:
            zone = context.here().timezone
            groups.append(
                {
                    "title": gettext("Register of seal use"),
                    "columns": 1,
                    "fields": [
                        {
                            "label": one.number,
                            "value": ngettext(
                                "%(num)s copy, %(name)s, %(time)s",
                                "%(num)s copies, %(name)s, %(time)s",
                                one.copies,
                                name=one.keeper,
                                time=(present.when(one.stamped_at, zone) or {"text": ""})["text"],
                            ),
                        }
                        for one in lines
                    ],
                }
            )
        return groups

    def act_fields(self, session: Session, row: UseRequest | None, allowed: Any) -> Any:
        """Ask how many copies are stamped; show the hash that must be compared."""
        if allowed.transition not in STAMPS:
            return None
        if row is None:
            row = session.get_one(UseRequest, allowed.task.record_id)
        return Markup(
            '<div class="field"><label for="copies-{id}">{label}</label>'
            '<input class="in num" id="copies-{id}" name="copies" inputmode="numeric"'
            ' value="{left}" required autocomplete="off">'
            '<p class="hint">{hint}</p></div>'
        ).format(
            id=row.id,
            label=gettext("Copies stamped now"),
            left=row.copies_left,
            hint=gettext(
                "At most %(left)s. The document's hash begins with %(hash)s.",
                left=row.copies_left,
                hash=row.document_sha256[: queries.HASH_SHOWN],
            ),
        )

    def act_values(self, _session: Session, _row: UseRequest, _action: str) -> Mapping[str, Any]:
        """Read the copies; what is typed as opinion stands in the register as its note."""
        values = {"note": request.form.get("opinion", "")}
        if "copies" in request.form:
            values["copies"] = request.form["copies"]
        return values


def problems(seal: Seal, row: UseRequest) -> list[dict[str, Any]]:
    """List what a submit would refuse."""
    found = []
    checks: tuple[Callable[[], None], ...] = (
        lambda: use_requests.require_usable(seal),
        lambda: use_requests.require_permitted(seal, row.document_type),
        lambda: use_requests.require_three_people(seal, row.header.applicant_id),
    )
    for check in checks:
        try:
            check()
        except ZhiduError as error:
            found.append(
                {
                    "text": str(error.message),
                    "source": str(SOURCE.label),
                    "cure": str(error.cure),
                    "tone": "bad",
                }
            )
    return found


def wish_of(form: UseForm) -> Wish:
    """Read a validated form.

    :raises ValidationError: no seal is chosen.
    """
    if not form.seal_id.data:
        text = _l("Choose a seal.")
        raise ValidationError(text, fields={"seal_id": text})
    return Wish(
        seal_id=form.seal_id.data,
        document_title=form.document_title.data or "",
        document_type=DocumentType(form.document_type.data),
        copies=form.copies.data,
        purpose=form.purpose.data or "",
        counterparty=form.counterparty.data or "",
        expected_on=form.expected_on.data,
    )


def _document_name() -> str:
    upload = request.files.get("document")
    return upload.filename or "" if upload is not None else ""


def _card(seal: Seal) -> dict[str, Any]:
    card: dict[str, Any] = {"hint": gettext("kept by %(name)s", name=seal.custodian.name)}
    if seal.permitted:
        card["fills"] = {"document_type": seal.permitted[0].value}
    if not may_be_used(seal.state):
        card["disabled"] = str(seal.state.label)
    return card
