"""The forms of the addon."""

from __future__ import annotations

from typing import Any

from flask import url_for
from wtforms import (
    DateField,
    FileField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.texts import lazy_gettext as _l
from zhidu.web.forms import OfficeForm, PersonField
from zhidu_seals.rules.copies import MOST
from zhidu_seals.rules.kinds import DocumentType, InspectionResult, SealType

ACCEPT = ".pdf,.ofd,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.wps,.png,.jpg,.jpeg,.tif,.tiff,.txt"
"""What the file box offers; the core's setting decides what is taken."""


def document_types() -> list[tuple[str, object]]:
    """Offer the types of documents."""
    return [(one.value, one.label) for one in DocumentType]


def seal_types() -> list[tuple[str, object]]:
    """Offer the types of seals."""
    return [(one.value, one.label) for one in SealType]


def results() -> list[tuple[str, object]]:
    """Offer the results of an inspection."""
    return [(one.value, one.label) for one in InspectionResult]


def choose_person(field: Any, session: Session) -> None:
    """Give a person field its look-up and the name of what is chosen."""
    field.ui = {**field.ui, "lookup_url": url_for("people.lookup_view")}
    member = session.get(Member, field.data) if field.data else None
    if member is not None:
        field.ui["chosen"] = [{"id": member.id, "text": member.name}]


class SealForm(OfficeForm):
    """Enter a seal, or change its file."""

    type = SelectField(_l("Type"), [DataRequired()], choices=seal_types)
    name = StringField(_l("Name"), [DataRequired(), Length(max=60)])
    number = StringField(_l("Seal number"), [DataRequired(), Length(max=40)])
    entered_on = DateField(
        _l("In use since"),
        [Optional()],
        description=_l("Inspections are counted from this day."),
    )
    document_types = SelectMultipleField(_l("Permitted documents"), choices=document_types)
    approver_id = PersonField(
        _l("Approver"),
        [InputRequired()],
        ui={"kind": "person"},
        description=_l("Approves the use of this seal; never the one who keeps it."),
    )
    custodian_id = PersonField(
        _l("Custodian"),
        [InputRequired()],
        ui={"kind": "person"},
        description=_l("Finance seal and legal representative's seal have different custodians."),
    )
    backup_id = PersonField(
        _l("Backup custodian"),
        [Optional()],
        ui={"kind": "person"},
        description=_l("Stamps where the custodian asks for the stamp."),
    )
    kept_where = StringField(_l("Kept where"), [Optional(), Length(max=200)])
    note = TextAreaField(_l("Note"), [Optional(), Length(max=500)], ui={"rows": 2})


class StateForm(OfficeForm):
    """Stop a seal's use, take it up again, or write it off."""

    state = RadioField(_l("The seal is from now on"), [DataRequired()])
    reason = TextAreaField(_l("Reason"), [DataRequired(), Length(max=500)])


class AppointForm(OfficeForm):
    """Name a custodian in the place of one who has left."""

    member_id = PersonField(_l("New custodian"), [InputRequired()], ui={"kind": "person"})
    reason = TextAreaField(_l("Reason"), [DataRequired(), Length(max=500)])


class InspectionForm(OfficeForm):
    """Write what an inspection found."""

    seal_id = HiddenField()
    result = RadioField(_l("Result"), [DataRequired()], choices=results, default="ok")
    note = TextAreaField(
        _l("What was found"),
        [Optional(), Length(max=500)],
        description=_l("A lost or damaged seal is stopped at once; describe what happened."),
    )


class HandoverForm(OfficeForm):
    """Hand a seal over."""

    seal_id = HiddenField()
    receiver_id = PersonField(_l("Receiver"), [InputRequired()], ui={"kind": "person"})
    reason = TextAreaField(_l("Reason"), [DataRequired(), Length(max=500)])


class RefusalForm(OfficeForm):
    """Say why a seal is not taken over."""

    remark = TextAreaField(_l("Reason"), [DataRequired(), Length(max=500)])


class UseForm(OfficeForm):
    """Ask for the use of a seal."""

    seal_id = RadioField(_l("Seal"), [DataRequired()], coerce=int)
    document = FileField(
        _l("Document to be stamped"), [Optional()], ui={"accept": ACCEPT, "max_mb": 20}
    )
    document_title = StringField(
        _l("Title of the document"),
        [Optional(), Length(max=120)],
        description=_l("Left empty, the name of the file is taken."),
    )
    document_type = SelectField(_l("Type of document"), [DataRequired()], choices=document_types)
    copies = IntegerField(
        _l("Copies"),
        [InputRequired(), NumberRange(min=1, max=MOST)],
        default=1,
        ui={"unit": _l("copies")},
    )
    expected_on = DateField(_l("Wanted by"), [Optional()])
    counterparty = StringField(_l("Other party"), [Optional(), Length(max=120)])
    purpose = TextAreaField(_l("Purpose"), [Optional(), Length(max=500)], ui={"rows": 2})
    files = MultipleFileField(
        _l("Further attachments"),
        [Optional()],
        ui={"accept": ACCEPT, "max_mb": 20, "multiple": True},
    )
