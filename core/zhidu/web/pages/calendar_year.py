"""A year of days, drawn as twelve months: shared by the company's and the state's calendar."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date, get_day_names
from wtforms import DateField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from zhidu.org.calendar import DayMark, MarkSource, days, kind_label, works
from zhidu.org.models import DayKind
from zhidu.texts import current_locale, gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import present
from zhidu.web.forms import OfficeForm

TONES = {DayKind.WORKDAY: "warn", DayKind.REST: "plain", DayKind.HOLIDAY: "bad"}


class DayForm(OfficeForm):
    """One day."""

    day = DateField(_l("Day"), [DataRequired()])
    kind = RadioField(_l("Kind of day"), [InputRequired()])
    name = StringField(_l("Name"), [Optional(), Length(max=100)], ui={"width": "full"})


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
