"""Drafts of the policy: list, one draft with its findings, and the way to a version in force."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Optional

from zhidu.errors import ZhiduError
from zhidu.policy import drafts, export, queries, versions
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.pages import policy_draft_page as draft_page
from zhidu.web.pages import policy_edit as edit
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.parts import table
from zhidu.web.pages.policy_publish import PolicyPublishPages

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


class PolicyDraftsView(PolicyPublishPages):
    """What is being written, by form or as text."""

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
                    words.status_tag(one.status),
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
                (_l("Last changed"), "time"),
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
        page = self.form_values(
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

    @door("/<int:pk>", needs=EDIT)
    def row_view(self, pk: int) -> str:
        """Show a draft: what is found in it, what it changes, its flows, its text, its steps."""
        return self.page(pk)

    def page(self, pk: int) -> str:
        """Draw a draft's page."""
        session = context.session()
        draft = drafts.get(session, pk)
        page = draft_page.build(self, session, draft)
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
        page = self.form_values(
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
        return self.act(pk, lambda draft: edit.undo(session, context.actor(), draft))
