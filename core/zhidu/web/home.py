"""The workbench: what waits for me, what I did, what I asked for, what was copied to me."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for

from zhidu import hooks
from zhidu.db import Session
from zhidu.events import StartCardsQuery, TaskFactsQuery
from zhidu.notify import inbox
from zhidu.org.naming import name_key
from zhidu.records.models import Record
from zhidu.records.queries import detail
from zhidu.texts import gettext, pgettext
from zhidu.web import context, present, record_page, site
from zhidu.web.base_view import MEMBER, OfficeView, door, one_of
from zhidu.web.listing import Query, fetch, pager
from zhidu.web.shell import notice_row
from zhidu.workflow import engine
from zhidu.workflow import queries as workflow

TABS = ("todo", "done", "started", "copies")
PAGE = 20


class HomeView(OfficeView):
    """The first page of the day; outside a company it leads to the last one."""

    def __init__(self) -> None:
        super().__init__("home", "/")

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        if context.company_code() is None:
            return site.index()
        return super()._handle_view(name, **kwargs)

    @door("/", needs=MEMBER)
    def index_view(self) -> str:
        """Show the workbench."""
        session, me = context.session(), context.member_id()
        tab = one_of(request.args.get("tab"), TABS, "todo")
        counts = workflow.counts(session, me)
        query = Query(request.args, request.args.getlist, self.link("index_view"))
        listing = workflow.listing(tab, me, session)
        rows = fetch(
            session,
            listing.statement,
            listing.key,
            order=listing.order,
            descending=True,
            query=query,
            size=PAGE,
        )
        home = {
            "tabs": [self._tab(name, counts[name], name == tab) for name in TABS],
            "todos": self._rows(session, tab, rows.rows),
            "pager": pager(query, rows, PAGE) if rows.before or rows.after else None,
            "next": query.url(),
            "empty": empty(tab),
            "phrases": record_page.phrases(session),
            "starts": starts(session),
            "warnings": warnings(session),
            "notices": [notice_row(n) for n in inbox.newest(session, me, limit=6)],
            "notices_url": url_for("notices.index_view"),
        }
        return self.show("zhidu/home.html", pgettext("menu", "Workbench"), home=home)

    def _tab(self, name: str, count: int, current: bool) -> dict[str, Any]:
        labels = {
            "todo": pgettext("tab", "To do"),
            "done": pgettext("tab", "Done"),
            "started": pgettext("tab", "Started by me"),
            "copies": pgettext("tab", "Copied to me"),
        }
        return {
            "name": {"started": "mine", "copies": "cc"}.get(name, name),
            "label": labels[name],
            "count": count,
            "unread": name == "copies",
            "url": self.link("index_view", tab=name),
            "current": current,
        }

    def _rows(self, session: Session, tab: str, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Draw the rows; facts of all of them are asked for once."""
        zone = context.here().timezone
        records = workflow.records_by_id(session, [row.record_id for row in rows])
        facts = hooks.provide_task_facts(
            session, TaskFactsQuery(session, context.actor(), list(records.values()))
        )
        made = []
        for row in rows:
            record = records[row.record_id]
            kind = session.registry.kinds[record.kind]
            url = url_for(f"{kind.endpoint}.row_view", pk=record.id)
            tags = [present.approval_tag(record.approval)] if tab != "todo" else []
            if tab == "todo":
                tags.append(present.tag(row.node_name, "info"))
            made.append(
                {
                    "kind": str(kind.title),
                    "icon": kind.icon,
                    "title": record.title,
                    "url": url,
                    "number": record.number,
                    "applicant": present.person(record.applicant.name, record.department_name),
                    "since": present.when(row.since, zone),
                    "since_label": since_label(tab),
                    "facts": [
                        {"label": str(f.label), "value": str(f.value), "tone": f.tone}
                        for f in facts.get(record.id, ())
                    ],
                    "tags": tags,
                    "overdue": tab == "todo" and bool(row.overdue),
                    "unread": tab == "copies" and row.read_at is None,
                    "acts": self._acts(session, record, kind.endpoint) if tab == "todo" else [],
                }
            )
        return made

    def _acts(self, session: Session, record: Record, endpoint: str) -> list[dict[str, Any]]:
        allowed = engine.allowed(session, context.actor(), record)
        url = url_for(f"{endpoint}.act_view", pk=record.id)
        wanted = ("approve", "handle", "return", "reject")
        mine = [a for a in allowed if a.action in wanted]
        view = context.extension("views")[endpoint]

        def fields(item: Any) -> Any:
            if item.action != "handle":
                return None
            return view.act_fields(session, detail(session, record), item)

        return record_page.acts(mine, url, record.version, fields)


def since_label(tab: str) -> str:
    """Say what the time of a row means."""
    return {
        "todo": gettext("asked"),
        "done": gettext("decided"),
        "started": gettext("submitted"),
        "copies": gettext("copied"),
    }[tab]


def empty(tab: str) -> dict[str, str]:
    """Say what an empty list means and what to do."""
    return {
        "todo": {
            "title": gettext("Nothing waits for you."),
            "text": gettext("Requests that need your decision appear here."),
        },
        "done": {
            "title": gettext("You have not decided anything yet."),
            "text": gettext("What you approve, return or handle is kept here."),
        },
        "started": {
            "title": gettext("You have not asked for anything yet."),
            "text": gettext("Choose a card on the right to start a request."),
        },
        "copies": {
            "title": gettext("Nothing was copied to you."),
            "text": gettext("Copies are for reading; nothing has to be decided."),
        },
    }[tab]


def starts(session: Session) -> list[dict[str, Any]]:
    """Make the «start a request» grid, by group; searchable by pinyin and initials."""
    cards = hooks.provide_start_cards(session, StartCardsQuery(session, context.actor()))
    groups: dict[str, list[dict[str, Any]]] = {}
    for card in sorted(cards, key=lambda c: c.sort):
        title = str(card.title)
        groups.setdefault(str(card.group), []).append(
            {
                "title": title,
                "url": url_for(card.endpoint),
                "icon": card.icon,
                "hint": str(card.hint),
                "keys": name_key(title),
            }
        )
    return [{"title": title, "items": items} for title, items in groups.items()]


def warnings(session: Session) -> list[dict[str, str]]:
    """List what falls due for this person, as the addons tell."""
    return [
        {"text": str(d.text), "url": url_for(d.endpoint, **d.values), "tone": d.tone}
        for d in hooks.provide_due_items(session, StartCardsQuery(session, context.actor()))
    ]
