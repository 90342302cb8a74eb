"""The flows of a policy version: each as a diagram with what stands at its steps, and its rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhidu.db import Session
from zhidu.policy import phrases
from zhidu.policy.models import PolicyVersion
from zhidu.policy.versions import content as content_of
from zhidu.texts import enumerate_texts, gettext
from zhidu.web.flow_svg import Count, draw
from zhidu.web.pages import policy_counts as counts
from zhidu.web.pages import policy_flow_words as say
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.parts import sheet
from zhidu.web.pages.policy_people import People
from zhidu.web.pages.policy_records import list_url
from zhidu.workflow.definition import Flow, Window


def blocks(session: Session, version: PolicyVersion, *, running: bool) -> list[dict[str, Any]]:
    """Give a block for each flow of a version.

    :param running: count all that runs; else only what is bound to this very version.
    """
    people = People(session)
    stands = counts.steps(session, None if running else version.id)
    made: list[dict[str, Any]] = []
    for index, (kind, flow) in enumerate(content_of(version).flows.items()):
        made += _blocks(session, people, version, flow, f"f{index}", stands.get(kind, {}))
    return made


def _blocks(
    session: Session,
    people: People,
    version: PolicyVersion,
    flow: Flow,
    name: str,
    stands: Mapping[str, Count],
) -> list[dict[str, Any]]:
    every = {node.id for node in flow.every_node()}
    shown = say.look(
        session,
        people,
        flow,
        version,
        name,
        counts=stands,
        urls={
            node: list_url(of=flow.kind, step=node)
            for node in every
            if stands.get(node, Count()).text
        },
    )
    title = words.kind_title(session, flow.kind)
    made: list[dict[str, Any]] = [
        {"type": "html", "title": title, "html": draw(flow.nodes, shown), "id": flow.kind}
    ]
    elsewhere = sum(
        count.open + count.waiting for node, count in stands.items() if node not in every
    )
    if elsewhere:
        text = gettext(
            "%(count)s more stand at steps that this version does not have; they go on under"
            " theirs.",
            count=elsewhere,
        )
        made.append({"type": "note", "tone": "info", "text": text})
    made.append(sheet(_rules(people, flow)))
    for label, steps in (
        (gettext("When it is urgent"), flow.urgent.steps if flow.urgent else ()),
        (gettext("To void it afterwards"), flow.void),
    ):
        if steps:
            other = say.look(session, people, flow, version, f"{name}-{len(made)}", steps)
            made.append({"type": "html", "title": f"{title}: {label}", "html": draw(steps, other)})
    return made


def _rules(people: People, flow: Flow) -> list[tuple[str, str]]:
    """Give what holds for the flow as a whole."""
    who = people.say(flow.stand_in) if flow.stand_in else phrases.word(flow.nobody)
    rows = [
        (gettext("Flow's manager"), people.chain(flow.manager)),
        (gettext("Where nobody is found"), who),
        (gettext("Who may submit"), people.scope(flow.start) or phrases.scope(flow.start)),
    ]
    if except_for := people.scope(flow.excepted):
        rows.append((gettext("Except"), except_for))
    rows.append((gettext("Withdrawing"), phrases.word(flow.withdraw)))
    rows.append((gettext("Whoever approved already"), phrases.word(flow.merge)))
    rows.append(
        (gettext("Urging"), gettext("once in %(time)s", time=phrases.duration(flow.urge_every)))
    )
    for copy in flow.cc:
        at = gettext("Copy at submit") if copy.at == "submit" else gettext("Copy at the end")
        rows.append((at, people.chain(copy.approver)))
    rows += [(gettext("Time for handing in"), _window(window)) for window in flow.windows]
    if flow.urgent:
        text = gettext(
            "for: %(reasons)s; the paper follows within %(time)s",
            reasons=enumerate_texts(flow.urgent.reasons),
            time=phrases.duration(flow.urgent.deadline),
        )
        rows.append((gettext("Urgent first, paper after"), text))
    return rows


def _window(window: Window) -> str:
    """Say when a form may be handed in."""
    ends = [
        _edge(edge, label, window)
        for edge, label in (
            (window.opens, gettext("from")),
            (window.closes, gettext("until")),
        )
        if edge is not None
    ]
    late = {
        "refuse": gettext("later is refused"),
        "next_period": gettext("later counts for the next period"),
    }.get(window.late, gettext("later takes one more step"))
    return "; ".join([" ".join(ends), late])


def _edge(edge: Any, label: str, window: Window) -> str:
    if isinstance(edge, int):
        when = (
            gettext("the last day of the month") if edge == 31 else gettext("day %(day)s", day=edge)
        )
    else:
        words = {"time": phrases.duration(edge), "field": window.field}
        when = (
            gettext("%(time)s after %(field)s", **words)
            if window.after
            else gettext("%(time)s before %(field)s", **words)
        )
    return f"{label} {when}"
