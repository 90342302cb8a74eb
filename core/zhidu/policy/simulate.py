"""What a new policy would have meant for the requests of the past; nothing is changed.

A request counts as going another way only where the *policy* makes the difference. The people who
were asked then are compared with those whom the new flow asks; where the old flow, too, would ask
other people today (somebody left, a department has a new leader), that is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from zhidu import clock
from zhidu.db import Session
from zhidu.org.models import Company
from zhidu.policy import flows, replay
from zhidu.policy.replay import Scout, Walk
from zhidu.records.models import Record
from zhidu.records.queries import active_kinds, detail, kind_of
from zhidu.texts import Text, enumerate_texts
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import entry
from zhidu.workflow.definition import Flow
from zhidu.workflow.models import (
    DECISIONS,
    FlowStep,
    Instance,
    InstanceStatus,
    Origin,
    Purpose,
    Sign,
    StepStatus,
    Task,
    Trail,
)

if TYPE_CHECKING:
    from sqlalchemy import Select

_BY_THE_FLOW = (Origin.RESOLVED, Origin.SUPERIOR, Origin.MANAGER, Origin.STAND_IN)
"""Why people are asked whom the flow itself finds, apart from what people did afterwards."""


class Sort(StrEnum):
    """How a request would have gone another way."""

    STEPS = "steps"
    PEOPLE = "people"
    REFUSED = "refused"
    ALLOWED = "allowed"
    """The old flow rejected it by itself, and the new one would not."""

    @property
    def label(self) -> Text:
        """Give its name for people."""
        return _LABELS[self]


_LABELS = {
    Sort.STEPS: _l("other steps"),
    Sort.PEOPLE: _l("other people"),
    Sort.REFUSED: _l("refused"),
    Sort.ALLOWED: _l("no longer refused"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a request would have gone otherwise.

    :param node: the step concerned; empty for the way as a whole.
    :param clause: the clause of that step in the new policy, or in the old one where it falls away.
    """

    sort: Sort
    before: str
    after: str
    node: str = ""
    clause: str = ""

    def __str__(self) -> str:
        values = {
            "what": self.node or self.sort.label,
            "before": self.before or "–",
            "after": self.after or "–",
        }
        said = _("%(what)s: %(before)s → %(after)s", **values)
        return f"{said} [{self.clause}]" if self.clause else said

    def to_json(self) -> dict[str, str]:
        """Give plain values."""
        return {
            "sort": self.sort.value,
            "node": self.node,
            "before": self.before,
            "after": self.after,
            "clause": self.clause,
        }


@dataclass(frozen=True, slots=True)
class Replayed:
    """A past request under the new policy.

    :param moved: people whom the old flow, too, would not ask any more: no matter of the policy.
    """

    record_id: int
    number: str
    kind: str
    title: str
    submitted: datetime
    differences: tuple[Difference, ...] = ()
    moved: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {
            "record": self.record_id,
            "number": self.number,
            "kind": self.kind,
            "title": self.title,
            "submitted": self.submitted.isoformat(),
            "differences": [one.to_json() for one in self.differences],
            "moved_since": list(self.moved),
        }


@dataclass(frozen=True)
class Simulation:
    """All requests that were replayed."""

    replayed: tuple[Replayed, ...]

    @property
    def other(self) -> tuple[Replayed, ...]:
        """Give those that would have gone another way."""
        return tuple(one for one in self.replayed if one.differences)

    @cached_property
    def counts(self) -> Mapping[Sort, int]:
        """Count the requests per sort of difference; one request may count at several."""
        counted = Counter(
            sort for one in self.replayed for sort in {each.sort for each in one.differences}
        )
        return {sort: counted[sort] for sort in Sort}

    def to_json(self) -> dict[str, Any]:
        """Give plain values; of requests that go the same way, only their number."""
        return {
            "total": len(self.replayed),
            "other_way": len(self.other),
            "moved_since": sum(bool(one.moved) for one in self.replayed),
            "counts": {one.value: count for one, count in self.counts.items()},
            "requests": [one.to_json() for one in self.other],
        }


def count(session: Session, since: date) -> int:
    """Tell how many requests were first submitted since a day."""
    found = _past(session, since, None).with_only_columns(func.count()).order_by(None)
    return session.scalar(found) or 0


def simulate(
    session: Session,
    content: Mapping[str, Any],
    since: date,
    *,
    last: int | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Simulation:
    """Replay the requests since a day through the flows of a policy, the oldest first.

    A session that only reads is enough, and best.

    :param content: the resolved pack, as lint and versions give it.
    :param last: of these requests, only so many, the newest.
    :param progress: called after each request.
    """
    built = flows.of(content)
    addons = frozenset({"core", *content["addons"]})
    found = []
    for instance in session.scalars(_past(session, since, last)):
        owner = session.registry.owner(instance.kind)
        flow = built.get(instance.kind) if owner in addons else None
        found.append(_Replay(session, instance).under(flow))
        progress()
    found.sort(key=lambda one: (one.submitted, one.record_id))
    return Simulation(tuple(found))


def _past(session: Session, since: date, last: int | None) -> Select[Instance]:
    """Select the approvals that began on a day or later, the newest first."""
    zone = ZoneInfo(session.get_one(Company, session.company).timezone)
    start = datetime.combine(since, time(), zone).astimezone(UTC)
    return (
        select(Instance)
        .where(
            Instance.purpose == Purpose.APPROVAL,
            Instance.started_at >= start,
            Instance.kind.in_(
                kind for kind in active_kinds(session) if not session.registry.kinds[kind].assigned
            ),
        )
        .order_by(Instance.started_at.desc(), Instance.id.desc())
        .limit(last)
    )


@dataclass(frozen=True, slots=True)
class _Went:
    """The way that a request really took.

    :param steps: nodes reached and not made void, in order.
    :param people: by node, whom the flow itself asked.
    :param decided: by node, who decided.
    :param complete: it came to the end of its flow.
    """

    steps: tuple[str, ...]
    people: Mapping[str, tuple[int, ...]]
    decided: Mapping[str, set[int]]
    complete: bool


class _Replay:
    """One request, as it went and as it would go."""

    def __init__(self, session: Session, instance: Instance) -> None:
        self.session = session
        self.instance = instance
        self.record: Record = instance.record
        self.old = Flow.from_json(instance.flow)

    def under(self, flow: Flow | None) -> Replayed:
        """Compare the way that was taken with the one of a flow."""
        submitted = self.record.submitted_at or self.instance.started_at
        went = self._went()
        with clock.frozen_at(entry.came_at(self.instance) or submitted):
            then, now = self._walk(self.old, went), self._walk(flow, went)
        differences, moved = self._compare(went, then, now)
        return Replayed(
            self.record.id,
            self.record.number or "",
            self.record.kind,
            self.record.title,
            submitted,
            tuple(differences),
            tuple(moved),
        )

    def _walk(self, flow: Flow | None, went: _Went) -> Walk:
        row = detail(self.session, self.record)
        kind = kind_of(self.session, self.record.kind)
        scout = Scout(self.session, kind, self.record, row, decided=went.decided)
        return replay.walk(scout, flow, urgent=entry.is_urgent(self.instance))

    def _went(self) -> _Went:
        """Read the way from steps, tasks and trail."""
        nodes = {node.id for node in self.old.every_node()}
        live = select(FlowStep).where(
            FlowStep.instance_id == self.instance.id,
            FlowStep.status.in_([StepStatus.ACTIVE, StepStatus.WAITING, StepStatus.PASSED]),
        )
        steps = [
            row for row in self.session.scalars(live.order_by(FlowStep.id)) if row.node_id in nodes
        ]
        ids = [row.id for row in steps]
        people: dict[str, list[int]] = {}
        asked = select(Task).where(Task.step_id.in_(ids), Task.sign == Sign.OWN)
        for task in self.session.scalars(asked.order_by(Task.position, Task.id)):
            # somebody who acted for another stands for the one whom the flow asked
            one = task.owner_id if task.origin is Origin.DELEGATED else task.member_id
            if one is not None and task.origin in {*_BY_THE_FLOW, Origin.DELEGATED}:
                people.setdefault(task.node_id, []).append(one)
        decided: dict[str, set[int]] = {}
        acts = select(Trail.node_id, Trail.member_id, Trail.on_behalf_of).where(
            Trail.step_id.in_(ids), Trail.action.in_(DECISIONS)
        )
        for row in self.session.execute(acts):
            decided.setdefault(row.node_id, set()).update(
                one for one in (row.member_id, row.on_behalf_of) if one is not None
            )
        return _Went(
            tuple(row.node_id for row in steps),
            {node: tuple(dict.fromkeys(found)) for node, found in people.items()},
            decided,
            self.instance.status is InstanceStatus.ENDED and self.instance.approved_at is not None,
        )

    def _compare(self, went: _Went, then: Walk, now: Walk) -> tuple[list[Difference], list[str]]:
        """Give what the policy changes, and the steps where only the company has."""
        if now.refused and now.refused == then.refused:
            return [], [_("start")]  # the old policy would not let it in today, either
        if now.refused:
            return [Difference(Sort.REFUSED, self._way(went, then), now.why or now.refused)], []
        found: list[Difference] = []
        if then.refused == replay.AUTO:
            found.append(Difference(Sort.ALLOWED, then.why or then.refused, _names(now)))
        before = self._steps(went, then)
        known = went.complete or then.path  # else nobody can tell what would have followed
        if before != (now.path if known else now.path[: len(before)]):
            clauses = self._clause_of_first(before, now)
            found.append(Difference(Sort.STEPS, self._way(went, then), _names(now), clause=clauses))
        more, moved = self._people(went, then, now)
        return [*found, *more], moved

    def _steps(self, went: _Went, then: Walk) -> tuple[str, ...]:
        """Give the steps that were taken; of a request that is not at its end, and what followed."""
        if went.complete or not then.path:
            return went.steps
        ahead = [node for node in then.path if node not in went.steps]
        order = {node.id: place for place, node in enumerate(self.old.every_node())}
        return tuple(sorted({*went.steps, *ahead}, key=order.__getitem__))

    def _way(self, went: _Went, then: Walk) -> str:
        names = {node.id: node.name for node in self.old.every_node()}
        return " → ".join(names[node] for node in self._steps(went, then))

    def _clause_of_first(self, before: tuple[str, ...], now: Walk) -> str:
        """Name the clause of the first step that differs."""
        clauses = {node.id: node.clause for node in self.old.every_node()}
        clauses |= {stop.node.id: stop.node.clause for stop in now.stops}
        for place in range(max(len(before), len(now.path))):
            one, other = before[place : place + 1], now.path[place : place + 1]
            if one != other:
                return clauses[(other or one)[0]]
        return ""

    def _people(self, went: _Went, then: Walk, now: Walk) -> tuple[list[Difference], list[str]]:
        """Compare who was asked on the steps that both ways have."""
        found: list[Difference] = []
        moved: list[str] = []
        everyone = [
            *(one for people in went.people.values() for one in people),
            *(one for way in (then, now) for stop in way.stops for one in stop.people),
        ]
        words = replay.people_of(self.session, everyone)

        def said(people: Iterable[int]) -> str:
            return enumerate_texts(words[one].name for one in people)

        for stop in now.stops:
            old = then.stop(stop.node.id)
            today = old.people if old else ()
            asked = went.people.get(stop.node.id, today)
            if set(asked) == set(stop.people) or (old is None and not asked):
                continue
            if set(today) == set(stop.people):
                moved.append(stop.node.name)
                continue
            after = said(stop.people) or replay.waiting_text(stop.waits)
            found.append(
                Difference(
                    Sort.PEOPLE, said(asked), after, node=stop.node.name, clause=stop.node.clause
                )
            )
        return found, moved


def _names(way: Walk) -> str:
    return " → ".join(stop.node.name for stop in way.stops)


def lines(simulation: Simulation) -> Iterator[str]:
    """Say it in lines: each request that would have gone another way, then the numbers."""
    for one in simulation.other:
        yield f"{one.number}  {one.title}"
        yield from (f"    {difference}" for difference in one.differences)
    values = {"other": len(simulation.other), "total": len(simulation.replayed)}
    yield _("%(other)s of %(total)s requests would have gone another way.", **values)
    for sort, number in simulation.counts.items():
        if number:
            yield f"  {sort.label}: {number}"
    moved = sum(bool(one.moved) for one in simulation.replayed)
    if moved:
        yield _("%(count)s were decided by people who are asked no longer today.", count=moved)
