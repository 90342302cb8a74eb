"""What all pages of the flow editor share; the forms of a branch and of the rules of a flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, request, url_for

from zhidu.db import Session
from zhidu.errors import NotFound, ZhiduError
from zhidu.policy import drafts
from zhidu.policy.models import PolicyDraft
from zhidu.texts import gettext
from zhidu.web import context
from zhidu.web.base_view import OfficeView, door, say
from zhidu.web.pages import policy_branch_form as forms
from zhidu.web.pages import policy_edit as edit
from zhidu.web.pages import policy_fields as fields
from zhidu.web.pages import policy_flow_page as flow_page
from zhidu.web.pages import policy_rules_form as rules
from zhidu.web.pages import policy_sections as sections
from zhidu.web.pages import policy_tree as tree
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.parts import confirmed, question
from zhidu.web.pages.policy_conflict import start_again, together, write

Plain = dict[str, Any]
EDIT = ".edit"


class PolicyBranchPages(OfficeView):
    """Forms over a draft's flow. Every save is one step of the draft."""

    kind = "core.policy"

    # --- what all pages need

    def open(self, session: Session, pk: int, kind: str) -> tuple[PolicyDraft, Plain]:
        """Give a draft that can be changed, and its values."""
        draft = drafts.get(session, pk)
        data = edit.whole(draft)
        flows = data.get("flows") or {}
        if not edit.is_open(draft) or (kind not in session.registry.kinds and kind not in flows):
            raise NotFound
        return draft, data

    def draft_url(self, pk: int) -> str:
        """Give the address of the draft's own page."""
        return str(url_for("policy_drafts.row_view", pk=pk))

    def undo_url(self, pk: int) -> str:
        """Give the address that takes the last step back."""
        return str(url_for("policy_drafts.undo_view", pk=pk))

    def crumbs(self, draft: PolicyDraft, kind: str = "") -> list[dict[str, str]]:
        """Give the pages above."""
        found = [
            {"label": gettext("Policy"), "url": url_for("policy.index_view")},
            {"label": gettext("Drafts"), "url": url_for("policy_drafts.index_view")},
            {
                "label": draft.title or gettext("Draft"),
                "url": self.draft_url(draft.id) + "#flows",
            },
        ]
        if kind:
            title = words.kind_title(context.session(), kind)
            found.append({"label": title, "url": self.link("flow_view", pk=draft.id, kind=kind)})
        return found

    def act(self, pk: int, kind: str, change: Callable[[Plain], Plain], ident: str = "") -> Any:
        """Change the flow as one step; a refusal is told on the flow's page."""
        session = context.session()
        draft, _data = self.open(session, pk, kind)
        try:
            edit.change_flow(session, context.actor(), draft, kind, change)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
        url = self.link("flow_view", pk=pk, kind=kind)
        return redirect(f"{url}#step-{ident}" if ident else url, code=303)

    def form_values(
        self,
        draft: PolicyDraft,
        kind: str,
        action: str,
        parts: list[Plain],
        form: Any,
        label: str,
        **more: Any,
    ) -> Plain:
        """Give what form.html wants."""
        return {
            "action": action,
            "cancel_url": self.link("flow_view", pk=draft.id, kind=kind),
            "upload": False,
            "sections": parts,
            "errors": form.error_list(),
            "buttons": [{"name": "do", "value": "save", "label": label, "tone": "primary"}],
            "version": draft.version,
            **more,
        }

    # --- a branch

    @door("/<int:pk>/<kind>/branches/<ident>", "GET", "POST", needs=EDIT)
    def branch_view(self, pk: int, kind: str, ident: str) -> Any:
        """Change a branch and its paths."""
        session = context.session()
        draft, data = self.open(session, pk, kind)
        flow = edit.flow_of(data, kind)
        step = tree.find(flow, ident)
        if "branch" not in step:
            raise NotFound
        return self.branch_form(session, draft, data, kind, step, "")

    def branch_form(
        self, session: Session, draft: PolicyDraft, data: Plain, kind: str, step: Plain, place: str
    ) -> Any:
        """Draw the form of a branch, or save what was posted."""
        flow, conflict = edit.flow_of(data, kind), None
        form = forms.branch_form(step, request.form if request.method == "POST" else None)
        if not step["branch"] and request.method != "POST":
            form.id.data = tree.fresh(flow, "branch")
        if request.method == "POST" and form.validate():
            made = forms.branch_of(form, step)
            if not step["branch"] and made["branch"] in tree.idents(flow):
                form.id.errors = [gettext("Another step of this flow has this id.")]
            elif (lost := forms.lost_paths(step, made)) and not confirmed():
                return question(
                    self,
                    gettext("Remove paths with their steps?"),
                    gettext("The steps on these paths go with them."),
                    gettext("Remove"),
                    cancel_url=self.link("flow_view", pk=draft.id, kind=kind),
                    items=lost,
                )
            else:
                now = forms.heads(step) if step["branch"] else {}
                both = together(session, draft, now, forms.heads(made), flow_page.key_label)
                if both.conflict is None:
                    done = forms.with_steps(both.made, made, step)
                    return self._save_branch(draft, kind, step, done, place)
                conflict = both.conflict
                session, draft = start_again(draft.id)
                form = forms.branch_form(forms.with_steps(both.made, made, step), None)
        action = (
            self.link("branch_view", pk=draft.id, kind=kind, ident=step["branch"])
            if step["branch"]
            else self.link("add_view", pk=draft.id, kind=kind, at=place, sort="branch")
        )
        page = self.form_values(
            draft,
            kind,
            action,
            sections.branch_sections(form),
            form,
            gettext("Save the branch"),
            conflict=conflict,
        )
        shown = self.show(
            "zhidu/policy_step.html",
            step.get("name") or step["branch"] or gettext("New branch"),
            form=form,
            page=page,
            was=write(forms.heads(step)),
            codes=[],
            clauses=flow_page.clause_list(data),
            facts=flow_page.facts(session, kind, data),
            check=None,
            preview=None,
            crumbs=self.crumbs(draft, kind),
        )
        return shown, (409 if conflict else 422 if form.errors else 200)

    def _save_branch(
        self, draft: PolicyDraft, kind: str, step: Plain, made: Plain, place: str
    ) -> Any:
        ident = made["branch"]
        if not step["branch"]:
            return self.act(draft.id, kind, lambda now: tree.insert(begun(now), place, made), ident)
        return self.act(draft.id, kind, lambda now: tree.replace(now, ident, made), ident)

    # --- the rules of the flow

    @door("/<int:pk>/<kind>/rules", "GET", "POST", needs=EDIT)
    def rules_view(self, pk: int, kind: str) -> Any:
        """Change what holds for the flow as a whole."""
        session = context.session()
        draft, data = self.open(session, pk, kind)
        flow = edit.flow_of(data, kind)
        form = rules.rules_form(session, flow, request.form if request.method == "POST" else None)
        conflict = None
        if request.method == "POST" and form.validate():
            made = rules.flow_of(session, form, flow)
            both = together(session, draft, flow, made, flow_page.key_label)
            if both.conflict is None:
                return self.act(pk, kind, lambda _now: both.made)
            conflict = both.conflict
            session, draft = start_again(pk)
            form = rules.rules_form(session, both.made, None)
        page = self.form_values(
            draft,
            kind,
            self.link("rules_view", pk=pk, kind=kind),
            sections.rules_sections(form),
            form,
            gettext("Save the rules"),
            conflict=conflict,
        )
        shown = self.show(
            "zhidu/policy_step.html",
            gettext("Rules of the flow"),
            form=form,
            page=page,
            was=write(flow),
            codes=fields.codes(session),
            clauses=flow_page.clause_list(data),
            facts=flow_page.facts(session, kind, data),
            check=None,
            preview=None,
            crumbs=self.crumbs(draft, kind),
        )
        return shown, (409 if conflict else 422 if form.errors else 200)


def begun(flow: Plain) -> Plain:
    """Give a flow that has what every flow must have."""
    return {"manager": {"role": "admin"}, **flow} if "manager" not in flow else flow
