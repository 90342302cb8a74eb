"""Custody handovers: started by the giver, signed or refused by the receiver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from sqlalchemy import Select
from sqlalchemy.orm import aliased

from zhidu.access import check
from zhidu.db import Session
from zhidu.errors import NotFound, ZhiduError
from zhidu.org.models import Member
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import MEMBER, door, say
from zhidu.web.listing import Column, Filter, Tab
from zhidu.web.service_view import ServiceView
from zhidu_seals.errors import NotYourHandover
from zhidu_seals.forms import HandoverForm, RefusalForm, choose_person
from zhidu_seals.models import Handover, Seal
from zhidu_seals.rules.kinds import HandoverState
from zhidu_seals.services import custody
from zhidu_seals.views import tags
from zhidu_seals.views.blocks import sheet

Giver = aliased(Member)
Receiver = aliased(Member)


class HandoverView(ServiceView):
    """Handovers; the two people open their own, others need the permission."""

    kind = "seals.handover"
    model = Handover
    empty_title = _l("No custody handovers yet.")
    empty_text = _l("A custodian starts one on the page of the seal.")
    empty_icon = "swap"
    tabs = (
        Tab("all", _l("All"), lambda _s: None),
        Tab("open", _l("Open"), lambda _s: Handover.state == HandoverState.OFFERED),
    )
    columns = (
        Column("seal", _l("Seal"), Seal.name, "link", phone="title"),
        Column("number", _l("Seal number"), Seal.number),
        Column("giver", _l("Giver"), Giver.name, "person"),
        Column("receiver", _l("Receiver"), Receiver.name, "person"),
        Column("state", _l("State"), Handover.state, "tag", tags.handover, phone="tag"),
        Column("offered_at", _l("Signed by the giver"), Handover.offered_at, "time", sort=True),
        Column("decided_at", _l("Signed by the receiver"), Handover.decided_at, "time"),
        Column("reason", _l("Reason"), Handover.reason, phone="hide"),
    )
    search_columns = (Seal.name, Seal.number, Giver.name, Receiver.name)
    search_hint = _l("Seal or person")
    filters_of = (
        Filter(
            "state",
            _l("State"),
            Handover.state,
            "choice",
            lambda: [(one.value, str(one.label)) for one in HandoverState],
        ),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Join seal and people."""
        return (
            statement.select_from(Handover)
            .join(Seal, Seal.id == Handover.seal_id)
            .join(Giver, Giver.id == Handover.giver_id)
            .join(Receiver, Receiver.id == Handover.receiver_id)
        )

    def load(self, session: Session, pk: int, action: str = "read") -> Handover:
        """Give a handover to its two people, and to those who may read them all."""
        row = session.get(Handover, pk)
        me = context.member_id()
        if row is None or not (
            me in {row.giver_id, row.receiver_id} or check.can(session, "seals.handover.read", row)
        ):
            raise NotFound
        return row

    @door("/new", "GET", "POST", needs=MEMBER)
    def new_view(self) -> Any:
        """Start a handover: only the custodian."""
        session = context.session()
        form = HandoverForm(request.form if request.method == "POST" else None)
        key = form.seal_id.data or request.args.get("seal", "")
        seal = session.get(Seal, int(key)) if key.isdecimal() else None
        if seal is None:
            raise NotFound
        if seal.custodian_id != context.member_id():
            raise NotYourHandover(seal.custodian.name)
        form.seal_id.data = str(seal.id)
        choose_person(form.receiver_id, session)
        if request.method == "POST" and form.validate():
            try:
                made = custody.offer(
                    session, context.actor(), seal, form.receiver_id.data, form.reason.data
                )
                session.flush()
            except ZhiduError as error:
                return self.refused(form, None, error)
            flash(gettext("The receiver was told; until the signature you keep the seal."), "info")
            return redirect(self.link("row_view", pk=made.id), code=303)
        return self.form_page(form, None), (422 if form.errors else 200)

    def form_title(self, _row: Any) -> str:
        """Name the page."""
        return gettext("Hand over custody")

    def form_buttons(self, _row: Any) -> list[dict[str, Any]]:
        """Sign by starting it."""
        return [
            {"name": "do", "value": "offer", "label": gettext("Sign and offer"), "tone": "primary"}
        ]

    @door("/<int:pk>", needs=MEMBER)
    def row_view(self, pk: int) -> str:
        """Show a handover with both signatures, and what the person may do."""
        session = context.session()
        row = self.load(session, pk)
        zone = context.here().timezone
        signed = row.state is HandoverState.ACCEPTED
        fields: list[Any] = [
            (gettext("Seal"), f"{row.seal.name} ({row.seal.number})"),
            (gettext("Kept where"), row.seal.kept_where),
            {"label": gettext("Giver"), "person": present.person(row.giver.name)},
            (gettext("Signed by the giver"), _text(row.offered_at, zone)),
            {"label": gettext("Receiver"), "person": present.person(row.receiver.name)},
            (
                gettext("Signed by the receiver"),
                _text(row.decided_at, zone) if signed and row.decided_at else None,
            ),
            {"label": gettext("Reason"), "value": row.reason, "wide": True},
            {"label": gettext("Remark"), "value": row.remark, "wide": True},
        ]
        page = {
            "kind": gettext("Custody handover"),
            "icon": "swap",
            "tags": [tags.handover(row.state)],
            "here": self.link("row_view", pk=pk),
            "panes": [{"id": "file", "label": gettext("Handover"), "blocks": [sheet(fields)]}],
            **self._acts(row),
        }
        crumbs = [{"label": str(self.title), "url": self.link("index_view")}]
        if not self.may(".read"):
            crumbs = []
        title = gettext("Handover of “%(seal)s”", seal=row.seal.name)
        return self.show("zhidu/detail.html", title, page=page, crumbs=crumbs)

    def _acts(self, row: Handover) -> dict[str, Any]:
        if row.state is not HandoverState.OFFERED:
            return {}
        me = context.member_id()
        if me == row.receiver_id:
            return {
                "posts": [
                    {
                        "label": gettext("I have received the seal"),
                        "url": self.link("accept_view", pk=row.id),
                        "tone": "primary",
                        "icon": "check",
                        "confirm": gettext(
                            "Sign for the seal? You are its custodian from then on."
                        ),
                    }
                ],
                "links": [
                    {
                        "label": gettext("Refuse"),
                        "url": self.link("refuse_view", pk=row.id),
                        "icon": "x",
                    }
                ],
            }
        if me == row.giver_id:
            return {
                "posts": [
                    {
                        "label": gettext("Take the offer back"),
                        "url": self.link("take_back_view", pk=row.id),
                        "icon": "undo",
                        "confirm": gettext("Take the offer back? You stay the custodian."),
                    }
                ]
            }
        return {}

    @door("/<int:pk>/accept", "POST", needs=MEMBER)
    def accept_view(self, pk: int) -> Any:
        """Sign as the receiver."""
        return self._act(
            pk,
            lambda session, row: custody.accept(session, context.actor(), row),
            gettext("You are the custodian of this seal now."),
        )

    @door("/<int:pk>/take-back", "POST", needs=MEMBER)
    def take_back_view(self, pk: int) -> Any:
        """Take the own offer back."""
        return self._act(
            pk,
            lambda session, row: custody.take_back(session, context.actor(), row),
            gettext("The offer was taken back."),
        )

    def _act(self, pk: int, act: Callable[[Session, Handover], None], done: str) -> Any:
        session = context.session()
        try:
            act(session, self.load(session, pk))
        except NotFound:
            raise
        except ZhiduError as error:
            context.start_over()
            say(error)
            return type(self).row_view(self, pk), error.status
        flash(done, "success")
        return redirect(self.link("row_view", pk=pk), code=303)

    @door("/<int:pk>/refuse", "GET", "POST", needs=MEMBER)
    def refuse_view(self, pk: int) -> Any:
        """Refuse to take the seal over, and say why."""
        session = context.session()
        row = self.load(session, pk)
        if row.receiver_id != context.member_id():
            raise NotYourHandover(row.receiver.name)
        form = RefusalForm(request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            return self._act(
                pk,
                lambda s, r: custody.refuse(s, context.actor(), r, form.remark.data),
                gettext("You did not take the seal over; the giver was told."),
            )
        buttons = [{"name": "do", "value": "refuse", "label": gettext("Refuse"), "tone": "danger"}]
        html = self.form_page(form, None, buttons=buttons, cancel_url=self.link("row_view", pk=pk))
        return html, (422 if form.errors else 200)


def _text(instant: Any, zone: str) -> str:
    made = present.when(instant, zone)
    return made["text"] if made else ""
