"""A person at the real app without server or browser: cookies, log-in and form tokens as in earnest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhidu.testing.factories import PASSWORD

if TYPE_CHECKING:
    from werkzeug.test import Client, TestResponse

_TOKEN = re.compile(r'name="csrf_token"[^>]*\bvalue="([^"]+)"')


class Visitor:
    """One person in one company, on a client of their own.

    :param client: the fixture ``client``, or another ``werkzeug.test.Client`` over ``make_wsgi``.
    :param company: code; paths without a leading slash lie in it.
    """

    def __init__(self, client: Client, company: str = "acme") -> None:
        self._client = client
        self._company = company
        self._token = ""

    def log_in(self, name: str, password: str = PASSWORD) -> Visitor:
        """Log in by the form.

        :raises LookupError: the log-in was refused.
        """
        self.get("/auth/login")
        answer = self.post("/auth/login", {"username": name, "password": password})
        if answer.status_code not in (302, 303):
            raise LookupError(f"the log-in of {name} was refused: {answer.status}")
        self.get()
        return self

    def get(self, path: str = "", **options: Any) -> TestResponse:
        """Open a page: ``get("note/note/")`` in the company, ``get("/account")`` outside."""
        answer = self._client.get(self._full(path), **options)
        if answer.mimetype == "text/html":
            found = _TOKEN.search(answer.get_data(as_text=True))
            self._token = found[1] if found else self._token
        return answer

    def post(
        self, path: str, data: Mapping[str, Any] | None = None, **options: Any
    ) -> TestResponse:
        """Send a form, with the token of the last page that had one."""
        form = {"csrf_token": self._token, **(data or {})}
        return self._client.post(self._full(path), data=form, **options)

    def _full(self, path: str) -> str:
        return path if path.startswith("/") else f"/c/{self._company}/{path}"
