"""Companies: opened, described and archived by the system administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import numbers
from sqlalchemy import select

from zhidu import clock, hooks
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.events import CompanyEvent
from zhidu.org.models import Company, Department
from zhidu.org.naming import clean_name, wrong
from zhidu.texts import DEFAULT_LOCALE, LOCALES
from zhidu.texts import lazy_gettext as _l

CODE = re.compile(r"[a-z][a-z0-9-]{1,31}")


def create_company(
    session: Session,
    actor: Actor,
    code: str,
    name: str,
    *,
    locale: str = DEFAULT_LOCALE,
    timezone: str = clock.DEFAULT_ZONE,
    currency: str = "CNY",
    parent: Company | int | None = None,
    is_demo: bool = False,
) -> Company:
    """Open a company with one department, named as the company: the root of its tree.

    ``after_company_created`` fires inside the new company, in the same transaction.

    :param code: stands in addresses, ``/c/<code>/``; never changed later.
    :raises ValidationError: a value breaks a rule, or the code is taken.
    """
    check.require_system(session)
    if not CODE.fullmatch(code):
        raise wrong(
            "code",
            _l("A company's code begins with a lower-case letter and has 2 to 32 characters."),
            cure=_l("Use a–z, 0–9 and the hyphen, e.g. acme-sh."),
        )
    if session.scalar(select(Company.id).where(Company.code == code)) is not None:
        raise wrong("code", _l("Another company has the code “%(code)s”.", code=code))
    company = Company(
        code=code,
        name=clean_name(name),
        parent_id=None if parent is None else find_company(session, parent).id,
        locale=_locale(locale),
        timezone=_timezone(timezone),
        currency=_currency(currency),
        is_demo=is_demo,
        created_at=clock.now(),
    )
    session.add(company)
    session.flush()
    with inside(session, company.id) as within:
        root = Department(name=company.name)
        within.add(root)
        within.flush()
        root.path = f"/{root.id}/"
        hooks.after_company_created(within, CompanyEvent(within, within.actor, company.id))
    return company


@contextmanager
def inside(session: Session, company_id: int) -> Iterator[Session]:
    """Give a session of a company in the transaction of a session that works in none.

    For a company's birth and its first administrator: both happen with the outer act or not at
    all. A session of that company is given as it is.

    :raises NotFound: the session works in another company.
    """
    if session.company_id == company_id:
        yield session
        return
    if session.company_id is not None:
        raise NotFound
    session.flush()
    actor = session.actor.within(company_id)
    connection = session.connection()
    with Session(connection, actor, session.registry) as within:  # type: ignore[arg-type]  # SQLAlchemy's own Session takes a connection, too
        yield within
        within.flush()
        for _, act in within._on_commit:  # the outer commit is the one that counts
            session.on_commit(act)


def edit_company(
    session: Session,
    actor: Actor,
    company: Company | int,
    *,
    name: str | None = None,
    locale: str | None = None,
    timezone: str | None = None,
    currency: str | None = None,
) -> Company:
    """Change what is given.

    :raises ValidationError: a value breaks a rule.
    """
    check.require_system(session)
    company = find_company(session, company)
    if name is not None:
        company.name = clean_name(name)
    if locale is not None:
        company.locale = _locale(locale)
    if timezone is not None:
        company.timezone = _timezone(timezone)
    if currency is not None:
        company.currency = _currency(currency)
    return company


def archive_company(session: Session, actor: Actor, company: Company | int) -> None:
    """Close a company: its rows stay, nobody enters it any more."""
    check.require_system(session)
    company = find_company(session, company)
    company.archived_at = company.archived_at or clock.now()


def restore_company(session: Session, actor: Actor, company: Company | int) -> None:
    """Open an archived company again."""
    check.require_system(session)
    find_company(session, company).archived_at = None


def find_company(session: Session, ref: Company | int | str) -> Company:
    """Give a company by row, key or code; companies themselves are no company's rows.

    :raises NotFound: there is none.
    """
    if isinstance(ref, Company):
        return ref
    found = (
        session.get(Company, ref)
        if isinstance(ref, int)
        else session.scalar(select(Company).where(Company.code == ref))
    )
    if found is None:
        raise NotFound
    return found


def _locale(value: str) -> str:
    if value not in LOCALES:
        raise wrong("locale", _l("Zhidu does not speak “%(locale)s”.", locale=value))
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise wrong(
            "timezone",
            _l("There is no time zone “%(zone)s”.", zone=value),
            cure=_l("Use a name such as Asia/Shanghai."),
        ) from error
    return value


def _currency(value: str) -> str:
    if value not in numbers.list_currencies():
        raise wrong(
            "currency",
            _l("“%(currency)s” is no currency.", currency=value),
            cure=_l("Use the three letters of ISO 4217, e.g. CNY."),
        )
    return value
