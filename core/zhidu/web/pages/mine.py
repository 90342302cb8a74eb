"""What a person arranges for the own approvals: a stand-in, usual opinions, a signature."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, request, send_file
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length, Optional

from zhidu.access import check
from zhidu.db import Session
from zhidu.errors import ValidationError, ZhiduError
from zhidu.records.queries import active_kinds
from zhidu.texts import enumerate_texts, gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import MEMBER, OfficeView, door, say
from zhidu.web.forms import OfficeForm, PersonField
from zhidu.web.pages.fields import ChecksField, choose_people
from zhidu.web.pages.parts import place
from zhidu.workflow import delegation, phrases, signatures
from zhidu.workflow.seat_models import Delegation, PhraseKind

KINDS = {
    PhraseKind.APPROVE: _l("When approving"),
    PhraseKind.REJECT: _l("When rejecting or returning"),
    PhraseKind.HANDLE: _l("When handling"),
}


class DelegationForm(OfficeForm):
    """Who stands in, from when to when, for what."""

    owner_id = PersonField(
        _l("For"),
        [Optional()],
        description=_l("Empty: for yourself."),
        ui={"kind": "person"},
    )
    delegate_id = PersonField(_l("Stand-in"), [InputRequired()], ui={"kind": "person"})
    first_day = DateField(_l("First day"), [InputRequired()])
    last_day = DateField(_l("Last day"), [InputRequired()])
    kinds = ChecksField(
        _l("Kinds of request"),
        [Optional()],
        description=_l("None ticked: requests of every kind."),
        ui={"kind": "checks", "width": "full"},
    )
    reason = StringField(_l("Reason"), [Optional(), Length(max=delegation.MAX_REASON)])


class MineView(OfficeView):
    """One page with the three arrangements."""

    @door("/", needs=MEMBER)
    def index_view(self) -> str:
        """Show them."""
        session, me = context.session(), context.member_id()
        signed = signatures.current(session, me)
        page = {
            "delegations": [self._row(session, row) for row in delegation.of(session, me)],
            "delegate_url": self.link("delegate_view"),
            "phrases": [
                {
                    "kind": kind.value,
                    "title": str(title),
                    "items": [
                        {
                            "text": row.text,
                            "up_url": self.link("move_view", pk=row.id, to=row.position - 1)
                            if row.position > 1
                            else "",
                            "remove_url": self.link("forget_view", pk=row.id),
                        }
                        for row in phrases.own_phrases(session, me, kind)
                    ],
                    "offered": phrases.offered(session, None, kind),
                }
                for kind, title in KINDS.items()
            ],
            "add_url": self.link("phrase_view"),
            "longest": phrases.LONGEST,
            "signature_url": self.link("signature_view", v=signed.id) if signed else "",
            "sign_url": self.link("sign_view"),
            "unsign_url": self.link("unsign_view"),
            "largest": signatures.LARGEST // 1024,
        }
        return self.show("zhidu/mine.html", gettext("My approvals"), page=page)

    # -- delegations

    @door("/delegate", "GET", "POST", needs=MEMBER)
    def delegate_view(self) -> Any:
        """Name a stand-in for a while."""
        session = context.session()
        form = DelegationForm(request.form if request.method == "POST" else None)
        manages = check.can(session, delegation.MANAGE)
        if not manages:
            del form.owner_id
        registry = session.registry
        form.kinds.choices = [
            (kind, str(registry.kinds[kind].title)) for kind in sorted(active_kinds(session))
        ]
        choose_people(session, *(f for f in form if isinstance(f, PersonField)))
        if request.method == "POST" and form.validate():
            try:
                self._grant(session, form, form.owner_id.data if manages else None)
                session.flush()
            except ZhiduError as error:
                place(form, error)
            else:
                flash(gettext("New tasks go to the stand-in in that time."), "success")
                return redirect(self.link("index_view"), code=303)
        title = gettext("Name a stand-in")
        page = {
            "action": self.link("delegate_view"),
            "cancel_url": self.link("index_view"),
            "upload": False,
            "sections": [{"items": [f for f in form if f.type != "CSRFTokenField"]}],
            "errors": form.error_list(),
            "buttons": [
                {"name": "do", "value": "save", "label": gettext("Save"), "tone": "primary"}
            ],
        }
        crumbs = [{"label": gettext("My approvals"), "url": self.link("index_view")}]
        shown = self.show(
            "zhidu/form.html", title, form=form, page=page, preview=None, crumbs=crumbs
        )
        return shown, (422 if form.errors else 200)

    def _grant(self, session: Session, form: Any, owner: int | None) -> None:
        zone = ZoneInfo(context.here().timezone)
        starts = datetime.combine(form.first_day.data, time(), zone)
        ends = datetime.combine(form.last_day.data + timedelta(days=1), time(), zone)
        try:
            delegation.grant(
                session,
                context.actor(),
                owner or context.member_id(),
                form.delegate_id.data,
                starts,
                ends,
                form.kinds.data or (),
                form.reason.data or "",
            )
        except ValidationError as error:
            if "ends_at" in error.fields:
                error.fields["last_day"] = error.fields.pop("ends_at")
            raise

    @door("/delegations/<int:pk>/end", "POST", needs=MEMBER)
    def end_view(self, pk: int) -> Any:
        """End a delegation now."""
        return self._done(
            lambda session: delegation.revoke(session, context.actor(), pk),
            gettext("New tasks do not go to the stand-in any more."),
        )

    def _row(self, session: Session, row: Delegation) -> dict[str, Any]:
        zone = ZoneInfo(context.here().timezone)
        last = (row.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
        titles = [str(session.registry.kinds[kind].title) for kind in row.kinds]
        return {
            "owner": present.person(row.owner.name),
            "delegate": present.person(row.delegate.name),
            "first": present.day(row.starts_at.astimezone(zone).date()),
            "last": present.day(last),
            "kinds": enumerate_texts(titles) if titles else gettext("every kind of request"),
            "reason": row.reason,
            "end_url": self.link("end_view", pk=row.id)
            if row.owner_id == context.member_id()
            else "",
        }

    # -- usual opinions

    @door("/phrases", "POST", needs=MEMBER)
    def phrase_view(self) -> Any:
        """Keep a phrase."""
        kind = PhraseKind(request.form.get("kind", PhraseKind.APPROVE.value))
        text = request.form.get("text", "")
        return self._done(
            lambda session: phrases.add(session, context.actor(), kind, text),
            gettext("The phrase is kept."),
        )

    @door("/phrases/<int:pk>/remove", "POST", needs=MEMBER)
    def forget_view(self, pk: int) -> Any:
        """Forget a phrase."""
        return self._done(
            lambda session: phrases.remove(session, context.actor(), pk),
            gettext("The phrase is gone."),
        )

    @door("/phrases/<int:pk>/move/<int:to>", "POST", needs=MEMBER)
    def move_view(self, pk: int, to: int) -> Any:
        """Put a phrase at another place."""
        return self._done(
            lambda session: phrases.move(session, context.actor(), pk, to),
            gettext("The order is changed."),
        )

    # -- signature

    @door("/signature", "POST", needs=MEMBER)
    def sign_view(self) -> Any:
        """Keep a picture as the signature from now on."""
        upload = request.files.get("picture")
        content = upload.stream.read(signatures.LARGEST + 1) if upload else b""
        return self._done(
            lambda session: signatures.keep(
                session, context.actor(), BytesIO(content), files=context.extension("files")
            ),
            gettext("Decisions that ask for it are signed with this picture."),
        )

    @door("/signature/remove", "POST", needs=MEMBER)
    def unsign_view(self) -> Any:
        """Sign with no picture from now on."""
        return self._done(
            lambda session: signatures.remove(session, context.actor()),
            gettext("The signature is removed; decisions keep theirs."),
        )

    @door("/signature.png", needs=MEMBER)
    def signature_view(self) -> Response:
        """Show the own picture."""
        stream = signatures.open_own(
            context.session(), context.actor(), files=context.extension("files")
        )
        with stream:
            content = stream.read()
        return send_file(BytesIO(content), "image/png", max_age=0)

    def _done(self, act: Any, said: str) -> Any:
        """Do something small, say so or why not, and go back."""
        session = context.session()
        try:
            act(session)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
        else:
            flash(said, "success")
        return redirect(self.link("index_view"), code=303)
