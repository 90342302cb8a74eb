"""The forms of the flow editor: a step, a branch, the rules of the flow; checked while one types."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from zhidu.db import Session
from zhidu.errors import NotFound, ZhiduError
from zhidu.policy import export
from zhidu.policy.apply import plan
from zhidu.policy.models import PolicyDraft
from zhidu.texts import gettext
from zhidu.web import context
from zhidu.web.base_view import door
from zhidu.web.pages import policy_draft_page as draft_page
from zhidu.web.pages import policy_edit as edit
from zhidu.web.pages import policy_fields as fields
from zhidu.web.pages import policy_flow_page as flow_page
from zhidu.web.pages import policy_sections as sections
from zhidu.web.pages import policy_step_form as forms
from zhidu.web.pages import policy_tree as tree
from zhidu.web.pages.policy_conflict import start_again, together, write
from zhidu.web.pages.policy_flow_branches import PolicyBranchPages, begun

Plain = dict[str, Any]
EDIT = ".edit"


class PolicyStepPages(PolicyBranchPages):
    """The form of a step. Every save is one step of the draft."""

    # --- a step

    @door("/<int:pk>/<kind>/add", "GET", "POST", needs=EDIT)
    def add_view(self, pk: int, kind: str) -> Any:
        """Put a new step or branch at a place."""
        session = context.session()
        draft, data = self.open(session, pk, kind)
        flow = edit.flow_of(data, kind)
        place = request.args.get("at") or "first:nodes"
        if place not in [*tree.places(flow), "first:nodes", "first:void", "first:urgent"]:
            raise NotFound
        if request.args.get("sort") == "branch":
            new = {
                "branch": "",
                "paths": [
                    {"id": "path_1", "nodes": []},
                    {"id": "path_2", "default": True, "nodes": []},
                ],
            }
            return self.branch_form(session, draft, data, kind, new, place)
        return self._node(session, draft, data, kind, {}, place)

    @door("/<int:pk>/<kind>/steps/<ident>", "GET", "POST", needs=EDIT)
    def step_view(self, pk: int, kind: str, ident: str) -> Any:
        """Change a step."""
        session = context.session()
        draft, data = self.open(session, pk, kind)
        step = tree.find(edit.flow_of(data, kind), ident)
        if "id" not in step:
            raise NotFound
        return self._node(session, draft, data, kind, step, "")

    @door("/<int:pk>/<kind>/preview", "POST", needs=EDIT)
    def preview_view(self, pk: int, kind: str) -> str:
        """Check a step as it stands in the form; nothing is saved."""
        context.start_over()
        session = context.session()
        _draft, data = self.open(session, pk, kind)
        flow = edit.flow_of(data, kind)
        ident = request.args.get("step", "")
        step = tree.find(flow, ident) if ident else {}
        form = self._bound(session, pk, kind, flow, step, data, request.form)
        return render_template(
            "zhidu/policy_step_preview.html",
            check=self._check(session, data, kind, form, step, request.args.get("at", "")),
        )

    def _bound(
        self, session: Session, pk: int, kind: str, flow: Plain, step: Plain, data: Plain, sent: Any
    ) -> Any:
        clause = (sent.get("clause") if sent is not None else None) or step.get("clause") or ""
        titles = {str(one.get("id")): str(one.get("title")) for one in data.get("clauses") or ()}
        return forms.node_form(
            session,
            session.registry.kinds.get(kind),
            flow,
            step,
            sent,
            self.link("clauses_view", pk=pk),
            f"{clause} {titles.get(clause, '')}".strip(),
        )

    def _node(
        self, session: Session, draft: PolicyDraft, data: Plain, kind: str, step: Plain, place: str
    ) -> Any:
        flow = edit.flow_of(data, kind)
        sent = request.form if request.method == "POST" else None
        form = self._bound(session, draft.id, kind, flow, step, data, sent)
        more: Plain = {}
        if not step and sent is None:
            form.id.data = tree.fresh(flow, "step")
        if sent is not None and form.validate() and self._is_new(form, flow, step):
            unknown = {key: value for key, value in step.items() if key not in forms.ORDER}
            yours = {**forms.node_of(session, form), **unknown}
            both = together(session, draft, step, yours, flow_page.key_label)
            if both.conflict is None:
                return self._save(draft, kind, step, both.made, place)
            more["conflict"] = both.conflict
            session, draft = start_again(draft.id)
            form = self._bound(session, draft.id, kind, flow, both.made, data, None)
        status = 409 if more else 422 if form.errors else 200
        return self._node_page(draft, kind, form, step, place, data, more), status

    def _is_new(self, form: Any, flow: Plain, step: Plain) -> bool:
        if not step and form.id.data in tree.idents(flow):
            form.id.errors = [gettext("Another step of this flow has this id.")]
            return False
        return True

    def _save(self, draft: PolicyDraft, kind: str, step: Plain, made: Plain, place: str) -> Any:
        ident = tree.ident_of(made)
        if step:
            return self.act(draft.id, kind, lambda now: tree.replace(now, ident, made), ident)

        def add(now: Plain) -> Plain:
            return tree.insert(begun(now), place, made)

        return self.act(draft.id, kind, add, ident)

    def _node_page(
        self,
        draft: PolicyDraft,
        kind: str,
        form: Any,
        step: Plain,
        place: str,
        data: Plain,
        more: Plain,
    ) -> str:
        session = context.session()
        ident = step.get("id", "")
        query = {"step": ident} if ident else {"at": place}
        action = (
            self.link("step_view", pk=draft.id, kind=kind, ident=ident)
            if ident
            else self.link("add_view", pk=draft.id, kind=kind, at=place)
        )
        page = self.form_values(
            draft,
            kind,
            action,
            sections.node_sections(form),
            form,
            gettext("Save the step"),
            preview_url=self.link("preview_view", pk=draft.id, kind=kind, **query),
            **more,
        )
        title = step.get("name") or gettext("New step")
        return self.show(
            "zhidu/policy_step.html",
            title,
            form=form,
            page=page,
            was=write(step),
            codes=fields.codes(session),
            clauses=flow_page.clause_list(data),
            facts=flow_page.facts(session, kind, data),
            check=self._check(session, data, kind, form, step, place),
            preview=None,
            crumbs=self.crumbs(draft, kind),
        )

    def _check(
        self, session: Session, data: Plain, kind: str, form: Any, step: Plain, place: str
    ) -> Plain:
        """Check the draft with the step as it stands in the form."""
        made = forms.node_of(session, form)
        if not made.get("name") or not made.get("clause") or not made.get("id"):
            return {"ready": False}
        flow = edit.flow_of(data, kind)
        try:
            if step:
                flow = tree.replace(flow, step["id"], made)
            else:
                flow = tree.insert(begun(flow), place or "first:nodes", made)
        except ZhiduError as error:
            return {"ready": True, "svg": "", "problems": [{"message": str(error), "cure": ""}]}
        tried = {**data, "flows": {**(data.get("flows") or {}), kind: flow}}
        found = plan(session, export.write(tried), "")
        mine = [
            one for one in found.problems if tree.path_of(tried, kind, one.path)[0] == made["id"]
        ]
        return {
            "ready": True,
            "svg": flow_page.one_step(session, kind, flow, made),
            "problems": [
                {
                    "tag": draft_page.severity_tag(one.severity),
                    "message": str(one.message),
                    "cure": str(one.cure),
                    "id": forms.INPUTS.get(key, key),
                }
                for one in mine
                for key in (tree.path_of(tried, kind, one.path)[1],)
            ],
        }
