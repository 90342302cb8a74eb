"""Drafts of the policy: list, one draft with its findings, and the way to a version in force."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Optional

from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.policy import drafts, export, publish, queries, versions
from zhidu.policy.apply import Plan
from zhidu.policy.errors import AcceptanceNeeded, OpenTasks, PackRefused
from zhidu.policy.models import DraftStatus, PolicyDraft
from zhidu.policy.problems import Severity
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import OfficeView, door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.pages import policy_draft_page as draft_page
from zhidu.web.pages import policy_edit as edit
from zhidu.web.pages.parts import confirmed, question, table

EDIT = ".edit"


class NewForm(OfficeForm):
    """From what a draft is made."""

    start = SelectField(_l("Begin with"), choices=[], ui={"width": "full"})
    effective = DateField(
        _l("In force from"),
        [Optional()],
        description=_l("Empty: the day of publishing."),
    )


class TextForm(OfficeForm):
    """A draft as text."""

    text = TextAreaField(
        _l("Policy text (YAML)"),
        [InputRequired()],
        render_kw={"spellcheck": "false"},
        ui={"rows": 30},
    )


class PublishForm(OfficeForm):
    """The last look before a draft becomes a version."""

    accepted = SelectMultipleField(_l("I accept these warnings, with my name"), choices=[])


class PolicyDraftsView(OfficeView):
    """What is being written, by form or as text."""

    kind = "core.policy"

    @door("/", needs=EDIT)
    def index_view(self) -> str:
        """List the drafts that are open."""
        session = context.session()
        zone = context.here().timezone
        rows = [
            (
                self.link("row_view", pk=one.id),
                [
                    one.title or gettext("Draft %(number)s", number=one.id),
                    status_tag(one.status),
                    present.person(one.made_name) if one.made_name else None,
                    present.when(one.changed_at, zone),
                ],
            )
            for one in [*drafts.waiting(session), *drafts.written(session)]
        ]
        listed = table(
            (
                (_l("Policy"), "link", "title"),
                (_l("Status"), "tag", "tag"),
                (_l("By"), "person"),
                (_l("Changed"), "time"),
            ),
            rows,
            empty={
                "icon": "book",
                "title": gettext("Nobody is writing a new version."),
                "text": gettext("A draft changes nothing until it is published."),
                "action": {"label": gettext("Edit in a draft"), "url": self.link("new_view")},
            },
        )
        page = {
            "kind": gettext("Policy"),
            "icon": "book",
            "tags": [],
            "links": [
                {
                    "label": gettext("New draft"),
                    "url": self.link("new_view"),
                    "icon": "plus",
                    "tone": "primary",
                }
            ],
            "here": self.link("index_view"),
            "panes": [{"id": "drafts", "label": gettext("Drafts"), "blocks": [listed]}],
        }
        return self.show(
            "zhidu/detail.html", gettext("Drafts"), page=page, crumbs=self.crumbs()[:1]
        )

    def crumbs(self, *more: tuple[str, str]) -> list[dict[str, str]]:
        """Give the pages above one of these."""
        above = [
            {"label": gettext("Policy"), "url": url_for("policy.index_view")},
            {"label": gettext("Drafts"), "url": self.link("index_view")},
        ]
        return above + [{"label": label, "url": url} for label, url in more]

    @door("/new", "GET", "POST", needs=EDIT)
    def new_view(self) -> Any:
        """Make a draft of a version."""
        session = context.session()
        form = NewForm(request.form if request.method == "POST" else None)
        form.start.choices = [
            (
                str(one.id),
                gettext(
                    "Version %(number)s, from %(day)s",
                    number=one.number,
                    day=one.effective_from.isoformat(),
                ),
            )
            for one in queries.history(session)
            if versions.content(one).clauses
        ]
        now = versions.current(session)
        if request.method == "POST" and form.validate():
            version = versions.get(session, int(form.start.data))
            text = export.export(session.registry, version)
            made = drafts.save(
                session,
                context.actor(),
                text,
                f"{version.pack_id if version else 'policy'}.yaml",
                effective=form.effective.data,
            )
            return redirect(self.link("row_view", pk=made.id), code=303)
        if request.method != "POST" and now is not None:
            form.start.data = str(now.id)
        note = None
        if not form.start.choices:
            note = present.tag(
                gettext("No version states clauses yet: apply a policy as text first."), "warn"
            )
        page = self._form_page(
            self.link("new_view"),
            self.link("index_view"),
            [{"items": [form.start, form.effective]}],
            form,
            gettext("Make the draft"),
            note,
        )
        title = gettext("New draft")
        shown = self.show(
            "zhidu/form.html", title, form=form, page=page, preview=None, crumbs=self.crumbs()
        )
        return shown, (422 if form.errors else 200)

    def _form_page(
        self,
        action: str,
        cancel: str,
        sections: list[dict[str, Any]],
        form: OfficeForm,
        label: str,
        note: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        return {
            "action": action,
            "cancel_url": cancel,
            "upload": False,
            "sections": sections,
            "errors": form.error_list(),
            "note": note,
            "buttons": [{"name": "do", "value": "save", "label": label, "tone": "primary"}],
        }

    @door("/<int:pk>", needs=EDIT)
    def row_view(self, pk: int) -> str:
        """Show a draft: what is found in it, what it changes, its flows, its text, its steps."""
        return self.page(pk)

    def page(self, pk: int) -> str:
        """Draw a draft's page."""
        session = context.session()
        draft = drafts.get(session, pk)
        page = draft_page.build(self, session, draft, request.args)
        title = draft.title or gettext("Draft %(number)s", number=draft.id)
        return self.show("zhidu/detail.html", title, page=page, crumbs=self.crumbs())

    # --- as text

    @door("/<int:pk>/text", "GET", "POST", needs=EDIT)
    def text_view(self, pk: int) -> Any:
        """Change a draft as text; a text that somebody else has changed is shown beside it."""
        session = context.session()
        draft = drafts.get(session, pk)
        form = TextForm(request.form if request.method == "POST" else None)
        status, theirs = 200, ""
        if request.method == "POST" and form.validate():
            try:
                edit.check_version(draft, request.form.get("version", ""))
                drafts.save(
                    session,
                    context.actor(),
                    form.text.data.replace("\r\n", "\n"),
                    draft.filename,
                    effective=draft.effective,
                    draft=draft,
                )
            except edit.DraftChanged as error:
                theirs, status = draft.source, error.status
                context.start_over()
                say(error)
            except ZhiduError as error:
                context.start_over()
                say(error)
                return redirect(self.link("row_view", pk=pk), code=303)
            else:
                return redirect(self.link("row_view", pk=pk), code=303)
        elif request.method != "POST":
            form.text.data = draft.source
        page = self._form_page(
            self.link("text_view", pk=pk),
            self.link("row_view", pk=pk),
            [{"items": [form.text]}],
            form,
            gettext("Save"),
        )
        page["version"] = drafts.get(context.session(), pk).version
        title = gettext("Draft as text")
        shown = self.show(
            "zhidu/policy_text.html",
            title,
            form=form,
            page=page,
            theirs=theirs,
            preview=None,
            crumbs=self.crumbs((gettext("Draft"), self.link("row_view", pk=pk))),
        )
        return shown, (422 if form.errors else status)

    @door("/<int:pk>/undo", "POST", needs=EDIT)
    def undo_view(self, pk: int) -> Response:
        """Go one saved step back."""
        session = context.session()
        return self._act(pk, lambda draft: edit.undo(session, context.actor(), draft))

    def _act(self, pk: int, act: Any, done: str = "") -> Response:
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
        if request.method == "POST" and form.validate():
            try:
                return self._publish(session, draft, two=two, accepted=form.accepted.data or [])
            except OpenTasks as error:
                return self._ask(pk, error), error.status
            except AcceptanceNeeded as error:
                context.start_over()
                form.accepted.errors = [str(error.message)]
            except PackRefused as error:
                context.start_over()
                say(error)
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
        page = self._form_page(
            self.link("publish_view", pk=pk),
            self.link("row_view", pk=pk),
            [{"title": gettext("Warnings"), "items": items}] if items else [],
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
        return self._act(
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
            return self._act(
                pk,
                lambda draft: drafts.decline(session, context.actor(), draft, reason),
                gettext("The draft was declined."),
            )
        page = self._form_page(
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
        self._act(
            pk,
            lambda draft: drafts.withdraw(session, context.actor(), draft),
            gettext("The draft was discarded."),
        )
        return redirect(self.link("index_view"), code=303)


class DeclineForm(OfficeForm):
    """Why not."""

    reason = TextAreaField(_l("Reason"), [InputRequired()], ui={"rows": 4})


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


def status_tag(status: DraftStatus) -> dict[str, str]:
    """Say where a draft stands."""
    match status:
        case DraftStatus.DRAFT:
            return present.tag(gettext("being written"), "info")
        case DraftStatus.PROPOSED:
            return present.tag(gettext("waits for a second person"), "warn")
        case DraftStatus.PUBLISHED:
            return present.tag(gettext("published"), "good")
        case DraftStatus.DECLINED:
            return present.tag(gettext("declined"), "bad")
        case DraftStatus.WITHDRAWN:
            return present.tag(gettext("discarded"))
