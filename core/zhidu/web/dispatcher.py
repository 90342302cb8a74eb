"""The WSGI front: the company's code moves from the path to the script name; apps can be swapped.

``/c/alpha/hr/…`` reaches the app as ``/hr/…`` with ``SCRIPT_NAME=/c/alpha``: every link that the
app builds stays within the company, and one app serves all companies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

WSGIApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

COMPANY_KEY = "zhidu.company"
"""Environment key of the company's code; missing on site pages."""


class Dispatcher:
    """Call the app in force; a request keeps the app that it began with.

    :ivar follow: called before each request; may swap the app.
    """

    def __init__(self, app: WSGIApp) -> None:
        self.app = app
        self.follow: Callable[[], None] = lambda: None

    def swap(self, app: WSGIApp) -> None:
        """Serve new requests by another app, built beside the running one."""
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve one request."""
        self.follow()
        app = self.app
        path = environ.get("PATH_INFO", "")
        environ.pop(COMPANY_KEY, None)
        if path.startswith("/c/"):
            code, slash, rest = path[3:].partition("/")
            if not slash:
                query = environ.get("QUERY_STRING", "")
                target = quote(f"{environ.get('SCRIPT_NAME', '')}/c/{code}/", encoding="latin-1")
                start_response(
                    "308 Permanent Redirect",
                    [
                        ("Location", target + (f"?{query}" if query else "")),
                        ("Content-Length", "0"),
                    ],
                )
                return [b""]
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/c/{code}"
            environ["PATH_INFO"] = f"/{rest}"
            environ[COMPANY_KEY] = code
        return app(environ, start_response)
