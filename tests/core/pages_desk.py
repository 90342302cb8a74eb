"""Somebody at the browser, without a browser: log-in, pages and forms of the core by their addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from werkzeug.test import Client, TestResponse

from zhidu.access.users import create_user
from zhidu.actor import Actor
from zhidu.db import Database
from zhidu.org.members import link_user
from zhidu.testing.factories import PASSWORD, MadeCompany, MadeMember, make_member

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class PagesDesk:
    """A person who asks for pages.

    :param base: ``/c/acme`` in a company, empty for the system administrator.
    """

    def __init__(self, client: Client, name: str, base: str = "") -> None:
        self.client, self.base, self.name = client, base, name
        client.delete_cookie("session")
        client.delete_cookie("remember_token")
        page = client.get("/auth/login").get_data(as_text=True)
        form = {"username": name, "password": PASSWORD, "csrf_token": token(page)}
        answer = client.post("/auth/login", data=form)
        assert answer.status_code == 302, answer.get_data(as_text=True)[:2000]
        self.token = token(client.get("/account").get_data(as_text=True))

    def ask(self, path: str) -> TestResponse:
        """Get an address whatever its status."""
        return self.client.get(f"{self.base}{path}")

    def get(self, path: str, status: int = 200) -> str:
        """Get a page with this status; give it readable."""
        answer = self.ask(path)
        text = answer.get_data(as_text=True)
        assert answer.status_code == status, (path, answer.status_code, plain(text)[-2000:])
        return unescape(text)

    def post(self, path: str, data: Mapping[str, Any] | None = None, status: int = 303) -> str:
        """Post a form with this status; give what is shown then, after one redirect."""
        sent = {"csrf_token": self.token, **(data or {})}
        answer = self.client.post(f"{self.base}{path}", data=sent)
        text = answer.get_data(as_text=True)
        assert answer.status_code == status, (path, answer.status_code, plain(text)[-3000:])
        if status == 303:
            text = self.client.get(answer.headers["Location"]).get_data(as_text=True)
        return unescape(text)


def token(page: str) -> str:
    """Find the token of a form."""
    found = TOKEN.search(page)
    assert found is not None
    return found.group(1)


def plain(html: str) -> str:
    """Leave out the tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


class House:
    """A company whose people can sit down at the browser."""

    def __init__(self, db: Database, client: Client, company: MadeCompany) -> None:
        self.db, self.client, self.company = db, client, company
        self.people: dict[str, MadeMember] = {}

    def person(self, name: str, *roles: str, login: bool = False) -> MadeMember:
        """Take somebody in."""
        with self.db.write(self.company.system) as session:
            made = make_member(session, name, roles=roles or ("staff",))
            if login:
                user = create_user(session, session.actor, name, PASSWORD, locale="en")
                link_user(session, session.actor, made.id, user)
        self.people[name] = made
        return made

    def sit(self, name: str, *roles: str) -> PagesDesk:
        """Let somebody sit down; whoever comes first is taken in, and speaks English."""
        if name not in self.people:
            self.person(name, *roles, login=True)
        return PagesDesk(self.client, name, f"/c/{self.company.code}")

    def system(self, name: str = "root") -> PagesDesk:
        """Let the system administrator sit down."""
        with self.db.write(Actor.system()) as session:
            create_user(session, session.actor, name, PASSWORD, system=True, locale="en")
        return PagesDesk(self.client, name)
