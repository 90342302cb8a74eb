"""Lists: columns, filters and keyset paging over one select, drawn by one compiled row template."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, tuple_

from zhidu.db import Session
from zhidu.texts import Text, ngettext

PAGE_SIZES = (20, 50, 100)
LONGEST_KEY = 18
"""Digits of a key that fits into 64 bits."""

CSS_KINDS = {"time": "date", "translated": "text", "words": "text"}
"""Kinds that look like another one."""


class Sorted(Protocol):
    """What a list is sorted by: its name in the rows, and the expression."""

    @property
    def key(self) -> str:
        """Give the name."""

    @property
    def expr(self) -> Any:
        """Give the expression; NOT NULL."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list.

    :param expr: what is selected; a mapped attribute or an expression over such.
    :param kind: ``text code link number money date time tag words person translated``; see list.html.
    :param tags: for ``tag`` and ``words`` (its text without colour): makes the tag of a value;
        called once per distinct value and page.
    :param sort: offered as an order; the expression must then be NOT NULL.
    :param phone: ``title``, ``tag`` or ``hide``.
    :param field: the resource's field name, where it is guarded; default: the key.
    """

    key: str
    label: Text | str
    expr: Any
    kind: str = "text"
    tags: Callable[[Any], Mapping[str, str]] | None = None
    sort: bool = False
    phone: str = ""
    field: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A way to narrow a list.

    :param kind: ``text choice choices dates number person``.
    :param options: for choices: called per request, gives (value, label).
    """

    name: str
    label: Text | str
    expr: Any
    kind: str = "text"
    options: Callable[[], Sequence[tuple[str, str]]] | None = None
    lookup: Callable[[], str] | None = None
    who: Callable[[Session, int], str] | None = None


@dataclass(frozen=True, slots=True)
class Tab:
    """A named part of a list."""

    name: str
    label: Text | str
    where: Callable[[Session], ColumnElement[bool] | None]


@dataclass(slots=True)
class Page:
    """One page of rows and where to go on."""

    rows: Sequence[Any]
    before: str = ""
    after: str = ""


@dataclass(slots=True)
class Query:
    """A list's state, as it stands in the address."""

    args: Mapping[str, str]
    many: Callable[[str], list[str]]
    base: str
    changed: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Give a parameter or an empty text."""
        return self.args.get(name, "").strip()

    def url(self, drop: Sequence[str] = (), **change: str) -> str:
        """Give the list's address with some parameters changed; the cursor is always dropped."""
        left = {
            key: self.many(key)
            for key in self.args
            if key not in {"after", "before", *drop} and key not in change
        }
        left |= {key: [value] for key, value in change.items() if value}
        query = urlencode([(k, v) for k, vs in left.items() for v in vs if v])
        return f"{self.base}?{query}" if query else self.base


def search_clause(text: str, columns: Sequence[Any]) -> ColumnElement[bool]:
    """Match every word of the text in at least one column, whatever its case."""
    return and_(
        *(
            or_(*(column.icontains(word, autoescape=True) for column in columns))
            for word in text.split()[:8]
        )
    )


def filter_clauses(filters: Sequence[Filter], query: Query, zone: str) -> list[ColumnElement[bool]]:
    """Turn the parameters into criteria; what cannot be read is left out.

    :param zone: where a day begins, for filters by day over instants.
    """
    clauses: list[ColumnElement[bool]] = []
    for item in filters:
        if item.kind in ("dates", "number"):
            read = _read_date if item.kind == "dates" else _read_number
            low = read(query.get(f"{item.name}_from"))
            high = read(query.get(f"{item.name}_to"))
            if item.kind == "dates" and getattr(item.expr.type, "python_type", date) is datetime:
                low, past = _begin(low, zone), _begin(high, zone, days=1)
                clauses += [item.expr >= low] if low else []
                clauses += [item.expr < past] if past else []
                continue
            if low is not None:
                clauses.append(item.expr >= low)
            if high is not None:
                clauses.append(item.expr <= high)
            continue
        value = query.get(item.name)
        if not value:
            continue
        if item.kind == "text":
            clauses.append(item.expr.icontains(value, autoescape=True))
        elif item.kind == "person" or getattr(item.expr.type, "python_type", str) is int:
            if value.isdecimal() and len(value) <= LONGEST_KEY:
                clauses.append(item.expr == int(value))
        elif item.kind == "choices":
            clauses.append(item.expr.in_(query.many(item.name)))
        else:
            clauses.append(item.expr == value)
    return clauses


def _read_date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _begin(day: Any, zone: str, days: int = 0) -> datetime | None:
    """Give the instant at which a day begins, or the one ``days`` later."""
    if not isinstance(day, date) or not 1900 <= day.year <= 9000:
        return None
    return datetime.combine(day + timedelta(days=days), time(), ZoneInfo(zone))


def _read_number(value: str) -> Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def fetch(
    session: Session,
    statement: Select[Any],
    key: Any,
    *,
    order: Sorted | None,
    descending: bool,
    query: Query,
    size: int,
) -> Page:
    """Read one page by keyset: the same cost at any depth, a stable order by the key.

    :param statement: selects the columns and ``key`` labelled ``id``.
    :param order: the sorted column, or none for newest first.
    """
    columns = [key] if order is None else [order.expr, key]
    back = bool(query.get("before"))
    mark = _read_mark(query.get("before") or query.get("after"), columns)
    down = descending != back
    if mark is not None:
        here, there = tuple_(*columns), tuple_(*mark)
        statement = statement.where(here < there if down else here > there)
    ordered = (column.desc() if down else column.asc() for column in columns)
    rows = list(session.execute(statement.order_by(*ordered).limit(size + 1)))
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    page = Page(rows)
    if rows and (more or back):
        page.after = _mark(rows[-1], order)
    if rows and mark is not None and (not back or more):
        page.before = _mark(rows[0], order)
    return page


def _mark(row: Any, order: Sorted | None) -> str:
    values = [row.id] if order is None else [getattr(row, order.key), row.id]
    return json.dumps([_plain(value) for value in values], ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _read_mark(text: str, columns: Sequence[Any]) -> list[Any] | None:
    """Read a cursor; one that was tampered with starts at the beginning."""
    if not text:
        return None
    try:
        values = json.loads(text)
        if not isinstance(values, list) or len(values) != len(columns):
            return None
        return [
            literal(_typed(column, value), column.type)
            for column, value in zip(columns, values, strict=True)
        ]
    except (ValueError, TypeError, InvalidOperation):
        return None


def _typed(column: Any, value: Any) -> Any:
    kind = column.type.python_type
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    return kind(value)


def count_up_to(session: Session, statement: Select[Any], limit: int = 999) -> int:
    """Count rows, but never more than ``limit`` of them: a big table is not read for a badge."""
    from sqlalchemy import func

    inner = statement.order_by(None).limit(limit).subquery()
    return session.scalar(select(func.count()).select_from(inner)) or 0


def row_template(columns: Sequence[Column], *, checks: bool, links: bool) -> str:
    """Write the Jinja source of a list's rows: one template, no Python call per cell."""
    check = (
        '<td class="c-check"><input type="checkbox" form="bulk" name="ids" value="{{ r.id }}"'
        f' aria-label="{{{{ r.{columns[0].key} }}}}"></td>'
        if checks
        else ""
    )
    open_row = '<tr data-href="{{ base }}{{ r.id }}">' if links else "<tr>"
    cells = "".join(_cell(column) for column in columns)
    return f"{{% for r in rows %}}{open_row}{check}{cells}</tr>{{% endfor %}}"


def _cell(column: Column) -> str:
    value = f"r.{column.key}"
    if column.kind == "link":
        shown = f'<a href="{{{{ base }}}}{{{{ r.id }}}}">{{{{ {value} or "–" }}}}</a>'
    elif column.kind in ("tag", "words"):
        shown = f"{{{{ tags[{column.key!r}][{value}] }}}}"
    elif column.kind == "person":
        shown = f"{{{{ people({value}) }}}}"
    elif column.kind == "number":
        shown = f"{{{{ num({value}) }}}}"
    elif column.kind == "money":
        shown = f"{{{{ money({value}) }}}}"
    elif column.kind == "translated":
        shown = f"{{{{ loc({value}) }}}}"
    elif column.kind == "time":
        shown = f"{{{{ time({value}) }}}}"
    else:
        shown = f"{{{{ {value} }}}}"
    dash = '<span class="mute">–</span>'
    body = (
        shown
        if column.kind == "link"
        else f"{{% if {value} is none or {value} == '' %}}{dash}{{% else %}}{shown}{{% endif %}}"
    )
    css = f"k-{CSS_KINDS.get(column.kind, column.kind)}" + (
        f" c-{column.phone}" if column.phone else ""
    )
    if column.kind != "link":  # a phone shows no empty values
        css += f"{{{{ ' c-empty' if {value} is none or {value} == '' }}}}"
    return f'<td class="{css}" data-label="{{{{ labels[{column.key!r}] }}}}">{body}</td>'


def pager(query: Query, page: Page, size: int) -> dict[str, Any]:
    """Make the pager's links."""
    return {
        "prev_url": query.url(before=page.before) if page.before else None,
        "next_url": query.url(after=page.after) if page.after else None,
        "text": ngettext("%(num)s row", "%(num)s rows", len(page.rows)),
        "sizes": [
            {"n": n, "url": query.url(size=str(n)), "current": n == size} for n in PAGE_SIZES
        ],
    }
