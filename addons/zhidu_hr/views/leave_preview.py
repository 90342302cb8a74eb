"""What the leave form says before anything is saved: days, balance, path, and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.records.models import Record
from zhidu.texts import gettext, localize, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present, record_submit
from zhidu_hr import queries
from zhidu_hr.errors import SOURCE
from zhidu_hr.forms import LeaveForm
from zhidu_hr.models import LeaveRequest, LeaveType
from zhidu_hr.rules.days import Half, Period
from zhidu_hr.services import leave
from zhidu_hr.services.leave import Computed


def preview(session: Session, form: LeaveForm, but: int | None) -> dict[str, Any]:
    """Compute what the form would ask for; see ``_preview.html``.

    :param but: the request that is being changed.
    """
    period = period_of(form)
    offered = {key for key, _name in form.leave_type_id.choices}
    chosen = form.leave_type_id.data
    kind = session.get(LeaveType, chosen) if chosen in offered else None
    if period is None or kind is None:
        return {"ready": False, "hint": gettext("Pick the days to see how many count.")}
    try:
        computed = leave.compute(session, context.member_id(), kind, period, request_id=but)
    except ValidationError as error:
        return {"ready": False, "hint": str(error.message)}
    made: dict[str, Any] = {
        "ready": True,
        "headline": {
            "value": present.number(computed.amount),
            "unit": ngettext("day", "days", computed.amount),
            "text": f"{present.long_day(period.first_day)} – {present.long_day(period.last_day)}",
        },
        "facts": [],
        "problems": problems(session, computed, kind, period, but),
        **_approval(session, kind, period, computed),
    }
    if computed.available is not None:
        after = computed.available - computed.amount
        made["facts"] = [
            _fact(gettext("Balance"), present.number(computed.available)),
            _fact(
                gettext("Left afterwards"), present.number(after), "bad" if after < 0 else "good"
            ),
        ]
    return made


def _approval(
    session: Session, kind: LeaveType, period: Period, computed: Computed
) -> dict[str, Any]:
    """Show who will be asked, with real names, and what the policy asks for at the submit."""
    request = LeaveRequest(
        header=Record(kind=leave.KIND, applicant_id=context.member_id(), title=""),
        leave_type=kind,
        first_day=period.first_day,
        first_half=period.first_half,
        last_day=period.last_day,
        last_half=period.last_half,
        days=computed.amount,
    )
    return record_submit.panel(session, request)


def _fact(label: str, value: str, tone: str = "plain") -> dict[str, str]:
    return {"label": label, "value": value, "tone": tone}


def unannounced(year: int) -> str:
    """Say that the count is provisional."""
    return gettext(
        "The holidays of %(year)s are not announced yet: Monday to Friday are counted,"
        " and the days will be counted again.",
        year=year,
    )


def problems(
    session: Session, computed: Computed, kind: LeaveType, period: Period, but: int | None
) -> list[dict[str, Any]]:
    """List what would be refused, or is worth knowing, before the submit."""
    found: list[dict[str, Any]] = []
    if not computed.days:
        found.append(_refusal(gettext("There is no working day between these dates.")))
    if computed.missing:
        text = ngettext(
            "The balance of “%(name)s” is too small: %(num)s day is missing.",
            "The balance of “%(name)s” is too small: %(num)s days are missing.",
            computed.missing,
            name=localize(kind.name),
        )
        cure = gettext("Ask for fewer days or choose another kind of leave.")
        found.append({**_refusal(text), "cure": cure})
    for other in queries.overlapping(session, context.member_id(), period, but)[:1]:
        text = gettext(
            "You already have leave on these days (%(number)s).",
            number=other.header.number or "–",
        )
        found.append(_refusal(text))
    if computed.provisional_years:
        found.append({"text": unannounced(computed.provisional_years[0]), "tone": "warn"})
    return found


def _refusal(text: str) -> dict[str, Any]:
    return {"text": text, "source": str(SOURCE.label), "tone": "bad"}


def period_of(form: LeaveForm) -> Period | None:
    """Read the period, if both days are there and the halves are halves."""
    first, last = form.first_half.data or Half.MORNING, form.last_half.data or Half.AFTERNOON
    days = form.first_day.data and form.last_day.data
    if not days or not {first, last} <= set(Half):
        return None
    return Period(form.first_day.data, Half(first), form.last_day.data, Half(last))


def required_period(form: LeaveForm) -> Period:
    """Read the period of a validated form.

    :raises ValidationError: a day is missing.
    """
    period = period_of(form)
    if period is None:
        text = _l("Choose the days.")
        raise ValidationError(text, fields={"first_day": text})
    return period


def phrase(kind: LeaveType) -> str:
    """Give what presets the reason; nothing where the applicant must write it."""
    return "" if kind.reason_typed else localize(kind.reason)


def swap_phrase(form: LeaveForm, types: Sequence[LeaveType]) -> None:
    """Give the chosen kind's phrase when the reason is still another kind's untouched one.

    Without script nothing swaps it in the browser. An empty reason stays empty: it is refused.
    """
    typed = (form.reason.data or "").strip()
    chosen = next((t for t in types if t.id == form.leave_type_id.data), None)
    others = {phrase(t) for t in types if t is not chosen}
    if chosen is not None and typed and typed in others and typed != phrase(chosen):
        form.reason.data = phrase(chosen)
