"""A year of days, drawn as twelve months: shared by the company's and the state's calendar."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date, get_day_names
from wtforms import DateField, FileField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from zhidu.org.calendar import DayMark, MarkSource, days, kind_label, works
from zhidu.org.models import DayKind
from zhidu.texts import Text, current_locale, gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import present
from zhidu.web.forms import OfficeForm
from zhidu.web.pages.table_files import LINE

COLUMNS: Mapping[str, Text] = {"day": _l("Day"), "kind": _l("Kind of day"), "name": _l("Name")}
"""Columns of a table of days, for import and for its sample."""

TONES = {DayKind.WORKDAY: "warn", DayKind.REST: "plain", DayKind.HOLIDAY: "bad"}


class DayForm(OfficeForm):
    """One day."""

    day = DateField(_l("Day"), [DataRequired()])
    kind = RadioField(_l("Kind of day"), [InputRequired()])
    name = StringField(_l("Name"), [Optional(), Length(max=100)], ui={"width": "full"})


class ImportForm(OfficeForm):
    """A table of days."""

    file = FileField(
        _l("File"),
        ui={"accept": ".xlsx,.csv", "max_mb": 2, "width": "full"},
        description=_l("Columns: day, kind of day (working day, rest day, holiday), name."),
    )


def kinds() -> list[tuple[str, str]]:
    """Offer the kinds of a day."""
    return [(kind.value, str(kind_label(kind))) for kind in DayKind]


def kind_tag(kind: DayKind) -> dict[str, str]:
    """Make the tag of a kind of day."""
    return present.tag(kind_label(kind), TONES[kind])


def months(
    year: int, marks: Mapping[date, DayMark], today: date, url: Callable[[date], str | None]
) -> list[dict[str, Any]]:
    """Draw a year, weeks from Monday to Sunday.

    :param url: where a click on a day leads, or nothing.
    """
    locale = current_locale()
    made = []
    for month in range(1, 13):
        weeks = calendar.Calendar(firstweekday=0).monthdatescalendar(year, month)
        made.append(
            {
                "title": format_date(date(year, month, 1), "LLLL", locale=locale),
                "weeks": [
                    [_day(day, month, marks.get(day), today, url) for day in week] for week in weeks
                ],
                "working": sum(
                    works(day, marks[day].kind if day in marks else None)
                    for day in days(date(year, month, 1), _last(year, month))
                ),
            }
        )
    return made


def _last(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _day(
    day: date,
    month: int,
    mark: DayMark | None,
    today: date,
    url: Callable[[date], str | None],
) -> dict[str, Any] | None:
    if day.month != month:
        return None
    working = works(day, mark.kind if mark else None)
    css = "work" if working else "rest"
    if mark is not None:
        css = {DayKind.WORKDAY: "makeup", DayKind.REST: "rest", DayKind.HOLIDAY: "holiday"}[
            mark.kind
        ]
    own = mark is not None and mark.source is MarkSource.COMPANY
    words = [present.long_day(day)]
    words.append(
        str(kind_label(mark.kind))
        if mark
        else (gettext("working day") if working else gettext("rest day"))
    )
    if mark is not None and mark.name:
        words.append(mark.name)
    if own:
        words.append(gettext("company's own"))
    return {
        "n": day.day,
        "css": css,
        "own": own,
        "today": day == today,
        "label": ", ".join(words),
        "url": url(day),
    }


def weekdays() -> list[str]:
    """Give the short names of the days, Monday first."""
    names = get_day_names("narrow", locale=current_locale())
    return [names[n] for n in range(7)]


def sample() -> bytes:
    """Write a table of two days that can be imported again."""
    head = ",".join(str(label) for label in COLUMNS.values())
    year = 2026
    lines = [
        head,
        f"{year}-12-25,{kind_label(DayKind.HOLIDAY)},{gettext('Company day')}",
        f"{year}-12-26,{kind_label(DayKind.WORKDAY)},",
    ]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def report(fields: Mapping[str, Text | str], rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """List the wrong rows of a table: the row as a spreadsheet counts it, its text, and why."""
    made = []
    for place, why in sorted(fields.items(), key=lambda item: int(item[0])):
        row = rows[int(place) - 1]
        values = [row.get(name) for name in COLUMNS]
        text = " · ".join(str(value) for value in values if value not in (None, ""))
        made.append({"row": str(row[LINE]), "text": text, "why": str(why)})
    return made
