"""What the pages of the flow editor show: diagram, outline with its acts, the sections of the forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.policy import drafts, flows, phrases
from zhidu.policy.models import PolicyDraft
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web.flow_svg import draw
from zhidu.web.flow_svg.draw import path_text
from zhidu.web.pages import policy_draft_page as draft_page
from zhidu.web.pages import policy_edit as edit
from zhidu.web.pages import policy_flow_words as shown
from zhidu.web.pages import policy_tree as tree
from zhidu.web.pages.policy_draw import block
from zhidu.web.pages.policy_people import People
from zhidu.workflow.definition import Flow, NodeKind, Split

if TYPE_CHECKING:
    from zhidu.web.pages.policy_flow_steps import PolicyStepPages

Plain = dict[str, Any]

_LISTS: Mapping[str, Any] = {
    "nodes": _l("The way of a request"),
    "void": _l("To void it afterwards"),
    "urgent": _l("When it is urgent"),
}
_KEYS: Mapping[str, Any] = {
    "name": _l("Name"),
    "kind": _l("What happens"),
    "verb": _l("Asked for"),
    "mode": _l("When several are asked"),
    "approver": _l("Who is asked"),
    "when": _l("Only if"),
    "clause": _l("Clause"),
    "transition": _l("Performs"),
    "result": _l("Result"),
    "reason": _l("Reason for the log"),
    "opinion": _l("Opinion"),
    "sign": _l("A signature is wanted"),
    "attachment": _l("An attachment is wanted"),
    "fields": _l("Rights on the form's fields"),
    "allow": _l("Allowed"),
    "resume": _l("After a return"),
    "on_reject": _l("A reject goes back to"),
    "timeouts": _l("Clocks"),
    "nobody": _l("Where nobody is found"),
    "window": _l("Open for"),
    "audience": _l("For whom"),
    "not_same_as": _l("Not the same person as"),
    "paths": _l("Paths"),
    "split": _l("Which paths are taken"),
    "manager": _l("Flow's manager"),
    "start": _l("Who may submit"),
    "except": _l("Except"),
    "withdraw": _l("The applicant may withdraw"),
    "merge": _l("Whoever approved already"),
    "watched": _l("Watched fields"),
    "urge_every": _l("The applicant may urge once in"),
    "cc": _l("Copies to"),
    "windows": _l("Time for handing in"),
    "urgent": _l("Urgent first, paper after"),
    "void": _l("To void it afterwards"),
    "nodes": _l("Steps"),
}


def key_label(key: str) -> str:
    """Name a key of a step."""
    return str(_KEYS.get(key, key))


def facts(session: Session, kind: str, data: Plain) -> list[dict[str, str]]:
    """List what conditions of a kind may ask for: its facts, and the words that the draft defines."""
    found = [
        {
            "name": name,
            "title": str(fact.title),
            "unit": str(fact.unit),
            "choices": ", ".join(fact.choices),
        }
        for name, fact in shown.facts_of(session, kind).items()
    ]
    return found + [
        {
            "name": one["name"],
            "title": str(one.get("title", "")),
            "unit": "",
            "choices": one["when"],
        }
        for one in data.get("definitions") or ()
        if one.get("when") and (not one.get("kinds") or kind in one["kinds"])
    ]


def clause_list(data: Plain) -> list[tuple[str, str]]:
    """Give the clauses of a draft as suggestions."""
    return [(str(one.get("id")), str(one.get("title"))) for one in data.get("clauses") or ()]


# --- the page of the flow


def build(
    view: PolicyStepPages, session: Session, draft: PolicyDraft, data: Plain, kind: str
) -> Plain:
    """Make what the page of a flow shows."""
    flow = edit.flow_of(data, kind)
    found = [
        one
        for one in draft_page.findings(draft, _problems(session, draft))
        if one["path"].startswith(f"flows/{kind}/") or one["path"] == f"flows/{kind}"
    ]
    return {
        "here": view.link("flow_view", pk=draft.id, kind=kind),
        "draft_url": view.draft_url(draft.id) + "#findings",
        "rules_url": view.link("rules_view", pk=draft.id, kind=kind),
        "drop_url": view.link("drop_view", pk=draft.id, kind=kind),
        "undo_url": view.undo_url(draft.id),
        "can_undo": len(edit.history(session, draft)) > 1,
        "svg": _drawn(view, session, draft, kind, flow),
        "problems": block("problems", found) if found else "",
        "count": len(found),
        "lists": list(_outline(view, session, draft, kind, flow)),
        "exists": bool(flow),
    }


def _problems(session: Session, draft: PolicyDraft) -> list[Any]:
    try:
        return list(drafts.plan(session, draft).problems)
    except ZhiduError:
        return []


def built(kind: str, flow: Plain) -> Flow | None:
    """Build a flow as far as it can be built; a half-written one gives nothing."""
    try:
        return flows.build(kind, {"manager": {"role": "admin"}, **flow})
    except (KeyError, ValueError, TypeError, StopIteration, AttributeError):
        return None


def _drawn(
    view: PolicyStepPages, session: Session, draft: PolicyDraft, kind: str, flow: Plain
) -> Markup | str:
    made = built(kind, flow)
    if made is None or not made.nodes:
        return ""
    urls = {tree.ident_of(step): _step_url(view, draft, kind, step) for step in tree.walk(flow)}
    look = shown.look(session, People(session), made, None, "draft", urls=urls, branch_urls=urls)
    return draw(made.nodes, look)


def one_step(session: Session, kind: str, flow: Plain, step: Plain) -> Markup | str:
    """Draw one step alone, as it will stand in the diagram."""
    made = built(kind, flow)
    alone = built(kind, {"nodes": [step]})
    if alone is None:
        return ""
    whole = made or alone
    look = shown.look(session, People(session), whole, None, "step", alone.nodes)
    return draw(alone.nodes, look)


def _step_url(view: PolicyStepPages, draft: PolicyDraft, kind: str, step: Plain) -> str:
    method = "step_view" if "id" in step else "branch_view"
    return view.link(method, pk=draft.id, kind=kind, ident=tree.ident_of(step))


def _outline(
    view: PolicyStepPages, session: Session, draft: PolicyDraft, kind: str, flow: Plain
) -> Iterator[Plain]:
    """Give the lists of the flow's steps, each row with what can be done with it."""
    people = People(session)
    known = shown.facts_of(session, kind)

    def rows(name: str, steps: Sequence[Plain]) -> Plain:
        end = f"after:{tree.ident_of(steps[-1])}" if steps else f"first:{name}"
        return {
            "add_url": _add_url(view, draft, kind, end),
            "branch_url": _add_url(view, draft, kind, end, branch=True),
            "steps": [row(step, index, len(steps)) for index, step in enumerate(steps)],
        }

    def row(step: Plain, index: int, count: int) -> Plain:
        ident = tree.ident_of(step)
        made: Plain = {
            "id": ident,
            "name": step.get("name") or ident,
            "clause": step.get("clause", ""),
            "url": _step_url(view, draft, kind, step),
            "move_url": view.link("move_view", pk=draft.id, kind=kind, ident=ident),
            "first": index == 0,
            "last": index == count - 1,
            "add_url": _add_url(view, draft, kind, f"after:{ident}"),
            "branch_url": _add_url(view, draft, kind, f"after:{ident}", branch=True),
        }
        if "branch" in step:
            split = step.get("split", "first")
            known_split = split in [one.value for one in Split]
            made["what"] = phrases.word(Split(split)) if known_split else str(split)
            made["paths"] = [
                {
                    "label": _path_label(step, path, known),
                    **rows(f"{ident}.{path['id']}", path.get("nodes") or []),
                }
                for path in step.get("paths") or ()
            ]
        else:
            kind_of = step.get("kind", "approve")
            named = kind_of in [one.value for one in NodeKind]
            made["what"] = phrases.word(NodeKind(kind_of)) if named else str(kind_of)
            made["who"] = _who(people, step)
        return made

    for name, steps in tree.lists({"nodes": [], **flow}):
        if name in _LISTS:
            yield {"title": str(_LISTS[name]), **rows(name, steps)}
    if "void" not in flow:
        yield {
            "title": str(_LISTS["void"]),
            "steps": [],
            "add_url": _add_url(view, draft, kind, "first:void"),
            "branch_url": "",
            "empty": gettext("A finished document cannot be voided."),
        }


def _who(people: People, step: Plain) -> str:
    try:
        return people.chain(flows.approver(step["approver"])) if step.get("approver") else ""
    except (KeyError, StopIteration, TypeError, AttributeError):
        return ""


def _path_label(step: Plain, path: Plain, known: Mapping[str, Any]) -> str:
    made = built("", {"nodes": [{**step, "paths": [{**path, "nodes": []}] * 2}]})
    if made is None:
        return str(path.get("name") or path.get("id"))
    branch: Any = made.nodes[0]
    return path_text(branch, branch.paths[0], lambda text: phrases.condition(text, known))


def _add_url(
    view: PolicyStepPages, draft: PolicyDraft, kind: str, place: str, *, branch: bool = False
) -> str:
    more = {"sort": "branch"} if branch else {}
    return view.link("add_view", pk=draft.id, kind=kind, at=place, **more)


def place_choices(flow: Plain, ident: str) -> list[tuple[str, str]]:
    """Name every place of a flow but those inside the step that is moved."""
    names = {
        tree.ident_of(one): str(one.get("name") or tree.ident_of(one)) for one in tree.walk(flow)
    }
    step = tree.find(flow, ident)
    inside = {tree.ident_of(one) for one in tree.walk({"nodes": [step]})}
    found = []
    for place in tree.places(flow):
        how, _colon, name = place.partition(":")
        if how == "after":
            if name not in inside:
                found.append((place, gettext("after “%(step)s”", step=names[name])))
            continue
        branch, _dot, path = name.partition(".")
        if branch in inside:
            continue
        if path:
            text = gettext(
                "first on the path “%(path)s” of “%(step)s”", path=path, step=names[branch]
            )
        else:
            text = gettext("first: %(list)s", list=str(_LISTS[name]))
        found.append((place, text))
    return found
