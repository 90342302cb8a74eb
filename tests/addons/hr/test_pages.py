"""The pages of a request as a browser sees them: lists, forms, refusals, hand-made requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.addons.hr.desk import LEAVE, Enter, rows, typed, words
from tests.addons.hr.office import Office, period, sound

from zhidu.audit.models import AuditEntry
from zhidu.records.models import Approval, Record
from zhidu_hr.models import LeaveRequest

pytestmark = pytest.mark.addons("hr")


def test_from_the_form_to_the_file(office: Office, enter: Enter) -> None:
    """Ask, approve from the record's page, file; the page tells days, balance, clause."""
    org = office.org
    grant = office.grant(org.salesman)
    staff = enter(org.salesman)
    assert staff.get(f"{LEAVE}new").status_code == 200
    answer = staff.post(f"{LEAVE}new", typed(office))
    assert answer.status_code == 303
    at = answer.headers["Location"]
    assert office.balance(grant) == (3, 2, 0)
    page = words(staff.get(at))
    assert "T-2" in page
    assert org.team_head.name in page
    head = enter(org.team_head)
    assert head.get(at).status_code == 200
    assert head.post(f"{at}/act", {"action": "approve", "opinion": "同意"}).status_code == 303
    hr = enter(org.hr_head)
    hr.get(at)
    assert hr.post(f"{at}/act", {"action": "handle"}).status_code == 303
    assert office.balance(grant) == (3, 0, 2)
    with office.db.read(office.system) as session:
        record = session.scalars(select(Record)).one()
        assert (record.approval, record.execution) == (Approval.APPROVED, "filed")


def test_the_form_refuses_beside_the_field(office: Office, enter: Enter) -> None:
    """422, the values are still there, nothing was saved."""
    office.grant(office.org.salesman, 1)
    staff = enter(office.org.salesman)
    staff.get(f"{LEAVE}new")
    for changes, field in (
        ({"leave_type_id": ""}, "leave_type_id"),
        ({"first_day": ""}, "first_day"),
        ({"last_day": "2026-02-30"}, "last_day"),
        ({"last_day": "2026-03-01"}, "last_day"),
        ({"reason": " "}, "reason"),
        ({"first_half": "night"}, "first_half"),
        ({}, "leave_type_id"),  # two days of a balance of one
        ({"last_day": "2026-03-02", "first_day": "2026-03-01", "leave_type_id": "999"}, None),
    ):
        answer = staff.post(f"{LEAVE}new", typed(office, **changes))
        assert answer.status_code == 422, changes
        if field is not None:
            assert f'id="{field}-err"' in answer.text, changes
    with office.db.read(office.system) as session:
        assert session.scalar(select(func.count(Record.id))) == 0
        sound(session)


def test_a_reason_that_is_another_kind_s_phrase_is_swapped(office: Office, enter: Enter) -> None:
    """Without script the preset of the first kind stays in the field: it is not sent as a lie."""
    staff = enter(office.org.salesman)
    page = staff.get(f"{LEAVE}new")
    assert "data-fills=" in page.text
    staff.post(f"{LEAVE}new", typed(office, "sick", reason="年度休假", do="save"))
    staff.post(f"{LEAVE}new", typed(office, "sick", reason="Annual holiday", do="save"))
    with office.db.read(office.system) as session:
        reasons = session.scalars(select(LeaveRequest.reason)).all()
        assert any(reason.startswith(("Illness", "身体")) for reason in reasons)
    # a kind that wants one's own words gets none by itself
    answer = staff.post(f"{LEAVE}new", typed(office, "personal", reason="个人事务"))
    assert answer.status_code == 422
    assert 'id="reason-err"' in answer.text


def test_the_preview_computes_and_saves_nothing(office: Office, enter: Enter) -> None:
    """Days, balance afterwards, the path with names, and what stands against it."""
    office.grant(office.org.salesman, 5)
    staff = enter(office.org.salesman)
    staff.get(f"{LEAVE}new")
    shown = words(staff.post(f"{LEAVE}preview", typed(office, last_day="2026-03-08")))
    assert "5" in shown
    assert office.org.team_head.name in shown
    too_much = staff.post(f"{LEAVE}preview", typed(office, last_day="2026-03-10")).text
    assert "t-bad" in too_much
    unknown = staff.post(
        f"{LEAVE}preview", typed(office, first_day="2027-03-01", last_day="2027-03-02")
    )
    assert "2027" in words(unknown)
    assert "t-warn" in unknown.text
    assert staff.post(f"{LEAVE}preview", {"first_day": "x"}).status_code == 200
    with office.db.read(office.system) as session:
        assert session.scalar(select(func.count(Record.id))) == 0


def test_two_windows_on_one_draft(office: Office, enter: Enter) -> None:
    """The second save shows both values; what was chosen of them is kept."""
    me = office.org.salesman
    office.grant(me)
    key = office.draft(me, period("2026-03-02", "2026-03-03"))
    staff = enter(me)

    def version(text: str) -> str:
        found = re.search(r'name="version" value="(\d+)"', text)
        assert found
        return found[1]

    opened = version(staff.get(f"{LEAVE}{key}/edit").text)
    mine = typed(office, reason="第一次", do="save", version=opened)
    assert staff.post(f"{LEAVE}{key}/edit", mine).status_code == 303
    late = typed(office, "sick", reason="第二次", last_day="2026-03-04", do="save", version=opened)
    answer = staff.post(f"{LEAVE}{key}/edit", late)
    assert answer.status_code == 409
    page = words(answer)
    assert "第一次" in page
    assert "第二次" in page
    assert me.name in page
    chosen = {"keep_reason": "theirs", "keep_leave_type_id": "theirs", "keep_last_day": "yours"}
    again = {**late, **chosen, "version": version(answer.text)}
    assert staff.post(f"{LEAVE}{key}/edit", again).status_code == 303
    with office.db.read(office.system) as session:
        row = session.get_one(LeaveRequest, key)
        assert (row.reason, row.last_day) == ("第一次", date(2026, 3, 4))
        assert row.leave_type_id == office.types["annual"]


def test_nobody_approves_an_own_request(office: Office, enter: Enter) -> None:
    """By a hand-made POST, in bulk, with another's task: refused with rule and source, unchanged."""
    org = office.org
    office.grant(org.team_head)
    key = office.ask(org.team_head, period("2026-03-02"))
    head = enter(org.team_head)
    head.get(LEAVE)
    act = head.post(f"{LEAVE}{key}/act", {"action": "approve", "opinion": "同意"})
    bulk = head.post(f"{LEAVE}bulk", {"action": "approve", "ids": str(key)})
    for answer in (act, bulk):
        assert answer.status_code == 403
        assert re.search("default of the engine|流程引擎|引擎", words(answer))
    for action in ("reject", "return", "handle", "file", "nonsense"):
        answer = head.post(f"{LEAVE}{key}/act", {"action": action, "opinion": "x"})
        assert answer.status_code in (403, 404, 409)
    assert office.state(key) is Approval.IN_APPROVAL
    with office.db.read(office.system) as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.record_id == key)).all()
        assert "approve" not in acts


def test_bulk_approval_takes_what_it_may(office: Office, enter: Enter) -> None:
    """The leader's own request among them is left out and named."""
    org = office.org
    mine = office.ask(org.team_head, period("2026-03-02"), "sick")
    theirs = [
        office.ask(who, period("2026-03-02"), "sick") for who in (org.salesman, org.other_salesman)
    ]
    head = enter(org.team_head)
    head.get(LEAVE)
    ids = [str(key) for key in (mine, *theirs)]
    assert head.post(f"{LEAVE}bulk", {"action": "approve", "ids": ids}).status_code == 303
    assert [office.state(key) for key in theirs] == [Approval.APPROVED] * 2
    assert office.state(mine) is Approval.IN_APPROVAL


def test_another_company_learns_nothing(office: Office, enter: Enter) -> None:
    """The id of a request, an entitlement, a file: 404 at every door, from both addresses."""
    me = office.org.salesman
    grant = office.grant(me)
    key = office.ask(me, period("2026-03-02"))
    stranger = enter(office.made.outsider, "beta")
    stranger.get(LEAVE)
    inside = f"/c/acme/{LEAVE}{key}"
    for path in (f"{LEAVE}{key}", f"{LEAVE}{key}/edit", inside, "/c/acme/", "/c/acme/hr/employee/"):
        assert stranger.get(path).status_code == 404, path
    for path in (
        f"{LEAVE}{key}/act",
        f"{LEAVE}{key}/comments",
        f"{LEAVE}{key}/delete-draft",
        f"{inside}/act",
        f"hr/leave-grant/{grant}/edit",
        f"hr/employee/{me.id}/edit",
    ):
        answer = stranger.post(path, {"action": "approve", "text": "x", "days": "1"})
        assert answer.status_code == 404, path
    assert stranger.post(f"{LEAVE}bulk", {"action": "approve", "ids": str(key)}).status_code == 404
    # a colleague without a grant learns as little
    colleague = enter(office.org.other_salesman)
    assert colleague.get(f"{LEAVE}{key}").status_code == 404
    assert office.state(key) is Approval.IN_APPROVAL


def test_list_filters_and_search(office: Office, enter: Enter) -> None:
    """By status, kind, days, and name in pinyin or its initials; without a grant one's own only."""
    org = office.org
    office.ask(org.salesman, period("2026-03-02"), "sick")  # 卫东
    office.ask(org.other_salesman, period("2026-04-02"), "personal", "搬家")  # 蒋欣
    office.draft(org.accountant, period("2026-05-06"), "sick")  # 钱进
    hr = enter(org.hr_head)

    def names(query: str) -> set[str]:
        text = hr.get(f"{LEAVE}?{query}").text
        table = text[text.find("<tbody") : text.find("</tbody>")]
        people = ("卫东", "蒋欣", "钱进")
        return {name for name in people if f">{name}<" in table}

    assert names("") == {"卫东", "蒋欣", "钱进"}
    assert names("q=weidong") == {"卫东"}
    assert names("q=jx") == {"蒋欣"}
    assert names("q=%E9%92%B1") == {"钱进"}
    assert names("q=QJ-202601") == {"卫东", "蒋欣"}
    assert names("tab=drafts") == {"钱进"}
    assert names("approval=in_approval&approval=draft") == {"卫东", "蒋欣", "钱进"}
    assert names(f"leave_type={office.types['personal']}") == {"蒋欣"}
    assert names("first_day_from=2026-04-01&first_day_to=2026-04-30") == {"蒋欣"}
    assert names("submitted_from=2026-01-05&submitted_to=2026-01-05") == {"卫东", "蒋欣"}
    assert names("submitted_to=2026-01-04") == set()
    assert names("first_day_from=nonsense&leave_type=abc&sort=evil&after=%5B%22x%22%5D") == {
        "卫东", "蒋欣", "钱进",
    }  # fmt: skip
    for sort in ("first_day", "-first_day", "days", "-days"):
        assert names(f"sort={sort}") == {"卫东", "蒋欣", "钱进"}
    own = enter(org.salesman).get(LEAVE).text
    assert "蒋欣" not in own


def test_the_list_as_a_book(office: Office, enter: Enter) -> None:
    """What is filtered and visible, with real dates and numbers, no formula; the trail knows."""
    org = office.org
    office.ask(org.salesman, period("2026-03-02", "2026-03-03", "pm"), "sick", "=1+1")
    office.ask(org.accountant, period("2026-03-02"), "sick")
    hr = enter(org.hr_head)
    hr.get(LEAVE)
    head, *found = rows(hr.post(f"{LEAVE}export/xlsx?q=weidong", buffered=True))
    assert len(found) == 1
    line = dict(zip(head, found[0], strict=True))
    assert "QJ-202601-0001" in line.values()
    assert 1.5 in line.values()
    assert datetime(2026, 3, 2) in line.values()  # noqa: DTZ001 -- a sheet knows no zones
    staff = enter(org.salesman)
    staff.get(LEAVE)
    assert len(rows(staff.post(f"{LEAVE}export/xlsx", buffered=True))) == 2
    assert staff.get(f"{LEAVE}export/xlsx").status_code in (404, 405)
    assert staff.post(f"{LEAVE}export/pdf").status_code == 404
    with office.db.read(office.system) as session:
        exports = session.scalars(
            select(AuditEntry.member_id).where(AuditEntry.action == "export")
        ).all()
        assert set(exports) == {org.hr_head.id, org.salesman.id}


def test_the_workbench_shows_what_a_decision_needs(
    office: Office, enter: Enter, query_counter: Callable[[], Any]
) -> None:
    """Days, what is left, who else is away; no more statements for twenty rows than for one."""
    org = office.org
    office.grant(org.salesman)
    office.ask(org.salesman, period("2026-03-02", "2026-03-03"))
    head = enter(org.team_head)

    def statements() -> int:
        head.get("")
        with query_counter() as sent:
            page = words(head.get(""))
        assert "2026-03-02" in page
        return int(sent.count)

    one = statements()
    for n in range(8):
        who = office.hire(f"新人{n}")
        office.ask(who, period("2026-03-02"), "sick")
    page = words(head.get(""))
    assert "新人" in page
    assert statements() - one <= 8 * 6, "facts come in one batch"
    mine = words(enter(org.salesman).get(""))
    assert "3" in mine  # days left on the card


def test_numbers_that_no_key_can_be(office: Office, enter: Enter) -> None:
    """A key beyond 64 bits is a key that does not exist, on either database."""
    hr = enter(office.org.hr_head)
    huge = "9" * 30
    for path in (f"{LEAVE}{huge}", f"hr/leave-grant/{huge}/edit", f"hr/employee/{huge}"):
        assert hr.get(path).status_code == 404, path
    for query in (f"leave_type={huge}", "leave_type=abc", "sort=evil"):
        assert hr.get(f"{LEAVE}?{query}").status_code == 200, query
    assert hr.get(f"{LEAVE}?after=[{huge}]").status_code == 404
    hr.get(LEAVE)
    assert hr.post(f"{LEAVE}new", typed(office, leave_type_id=huge)).status_code == 422
    assert hr.post(f"{LEAVE}bulk", {"action": "approve", "ids": huge}).status_code < 500
    assert hr.post(f"{LEAVE}preview?but={huge}", typed(office)).status_code == 404
