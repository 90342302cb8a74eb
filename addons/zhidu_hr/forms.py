"""The forms of the addon."""

from __future__ import annotations

from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from zhidu.texts import LOCALES
from zhidu.texts import lazy_gettext as _l
from zhidu.web.forms import NumberField, OfficeForm, PersonField
from zhidu_hr.models import DayCount, EmploymentType
from zhidu_hr.rules.days import HALVES, Half


def halves() -> list[tuple[str, object]]:
    """Offer the two halves of a day."""
    return [(half.value, half.label) for half in HALVES]


class LeaveForm(OfficeForm):
    """Ask for leave."""

    leave_type_id = RadioField(_l("Kind of leave"), [DataRequired()], coerce=int)
    first_day = DateField(_l("From"), [DataRequired()])
    first_half = RadioField(_l("From which half"), choices=halves, default=Half.MORNING.value)
    last_day = DateField(_l("To"), [DataRequired()])
    last_half = RadioField(_l("To which half"), choices=halves, default=Half.AFTERNOON.value)
    reason = TextAreaField(
        _l("Reason for leave"), [DataRequired(), Length(max=500)], ui={"rows": 2, "width": "full"}
    )
    files = MultipleFileField(
        _l("Attachments"),
        [Optional()],
        ui={"accept": ".pdf,.png,.jpg,.jpeg", "max_mb": 20, "multiple": True},
    )


class GrantForm(OfficeForm):
    """Grant an entitlement."""

    member_id = PersonField(_l("Person"), [InputRequired()], ui={"kind": "person"})
    leave_type_id = SelectField(_l("Kind of leave"), [DataRequired()], coerce=int)
    days = NumberField(_l("Days"), [InputRequired()], ui={"unit": _l("days")})
    starts_on = DateField(_l("Usable from"), [DataRequired()])
    expires_on = DateField(_l("Usable until"), [DataRequired()])
    note = StringField(_l("Note"), [Optional(), Length(max=200)], ui={"width": "full"})


class GrantChangeForm(OfficeForm):
    """Correct an entitlement."""

    days = NumberField(_l("Days in all"), [InputRequired()], ui={"unit": _l("days")})
    expires_on = DateField(_l("Usable until"), [DataRequired()])
    note = StringField(_l("Note"), [Optional(), Length(max=200)], ui={"width": "full"})


class LeaveTypeForm(OfficeForm):
    """A kind of leave."""

    code = StringField(
        _l("Code"),
        [DataRequired(), Length(max=32)],
        description=_l("A short ASCII word for the conditions of a policy, e.g. annual."),
    )
    name_zh_Hans_CN = StringField(_l("Name (简体中文)"), [Length(max=60)])  # noqa: N815 -- a locale
    name_zh_Hant_TW = StringField(_l("Name (繁體中文)"), [Length(max=60)])  # noqa: N815 -- a locale
    name_en = StringField(_l("Name (English)"), [Length(max=60)])
    limited = BooleanField(_l("Needs a balance"))
    counts = SelectField(
        _l("Which days count"),
        choices=lambda: [(one.value, one.label) for one in DayCount],
    )
    reason_zh_Hans_CN = StringField(_l("Preset reason (简体中文)"), [Length(max=200)])  # noqa: N815 -- a locale
    reason_zh_Hant_TW = StringField(_l("Preset reason (繁體中文)"), [Length(max=200)])  # noqa: N815 -- a locale
    reason_en = StringField(_l("Preset reason (English)"), [Length(max=200)])
    reason_typed = BooleanField(_l("The applicant must write a reason"))
    sort = IntegerField(_l("Order"), [NumberRange(min=0, max=9999)], default=100)

    def by_locale(self, name: str) -> dict[str, str]:
        """Collect the texts of a name by locale, empty ones left out."""
        texts = {code: (self[f"{name}_{code}"].data or "").strip() for code in LOCALES}
        return {code: text for code, text in texts.items() if text}


class LeaveTypeChangeForm(LeaveTypeForm):
    """A kind of leave that exists: its code stays."""

    code = None


def employment_titles() -> list[tuple[str, object]]:
    """Name the kinds of employment."""
    return [(one.value, one.label) for one in EmploymentType]


class EmployeeForm(OfficeForm):
    """The staff file."""

    member_id = PersonField(_l("Person"), [InputRequired()], ui={"kind": "person"})
    employment = SelectField(_l("Employment"), choices=employment_titles)
    hired_on = DateField(_l("Hired on"), [Optional()])
    career_start_on = DateField(_l("Career began on"), [Optional()])
    phone = StringField(_l("Phone"), [Optional(), Length(max=30)])
    birthday = DateField(_l("Birthday"), [Optional()])
    id_number = StringField(_l("Identity number"), [Optional(), Length(max=18)])
    emergency_contact = StringField(_l("Emergency contact"), [Optional(), Length(max=100)])


class SettleForm(OfficeForm):
    """Say how a correction was settled."""

    take = BooleanField(_l("Take the days from the entitlements now"), ui={"width": "full"})
    note = TextAreaField(_l("What was done"), [DataRequired(), Length(max=500)])
