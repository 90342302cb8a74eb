"""Duties and deadlines at the browser: lists, the register, the record's page, the workbench."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import select
from tests.core.pages_desk import House, plain
from werkzeug.test import Client

from zhidu.audit.models import AuditEntry
from zhidu.db import Database
from zhidu.jobs.queue import enqueue
from zhidu.jobs.run import drain
from zhidu.org.models import Member
from zhidu.policy import apply, deadlines_watch, duties
from zhidu.policy.deadline_models import Deadline
from zhidu.policy.duty_models import Duty
from zhidu.testing.counting import QueryCounter
from zhidu.testing.factories import MadeCompany
from zhidu.testing.fixtures import FrozenClock

pytestmark = [pytest.mark.sqlite, pytest.mark.addons("hr")]

PACK = """\
format: 1
policy: {id: watch-norms, title: 值守规范, version: "1", effective: 2020-01-01}
clauses:
  - {id: W-1, section: 日常, title: 点检, summary: 每日点检。}
  - {id: W-2, section: 日常, title: 月报, summary: 每月上报。}
addons: [hr]
duties:
  - {id: round, title: 每日巡查, every: day, by: "10:00", who: {role: custodian}, evidence: text,
     clause: W-1}
  - {id: report, title: 月度盘点, every: month, on: 20, who: {role: finance}, evidence: file,
     clause: W-2}
"""

MORNING = datetime(2026, 1, 20, 1, 0, tzinfo=UTC)
"""A Tuesday, nine in Shanghai."""


@pytest.fixture
def house(db: Database, client: Client, company: MadeCompany, clock: FrozenClock) -> House:
    """Put the pack in force in a company with a few people."""
    clock.set(MORNING)
    found = House(db, client, company)
    for name, role in (("周静", "admin"), ("吴芳", "custodian"), ("郑慧", "finance"), ("卫东", "")):
        found.person(name, *filter(None, (role, "staff")), login=True)
    with db.write(company.system) as session:
        planned = apply.plan(session, PACK)
        assert not planned.errors, [str(one) for one in planned.errors]
        apply.apply_pack(
            session,
            session.actor,
            PACK,
            confirmed=True,
            accepted=[one.code for one in planned.problems],
            accepted_by=session.get_one(Member, found.people["周静"].id),
        )
    return found


def run(house: House) -> dict[str, int]:
    """Let both jobs run; give the records by duty, the newest of each."""
    with house.db.write(house.company.system) as session:
        enqueue(session, duties.JOB)
        enqueue(session, deadlines_watch.JOB)
    drain(house.db)
    with house.db.read(house.company.system) as session:
        rows = session.scalars(select(Duty).order_by(Duty.falls_on))
        return {row.duty: row.id for row in rows}


def main(page: str) -> str:
    """Leave out the bars, where notices stand."""
    return page.partition("<main")[2]


def test_a_duty_is_found_on_the_workbench_and_done(house: House) -> None:
    key = run(house)["round"]
    desk = house.sit("吴芳")
    home = desk.get("/")
    assert "每日巡查 · 2026-01-20" in home
    assert "due in 1 hour (W-1)" in plain(home)
    assert "todo overdue" not in home
    page = plain(desk.get(f"/duties/{key}"))
    assert "due in 1 hour (W-1)" in page
    assert "a report in words" in page
    said = desk.post(f"/duties/{key}/act", {"action": "handle", "opinion": ""}, 422)
    assert "opinion in words" in said
    done = plain(desk.post(f"/duties/{key}/act", {"action": "handle", "opinion": "一切正常"}))
    assert "一切正常" in done
    with house.db.read(house.company.system) as session:
        assert session.get_one(Duty, key).result == "一切正常"
    assert "Nothing waits for you." in desk.get("/")


def test_what_is_late_is_red_until_it_is_done(house: House, clock: FrozenClock) -> None:
    key = run(house)["round"]
    clock.tick(hours=3)
    desk = house.sit("吴芳")
    home = desk.get("/")
    assert "todo overdue" in home
    assert "2 hours late (W-1)" in plain(home)
    assert "每日巡查" in desk.get("/duties/?tab=late")
    desk.post(f"/duties/{key}/act", {"action": "handle", "opinion": "补做"})
    assert "每日巡查" not in main(desk.get("/duties/?tab=late"))
    assert "done late" in desk.get("/duties/?tab=done")


def test_a_file_proves_a_duty_at_the_browser(house: House) -> None:
    key = run(house)["report"]
    desk = house.sit("郑慧")
    path = f"/duties/{key}/act"
    assert "a file" in plain(desk.get(f"/duties/{key}"))
    desk.post(path, {"action": "handle", "opinion": "已盘"}, 422)
    sent = {"action": "handle", "opinion": "已盘", "files": (BytesIO(b"counted"), "count.txt")}
    assert "count.txt" in desk.post(path, sent)
    with house.db.read(house.company.system) as session:
        assert session.get_one(Duty, key).done_at is not None


def test_the_register_shows_the_duties_of_the_policy(house: House, clock: FrozenClock) -> None:
    run(house)
    clock.tick(hours=3)
    desk = house.sit("周静")
    page = plain(desk.get("/duties/plan"))
    for word in ("每日巡查", "W-1", "every working day", "2026-01-21", "吴芳"):
        assert word in page
    for word in ("月度盘点", "W-2", "every month", "2026-02-20", "郑慧"):
        assert word in page
    late = plain(desk.get("/duties/plan?state=late"))
    assert "每日巡查" in late
    assert "月度盘点" not in late
    one = house.people["郑慧"].id
    hers = plain(desk.get(f"/duties/plan?person={one}"))
    assert "月度盘点" in hers
    assert "每日巡查" not in hers
    assert "月度盘点" in plain(desk.get(f"/duties/plan?department={house.company.root_id}"))
    answer = desk.client.post(
        f"{desk.base}/duties/plan/export/csv?state=late", data={"csrf_token": desk.token}
    )
    assert answer.status_code == 200
    lines = answer.get_data(as_text=True).splitlines()
    assert len(lines) == 2
    assert "每日巡查" in lines[1]
    answer.close()
    with house.db.read(house.company.system) as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == "export")).all()
        assert [one.kind for one in found] == ["core.duty"]


def test_staff_see_their_own_only(house: House, clock: FrozenClock) -> None:
    keys = run(house)
    clock.tick(days=2)
    run(house)
    mine = house.sit("吴芳")
    assert "每日巡查" in mine.get("/duties/?tab=all")
    assert "月度盘点" not in mine.get("/duties/?tab=all")
    register = mine.get("/duties/plan")
    assert "每日巡查" in register
    assert "月度盘点" not in register
    assert "每日巡查" in mine.get("/deadlines/")
    mine.get(f"/duties/{keys['report']}", 404)
    mine.post("/duties/plan/export/csv", status=403)
    other = house.sit("卫东")
    for path in ("/duties/?tab=all", "/duties/plan", "/deadlines/"):
        assert "每日巡查" not in other.get(path)


def test_missed_deadlines_are_a_list_that_leads_to_the_record(
    house: House, clock: FrozenClock
) -> None:
    key = run(house)["round"]
    desk = house.sit("周静")
    assert "No deadline was missed." in desk.get("/deadlines/")
    assert "每日巡查" in desk.get("/deadlines/?tab=running")
    clock.tick(hours=2)
    page = desk.get("/deadlines/")  # the job has not looked yet
    assert "每日巡查" in page
    assert "still open" in page
    with house.db.read(house.company.system) as session:
        row = session.scalars(select(Deadline.id).where(Deadline.record_id == key)).one()
    answer = desk.ask(f"/deadlines/{row}")
    assert answer.headers["Location"].endswith(f"/duties/{key}")
    other = house.sit("卫东")
    other.get(f"/deadlines/{row}", 404)


def test_a_duty_has_its_print(house: House) -> None:
    key = run(house)["round"]
    assert "每日巡查" in house.sit("吴芳").get(f"/duties/{key}/print")
    assert "每日巡查" in house.sit("周静").get("/duties/print")
    assert "Missed deadlines" in house.sit("周静").get("/deadlines/print")


def test_the_lists_take_the_same_few_statements_however_long(
    house: House, clock: FrozenClock
) -> None:
    run(house)
    desk = house.sit("周静")

    def count(path: str) -> int:
        desk.get(path)
        with QueryCounter(house.db.engine) as sent:
            desk.get(path)
        return sent.count

    paths = ("/duties/?tab=all", "/deadlines/?tab=running", "/duties/plan")
    before = [count(path) for path in paths]
    clock.tick(days=20)
    run(house)
    assert [count(path) for path in paths] == before
