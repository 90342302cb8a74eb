"""The registers of HR as a browser sees them: entitlements, files, kinds, corrections, statistics."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select
from tests.addons.hr.desk import LEAVE, Enter, rows, words
from tests.addons.hr.office import Office, period

from zhidu_hr.models import LeaveCorrection, LeaveEntry, LeaveGrant, LeaveType

pytestmark = pytest.mark.addons("hr")


def test_statistics(office: Office, enter: Enter) -> None:
    """Approved days by kind, per department and per month; a leave over a month's end is split."""
    org = office.org
    office.grant(org.salesman, 10)
    for key in (
        office.ask(org.salesman, period("2026-03-30", "2026-04-01")),
        office.ask(org.other_salesman, period("2026-04-02", None, "pm"), "sick"),
    ):
        office.approve(key)
    office.approve(office.ask(org.accountant, period("2026-04-03"), "sick"), org.finance_head)
    office.ask(org.cashier, period("2026-04-03"), "sick")  # not approved: not counted
    for who in (org.hr_head, org.general_manager):
        visitor = enter(who)
        assert visitor.get("hr/leave-statistics/?year=2026").status_code == 200
        assert "2026" in words(visitor.get("hr/leave-statistics/?year=2026&group=month"))
    head, *found = rows(
        visitor.post("hr/leave-statistics/export/xlsx?year=2026&group=month", buffered=True)
    )
    assert len(head) == 4
    assert [list(row[1:]) for row in found] == [[2, None, 2], [1, 1.5, 2.5]]
    _, *found = rows(
        visitor.post("hr/leave-statistics/export/xlsx?year=2026&group=department", buffered=True)
    )
    by_name = {row[0].rpartition(" / ")[2]: list(row[1:]) for row in found}
    assert by_name == {"销售一部": [3, 0.5, 3.5], "财务部": [None, 1, 1]}
    assert "4.5" in words(visitor.get("hr/leave-statistics/"))
    for other_year in ("2025", "nonsense", "99999"):
        assert visitor.get(f"hr/leave-statistics/?year={other_year}").status_code == 200
    for who in (org.salesman, org.team_head, org.auditor):
        stranger = enter(who)
        assert stranger.get("hr/leave-statistics/").status_code == 403
        assert stranger.post("hr/leave-statistics/export/xlsx").status_code == 403


def test_hr_grants_and_corrects(office: Office, enter: Enter) -> None:
    """By the form; a used day cannot be taken away, a stale form is told of both values."""
    me = office.org.salesman
    hr = enter(office.org.hr_head)
    assert hr.get("hr/leave-grant/new").status_code == 200
    form = {
        "member_id": str(me.id),
        "leave_type_id": str(office.types["annual"]),
        "days": "5.0",
        "starts_on": "2026-01-01",
        "expires_on": "2026-12-31",
        "note": "年度",
    }
    for name, wrong in (("days", "0.3"), ("days", "-1"), ("days", "x"), ("expires_on", "2025-01-01"),
                        ("leave_type_id", str(office.types["sick"])), ("member_id", "999")):  # fmt: skip
        answer = hr.post("hr/leave-grant/new", {**form, name: wrong})
        assert answer.status_code == 422, (name, wrong)
    assert hr.post("hr/leave-grant/new", form).status_code == 303
    with office.db.read(office.system) as session:
        grant = session.scalars(select(LeaveGrant)).one()
        assert (grant.days, session.scalar(select(func.count(LeaveEntry.id)))) == (5, 1)
        key = grant.id
    office.ask(me, period("2026-03-02", "2026-03-04"))
    page = hr.get(f"hr/leave-grant/{key}/edit").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    change = {"days": "2", "expires_on": "2026-12-31", "note": "", "version": version[1]}
    assert hr.post(f"hr/leave-grant/{key}/edit", change).status_code == 409  # three are reserved
    assert hr.post(f"hr/leave-grant/{key}/edit", {**change, "days": "8"}).status_code == 303
    stale = hr.post(f"hr/leave-grant/{key}/edit", {**change, "days": "9"})
    assert stale.status_code == 409
    assert "8" in words(stale)
    assert office.balance(key) == (5, 3, 0)
    listed = words(hr.get("hr/leave-grant/?q=weidong"))
    assert me.name in listed
    staff = enter(me)
    assert staff.get("hr/leave-grant/").status_code == 200
    assert staff.get(f"hr/leave-grant/{key}/edit").status_code == 403


def test_staff_files(office: Office, enter: Enter) -> None:
    """HR opens and edits; the person reads all of the own file, the manager not its private part."""
    org = office.org
    hr = enter(org.hr_head)
    hr.get("hr/employee/new")
    form = {
        "member_id": str(org.salesman.id),
        "employment": "regular",
        "hired_on": "2020-03-01",
        "career_start_on": "2018-07-01",
        "phone": "13800000000",
        "id_number": "11010519491231002X",
    }
    wrong = hr.post("hr/employee/new", {**form, "career_start_on": "2021-01-01"})
    assert wrong.status_code == 422
    assert hr.post("hr/employee/new", form).status_code == 303
    assert hr.post("hr/employee/new", form).status_code == 409
    at = f"hr/employee/{org.salesman.id}"
    assert "11010519491231002X" in hr.get(at).text
    for who, private in ((org.salesman, True), (org.general_manager, False)):
        visitor = enter(who)
        for page in (at, "hr/employee/"):
            answer = visitor.get(page)
            assert answer.status_code == 200
            assert ("11010519491231002X" in answer.text) == private
        assert visitor.get(f"{at}/edit").status_code == 403
    assert enter(org.other_salesman).get(at).status_code == 404
    book = rows(hr.post("hr/employee/export/xlsx", buffered=True))
    assert "11010519491231002X" in book[1]


def test_kinds_of_leave(office: Office, enter: Enter) -> None:
    """HR adds, renames, takes out of use; staff read the list and no more."""
    hr = enter(office.org.hr_head)
    hr.get("hr/leave-type/new")
    form = {
        "code": "paternity",
        "name_zh_Hans_CN": "陪产假",
        "name_zh_Hant_TW": "陪產假",
        "name_en": "Paternity leave",
        "counts": "calendar",
        "reason_zh_Hans_CN": "陪产",
        "sort": "70",
    }
    nameless = {name: "" for name in form if name.startswith("name_")}
    assert hr.post("hr/leave-type/new", {**form, **nameless}).status_code == 422
    assert hr.post("hr/leave-type/new", form).status_code == 303
    assert hr.post("hr/leave-type/new", form).status_code == 422  # the code is taken
    with office.db.read(office.system) as session:
        row = session.scalars(select(LeaveType).where(LeaveType.code == "paternity")).one()
        assert (row.name["en"], row.counts.value, row.limited) == (
            "Paternity leave", "calendar", False,
        )  # fmt: skip
        key = row.id
    staff = enter(office.org.salesman)
    assert f'value="{key}"' in staff.get(f"{LEAVE}new").text
    assert hr.post(f"hr/leave-type/{key}/edit", {"do": "archive"}).status_code == 303
    assert f'name="leave_type_id" value="{key}"' not in staff.get(f"{LEAVE}new").text
    assert staff.get("hr/leave-type/").status_code == 200
    assert f"hr/leave-type/{key}" not in staff.get("hr/leave-type/").text
    assert staff.post(f"hr/leave-type/{key}/edit", {"do": "archive"}).status_code == 403


def test_corrections_are_settled_on_their_page(office: Office, enter: Enter) -> None:
    """HR sees what differs, settles with a note; the workbench reminds until then."""
    from tests.addons.hr.test_leave_calendar import work

    me, hr_head = office.org.salesman, office.org.hr_head
    office.grant(me, 2)
    office.approve(office.ask(me, period("2026-03-06", "2026-03-09")))
    work(office, "2026-03-07")
    hr = enter(hr_head)
    assert "hr/leave-correction/" in hr.get("").text
    with office.db.read(office.system) as session:
        key = session.scalars(select(LeaveCorrection.id)).one()
    at = f"hr/leave-correction/{key}/edit"
    page = hr.get(at)
    assert page.status_code == 200
    assert hr.post(at, {"note": ""}).status_code == 422
    assert hr.post(at, {"note": "补额度", "take": "y"}).status_code == 422
    assert hr.post(at, {"note": "公司承担"}).status_code == 303
    assert hr.post(at, {"note": "再来一次"}).status_code == 409
    assert hr.get(at).status_code == 200
    assert "公司承担" in words(hr.get("hr/leave-correction/?tab=settled"))
    assert enter(me).get("hr/leave-correction/").status_code == 403
