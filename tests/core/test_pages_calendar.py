"""The working calendar through its pages: the company's own days, and the state's."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from tests.core.pages_desk import House, plain
from werkzeug.test import Client

from zhidu.actor import Actor
from zhidu.db import Database
from zhidu.org import calendar as days
from zhidu.org.models import CalendarYear, StatutoryDay
from zhidu.testing.factories import MadeCompany

pytestmark = pytest.mark.sqlite


@pytest.fixture
def house(db: Database, client: Client, company: MadeCompany) -> House:
    return House(db, client, company)


def workbook(*rows: tuple[Any, ...]) -> tuple[BytesIO, str]:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream, "days.xlsx"


def works(house: House, day: date) -> bool:
    with house.db.read(house.company.system) as session:
        return days.is_workday(session, day)


def test_a_company_makes_a_day_free_and_takes_it_back(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    friday = date(2026, 6, 5)
    assert "not announced yet" in plain(desk.get("/org/calendar/?year=2026"))
    desk.post("/org/calendar/day", {"day": "2026-06-05", "kind": ""}, 422)
    desk.post("/org/calendar/day", {"day": "", "kind": "rest"}, 422)
    desk.post("/org/calendar/day", {"day": "2026-06-05", "kind": "rest", "name": "司庆"})
    assert not works(house, friday)
    page = desk.get("/org/calendar/?day=2026-06-05")
    assert "司庆" in page
    assert "company's own" in page
    assert 'name="confirmed"' in desk.post("/org/calendar/day/remove", {"day": "2026-06-05"}, 200)
    desk.post("/org/calendar/day/remove", {"day": "2026-06-05", "confirmed": "1"})
    assert works(house, friday)
    for query in ("?year=0", "?year=99999", "?day=tomorrow", "?year=2199&day=2026-01-01"):
        desk.get(f"/org/calendar/{query}")
    staff = house.sit("林小满")
    assert "day-form" not in staff.get("/org/calendar/")
    staff.post("/org/calendar/day", {"day": "2026-06-05", "kind": "rest"}, 403)
    staff.get("/org/calendar/import", 403)


def test_a_table_is_imported_whole_or_not_at_all_with_a_report(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    good = workbook(
        ("Day", "Kind of day", "Name"),
        (date(2026, 6, 5), "rest day", "司庆"),
        (None, None, None),
        ("2026-06-06", "working day", None),
    )
    bad = workbook(
        ("Day", "Kind of day", "Name"),
        ("2026-06-05", "rest day", ""),
        (None, None, None),
        ("06/07/2026", "rest day", ""),
        ("2026-06-08", "party", ""),
    )
    page = plain(desk.post("/org/calendar/import", {"file": bad}, 422))
    assert "2 rows are wrong; nothing was saved" in page
    assert "4 06/07/2026 · rest day" in page  # the empty row counts
    assert "5 2026-06-08 · party" in page
    assert works(house, date(2026, 6, 5))
    desk.post("/org/calendar/import", {"file": good})
    assert not works(house, date(2026, 6, 5))
    assert works(house, date(2026, 6, 6))
    sample = desk.ask("/org/calendar/sample.csv").data
    desk.post("/org/calendar/import", {"file": (BytesIO(sample), "days.csv")})
    chinese = "日期,类型\n".encode("gb18030")
    for content, name in (
        (chinese, "days.csv"),
        (b"PK no book", "days.xlsx"),
        (b"\x00\x01\x02", "x.csv"),
        (b"", "empty.csv"),
    ):
        desk.post("/org/calendar/import", {"file": (BytesIO(content), name)}, 422)
    desk.post("/org/calendar/import", {}, 422)


def test_the_states_calendar_is_kept_by_the_system_administrator(house: House) -> None:
    root = house.system()
    assert 'name="confirmed"' in root.get("/system/calendar/load/2025")
    root.post("/system/calendar/load/2025", {"confirmed": "1"})
    with house.db.read(Actor.system()) as session:
        assert session.get(CalendarYear, 2025) is not None
        assert session.get_one(StatutoryDay, date(2025, 10, 1)).name["en"] == "National Day"
    told = root.post("/system/calendar/load/2099", {"confirmed": "1"})
    assert "not in the installed data" in told
    root.post("/system/calendar/day", {"day": "2025-10-01", "kind": "holiday", "name": "The Day"})
    with house.db.read(Actor.system()) as session:
        name = session.get_one(StatutoryDay, date(2025, 10, 1)).name
        assert (name["en"], name["zh_Hans_CN"]) == ("The Day", "国庆节")
    root.post("/system/calendar/day/remove", {"day": "2025-10-01", "confirmed": "1"})
    table = workbook(("Day", "Kind of day", "Name"), ("2027-10-01", "holiday", "National Day"))
    root.post("/system/calendar/import", {"file": table}, 422)  # no source
    table = workbook(("Day", "Kind of day", "Name"), ("2027-10-01", "party", "National Day"))
    told = root.post("/system/calendar/import", {"file": table, "source_text": "Notice 7"}, 422)
    assert "1 row is wrong; nothing was saved" in plain(told)
    assert "2 2027-10-01 · party" in plain(told)
    assert 'value="Notice 7"' in told, "what was typed is still there"
    assert "Choose a file." in root.post("/system/calendar/import", {"source_text": "x"}, 422)
    table = workbook(("Day", "Kind of day", "Name"), ("2027-10-01", "holiday", "National Day"))
    root.post("/system/calendar/import", {"file": table, "source_text": "Notice 2026/9"})
    page = plain(root.get("/system/calendar/?year=2027"))
    assert "Notice 2026/9" in page
    assert "not announced" not in page
    house.sit("周静", "admin", "staff").client.get("/system/calendar/")
    assert house.client.get("/system/calendar/").status_code == 404
