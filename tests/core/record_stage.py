"""People at the pages of the demo request: what the tests of the record's page and the home list need."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

from flask import render_template, request
from sqlalchemy import select
from tests.core.hook_stage import DemoView, answering
from tests.core.workflow_house import (
    KIND,
    LEADER,
    DemoRequest,
    Office,
    at,
    flow,
    header,
    node,
    tasks_of,
)
from werkzeug.test import Client, TestResponse
from wtforms import StringField
from wtforms.validators import Length

from zhidu import Column, View, show_number
from zhidu.access import users
from zhidu.actor import Actor
from zhidu.app import make_wsgi
from zhidu.config import Config
from zhidu.org import members
from zhidu.org.models import Company, Member
from zhidu.records import services as records
from zhidu.records.models import Approval, Record
from zhidu.testing.databases import environ
from zhidu.testing.factories import PASSWORD, MadeMember
from zhidu.testing.visitor import Visitor
from zhidu.web import context, record_submit
from zhidu.web.base_view import MEMBER, door
from zhidu.web.forms import NumberField, OfficeForm
from zhidu.workflow import queries
from zhidu.workflow.definition import Approver, Flow

AT = "demo/request"


class RequestForm(OfficeForm):
    """The demo request's form."""

    amount = NumberField("Amount")
    note = StringField("Note", [Length(max=20)])


class RequestView(DemoView):
    """The pages of the demo request with its form."""

    form_class = RequestForm
    more_columns = (Column("amount", "Amount", DemoRequest.amount, "number"),)
    log_labels = {"amount": "Amount", "note": "Note"}  # noqa: RUF012 -- a ClassVar of the root

    can_new = True

    def create_draft(self, session: Any, form: Any) -> DemoRequest:
        """Write the draft."""
        row: DemoRequest = records.create(
            session, session.actor, KIND, {"amount": form.amount.data or Decimal(1)}, "一件事"
        )
        return row

    @door("/preview", "POST", needs=MEMBER)
    def preview_view(self) -> str:
        """Tell what the policy says of what is typed so far."""
        session = context.session()
        row = DemoRequest(
            header=Record(kind=KIND, applicant_id=context.member_id(), title="", execution="none"),
            amount=Decimal(request.form.get("amount", "1")),
        )
        preview = {"ready": True, **record_submit.panel(session, row)}
        context.start_over()
        return render_template("zhidu/_preview.html", preview=preview)

    def facts(self, _session: Any, row: DemoRequest) -> list[dict[str, Any]]:
        """Show amount and note."""
        return [
            {
                "fields": [
                    {"name": "amount", "label": "Amount", "value": show_number(row.amount)},
                    {"name": "note", "label": "Note", "value": row.note},
                ]
            }
        ]


def offered(**more: Any) -> dict[str, Any]:
    """Give the hooks that offer these pages."""
    view = View(lambda: RequestView("demo_request", "/demo/request", "Demos"), "Demos", "Demo")
    return {"provide_views": lambda: [view], **more}


class Pages:
    """The office's app, and one browser for each person."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        self._app = make_wsgi(Config.load(environ(folder, office.db.url)), office.db)
        self._seated: dict[int, Seat] = {}

    def sit(self, person: MadeMember) -> Seat:
        """Seat somebody, who speaks English; the same browser for the same person."""
        if person.id not in self._seated:
            name = f"seat{person.id}"
            with self.office.db.write(Actor.system()) as session:
                user = users.create_user(session, session.actor, name, PASSWORD, locale="en")
                user_id, code = user.id, session.scalars(select(Company.code)).first()
            with self.office.db.write(self.office.system) as session:
                members.link_user(
                    session, session.actor, session.get_one(Member, person.id), user_id
                )
            visitor = Visitor(Client(self._app), str(code)).log_in(name)
            self._seated[person.id] = Seat(visitor)
        return self._seated[person.id]


class Seat:
    """One person's browser."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor

    def page(self, record_id: int) -> str:
        """Read a record's page."""
        answer = self.visitor.get(f"{AT}/{record_id}")
        assert answer.status_code == 200, plain(answer)
        return unescape(answer.text)

    def home(self, tab: str = "todo") -> str:
        """Read a list of the workbench."""
        answer = self.visitor.get(f"?tab={tab}")
        assert answer.status_code == 200, plain(answer)
        return unescape(answer.text)

    def act(self, record_id: int, action: str, opinion: str = "", **fields: Any) -> TestResponse:
        """Post an act from the record's page."""
        self.visitor.get(f"{AT}/{record_id}")
        posted = {"action": action, "opinion": opinion, **fields}
        return self.visitor.post(f"{AT}/{record_id}/act", posted)

    def panel(self, **fields: Any) -> str:
        """Ask for the panel beside the form."""
        self.visitor.get(f"{AT}/")
        answer = self.visitor.post(f"{AT}/preview", fields)
        assert answer.status_code == 200, plain(answer)
        return re.sub(r"\s+", " ", unescape(answer.text))

    def acts(self, record_id: int) -> set[str]:
        """Name the acts that the page offers."""
        return set(re.findall(r'data-act="([^"]+)"', self.page(record_id)))


def plain(answer: TestResponse) -> str:
    """Give the text of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def done(answer: TestResponse) -> None:
    """Insist that an act was taken."""
    assert answer.status_code == 303, plain(answer)[-1500:]


BOSS = Approver("dept_leader", {"level": 2})
LEAD_THEN_BOSS = flow(node("lead", LEADER), node("boss", BOSS), void=(node("undo", BOSS),))


def seated(office: Office, folder: Path, chosen: Flow) -> tuple[Office, Pages]:
    """Offer the pages of the demo request under a flow."""
    office.house.flow = chosen
    ours = answering(office, **offered())
    return ours, Pages(ours, folder)


def actions(office: Office, record_id: int) -> list[str]:
    """Read the trail's acts."""
    with office.db.read(office.system) as session:
        return [one.action.value for one in queries.trail(session, record_id)]


def stands(office: Office, record_id: int) -> str:
    """Name the nodes at which it stands."""
    with office.db.read(office.system) as session:
        return at(session, record_id)


def state(office: Office, record_id: int) -> Approval:
    """Read the approval axis."""
    with office.db.read(office.system) as session:
        return header(session, record_id).approval


def holders(office: Office, record_id: int) -> set[int]:
    """Give who is asked."""
    with office.db.read(office.system) as session:
        return {one.member_id for one in tasks_of(session, record_id)}


__all__ = [
    "AT",
    "BOSS",
    "KIND",
    "LEAD_THEN_BOSS",
    "Pages",
    "Seat",
    "actions",
    "done",
    "holders",
    "offered",
    "plain",
    "seated",
    "stands",
    "state",
]
