"""The workbench: what waits for me, what I did, what I asked for, what was copied to me."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from sqlalchemy import select

from zhidu import hooks
from zhidu.db import Session
from zhidu.events import StartCardsQuery
from zhidu.notify import inbox
from zhidu.org.naming import name_key
from zhidu.texts import gettext, pgettext
from zhidu.web import context, home_rows, record_batch, record_page, site
from zhidu.web.base_view import MEMBER, OfficeView, door, one_of
from zhidu.web.listing import Query, fetch, pager
from zhidu.web.shell import notice_row
from zhidu.workflow import engine, entry, signatures
from zhidu.workflow import queries as workflow
from zhidu.workflow.batch import MOST
from zhidu.workflow.models import Task

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
        shown = home_rows.rows(session, tab, rows.rows)
        home = {
            "tabs": [self._tab(name, counts[name], name == tab) for name in TABS],
            "todos": shown,
            "bulk": home_rows.bulk(shown, self.link("batch_view")) if tab == "todo" else None,
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

    @door("/batch", "POST", needs=MEMBER)
    def batch_view(self) -> Any:
        """Agree to each ticked task of one's own; tell which were left out and why."""
        session, me = context.session(), context.member_id()
        keys = [int(i) for i in request.form.getlist("ids") if i.isdecimal() and len(i) < 19]
        tasks = session.scalars(
            select(Task).where(Task.id.in_(keys[:MOST]), Task.member_id == me)
        ).all()
        key = request.form.get("key", "")[:64]
        results = engine.batch_approve(session, context.actor(), tasks, key)
        record_batch.report(results)
        return self.back(self.link("index_view"))

    @door("/signature.png", needs=MEMBER)
    def signature_view(self) -> Response:
        """Show the picture with which the person signs."""
        files = context.extension("files")
        with signatures.open_own(context.session(), context.actor(), files=files) as stream:
            return Response(stream.read(), mimetype="image/png")


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
    actor = context.actor()
    cards = [
        card
        for card in hooks.provide_start_cards(session, StartCardsQuery(session, actor))
        if entry.may_start(session, actor, card.kind)
    ]
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
