"""What one request knows: its user, company, member, actor, and its one unit of work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import current_app, flash, g, request
from flask_login import current_user
from sqlalchemy import select

from zhidu import hooks
from zhidu.access.user import User
from zhidu.actor import Actor, Via
from zhidu.db import Database, Session
from zhidu.errors import NotFound
from zhidu.ids import token
from zhidu.org.models import Company, Member, MemberStatus
from zhidu.texts import current_locale
from zhidu.web.dispatcher import COMPANY_KEY

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Here:
    """The company that the request is about, as plain values."""

    id: int
    code: str
    name: str
    locale: str
    timezone: str
    currency: str


def database() -> Database:
    """Give the app's database."""
    db: Database = current_app.extensions["zhidu"].db
    return db


def request_id() -> str:
    """Name this request, for the audit and the log."""
    if "request_id" not in g:
        g.request_id = token(8)
    return str(g.request_id)


def reading_session() -> Session:
    """Open (once) the session in which user and company are looked up, before it is known who acts."""
    found: Session | None = g.get("reading")
    if found is None:
        actor = Actor(source=Via.WEB, locale=current_locale(), request_id=request_id())
        found = g.reading = Session(
            database().engine, actor, registry=database().registry, readonly=True
        )
    return found


def user() -> User | None:
    """Give the logged-in user, or nobody."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def company_code() -> str | None:
    """Give the company's code out of the address, or nothing on site pages."""
    return request.environ.get(COMPANY_KEY)


def here() -> Here:
    """Give the company of this request.

    :raises NotFound: there is none, or the user is no member of it: both look alike.
    """
    if "here" not in g:
        _enter()
    found: Here = g.here
    return found


def member_id() -> int:
    """Give the key of the person at work in this company."""
    here()
    return int(g.actor.member_id)


def actor() -> Actor:
    """Give who acts: in the company of the address, or the bare user on site pages."""
    if "actor" not in g:
        if company_code() is not None:
            _enter()
        else:
            who = user()
            g.actor = Actor(
                user_id=who.id if who else None,
                name=who.username if who else "",
                source=Via.WEB,
                locale=current_locale(),
                request_id=request_id(),
            )
    found: Actor = g.actor
    return found


def _enter() -> None:
    """Find company and member of this request."""
    code, who = company_code(), user()
    if code is None or who is None:
        raise NotFound
    session = reading_session()
    company = session.scalar(
        select(Company).where(Company.code == code, Company.archived_at.is_(None))
    )
    if company is None:
        raise NotFound
    bare = Actor(
        user_id=who.id,
        company_id=company.id,
        name=who.username,
        source=Via.WEB,
        locale=current_locale(),
        request_id=request_id(),
    )
    db = database()
    with Session(db.engine, bare, db.registry, readonly=True) as within:
        member = within.execute(
            select(Member.id, Member.name).where(
                Member.user_id == who.id, Member.status == MemberStatus.ACTIVE
            )
        ).one_or_none()
    if member is None:
        raise NotFound
    g.here = Here(
        company.id, company.code, company.name, company.locale, company.timezone, company.currency
    )
    g.actor = replace(bare, member_id=member.id, name=member.name)


def session() -> Session:
    """Give this request's unit of work: reading for GET and HEAD, writing for all else."""
    found: Session | None = g.get("unit")
    if found is None:
        who = actor()
        close_reading()
        readonly = request.method in SAFE_METHODS
        db = database()
        found = g.unit = Session(db.engine, who, db.registry, readonly=readonly)
    return found


def start_over() -> None:
    """Roll the unit of work back and go on reading: to show a page after a refusal."""
    unit: Session | None = g.pop("unit", None)
    if unit is not None:
        unit.rollback()
        unit.close()
    who = actor()
    g.unit = Session(database().engine, who, registry=database().registry, readonly=True)


def in_unit(act: Callable[[], T]) -> T:
    """Run a view and commit what it did, or nothing of it."""
    result = act()
    unit: Session | None = g.get("unit")
    if unit is not None and not unit.readonly:
        unit.commit()
        for failure in hooks.failures(unit):
            flash(str(failure.notice), "warning")
    return result


def close_reading() -> None:
    """End the look-up session, so that no reader is open beside the writer."""
    found: Session | None = g.pop("reading", None)
    if found is not None:
        found.close()


def close(_error: BaseException | None = None) -> None:
    """End the request's sessions; what was not committed is rolled back."""
    unit: Session | None = g.pop("unit", None)
    if unit is not None:
        unit.close()
    close_reading()


def same_site(target: str | None) -> str | None:
    """Accept an address to go back to only when it is a path on this site."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")):
        return target
    return None


def extension(name: str) -> Any:
    """Give a part of the app that the factory built: ``assets``, ``config``, ``registry``."""
    return getattr(current_app.extensions["zhidu"], name)
