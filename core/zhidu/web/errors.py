"""One place that turns errors into answers: status, page, and what to do next."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from zhidu.errors import Conflict, NotFound, PermissionDenied, Refused, StaleRecord, ZhiduError
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.shell import bare, site_url

log = logging.getLogger("zhidu.web")


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(ZhiduError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(StaleDataError, lambda _e: _ours(StaleRecord()))
    app.register_error_handler(IntegrityError, _integrity)
    app.register_error_handler(DataError, _out_of_range)
    app.register_error_handler(OverflowError, _out_of_range)
    app.register_error_handler(Exception, _unexpected)


def page(status: int, title: str, text: str, cure: str = "", source: str = "") -> Any:
    """Draw the error page; the request id is what support asks for."""
    context.close()
    html = render_template(
        "zhidu/error.html",
        title=title,
        error={
            "code": status,
            "text": text,
            "cures": [cure] if cure else [],
            "source": source,
            "request_id": context.request_id(),
            "home_url": "/",
            "back_url": context.same_site(request.form.get("next")) if request.form else None,
        },
        bare=bare(),
    )
    return html, status


def _ours(error: ZhiduError) -> Any:
    source = str(error.source.label) if isinstance(error, Refused) else ""
    title = {
        403: gettext("This is not allowed"),
        404: gettext("Not found"),
        409: gettext("Something changed in between"),
        422: gettext("Something is not right yet"),
        503: gettext("Busy"),
    }.get(error.status, gettext("This did not work"))
    return page(error.status, title, _text(error), str(error.cure), source)


def _text(error: ZhiduError) -> str:
    """Say what is wrong; a permission by the words of its title, not by its technical name."""
    if isinstance(error, PermissionDenied):
        declared = context.database().registry.permissions.get(error.permission)
        if declared is not None:
            error = PermissionDenied(str(declared.title))
    return str(error.message)


def to_login() -> Any:
    """Send someone who is not logged in to the log-in, and back afterwards."""
    target = request.script_root + request.full_path.rstrip("?")
    target = target if request.method == "GET" else "/"
    return redirect(site_url("security.login", next=target))


def _http(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error
    code = error.code or 500
    if code == 404:
        return _ours(NotFound())
    if code == 429:
        return page(
            429,
            gettext("Too many tries"),
            gettext("Too many tries in a short time."),
            gettext("Wait some minutes and try again."),
        )
    if code == 405:
        return page(405, gettext("Not found"), gettext("This address does not answer that way."))
    return page(code, gettext("This did not work"), str(error.description or ""))


def _csrf(_error: CSRFError) -> Any:
    return page(
        400,
        gettext("The form has expired"),
        gettext("The form was open for too long, or came from another site; nothing was saved."),
        gettext("Go back, reload the page and try again."),
    )


def _integrity(error: IntegrityError) -> Any:
    """A rule of the database refused: something changed in between, nothing was saved."""
    log.warning("refused by the database, request %s: %s", context.request_id(), error.orig)
    return _ours(
        Conflict(
            _l("The database refused this: it does not fit other rows any more."),
            cure=_l("Reload the page and try again; nothing was saved."),
        )
    )


def _out_of_range(error: DataError | OverflowError) -> Any:
    """A hand-made key beyond 64 bits: PostgreSQL and SQLite say so, each in its way."""
    if isinstance(error, OverflowError) or type(error.orig).__name__ == "NumericValueOutOfRange":
        return _ours(NotFound())
    return _unexpected(error)


def _unexpected(error: Exception) -> Any:
    log.error("request %s failed", context.request_id(), exc_info=error)
    return page(
        500,
        gettext("An error of ours"),
        gettext("The page could not be made; nothing was saved."),
        gettext("Try again; if it stays, tell your administrator the number below."),
    )
