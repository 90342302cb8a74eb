"""Numbers of documents: unique, rising, without gaps; and the patterns that write them."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped

from zhidu.db.base import Base, CompanyOwned, owned_by_company, table_args
from zhidu.db.guard import ReadOnly, core_allowed
from zhidu.db.session import Session
from zhidu.errors import ValidationError
from zhidu.texts import lazy_gettext as _l


class Sequence(CompanyOwned, Base):
    """The last number taken from a series in a period, such as ``2026`` or ``202611``."""

    __tablename__ = "core_sequence"
    __table_args__ = table_args(
        PrimaryKeyConstraint("company_id", "series", "period"),
        owned_by_company(),
        sqlite_autoincrement=False,
    )
    __audited__ = False

    series: Mapped[str]
    period: Mapped[str]
    last: Mapped[int]


def next_number(session: Session, series: str, period: str, *, gapless: bool = True) -> int:
    """Take the next number, from 1; the row is locked until the unit of work ends.

    Whoever rolls back gives the number back, so a series has no gaps. Take it late: everybody else
    who wants one of this series waits.

    :param series: such as ``hr.leave_request`` or ``seals.register``.
    :param gapless: whether a law asks for it; without, only «unique and rising» is promised. Both
        are kept by the same lock today.
    """
    del gapless  # the weaker promise is kept by the stronger one
    if session.readonly:
        raise ReadOnly("this session only reads")
    table: Any = Sequence.__table__
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"company_id": session.company, "series": series, "period": period, "last": 1}
    statement = (
        insert(table)
        .values(**row)
        .on_conflict_do_update(
            index_elements=["company_id", "series", "period"],
            set_={"last": table.c.last + 1},
        )
        .returning(table.c.last)
    )
    with core_allowed():
        return int(session.connection().execute(statement).scalar_one())


class BadNumberPattern(ValidationError):
    """A pattern from which no unique number can be made; the text names it."""


_WIDTH = re.compile(r"0?([1-9]|1[0-2])d?")
_PARTS = {
    "yyyy": "{year:04d}",
    "yy": "{short:02d}",
    "mm": "{month:02d}",
    "dd": "{day:02d}",
    "yyyymm": "{year:04d}{month:02d}",
    "yymm": "{short:02d}{month:02d}",
    "yyyymmdd": "{year:04d}{month:02d}{day:02d}",
}


def check_pattern(pattern: str) -> str:
    """Check a pattern such as ``QJ-{yyyymm}-{seq:04d}`` and give the period it counts in.

    Fields: ``yyyy yy mm dd yyyymm yymm yyyymmdd company seq``; only ``seq`` takes a width. The
    period is the finest one that the pattern shows, so that no number can come twice.

    :return: ``day``, ``month``, ``year`` or ``ever``.
    :raises BadNumberPattern: an unknown field, no ``seq``, or a month without its year.
    """
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError as error:
        raise _bad(pattern, _l("Check its braces.")) from error
    names = [name for _text, name, _width, _conversion in parts if name is not None]
    for _text, name, width, conversion in parts:
        if name is None:
            continue
        if name not in {*_PARTS, "seq", "company"}:
            raise _bad(pattern, _l("There is no field “%(name)s”.", name=name))
        if conversion or (width and not (name == "seq" and _WIDTH.fullmatch(width))):
            raise _bad(pattern, _l("Only “seq” takes a width, as in {seq:04d}."))
    if names.count("seq") != 1:
        raise _bad(pattern, _l("It must contain {seq} once."))
    shown = "".join(name for name in names if name in _PARTS)
    for fine, coarse in (("dd", "mm"), ("mm", "yy")):
        if fine in shown and coarse not in shown:
            raise _bad(pattern, _l("A month needs its year, and a day its month."))
    found = (("dd", "day"), ("mm", "month"), ("yy", "year"))
    return next((period for part, period in found if part in shown), "ever")


def _bad(pattern: str, cure: object) -> BadNumberPattern:
    return BadNumberPattern(
        _l("“%(pattern)s” is no pattern for numbers.", pattern=pattern),
        cure=cure,  # type: ignore[arg-type]  # a lazy text
    )


def period_of(pattern: str, *, year: int, month: int, day: int) -> str:
    """Name the period in which a pattern counts, for ``next_number``: ``2026``, ``202611`` or empty.

    :raises BadNumberPattern: see ``check_pattern``.
    """
    match check_pattern(pattern):
        case "day":
            return f"{year:04d}{month:02d}{day:02d}"
        case "month":
            return f"{year:04d}{month:02d}"
        case "year":
            return f"{year:04d}"
        case _:
            return ""


def format_number(
    pattern: str, *, year: int, month: int, day: int, seq: int, company: str = ""
) -> str:
    """Write a number by a pattern: ``QJ-{yyyymm}-{seq:04d}`` gives ``QJ-202611-0042``.

    A number that outgrows its width is written in full.

    :param company: the company's code.
    :raises BadNumberPattern: see ``check_pattern``.
    """
    check_pattern(pattern)
    values = {"year": year, "short": year % 100, "month": month, "day": day}
    dates = {name: part.format(**values) for name, part in _PARTS.items()}
    return pattern.format(seq=seq, company=company, **dates)
