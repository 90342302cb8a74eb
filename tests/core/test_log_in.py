"""The door: what a new password must be, and what the cookies and addresses behind a proxy are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.pages_desk import House, plain
from werkzeug.test import Client

from zhidu.actor import Actor
from zhidu.app import make_wsgi
from zhidu.audit.models import AuditEntry
from zhidu.config import Config
from zhidu.db import Database
from zhidu.testing.factories import PASSWORD, MadeCompany, make_member

pytestmark = pytest.mark.sqlite


@pytest.fixture
def house(db: Database, client: Client, company: MadeCompany) -> House:
    return House(db, client, company)


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("12345678", "common"),
        ("short77", "8 to 128 characters"),
        ("lin.xiaoman", "must not be the user name"),
        ("xiaoman1990", "common"),
        (PASSWORD, "The new password is the old one"),
    ],
)
def test_a_weak_new_password_is_refused_with_the_rule(house: House, new: str, told: str) -> None:
    """The page that Flask-Security draws keeps to the same rules as every other door."""
    desk = house.sit("lin.xiaoman")
    form = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
    sent = {"csrf_token": desk.token, **form}
    answer = desk.client.post("/auth/change", data=sent)
    assert answer.status_code == 200
    assert told in plain(answer.get_data(as_text=True))


def test_a_good_new_password_opens_the_door(house: House) -> None:
    desk = house.sit("lin.xiaoman")
    form = {"password": PASSWORD, "new_password": "vier gute Wörter", "csrf_token": desk.token}
    again = {**form, "new_password_confirm": "vier gute Wörter"}
    assert desk.client.post("/auth/change", data=again).status_code == 302
    client = desk.client
    client.delete_cookie("session")
    client.delete_cookie("remember_token")
    page = client.get("/auth/login").get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    for password, status in ((PASSWORD, 200), ("vier gute Wörter", 302)):
        entry = {"username": "lin.xiaoman", "password": password, "csrf_token": token}
        assert client.post("/auth/login", data=entry).status_code == status


FORWARDED = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("options", "headers", "secure", "address"),
    [
        ({}, {}, False, "127.0.0.1"),
        ({}, FORWARDED, False, "127.0.0.1"),  # anybody can send them
        ({"trusted_proxies": 1}, {}, False, "127.0.0.1"),
        ({"trusted_proxies": 1}, FORWARDED, True, "198.51.100.7"),
        ({"trusted_proxies": 2}, FORWARDED, False, "203.0.113.9"),  # one told the scheme, not two
        ({"secure_cookies": True}, {}, True, "127.0.0.1"),
    ],
)
def test_cookies_and_addresses_behind_proxies(
    config: Config,
    db: Database,
    company: MadeCompany,
    options: dict[str, Any],
    headers: dict[str, str],
    secure: bool,
    address: str,
) -> None:
    """Every cookie of a log-in is safe where the browser came by HTTPS; the trail has its address."""
    with db.write(company.system) as session:
        make_member(session, "lin.xiaoman", user=True)
    client = Client(make_wsgi(replace(config, **options), db))
    sender: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": "127.0.0.1"}}
    page = client.get("/auth/login", headers=headers, **sender)
    token = page.get_data(as_text=True).partition('name="csrf_token" value="')[2].partition('"')[0]
    sent = {"username": "lin.xiaoman", "password": PASSWORD, "csrf_token": token}
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    # as browsers do: where they came by HTTPS the address of the form is asked for, too
    headers = {**headers, "Cookie": cookie, "Referer": "https://localhost/auth/login"}
    answer = client.post("/auth/login", data=sent, headers=headers, **sender)
    assert answer.status_code == 302, "also by plain HTTP, where no option forbids it"
    for one in (*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")):
        assert ("; Secure" in one) is secure, one
        assert one.count("Secure") <= 1
        assert "; HttpOnly" in one
    with db.read(Actor.system()) as session:
        noted = session.scalars(
            select(AuditEntry.changes).where(AuditEntry.action == "login")
        ).one()
    assert json.loads(noted) == {"address": [None, address]}


def test_https_that_the_server_itself_speaks_counts(config: Config, db: Database) -> None:
    client = Client(make_wsgi(config, db))
    page = client.get("/auth/login", base_url="https://office.example")
    assert "; Secure" in page.headers["Set-Cookie"]
