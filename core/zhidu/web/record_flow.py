"""A record's flow as a diagram, what is passed, present and to come; and why each person is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup
from sqlalchemy import select

from zhidu.access import check
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.policy import phrases
from zhidu.records.models import Record
from zhidu.records.queries import detail as detail_of
from zhidu.records.queries import kind_of
from zhidu.texts import gettext
from zhidu.web.flow_svg import State, draw
from zhidu.web.pages import policy_flow_words
from zhidu.web.pages.policy_people import People
from zhidu.web.record_clauses import bound_version
from zhidu.web.why import Person, Question, explain
from zhidu.workflow import movement, standing
from zhidu.workflow.definition import NOBODY, Flow, Node
from zhidu.workflow.engine import Ahead
from zhidu.workflow.errors import NoFlow
from zhidu.workflow.models import InstanceStatus, Origin, Purpose, Task
from zhidu.workflow.movement import Fate
from zhidu.workflow.preview import foreseen
from zhidu.workflow.resolvers import Question as Found
from zhidu.workflow.routing import Router

_STATES: Mapping[Fate, State] = {
    Fate.PASSED: State.PASSED,
    Fate.SKIPPED: State.SKIPPED,
    Fate.ACTIVE: State.PRESENT,
    Fate.WAITING: State.PRESENT,
    Fate.COMING: State.COMING,
    Fate.UNFIT: State.SKIPPED,
    Fate.UNCHOSEN: State.SKIPPED,
}

_REPLACED = frozenset({Origin.SUPERIOR, Origin.MANAGER, Origin.STAND_IN})
"""Somebody else was asked than the way names."""


def sections(session: Session, record: Record) -> list[dict[str, Any]]:
    """Give the part «flow» of a record's page; none where no flow governs it."""
    found = _standing(session, record)
    if found is None:
        return []
    flow, steps, states, chosen = found
    version = bound_version(session, record)
    shown = policy_flow_words.look(
        session,
        People(session),
        flow,
        version if check.can(session, "core.policy.read") else None,
        "record",
        steps,
        states=states,
        chosen=chosen,
    )
    html = draw(steps, shown)
    return [{"id": "flow", "label": gettext("Flow"), "html": Markup(html)}]  # noqa: S704 -- drawn by us


def _standing(session: Session, record: Record) -> Any:
    """Read flow, steps, where the record stands with each, and the ways taken."""
    instance = standing.instance_of(session, record.id)
    router = Router(session, kind_of(session, record.kind), record, detail_of(session, record))
    if instance is None:
        try:
            flow = foreseen(session, router)
        except NoFlow:
            return None
        state = movement.State()
    else:
        flow = Flow.from_json(instance.flow)
        state = standing.state(session, instance, flow)
    voids = instance is not None and instance.purpose is Purpose.VOID
    steps = flow.void if voids and flow.void else flow.nodes
    ended = instance is not None and instance.status is InstanceStatus.ENDED
    states = {
        seen.node.id: _STATES[seen.fate]
        for seen in movement.outlook(steps, state, router.applies)
        if not (ended and seen.fate in (Fate.COMING, Fate.UNFIT))
    }
    return flow, steps, states, {key: list(paths) for key, paths in state.chosen.items()}


class Reasons:
    """Says why people are asked at the steps of one record; names are read once."""

    def __init__(self, session: Session, record: Record) -> None:
        self.session, self.record = session, record
        self.people = People(session)
        self.facts = policy_flow_words.facts_of(session, record.kind)
        instance = standing.instance_of(session, record.id)
        self.flow = flow = Flow.from_json(instance.flow) if instance else None
        every = (*flow.every_node(), *_more(flow)) if flow else ()
        self.nodes = {node.id: node for node in every}
        found = select(Task).where(Task.record_id == record.id)
        self.tasks = {task.id: task for task in session.scalars(found)}

    def of_tasks(self, tasks: Iterable[Task], names: Mapping[int, tuple[str, str]]) -> list[str]:
        """Say how the holders of a step's tasks were found."""
        tasks = list(tasks)
        node = self.nodes.get(tasks[0].node_id) if tasks else None
        if node is None:
            return []
        asked = [
            Person(
                names.get(task.member_id, ("", ""))[0],
                task.origin,
                self._other(task),
            )
            for task in tasks
        ]
        left = self._left_out(node, asked, [task.member_id for task in tasks])
        return explain(self._question(node, asked, left_out=left))

    def of_decision(self, task_id: int | None, names: Mapping[int, tuple[str, str]]) -> list[str]:
        """Say how it came that this person decided."""
        task = self.tasks.get(task_id or 0)
        node = self.nodes.get(task.node_id) if task is not None else None
        if task is None or node is None:
            return []
        name = names.get(task.member_id, ("", ""))[0]
        return explain(self._question(node, [Person(name, task.origin, self._other(task))]))

    def of_ahead(self, step: Ahead) -> list[str]:
        """Say how the people of a step to come are found."""
        codes = {one.value for one in Origin}
        origin = Origin(step.note) if step.note in codes else Origin.RESOLVED
        note = "" if step.note in codes else step.note
        people = [Person(name, origin) for name in step.names]
        left = [] if step.skipped else self._left_out(step.node, people, step.members)
        asked = self._question(step.node, people, note=note, skipped=step.skipped, left_out=left)
        return explain(asked)

    def _left_out(self, node: Node, asked: Iterable[Person], members: Iterable[int]) -> list[str]:
        """Name those whom the way names but who are not asked; only where that changed anything."""
        origins = {one.origin for one in asked}
        if origins and not origins & _REPLACED:
            return []
        resolver = self.session.registry.resolvers.get(node.approver.resolver)
        if resolver is None:
            return []
        kind = kind_of(self.session, self.record.kind)
        detail = detail_of(self.session, self.record)
        router = Router(self.session, kind, self.record, detail)
        question = Found(
            self.session, kind, self.record, detail, lambda: router.facts, node_id=node.id
        )
        named = set(resolver.find(question, node.approver.argument)) - set(members)
        names = select(Member.name).where(Member.id.in_(sorted(named))).order_by(Member.name_key)
        return list(self.session.scalars(names)) if named else []

    def _question(
        self,
        node: Node,
        asked: list[Person],
        *,
        note: str = "",
        skipped: bool = False,
        left_out: list[str] | None = None,
    ) -> Question:
        when = note if skipped else node.when
        return Question(
            way="" if node.approver == NOBODY else self.people.chain(node.approver),
            people=asked,
            clause=node.clause,
            left_out=left_out or (),
            note="" if skipped else note,
            condition=phrases.condition(when, self.facts) if when else "",
            skipped=skipped,
        )

    def _other(self, task: Task) -> str:
        """Name on whose behalf somebody acts, or who asked for this person."""
        if task.owner_id is not None:
            owner = self.session.get(Member, task.owner_id)
            return owner.name if owner else ""
        if task.parent_task_id is not None:
            parent = self.tasks.get(task.parent_task_id)
            return parent.member.name if parent else ""
        return ""


def _more(flow: Flow) -> list[Node]:
    """Give the nodes outside the usual way: to void a record, or when it was urgent."""
    urgent = flow.urgent.steps if flow.urgent else ()
    return [
        *Flow(flow.kind, flow.manager, flow.void).every_node(),
        *Flow(flow.kind, flow.manager, urgent).every_node(),
    ]
