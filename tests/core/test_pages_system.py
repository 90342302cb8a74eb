"""The system administrator's pages: companies, log-ins, addons, jobs, health; closed to all others."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from tests.core.pages_desk import House, PagesDesk, plain
from werkzeug.test import Client

from zhidu import clock, enabling
from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.db import Database
from zhidu.jobs.models import Job, JobStatus
from zhidu.org.models import Company
from zhidu.testing.factories import MadeCompany

pytestmark = pytest.mark.sqlite


@pytest.fixture
def house(db: Database, client: Client, company: MadeCompany) -> House:
    return House(db, client, company)


def test_nobody_else_enters_and_the_system_administrator_enters_no_company(house: House) -> None:
    admin = house.sit("周静", "admin", "staff")
    for path in ("", "companies/", "logins/", "addons/", "jobs/", "calendar/", "logins/new"):
        assert admin.client.get(f"/system/{path}").status_code == 404
        admin.get(f"/system/{path}", 404)
    answer = admin.client.post("/system/logins/new", data={"csrf_token": admin.token})
    assert answer.status_code == 404
    root = house.system()
    root.get("/c/acme/", 404)
    assert "/system/" in root.client.get("/").headers["Location"]
    page = plain(root.get("/system/"))
    assert "System administration" in page
    assert "No job is dead or overdue." in page


def test_a_company_is_opened_with_its_administrator(house: House) -> None:
    root = house.system()
    told = root.post("/system/companies/new", {"name": "新公司", "code": "Bad Code"}, 422)
    assert "Enter" in told or "code" in told
    values = {
        "name": "江北分公司",
        "code": "north",
        "locale": "zh_Hans_CN",
        "timezone": "Asia/Shanghai",
        "currency": "cny",
    }
    assert "no log-in" in root.post("/system/companies/new", values | {"admin": "nobody"}, 422)
    with house.db.read(Actor.system()) as session:
        assert session.scalar(select(Company).where(Company.code == "north")) is None
    root.post("/system/logins/new", {"username": "boss", "locale": "en", "password": "boss pass 1"})
    root.post("/system/companies/new", values | {"admin": "boss", "admin_name": "周启明"})
    with house.db.read(Actor.system()) as session:
        pk = session.scalars(select(Company.id).where(Company.code == "north")).one()
    page = plain(root.get(f"/system/companies/{pk}"))
    assert "boss" in page
    again = root.post(f"/system/companies/{pk}/admin", {"username": "boss"}, 422)
    assert "has an administrator" in again
    root.post(
        f"/system/companies/{pk}/edit", {**values, "name": "江北公司", "timezone": "Mars"}, 422
    )
    root.post(f"/system/companies/{pk}/edit", {**values, "name": "江北公司"})
    assert 'name="confirmed"' in root.post(f"/system/companies/{pk}/archive", {}, 200)
    root.post(f"/system/companies/{pk}/archive", {"confirmed": "1"})
    assert "江北公司" in root.get("/system/companies/?tab=archived")
    root.post(f"/system/companies/{pk}/archive")
    assert "江北公司" in root.get("/system/companies/?q=north")
    root.get("/system/companies/999", 404)


def test_log_ins_are_made_reset_and_switched_off(house: House) -> None:
    root = house.system()
    page = root.post("/system/logins/new", {"username": "zhang.san", "locale": "en"})
    shown = re.search(r"Password: (\S+)\. Hand it over", page)
    assert shown is not None
    taken = root.post("/system/logins/new", {"username": "ZHANG.SAN", "locale": "en"}, 422)
    assert "There is a log-in" in taken
    with house.db.read(Actor.system()) as session:
        pk = session.scalars(select(User.id).where(User.username == "zhang.san")).one()
        me = session.scalars(select(User.id).where(User.username == "root")).one()
    assert shown.group(1) not in root.get(f"/system/logins/{pk}")
    root.post(f"/system/logins/{pk}/password", {"password": "short"}, 422)
    root.post(f"/system/logins/{pk}/password", {"password": "long enough 1"})
    root.post(f"/system/logins/{pk}/edit", {"email": "no address", "locale": "en"}, 422)
    root.post(f"/system/logins/{pk}/edit", {"email": "z@example.com", "locale": "zh_Hant_TW"})
    assert 'name="confirmed"' in root.post(f"/system/logins/{pk}/active", {}, 200)
    root.post(f"/system/logins/{pk}/active", {"confirmed": "1"})
    assert "zhang.san" in root.get("/system/logins/?tab=off")
    root.post(f"/system/logins/{pk}/active")
    for path in (f"/system/logins/{me}/active", f"/system/logins/{me}/rights"):
        assert "only system administrator" in root.post(path, {"confirmed": "1"})
    root.post(f"/system/logins/{pk}/rights", {"confirmed": "1"})
    assert "zhang.san" in root.get("/system/logins/?tab=system")
    with house.db.read(Actor.system()) as session:
        user = session.get_one(User, pk)
        assert (user.is_system, user.active, user.email) == (True, True, "z@example.com")


def test_addons_are_enabled_and_disabled_in_the_database(house: House) -> None:
    root = house.system()
    assert "People and leave" in plain(root.get("/system/addons/"))
    before = enabling.revision(house.db)
    root.post("/system/addons/hr", {"on": "1"})
    assert "hr" in enabling.enabled_names(house.db)
    assert enabling.revision(house.db) > before
    assert "enabled already" in root.post("/system/addons/hr", {"on": "1"})
    assert "starts within seconds" in plain(root.get("/system/addons/"))
    assert 'name="confirmed"' in root.post("/system/addons/hr", {"on": "0"}, 200)
    root.post("/system/addons/hr", {"on": "0", "confirmed": "1"})
    assert "hr" not in enabling.enabled_names(house.db)
    root.post("/system/addons/nothing", {"on": "1"}, 404)


def test_a_job_that_was_given_up_is_read_tried_again_and_deleted(house: House) -> None:
    root = house.system()
    pk = _dead_job(house)
    page = plain(root.get("/system/jobs/"))
    assert "RuntimeError: the tap is closed" in page
    assert "the tap is closed" in plain(root.get(f"/system/jobs/{pk}"))
    assert "1 jobs failed too often" in plain(root.get("/system/"))
    root.post(f"/system/jobs/{pk}/retry")
    with house.db.read(Actor.system()) as session:
        job = session.get_one(Job, pk)
        assert (job.status, job.tries) == (JobStatus.DUE, 0)
    assert "was not given up" in root.post(f"/system/jobs/{pk}/retry")
    assert 'name="confirmed"' in root.post(f"/system/jobs/{pk}/delete", {}, 200)
    root.post(f"/system/jobs/{pk}/delete", {"confirmed": "1"})
    root.get(f"/system/jobs/{pk}", 404)
    for tab in ("due", "done", "all"):
        root.get(f"/system/jobs/?tab={tab}&q=core")


def _dead_job(house: House) -> int:
    now = clock.now()
    with house.db.write(Actor.system()) as session:
        job = Job(
            name="core.calendar_changed",
            locale="en",
            args={"first": "2026-01-01"},
            run_at=now,
            created_at=now,
            status=JobStatus.DEAD,
            tries=8,
            error="Traceback …\nRuntimeError: the tap is closed",
        )
        session.add(job)
        session.flush()
        return job.id


def test_a_list_goes_on_over_pages(house: House) -> None:
    root = house.system()
    with house.db.write(Actor.system()) as session:
        now = clock.now()
        for number in range(23):
            session.add(
                User(
                    username=f"person{number:02}",
                    password="x",
                    fs_uniquifier=f"u{number}",
                    created_at=now,
                )
            )
    first = root.get("/system/logins/")
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = PagesDesk.get(root, following.group(1))
    assert "person22" in first
    assert "person22" not in second
    assert "person01" in second
