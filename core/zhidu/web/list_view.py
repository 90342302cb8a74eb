"""``ListView``: a register of rows as people see it: list, filters, search, export, look-up.

It derives from Flask-Admin's ``BaseModelView`` for registration and identity only. The doors that
the base opens by itself (x-editable, csv export, bulk delete, ``/details/``, ``/edit/``) are not
exposed: a method overridden without ``@expose`` has no address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import Response, abort, current_app, jsonify, request, send_file
from flask_admin.model.base import BaseModelView
from markupsafe import Markup
from sqlalchemy import Select, select

from zhidu.access import scope
from zhidu.db import Session
from zhidu.exchange.exporter import Sheet, export
from zhidu.money import show_money
from zhidu.texts import Text, gettext, localize
from zhidu.web import cells, context, filters, present
from zhidu.web.base_view import door, one_of, positive
from zhidu.web.forms import OfficeForm
from zhidu.web.listing import (
    CSS_KINDS,
    PAGE_SIZES,
    Column,
    Filter,
    Query,
    Tab,
    fetch,
    filter_clauses,
    pager,
    row_template,
    search_clause,
)
from zhidu.web.print_list import PrintedList


class ListView(PrintedList, BaseModelView):
    """A list over a query, with access in the query.

    What a subclass states: ``kind`` (a declared resource), ``model`` (whose ``id`` is the key),
    ``columns``; what it may state: ``filters_of``, ``tabs``, ``search_columns`` and ``source``.
    """

    model: Any = None
    columns: ClassVar[Sequence[Column]] = ()
    filters_of: ClassVar[Sequence[Filter]] = ()
    tabs: ClassVar[Sequence[Tab]] = ()
    search_columns: ClassVar[Sequence[Any]] = ()
    search_hint: Text | str = ""
    can_new = False
    new_label: Text | str = ""
    empty_title: Text | str = ""
    empty_text: Text | str = ""
    empty_icon = "doc"
    exports: ClassVar[Sequence[str]] = ("xlsx", "csv")
    newest_first = True
    row_links = True

    def __init__(self, endpoint: str, url: str, title: Text | str = "") -> None:
        self.title = title
        BaseModelView.__init__(
            self, type(self).model, name=str(endpoint), endpoint=endpoint, url=url
        )

    @property
    def key(self) -> Any:
        """Give the column of the row's id."""
        return self.model.id

    # --- what BaseModelView asks for; nothing of it is used

    def scaffold_list_columns(self) -> list[str]:
        """Flask-Admin's own list is not drawn."""
        return []

    def scaffold_sortable_columns(self) -> dict[str, str]:
        """Flask-Admin's own list is not drawn."""
        return {}

    def scaffold_form(self) -> type[OfficeForm]:
        """Forms are written, not generated."""
        return OfficeForm

    def scaffold_list_form(self, *_args: Any, **_kwargs: Any) -> type[OfficeForm]:
        """No editable lists."""
        return OfficeForm

    def init_search(self) -> bool:
        """Search is ours."""
        return False

    def get_pk_value(self, model: Any) -> Any:
        """Give the key of a row."""
        return model.id

    def _shut(self, *_args: Any, **_kwargs: Any) -> Any:
        abort(404)

    # overridden without @expose: these addresses do not exist
    create_view = edit_view = details_view = delete_view = _shut
    ajax_update = ajax_lookup = action_view = export = _shut

    # --- the list

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Say from where the columns come: joins and fixed criteria."""
        return statement

    def visible_columns(self, session: Session) -> list[Column]:
        """Leave out columns of guarded fields that the person may read in no row."""
        hidden = scope.hidden_fields(session, self.kind)
        return [c for c in self.columns if (c.field or c.key) not in hidden]

    def statement(self, session: Session, query: Query, columns: Sequence[Column]) -> Select[Any]:
        """Build the select of this list with access, tab, filters and search."""
        chosen = [self._expr(session, column) for column in columns if column.key != "id"]
        base = select(self.key.label("id"), *chosen).where(scope.visible(session, self.kind))
        base = self.source(base, session)
        tab = self.current_tab(query)
        if tab is not None:
            where = tab.where(session)
            if where is not None:
                base = base.where(where)
        hidden = scope.hidden_fields(session, self.kind)
        guarded = session.registry.resources[self.kind].guarded
        # a hit would tell what the page hides
        usable = [f for f in self.filters_of if f.name not in hidden and f.name not in guarded]
        for clause in filter_clauses(usable, query, context.here().timezone):
            base = base.where(clause)
        if query.get("q") and self.search_columns:
            base = base.where(search_clause(query.get("q"), self.search_columns))
        return base

    def _expr(self, session: Session, column: Column) -> Any:
        """Select a column; a guarded field shows only in rows where its permission reaches."""
        resource = session.registry.resources[self.kind]
        name = column.field or column.key
        if name in resource.guarded:
            return scope.masked(session, self.kind, name).label(column.key)
        return column.expr.label(column.key)

    def current_tab(self, query: Query) -> Tab | None:
        """Give the chosen tab, else the first."""
        if not self.tabs:
            return None
        name = one_of(query.get("tab"), [t.name for t in self.tabs], self.tabs[0].name)
        return next(t for t in self.tabs if t.name == name)

    def query(self) -> Query:
        """Read the list's state out of the address."""
        return Query(request.args, request.args.getlist, self.link("index_view"))

    @door("/", needs=".read")
    def index_view(self) -> str:
        """Show the list."""
        return self.list_page()

    def list_page(self) -> str:
        """Draw the list as the address says."""
        session, query = context.session(), self.query()
        columns = self.visible_columns(session)
        size = positive(query.get("size"), PAGE_SIZES[0])
        size = size if size in PAGE_SIZES else PAGE_SIZES[0]
        order, descending = self._order(query, columns)
        rows = fetch(
            session,
            self.statement(session, query, columns),
            self.key,
            order=order,
            descending=descending,
            query=query,
            size=size,
        )
        bulk = self.bulk(session)
        page = {
            "primary": self.primary(session),
            "more": [
                *self.more(session),
                {"label": gettext("Print"), "url": self.print_url(query), "icon": "print"},
            ],
            "tabs": self._tab_links(query),
            "action": self.link("index_view"),
            "hidden": [(n, query.get(n)) for n in ("tab", "sort", "size") if query.get(n)],
            "search": self._search(query),
            "filters": filters.shown(self.filters_of, session, query),
            "active": filters.active(self.filters_of, session, query),
            "clear_url": query.url(["q", *filters.names(self.filters_of)]),
            "columns": [self._head(c, query, order, descending) for c in columns],
            "rows": [],
            "rows_html": self._draw(rows.rows, columns, checks=bool(bulk)),
            "count": len(rows.rows),
            "bulk": bulk,
            "exports": self._exports(query),
            "pager": pager(query, rows, size),
            "next": query.url(),
            "empty": {
                "icon": self.empty_icon,
                "title": str(self.empty_title or gettext("Nothing here yet.")),
                "text": str(self.empty_text),
                "action": self.primary(session),
            },
        }
        return self.show("zhidu/list.html", self.title, page=page)

    def _order(self, query: Query, columns: Sequence[Column]) -> tuple[Column | None, bool]:
        name = query.get("sort")
        column = next((c for c in columns if c.sort and c.key == name.lstrip("-")), None)
        return column, name.startswith("-") if column else self.newest_first

    def _head(
        self, column: Column, query: Query, order: Column | None, descending: bool
    ) -> dict[str, Any]:
        head: dict[str, Any] = {
            "key": column.key,
            "label": str(column.label),
            "kind": CSS_KINDS.get(column.kind, column.kind),
            "phone": column.phone,
        }
        if column.sort:
            mine = order is not None and order.key == column.key
            head["sorted"] = ("desc" if descending else "asc") if mine else None
            turn = f"-{column.key}" if mine and not descending else column.key
            head["sort_url"] = query.url(sort=turn)
        return head

    def _draw(self, rows: Sequence[Any], columns: Sequence[Column], *, checks: bool) -> Markup:
        """Draw all rows by one compiled template, kept per app, view and set of columns."""
        cache: dict[Any, Any] = current_app.extensions["zhidu"].row_templates
        name = (self.endpoint, tuple((c.key, c.kind) for c in columns), checks)
        template = cache.get(name)
        if template is None:
            source = row_template(columns, checks=checks, links=self.row_links)
            template = cache[name] = current_app.jinja_env.from_string(source)
        zone, currency = context.here().timezone, context.here().currency
        tags = {
            c.key: {
                v: cells.tag(c.tags, v) if c.kind == "tag" else cells.tag_text(c.tags, v)
                for v in {getattr(r, c.key) for r in rows}
            }
            for c in columns
            if c.kind in ("tag", "words")
        }
        return Markup(  # noqa: S704 -- drawn by an autoescaping template
            template.render(
                rows=rows,
                base=self.link("index_view"),
                labels={c.key: str(c.label) for c in columns},
                tags=tags,
                people=cells.person,
                num=present.number,
                loc=localize,
                money=lambda v: show_money(v, currency),
                time=lambda v: cells.time(v, zone),
            )
        )

    def _search(self, query: Query) -> dict[str, str] | None:
        if not self.search_columns:
            return None
        return {"name": "q", "value": query.get("q"), "placeholder": str(self.search_hint)}

    def _tab_links(self, query: Query) -> list[dict[str, Any]]:
        current = self.current_tab(query)
        return [
            {"label": str(t.label), "url": query.url(tab=t.name), "current": t is current}
            for t in self.tabs
        ]

    def primary(self, _session: Session) -> dict[str, str] | None:
        """Give the main button, for those who may use it."""
        if not self.can_new or not self.may(".create"):
            return None
        return {"label": str(self.new_label or gettext("New")), "url": self.link("new_view")}

    def more(self, _session: Session) -> list[dict[str, str]]:
        """Give further buttons."""
        return []

    def bulk(self, _session: Session) -> list[dict[str, str]]:
        """Give the bulk actions that this person may use; each is a POST to ``bulk_view``."""
        return []

    # --- export

    def _exports(self, query: Query) -> list[dict[str, str]]:
        if not self.exports or not self.may(".export"):
            return []
        url = self.link("export_view", file_type="xlsx")
        tail = query.url().partition("?")[2]
        return [
            {
                "label": gettext("Export %(type)s", type=kind),
                "url": url.replace("xlsx", kind) + (f"?{tail}" if tail else ""),
            }
            for kind in self.exports
        ]

    @door("/export/<file_type>", "POST", needs=".export")
    def export_view(self, file_type: str) -> Response:
        """Write the list as it is filtered into a file; audited, guarded fields left out."""
        if file_type not in self.exports:
            abort(404)
        session, query = context.session(), self.query()
        columns = self.visible_columns(session)
        order, descending = self._order(query, columns)
        keys = [self.key] if order is None else [order.expr, self.key]
        statement = self.statement(session, query, columns).order_by(
            *(k.desc() if descending else k.asc() for k in keys)
        )
        sheet = Sheet(
            title=str(self.title),
            heads=[str(c.label) for c in columns],
            kinds=[c.kind for c in columns],
            rows=(self._export_row(columns, row) for row in session.execute(statement)),
        )
        made = export(session, sheet, file_type, kind=self.kind, zone=context.here().timezone)
        return send_file(made.stream, made.media_type, as_attachment=True, download_name=made.name)

    def _export_row(self, columns: Sequence[Column], row: Any) -> list[Any]:
        return [
            cells.tag_text(c.tags, value)
            if c.tags
            else localize(value)
            if c.kind == "translated"
            else value
            for c in columns
            for value in (getattr(row, c.key),)
        ]

    # --- look-ups

    @door("/lookup", needs=".read")
    def lookup_view(self) -> Response:
        """Answer a typed choice with at most 20 rows the person may read."""
        return jsonify(self.lookup(context.session(), request.args.get("q", "").strip()))

    def lookup(self, session: Session, text: str) -> list[dict[str, Any]]:
        """Find rows by the search columns; the first text column is what is shown."""
        if not self.search_columns:
            return []
        shown = self.columns[0]
        statement = select(self.key.label("id"), shown.expr.label("text"))
        statement = self.source(statement, session).where(scope.visible(session, self.kind))
        if text:
            statement = statement.where(search_clause(text, self.search_columns))
        return [
            {"id": r.id, "text": str(r.text)}
            for r in session.execute(statement.order_by(self.key).limit(20))
        ]
