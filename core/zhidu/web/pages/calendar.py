"""The company's working calendar: a year at a glance, and the company's own days on top."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, redirect, request
from sqlalchemy import select

from zhidu import clock, hooks
from zhidu.access import check
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.org import calendar as days
from zhidu.org import calendar_company as own
from zhidu.org.calendar_rows import FIRST_YEAR, LAST_YEAR
from zhidu.org.models import CalendarYear, CompanyDay, DayKind
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import MEMBER, OfficeView, door
from zhidu.web.pages import calendar_import as table
from zhidu.web.pages import calendar_year as year_page
from zhidu.web.pages.parts import confirmed, place, question

EDIT = "core.calendar.edit"


class CalendarView(OfficeView):
    """One year; open to all, changed by a few."""

    @door("/", needs=MEMBER)
    def index_view(self) -> str:
        """Show a year; a chosen day is in the form."""
        day = read_day(request.args.get("day"))
        return self._page(self._year(day), day)

    def _year(self, day: date | None) -> int:
        text = request.args.get("year", "")
        if text.isdecimal() and FIRST_YEAR <= int(text) <= LAST_YEAR:
            return int(text)
        return day.year if day else clock.today(context.here().timezone).year

    def _page(self, year: int, day: date | None, form: Any = None) -> str:
        session = context.session()
        may_edit = check.can(session, EDIT)
        first, last = date(year, 1, 1), date(year, 12, 31)
        marks = days.day_marks(session, first, last)
        known = session.get(CalendarYear, year)
        rows = session.scalars(
            select(CompanyDay).where(CompanyDay.day.between(first, last)).order_by(CompanyDay.day)
        ).all()

        def url(one: date) -> str | None:
            return self.link("index_view", day=one.isoformat()) + "#day-form" if may_edit else None

        working = len(days.working_days(session, first, last))
        facts = [
            {"label": gettext("Working days"), "value": working},
            {"label": gettext("Source"), "value": known.source if known else "–"},
            {"label": gettext("Company's own days"), "value": len(rows)},
        ]
        links = []
        if may_edit:
            url_import = self.link("import_view")
            links.append({"label": gettext("Import"), "url": url_import, "icon": "upload"})
        page = {
            "year": year,
            "prev_url": self.link("index_view", year=year - 1),
            "next_url": self.link("index_view", year=year + 1),
            "links": links,
            "note": None if known else not_announced(year),
            "facts": facts,
            "weekdays": year_page.weekdays(),
            "months": year_page.months(year, marks, clock.today(context.here().timezone), url),
            "own_legend": True,
            "form": self._form(session, year, day, form) if may_edit else None,
            "days": {
                "title": gettext("Company's own days in %(year)s", year=year),
                "items": [
                    {
                        "day": row.day.isoformat(),
                        "url": url(row.day),
                        "kind": year_page.kind_tag(row.kind),
                        "name": row.name,
                    }
                    for row in rows
                ],
                "empty": {
                    "title": gettext("None in this year."),
                    "text": gettext("Click on a day to make it free or working.")
                    if may_edit
                    else "",
                },
            },
        }
        return self.show("zhidu/calendar.html", self.title, page=page)

    def _form(self, session: Session, year: int, day: date | None, form: Any) -> dict[str, Any]:
        row = session.scalar(select(CompanyDay).where(CompanyDay.day == day)) if day else None
        if form is None:
            kind = row.kind if row else (DayKind.HOLIDAY if day else None)
            form = self._bound(
                None,
                {
                    "day": day,
                    "kind": kind.value if kind else None,
                    "name": row.name if row else "",
                },
            )
        made: dict[str, Any] = {
            "title": gettext("Change the day") if row else gettext("Set a day"),
            "action": self.link("day_view", year=year),
            "fields": [form.day, form.kind, form.name],
            "label": gettext("Save"),
            "cancel_url": self.link("index_view", year=year) if day else None,
        }
        if row is not None:
            made["remove"] = {
                "action": self.link("remove_view"),
                "day": row.day.isoformat(),
                "confirm": gettext(
                    "Let %(day)s be again what the state and the week make of it?",
                    day=row.day.isoformat(),
                ),
            }
        return made

    def _bound(self, data: Any, values: dict[str, Any]) -> Any:
        form = year_page.DayForm(data, data=values)
        form.kind.choices = year_page.kinds()
        return form

    @door("/day", "POST", needs=EDIT)
    def day_view(self) -> Any:
        """Say what a day is for this company."""
        session = context.session()
        form = self._bound(request.form, {})
        if not form.validate():
            return self._page(self._year(form.day.data), form.day.data, form), 422
        try:
            kind = DayKind(form.kind.data)
            own.set_company_day(session, context.actor(), form.day.data, kind, form.name.data or "")
            session.flush()
        except ZhiduError as error:
            place(form, error)
            return self._page(self._year(form.day.data), form.day.data, form), error.status
        flash(gettext("%(day)s was saved.", day=form.day.data.isoformat()), "success")
        tell_failures(session)
        return redirect(self.link("index_view", year=form.day.data.year), code=303)

    @door("/day/remove", "POST", needs=EDIT)
    def remove_view(self) -> Any:
        """Give up a company's own day."""
        session = context.session()
        day = read_day(request.form.get("day"))
        if day is None:
            return redirect(self.link("index_view"), code=303)
        back = self.link("index_view", year=day.year)
        if not confirmed():
            text = _l(
                "Let %(day)s be again what the state and the week make of it?", day=day.isoformat()
            )
            return question(self, day.isoformat(), text, _l("Remove"), cancel_url=back)
        own.remove_company_day(session, context.actor(), day)
        flash(gettext("%(day)s was removed.", day=day.isoformat()), "success")
        tell_failures(session)
        return redirect(back, code=303)

    @door("/import", "GET", "POST", needs=EDIT)
    def import_view(self) -> Any:
        """Take many days from a table: all of them, or none with a report."""
        session = context.session()
        return table.import_page(
            self,
            table.ImportForm(request.form if request.method == "POST" else None),
            _l("Import company days"),
            lambda rows: own.import_company_days(session, context.actor(), rows),
            then=lambda: tell_failures(session),
        )

    @door("/sample.csv", needs=EDIT)
    def sample_view(self) -> Response:
        """Give a table that can be imported."""
        return table.sample_file()


def not_announced(year: int) -> dict[str, str]:
    """Say that a year is provisional."""
    text = gettext(
        "The holidays of %(year)s are not announced yet: Monday to Friday count until then.",
        year=year,
    )
    return {"text": text, "tone": "warn"}


def read_day(text: str | None) -> date | None:
    """Read a day out of the address, if it is one."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def tell_failures(session: Session) -> None:
    """Say which addon could not follow."""
    for failure in hooks.failures(session):
        flash(str(failure.notice), "warning")
