"""The state's calendar: loaded year by year, corrected or imported; shared by all companies."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, redirect, request
from sqlalchemy import select
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from zhidu import clock
from zhidu.errors import ZhiduError
from zhidu.org import calendar as days
from zhidu.org import calendar_statutory as statutory
from zhidu.org.calendar_rows import FIRST_YEAR, LAST_YEAR
from zhidu.org.models import CalendarYear, DayKind, StatutoryDay
from zhidu.texts import gettext, localize, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import SYSTEM, door, say
from zhidu.web.pages import calendar_import as table
from zhidu.web.pages import calendar_year as year_page
from zhidu.web.pages.calendar import not_announced, read_day
from zhidu.web.pages.parts import confirmed, place, question
from zhidu.web.pages.system.frame import ZONE, SystemView


class StatutoryImportForm(table.ImportForm):
    """A table of the state's days, and where it is from."""

    source_text = StringField(
        _l("Source"),
        [DataRequired(), Length(max=200)],
        description=_l("The notice that announces the days, for people who ask."),
        ui={"width": "full"},
    )


class StatutoryView(SystemView):
    """One year of the state's calendar."""

    @door("/", needs=SYSTEM)
    def index_view(self) -> str:
        """Show a year; a chosen day is in the form."""
        day = read_day(request.args.get("day"))
        return self._page(self._year(day), day)

    def _year(self, day: date | None) -> int:
        text = request.args.get("year", "")
        if text.isdecimal() and FIRST_YEAR <= int(text) <= LAST_YEAR:
            return int(text)
        return day.year if day else clock.today(ZONE).year

    def _page(self, year: int, day: date | None, form: Any = None) -> str:
        session = context.session()
        first, last = date(year, 1, 1), date(year, 12, 31)
        known = session.get(CalendarYear, year)
        rows = session.scalars(
            select(StatutoryDay)
            .where(StatutoryDay.day.between(first, last))
            .order_by(StatutoryDay.day)
        ).all()

        def url(one: date) -> str:
            return self.link("index_view", day=one.isoformat()) + "#day-form"

        marks = days.day_marks(session, first, last)
        facts = [
            {
                "label": gettext("Working days"),
                "value": len(days.working_days(session, first, last)),
            },
            {"label": gettext("Source"), "value": known.source if known else "–"},
            {"label": gettext("Marked days"), "value": len(rows)},
        ]
        page = {
            "year": year,
            "prev_url": self.link("index_view", year=year - 1),
            "next_url": self.link("index_view", year=year + 1),
            "links": [
                {
                    "label": gettext("Import"),
                    "url": self.link("import_view"),
                    "icon": "upload",
                },
                {
                    "label": gettext("Load %(year)s", year=year),
                    "url": self.link("load_view", year=year),
                    "icon": "download",
                    "tone": "plain" if known else "primary",
                },
            ],
            "note": None if known else not_announced(year),
            "facts": facts,
            "weekdays": year_page.weekdays(),
            "months": year_page.months(year, marks, clock.today(ZONE), url),
            "form": self._form(year, day, form),
            "days": {
                "title": gettext("Marked days of %(year)s", year=year),
                "items": [
                    {
                        "day": row.day.isoformat(),
                        "url": url(row.day),
                        "kind": year_page.kind_tag(row.kind),
                        "name": localize(row.name),
                    }
                    for row in rows
                ],
                "empty": {
                    "title": gettext("No day is marked."),
                    "text": gettext("Load the year, import a table, or click on a day."),
                },
            },
        }
        return self.show("zhidu/calendar.html", self.title, page=page)

    def _form(self, year: int, day: date | None, form: Any) -> dict[str, Any]:
        row = context.session().get(StatutoryDay, day) if day else None
        if form is None:
            kind = row.kind if row else (DayKind.HOLIDAY if day else None)
            values = {
                "day": day,
                "kind": kind.value if kind else None,
                "name": localize(row.name) if row else "",
            }
            form = self._bound(None, values)
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
                    "Let %(day)s be a plain day of the week again, for all companies?",
                    day=row.day.isoformat(),
                ),
            }
        return made

    def _bound(self, data: Any, values: dict[str, Any]) -> Any:
        form = year_page.DayForm(data, data=values)
        form.kind.choices = year_page.kinds()
        return form

    @door("/day", "POST", needs=SYSTEM)
    def day_view(self) -> Any:
        """Correct or add one day; the name is in the language of the page."""
        session, actor = context.session(), context.actor()
        form = self._bound(request.form, {})
        if not form.validate():
            return self._page(self._year(form.day.data), form.day.data, form), 422
        day, name = form.day.data, (form.name.data or "").strip()
        try:
            row = session.get(StatutoryDay, day)
            names = dict(row.name) if row is not None else {}
            if name != localize(names):
                names = {**names, actor.locale: name}
            names = {code: text for code, text in names.items() if text}
            statutory.set_statutory_day(session, actor, day, DayKind(form.kind.data), names)
            session.flush()
        except ZhiduError as error:
            place(form, error)
            return self._page(self._year(day), day, form), error.status
        flash(gettext("%(day)s was saved.", day=day.isoformat()), "success")
        return redirect(self.link("index_view", year=day.year), code=303)

    @door("/day/remove", "POST", needs=SYSTEM)
    def remove_view(self) -> Any:
        """Take the mark from a day."""
        day = read_day(request.form.get("day"))
        if day is None:
            return redirect(self.link("index_view"), code=303)
        back = self.link("index_view", year=day.year)
        if not confirmed():
            text = _l(
                "Let %(day)s be a plain day of the week again, for all companies?",
                day=day.isoformat(),
            )
            return question(self, day.isoformat(), text, _l("Remove"), cancel_url=back)
        statutory.remove_statutory_day(context.session(), context.actor(), day)
        flash(gettext("%(day)s was removed.", day=day.isoformat()), "success")
        return redirect(back, code=303)

    @door("/load/<int:year>", "GET", "POST", needs=SYSTEM)
    def load_view(self, year: int) -> Any:
        """Take a year from the installed package, after a question."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return redirect(self.link("index_view"), code=303)
        back = self.link("index_view", year=year)
        if request.method != "POST" or not confirmed():
            text = _l(
                "Load the holidays of %(year)s from the installed data? They replace what stands"
                " there, for all companies; running requests are counted again.",
                year=year,
            )
            return question(
                self,
                _l("Load %(year)s", year=year),
                text,
                _l("Load"),
                cancel_url=back,
                tone="primary",
            )
        session = context.session()
        try:
            changed = statutory.load_statutory(session, context.actor(), year)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
            return redirect(back, code=303)
        flash(
            ngettext("%(num)s day has changed.", "%(num)s days have changed.", changed), "success"
        )
        return redirect(back, code=303)

    @door("/import", "GET", "POST", needs=SYSTEM)
    def import_view(self) -> Any:
        """Take many days from a table: all of them, or none with a report."""
        session = context.session()
        form = StatutoryImportForm(request.form if request.method == "POST" else None)

        def take(rows: list[dict[str, Any]]) -> int:
            source = form.source_text.data.strip()
            return statutory.import_statutory(session, context.actor(), rows, source)

        return table.import_page(self, form, _l("Import statutory days"), take)

    @door("/sample.csv", needs=SYSTEM)
    def sample_view(self) -> Response:
        """Give a table that can be imported."""
        return table.sample_file()
