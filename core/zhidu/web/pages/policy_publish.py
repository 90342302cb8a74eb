"""The way of a draft to a version in force: preview, publish or propose, confirm, decline, discard."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import DateField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Optional

from zhidu.access import scope
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.policy import drafts, publish, simulate
from zhidu.policy.apply import Plan
from zhidu.policy.errors import AcceptanceNeeded, OpenTasks
from zhidu.policy.models import PolicyDraft
from zhidu.policy.problems import Severity
from zhidu.records.models import Record
from zhidu.texts import gettext, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import OfficeView, door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.pages import policy_draft_page as draft_page
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.parts import confirmed, question, table
from zhidu.web.pages.policy_records import record_url

EDIT = ".edit"
EVER = date(2000, 1, 1)
"""Before the first request of any company."""
LAST = 50
"""Requests against which a draft is tried."""


class PublishForm(OfficeForm):
    """The last look before a draft becomes a version."""

    effective = DateField(
        _l("In force from"),
        [Optional()],
        description=_l("Empty: the day that the policy names, or today where that is over."),
    )
    accepted = SelectMultipleField(_l("I accept these warnings, with my name"), choices=[])


class DeclineForm(OfficeForm):
    """Why not."""

    reason = TextAreaField(_l("Reason"), [InputRequired()], ui={"rows": 4})


class PolicyPublishPages(OfficeView):
    """What is done with a draft as a whole."""

    kind = "core.policy"

    def crumbs(self, *more: tuple[str, str]) -> list[dict[str, str]]:
        """Give the pages above one of these."""
        above = [
            {"label": gettext("Policy"), "url": url_for("policy.index_view")},
            {"label": gettext("Drafts"), "url": self.link("index_view")},
        ]
        return above + [{"label": label, "url": url} for label, url in more]

    def form_values(
        self,
        action: str,
        cancel: str,
        sections: list[dict[str, Any]],
        form: OfficeForm,
        label: str,
        note: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Give what form.html wants."""
        return {
            "action": action,
            "cancel_url": cancel,
            "upload": False,
            "sections": sections,
            "errors": form.error_list(),
            "note": note,
            "buttons": [{"name": "do", "value": "save", "label": label, "tone": "primary"}],
        }

    def act(self, pk: int, act: Any, done: str = "") -> Response:
        """Do something with a draft and show it again; a refusal is told on its page."""
        draft = drafts.get(context.session(), pk)
        try:
            act(draft)
            context.session().flush()
            if done:
                flash(done, "success")
        except ZhiduError as error:
            context.start_over()
            say(error)
        return self.back(self.link("row_view", pk=pk))

    # --- to a version in force

    @door("/<int:pk>/publish", "GET", "POST", needs=EDIT)
    def publish_view(self, pk: int) -> Any:
        """Publish a draft, or propose it where the company wants two people."""
        session = context.session()
        draft = drafts.get(session, pk)
        two = publish.needs_two(session)
        try:
            made = drafts.plan(session, draft)
        except ZhiduError as error:
            say(error)
            return redirect(self.link("row_view", pk=pk), code=303)
        form = PublishForm(request.form if request.method == "POST" else None)
        form.accepted.choices = _warnings(made)
        if request.method != "POST":
            form.effective.data = draft.effective
        if request.method == "POST" and form.validate():
            try:
                if form.effective.data != draft.effective:
                    day = form.effective.data
                    text, name = draft.source, draft.filename
                    drafts.save(session, context.actor(), text, name, effective=day, draft=draft)
                return self._publish(session, draft, two=two, accepted=form.accepted.data or [])
            except OpenTasks as error:
                return self._ask(pk, error), error.status
            except AcceptanceNeeded as error:
                context.start_over()
                form.accepted.errors = [str(error.message)]
            except ZhiduError as error:
                context.start_over()
                say(error)
        return self._publish_page(pk, form, made, two=two), (422 if form.errors else 200)

    def _publish(
        self, session: Session, draft: PolicyDraft, *, two: bool, accepted: list[str]
    ) -> Response:
        actor = context.actor()
        if two:
            drafts.propose(session, actor, draft, confirmed=confirmed(), accepted=accepted)
            session.flush()
            flash(gettext("The draft waits for another person to confirm it."), "success")
            return redirect(self.link("row_view", pk=draft.id), code=303)
        version = drafts.publish(session, actor, draft, confirmed=confirmed(), accepted=accepted)
        session.flush()
        text = gettext(
            "Version %(number)s holds from %(day)s.",
            number=version.number,
            day=version.effective_from.isoformat(),
        )
        flash(text, "success")
        return redirect(url_for("policy.row_view", pk=version.id), code=303)

    def _ask(self, pk: int, error: OpenTasks) -> str:
        return question(
            self,
            gettext("Hide open tasks?"),
            str(error.message),
            gettext("Publish"),
            cancel_url=self.link("row_view", pk=pk),
            items=[str(error.cure)],
            tone="primary",
        )

    def _publish_page(self, pk: int, form: PublishForm, made: Plan, *, two: bool) -> str:
        label = gettext("Propose") if two else gettext("Publish")
        errors = len(made.errors)
        note = (
            present.tag(gettext("Errors keep it from being published; mend them first."), "bad")
            if errors
            else present.tag(
                gettext("In this company another person must confirm it.")
                if two
                else gettext(
                    "It holds from its first day on; running requests keep their version."
                ),
                "info",
            )
        )
        items: list[Any] = [form.accepted] if form.accepted.choices else []
        page = self.form_values(
            self.link("publish_view", pk=pk),
            self.link("row_view", pk=pk),
            [
                {"title": gettext("Beginning"), "items": [form.effective]},
                *([{"title": gettext("Warnings"), "items": items}] if items else []),
            ],
            form,
            label,
            note,
        )
        if errors:
            page["buttons"] = []
        return self.show(
            "zhidu/policy_publish.html",
            label,
            form=form,
            page=page,
            preview=None,
            changes=draft_page.changes(context.session(), made),
            crumbs=self.crumbs((gettext("Draft"), self.link("row_view", pk=pk))),
        )

    @door("/<int:pk>/confirm", "POST", needs=EDIT)
    def confirm_view(self, pk: int) -> Response:
        """Confirm what another person proposed."""
        session = context.session()
        return self.act(
            pk,
            lambda draft: drafts.confirm(session, context.actor(), draft),
            gettext("The policy was confirmed and published."),
        )

    @door("/<int:pk>/decline", "GET", "POST", needs=EDIT)
    def decline_view(self, pk: int) -> Any:
        """Say no to what another person proposed, with the reason."""
        session = context.session()
        form = DeclineForm(request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            reason = form.reason.data.strip()
            return self.act(
                pk,
                lambda draft: drafts.decline(session, context.actor(), draft, reason),
                gettext("The draft was declined."),
            )
        page = self.form_values(
            self.link("decline_view", pk=pk),
            self.link("row_view", pk=pk),
            [{"items": [form.reason]}],
            form,
            gettext("Decline"),
        )
        shown = self.show(
            "zhidu/form.html",
            gettext("Decline the draft"),
            form=form,
            page=page,
            preview=None,
            crumbs=self.crumbs((gettext("Draft"), self.link("row_view", pk=pk))),
        )
        return shown, (422 if form.errors else 200)

    @door("/<int:pk>/withdraw", "POST", needs=EDIT)
    def withdraw_view(self, pk: int) -> Any:
        """Give a draft up."""
        session = context.session()
        if not confirmed():
            return question(
                self,
                gettext("Discard the draft?"),
                gettext("It is no longer shown among the drafts; its text is kept in the audit."),
                gettext("Discard"),
                cancel_url=self.link("row_view", pk=pk),
            )
        self.act(
            pk,
            lambda draft: drafts.withdraw(session, context.actor(), draft),
            gettext("The draft was discarded."),
        )
        return redirect(self.link("index_view"), code=303)

    # --- against the past

    @door("/<int:pk>/preview", needs=EDIT)
    def preview_view(self, pk: int) -> Any:
        """Say which of the last requests would have gone another way under the draft."""
        session = context.session()
        draft = drafts.get(session, pk)
        made = drafts.plan(session, draft)
        content = made.reading.content
        if made.errors or content is None:
            flash(gettext("Mend the errors first: then the past can be replayed."), "error")
            return redirect(self.link("row_view", pk=pk))
        found = simulate.simulate(session, content, EVER, last=LAST)
        other = found.other
        said = ngettext(
            "%(num)s of the last %(total)s requests would have gone another way.",
            "%(num)s of the last %(total)s requests would have gone another way.",
            len(other),
            total=len(found.replayed),
        )
        moved = sum(bool(one.moved) for one in found.replayed)
        blocks: list[dict[str, Any]] = [
            {"type": "note", "tone": "warn" if other else "good", "text": said}
        ]
        if moved:
            text = ngettext(
                "At %(num)s more the people have changed since: no matter of the policy.",
                "At %(num)s more the people have changed since: no matter of the policy.",
                moved,
            )
            blocks.append({"type": "note", "tone": "info", "text": text})
        blocks.append(self._replayed(session, found))
        page = {
            "kind": gettext("Preview"),
            "icon": "history",
            "tags": [
                present.tag(f"{sort.label}: {count}", "warn")
                for sort, count in found.counts.items()
                if count
            ],
            "here": self.link("preview_view", pk=pk),
            "panes": [{"id": "preview", "label": gettext("Preview"), "blocks": blocks}],
        }
        title = gettext("The last %(count)s requests under this draft", count=len(found.replayed))
        crumbs = self.crumbs((gettext("Draft"), self.link("row_view", pk=pk)))
        return self.show("zhidu/detail.html", title, page=page, crumbs=crumbs)

    def _replayed(self, session: Session, found: simulate.Simulation) -> dict[str, Any]:
        """List the requests that would have gone another way, with each difference."""
        zone = context.here().timezone
        ids = [one.record_id for one in found.other]
        mine = set(
            session.scalars(
                select(Record.id).where(Record.id.in_(ids), scope.visible_records(session))
            )
        )
        rows = [
            (
                record_url(session, one.kind, one.record_id) if one.record_id in mine else "",
                [
                    one.title if one.record_id in mine else gettext("not for you to read"),
                    one.number,
                    words.kind_title(session, one.kind),
                    "; ".join(map(str, one.differences)),
                    present.when(one.submitted, zone),
                ],
            )
            for one in reversed(found.other)
        ]
        return table(
            (
                (_l("Title"), "link", "title"),
                (_l("Number"), "text"),
                (_l("Document"), "text"),
                (_l("What would differ"), "text"),
                (_l("Submitted"), "time"),
            ),
            rows,
            empty={
                "icon": "check",
                "title": gettext("No request would have gone another way."),
                "text": gettext("Same steps, same people, same refusals."),
            }
            if found.replayed
            else {"icon": "history", "title": gettext("Nothing was requested yet.")},
        )


def _warnings(made: Plan) -> list[tuple[str, str]]:
    """Give each warning once, by its code, with what it says."""
    found: dict[str, list[str]] = {}
    for one in made.problems:
        if one.severity is Severity.WARNING:
            found.setdefault(one.code, []).append(str(one.message))
    return [
        (code, said[0] if len(said) == 1 else f"{said[0]} (+{len(said) - 1})")
        for code, said in found.items()
    ]
