"""The editor of one flow of a draft: the diagram, its steps in order, and a form for each."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, redirect, request, url_for
from wtforms import SelectField

from zhidu.errors import NotFound
from zhidu.policy import drafts
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import door
from zhidu.web.forms import OfficeForm
from zhidu.web.pages import policy_edit as edit
from zhidu.web.pages import policy_flow_page as flow_page
from zhidu.web.pages import policy_tree as tree
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.parts import confirmed, question
from zhidu.web.pages.policy_flow_steps import PolicyStepPages

EDIT = ".edit"


class MoveForm(OfficeForm):
    """Where a step shall stand."""

    place = SelectField(_l("New place"), choices=[], ui={"width": "full"})


class PolicyFlowView(PolicyStepPages):
    """Flows of drafts; every act is one saved step of the draft."""

    @door("/", needs=EDIT)
    def index_view(self) -> Any:
        """Lead to the drafts, whose flows stand here."""
        return redirect(url_for("policy_drafts.index_view"))

    @door("/<int:pk>/<kind>/", needs=EDIT)
    def flow_view(self, pk: int, kind: str) -> str:
        """Show a flow with all that can be done with its steps."""
        session = context.session()
        draft, data = self.open(session, pk, kind)
        page = flow_page.build(self, session, draft, data, kind)
        title = words.kind_title(session, kind)
        return self.show("zhidu/policy_flow.html", title, page=page, crumbs=self.crumbs(draft))

    @door("/<int:pk>/<kind>/shift", "POST", needs=EDIT)
    def shift_view(self, pk: int, kind: str) -> Any:
        """Move a step up or down in its own list."""
        ident, by = request.form.get("step", ""), request.form.get("by", "")
        step = {"up": -1, "down": 1}.get(by)
        if step is None:
            raise NotFound
        return self.act(pk, kind, lambda flow: tree.shift(flow, ident, step), ident)

    @door("/<int:pk>/<kind>/remove", "POST", needs=EDIT)
    def remove_view(self, pk: int, kind: str) -> Any:
        """Take a step away; a branch with steps asks first."""
        session = context.session()
        _draft, data = self.open(session, pk, kind)
        ident = request.form.get("step", "")
        step = tree.find(edit.flow_of(data, kind), ident)
        inside = [tree.ident_of(one) for one in tree.walk({"nodes": [step]})][1:]
        if inside and not confirmed():
            return question(
                self,
                gettext("Remove the branch?"),
                gettext("The steps on its paths go with it."),
                gettext("Remove"),
                cancel_url=self.link("flow_view", pk=pk, kind=kind),
                items=inside,
            )
        return self.act(pk, kind, lambda flow: tree.remove(flow, ident))

    @door("/<int:pk>/<kind>/move/<ident>", "GET", "POST", needs=EDIT)
    def move_view(self, pk: int, kind: str, ident: str) -> Any:
        """Put a step anywhere else in the flow."""
        session = context.session()
        draft, data = self.open(session, pk, kind)
        flow = edit.flow_of(data, kind)
        step = tree.find(flow, ident)
        form = MoveForm(request.form if request.method == "POST" else None)
        form.place.choices = flow_page.place_choices(flow, ident)
        if request.method == "POST" and form.validate():
            place = form.place.data
            return self.act(pk, kind, lambda now: tree.move(now, ident, place), ident)
        title = gettext("Move “%(step)s”", step=step.get("name") or ident)
        page = self.form_values(
            draft,
            kind,
            self.link("move_view", pk=pk, kind=kind, ident=ident),
            [{"items": [form.place]}],
            form,
            gettext("Move"),
        )
        shown = self.show(
            "zhidu/form.html",
            title,
            form=form,
            page=page,
            preview=None,
            crumbs=self.crumbs(draft, kind),
        )
        return shown, (422 if form.errors else 200)

    @door("/<int:pk>/<kind>/drop", "POST", needs=EDIT)
    def drop_view(self, pk: int, kind: str) -> Any:
        """Take the whole flow out of the draft."""
        session = context.session()
        draft, _data = self.open(session, pk, kind)
        if not confirmed():
            return question(
                self,
                gettext("Remove the flow?"),
                gettext("Nobody could submit such a document under this policy."),
                gettext("Remove"),
                cancel_url=self.link("flow_view", pk=pk, kind=kind),
            )
        edit.drop_flow(session, context.actor(), draft, kind)
        return redirect(self.draft_url(pk) + "#flows", code=303)

    @door("/<int:pk>/clauses", needs=EDIT)
    def clauses_view(self, pk: int) -> Response:
        """Answer typed clauses of the draft with at most 20."""
        draft = drafts.get(context.session(), pk)
        text = request.args.get("q", "").casefold().split()
        found = []
        for clause in edit.tree(draft.source, draft.filename).get("clauses") or ():
            said = " ".join(
                str(clause.get(key, "")) for key in ("id", "section", "title", "summary")
            )
            if all(word in said.casefold() for word in text):
                title = f"{clause.get('id')} {clause.get('title')}"
                found.append({"id": clause.get("id"), "text": title, "hint": clause.get("section")})
        return jsonify(found[:20])
