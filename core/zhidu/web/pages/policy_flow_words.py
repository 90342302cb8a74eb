"""The steps of a flow in the words of its diagram, with the people of the company by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zhidu.db import Session
from zhidu.policy import phrases
from zhidu.texts import enumerate_texts, gettext
from zhidu.web import context
from zhidu.web.flow_svg import Caption, Look
from zhidu.web.pages import policy_words as words
from zhidu.workflow.definition import NOBODY, Flow, Mode, Node, NodeKind, OnTimeout, Step, walk

if TYPE_CHECKING:
    from zhidu.expressions import FactType
    from zhidu.policy.models import PolicyVersion
    from zhidu.web.pages.policy_people import People

ICONS: Mapping[NodeKind, str] = {
    NodeKind.APPROVE: "check",
    NodeKind.HANDLE: "wrench",
    NodeKind.AUTO: "sliders",
    NodeKind.NOTIFY: "copy",
    NodeKind.FILE_WITH: "archive",
    NodeKind.PUBLISH: "horn",
    NodeKind.MEETING: "meeting",
}
"""Symbols of the theme, one for each kind of step."""


def caption(
    people: People,
    node: Node,
    facts: Mapping[str, FactType],
    names: Mapping[str, str],
    *,
    title: str = "",
) -> Caption:
    """Put a step into the words of the diagram.

    :param names: the names of the flow's steps by id, for those that point at another.
    :param title: instead of the step's name.
    """
    kind = phrases.word(node.kind)
    if node.kind is NodeKind.APPROVE:
        kind = phrases.word(node.verb)
    return Caption(
        name=title or node.name,
        kind=kind,
        icon=ICONS[node.kind],
        shape=node.kind.value,
        who="" if node.approver == NOBODY else people.chain(node.approver),
        notes=tuple(_notes(people, node, facts, names)),
        clause=node.clause,
    )


def captions(
    people: People, steps: Sequence[Step], facts: Mapping[str, FactType]
) -> dict[str, Caption]:
    """Put all steps of a flow into words, by id."""
    nodes = list(walk(tuple(steps)))
    names = {node.id: node.name for node in nodes}
    return {node.id: caption(people, node, facts, names) for node in nodes}


def _notes(
    people: People, node: Node, facts: Mapping[str, FactType], names: Mapping[str, str]
) -> list[str]:
    said = []
    if node.mode is not Mode.ANY:
        said.append(phrases.mode(node.mode, node.quota))
    if node.when:
        said.append(
            gettext("Only if: %(condition)s", condition=phrases.condition(node.when, facts))
        )
    if node.kind is NodeKind.AUTO:
        does = phrases.word(OnTimeout(node.result or "approve"))
        said.append(f"{does}: {node.reason}" if node.reason else does)
    if node.window is not None:
        said.append(gettext("open for %(time)s", time=phrases.duration(node.window)))
    said += [phrases.timeout(clock) for clock in node.timeouts]
    if node.on_reject:
        back = names.get(node.on_reject, node.on_reject)
        said.append(gettext("a reject goes back to “%(step)s”", step=back))
    if node.not_same_as:
        others = [
            gettext("the applicant") if one == "applicant" else names.get(one, one)
            for one in node.not_same_as
        ]
        said.append(gettext("not the same person as: %(others)s", others=enumerate_texts(others)))
    if node.nobody is not None:
        who = people.say(node.stand_in) if node.stand_in else phrases.word(node.nobody)
        said.append(gettext("where nobody is found: %(who)s", who=who))
    wanted = [
        word
        for word, is_on in (
            (gettext("signature"), node.sign),
            (gettext("attachment"), node.attachment),
        )
        if is_on
    ]
    if wanted:
        said.append(gettext("wanted: %(things)s", things=enumerate_texts(wanted)))
    return said


def icon_url(name: str) -> str:
    """Give the address of one of the theme's symbols."""
    return f"{context.extension('assets').url('icons.svg')}#{name}"


def facts_of(session: Session, kind: str) -> Mapping[str, Any]:
    """Give the facts that a kind of record declares; none where its addon is not loaded."""
    declared = session.registry.kinds.get(kind)
    return declared.facts if declared else {}


def look(
    session: Session,
    people: People,
    flow: Flow,
    version: PolicyVersion | None,
    name: str,
    steps: Sequence[Step] | None = None,
    **more: Any,
) -> Look:
    """Make the look of a flow: words, symbols, clauses that lead to their pages."""
    facts = facts_of(session, flow.kind)
    return Look(
        name=name,
        title=gettext("Flow of %(kind)s", kind=words.kind_title(session, flow.kind)),
        captions=captions(people, flow.nodes if steps is None else steps, facts),
        conditions=lambda text: phrases.condition(text, facts) if text else "",
        icon=icon_url,
        clause_url=lambda clause: words.clause_url(version, clause),
        **more,
    )
