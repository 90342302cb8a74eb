"""Walk a flow from its beginning to its end without doing anything: which steps, which people.

The engine's own router answers who is asked, and its own rules of movement which way is taken.
Nobody is asked, nothing is written: the session may be one that only reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from zhidu.access.user import User
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.expressions import ExpressionError
from zhidu.org.models import Member
from zhidu.workflow import entry, movement, needs, opening, scopes
from zhidu.workflow.definition import Flow, Node, NodeKind
from zhidu.workflow.errors import NoApproval, NoFlow, NotForYou, Waiting
from zhidu.workflow.routing import Router

if TYPE_CHECKING:
    from zhidu.records.kinds import RecordKind
    from zhidu.records.models import Record

AUTO = "workflow.auto"
"""Rule: a step at which the policy itself rejects."""
UNDECIDABLE = "workflow.condition"
"""Rule: a condition that cannot be decided for these facts lets nothing pass."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A step on the way.

    :param people: who is asked, in order; empty where the engine acts alone or nobody is found.
    :param waits: why nobody is asked; empty where somebody is, or nobody needs to be.
    """

    node: Node
    people: tuple[int, ...] = ()
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """A way through a flow.

    :param refused: rule by which it is not even begun, or ended by the engine; empty: it goes on.
    :param why: the refusal in words.
    """

    stops: tuple[Stop, ...] = ()
    refused: str = ""
    why: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        """Give the ids of the steps in order."""
        return tuple(stop.node.id for stop in self.stops)

    def stop(self, node_id: str) -> Stop | None:
        """Give one step of the way."""
        return next((one for one in self.stops if one.node.id == node_id), None)


class Scout(Router):
    """A router that may be told what the facts are.

    :param facts: instead of the record's own.
    :param decided: who decided which step, as far as it is known; else whoever is asked alone.
    """

    def __init__(
        self,
        session: Session,
        kind: RecordKind,
        record: Record,
        detail: Any,
        *,
        facts: Mapping[str, Any] | None = None,
        decided: Mapping[str, Iterable[int]] | None = None,
    ) -> None:
        super().__init__(session, kind, record, detail)
        self._given = facts
        self._known = {node: set(people) for node, people in (decided or {}).items()}
        self._so_far: dict[str, set[int]] = {}

    @property
    def facts(self) -> Mapping[str, Any]:
        """Give the facts as told, else the record's own."""
        return super().facts if self._given is None else self._given

    @property
    def deciders(self) -> dict[str, set[int]]:
        """Give who has decided so far on this walk, not what the record's trail says."""
        return self._so_far

    def passed(self, stop: Stop) -> None:
        """Remember who decided a step, for those who must be other people."""
        people = self._known.get(stop.node.id)
        if people is None and len(stop.people) == 1:
            people = set(stop.people)
        if people and needs.decides(stop.node.kind):
            self._so_far[stop.node.id] = set(people)


def walk(router: Scout, flow: Flow | None, *, urgent: bool = False) -> Walk:
    """Go through a flow.

    :param flow: None: the policy has none for this kind of record.
    :param urgent: on the way of urgent requests, where the flow has one.
    """
    if flow is None or not flow.nodes:
        return _refused(NoFlow(router.kind.title))
    applicant = router.record.applicant_id
    if not scopes.covers(router.session, applicant, flow.start, flow.excepted):
        return _refused(NotForYou(router.kind.title))
    hurry = flow.urgent if urgent else None
    late: list[opening.Opening] = []
    try:
        if hurry is None and flow.windows:  # else the thing is done: the paper follows when it can
            days = entry.days_of(flow, router.facts)
            late = opening.require_open(router.session, flow.windows, days, applicant)
        added = {one.window.late for one in late}
        return _walk(router, entry.shaped(flow, added, is_urgent=hurry is not None))
    except opening.NotOpen as error:
        return _refused(error)
    except ExpressionError as error:
        return Walk((), UNDECIDABLE, str(error.message))


def _walk(router: Scout, flow: Flow) -> Walk:
    nodes = list(movement.still(flow.nodes, movement.State(), router.applies))
    if not any(node.kind in needs.APPROVING for node in nodes):
        return _refused(NoApproval())
    stops: list[Stop] = []
    for node in nodes:
        stop = _stop(router, flow, node)
        stops.append(stop)
        if node.kind is NodeKind.AUTO and node.result == "reject":
            return Walk(tuple(stops), AUTO, node.reason)
        router.passed(stop)
    return Walk(tuple(stops))


def _stop(router: Scout, flow: Flow, node: Node) -> Stop:
    if node.kind not in needs.BY_PEOPLE:
        return Stop(node)
    route = router.route(flow, node)
    people = tuple(one.member_id for one in route.people)
    return Stop(node, people, route.reason.value if route.reason else "")


def _refused(error: ZhiduError) -> Walk:
    return Walk((), str(getattr(error, "rule", "")), str(error.message))


def waiting_text(code: str) -> str:
    """Say why nobody is asked."""
    return str(Waiting(code).label) if code else ""


@dataclass(frozen=True, slots=True)
class Person:
    """How people and tests call a member."""

    login: str
    name: str

    @property
    def word(self) -> str:
        """Give the log-in name, or the name of somebody who has none."""
        return self.login or self.name


def people_of(session: Session, member_ids: Iterable[int]) -> dict[int, Person]:
    """Read how members are called, in one statement."""
    found = (
        select(Member.id, Member.name, User.username)
        .outerjoin(User, User.id == Member.user_id)
        .where(Member.id.in_(set(member_ids)))
    )
    return {row.id: Person(row.username or "", row.name) for row in session.execute(found)}
