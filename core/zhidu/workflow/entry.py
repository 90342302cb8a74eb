"""The door to a flow: who may start it, when, and which steps a request takes that comes late.

A flow is shaped for each request at its submit: steps that only being late adds are left out of it
otherwise, and what was done first takes the steps of urgent requests. The instance keeps the shaped
flow, so that all who look at it see the same; the whole one is kept beside it for the next submit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from zhidu import hooks
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.events import FlowQuery
from zhidu.records.guarding import EDITABLE
from zhidu.workflow import opening, scopes, urgent
from zhidu.workflow.definition import Flow, Node, Step
from zhidu.workflow.models import Instance, InstanceStatus, TrailAction
from zhidu.workflow.opening import NEXT_PERIOD, REFUSE, Opening, Standing

if TYPE_CHECKING:
    from zhidu.workflow.routing import Router
    from zhidu.workflow.run import Run


@dataclass(frozen=True, slots=True)
class Late:
    """A window that was closed when the record came.

    :param means: ``next_period``, or the id of the step that is added.
    :param last_day: the last day on which it would have been in time.
    :param opens_on: when it opens again, if it does: the next period's first day.
    """

    clause: str
    means: str
    last_day: date | None = None
    opens_on: date | None = None

    @property
    def is_next_period(self) -> bool:
        """Tell whether it counts for the next period."""
        return self.means == NEXT_PERIOD


def may_start(session: Session, actor: Actor, kind: str) -> bool:
    """Tell whether the policy in force lets the actor request a kind of record.

    Where no flow says who may, everybody may; the right to write such a record is another matter.
    """
    if actor.is_system or actor.member_id is None:
        return actor.is_system
    flow = hooks.resolve_flow(session, FlowQuery(session, kind, None, None))
    return flow is None or scopes.covers(session, actor.member_id, flow.start, flow.excepted)


def startable(session: Session, actor: Actor, kinds: Iterable[str]) -> list[str]:
    """Keep the kinds that the policy lets the actor request."""
    return [kind for kind in kinds if may_start(session, actor, kind)]


# -- the shape of a flow


def shaped(flow: Flow, added: Collection[str] = (), *, is_urgent: bool = False) -> Flow:
    """Give a flow as one request takes it.

    :param added: ids of the steps that being late adds; the others of that sort are left out.
    :param is_urgent: the thing was done first: the steps for that, where the policy has some.
    """
    if is_urgent and flow.urgent is not None and flow.urgent.steps:
        return replace(flow, nodes=flow.urgent.steps)
    left_out = {window.late for window in flow.windows} - {REFUSE, NEXT_PERIOD, *added}
    return replace(flow, nodes=_without(flow.nodes, left_out)) if left_out else flow


def _without(steps: tuple[Step, ...], left_out: Collection[str]) -> tuple[Step, ...]:
    found: list[Step] = []
    for step in steps:
        if isinstance(step, Node):
            if step.id not in left_out:
                found.append(step)
            continue
        paths = (replace(path, steps=_without(path.steps, left_out)) for path in step.paths)
        found.append(replace(step, paths=tuple(paths)))
    return tuple(found)


def days_of(flow: Flow, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Give the days of the form from which the windows of a flow count."""
    return {window.field: facts.get(window.field) for window in flow.windows if window.field}


# -- at a submit


def admit(run: Run, said: urgent.Said, *, returned: bool) -> None:
    """Let a request in, or refuse it; shape its flow, and write down that it is late or urgent.

    What was returned is judged by when it first came, unless the days have changed from which its
    windows count; what was withdrawn comes anew. What was done first has no window to keep, and
    what the system itself submits neither.

    :raises NotOpen: it is too early, or too late where that is refused.
    :raises NotUrgent: the policy lets nothing of this kind be done first.
    :raises UrgentIncomplete: not enough is said about it.
    """
    flow, before = whole(run.instance), lates(run.instance)
    days = _plain(flow, run.router) if flow.windows else {}
    at = _came_at(run.instance, days, returned=returned)
    is_urgent = urgent.declare(run, flow, said, at)
    found: list[Late] = []
    if flow.windows and not is_urgent and not run.actor.is_system:
        late = opening.require_open(
            run.session,
            flow.windows,
            days_of(flow, run.router.facts),
            run.record.applicant_id,
            policy_version_id=run.record.policy_version_id,
            at=at,
        )
        found = [_late(one) for one in late]
    wanted = shaped(flow, {one.means for one in found}, is_urgent=is_urgent)
    run.instance.entry = _written(at, days, found, wanted, flow, is_urgent=is_urgent)
    if wanted != run.flow:
        run.take(wanted)
    for one in found:
        if one not in before or not returned:
            run.write(TrailAction.LATE, note=one.means, clause=one.clause)


def _late(one: Opening) -> Late:
    return Late(one.window.clause, one.window.late, one.last_day, one.opens_on)


def _came_at(instance: Instance, days: Mapping[str, Any], *, returned: bool) -> datetime:
    """Say when a request came, for its windows."""
    before = came_at(instance)
    same = instance.entry.get("days", {}) == days
    return before if returned and same and before is not None else now()


def _plain(flow: Flow, router: Router) -> dict[str, str | None]:
    found = days_of(flow, router.facts)
    return {name: None if day is None else str(day) for name, day in found.items()}


def _written(
    at: datetime,
    days: Mapping[str, Any],
    found: Iterable[Late],
    wanted: Flow,
    flow: Flow,
    *,
    is_urgent: bool,
) -> dict[str, Any]:
    """Write down how a request came in; what goes without saying is left out."""
    entry: dict[str, Any] = {"at": at.isoformat()}
    if days:
        entry["days"] = dict(days)
    late = [
        {
            "clause": one.clause,
            "means": one.means,
            "last_day": one.last_day and one.last_day.isoformat(),
            "opens_on": one.opens_on and one.opens_on.isoformat(),
        }
        for one in found
    ]
    if late:
        entry["late"] = late
    if is_urgent:
        entry["urgent"] = True
    if wanted != flow:
        entry["flow"] = flow.to_json()
    return entry


# -- afterwards


def whole(instance: Instance) -> Flow:
    """Give the flow that a record is bound to, as the policy has it for everybody."""
    return Flow.from_json(instance.entry.get("flow") or instance.flow)


def came_at(instance: Instance) -> datetime | None:
    """Give the instant by which the last submit was judged; none of what never was."""
    at = instance.entry.get("at")
    return datetime.fromisoformat(at) if at else None


def lates(instance: Instance) -> list[Late]:
    """List the windows that were closed when the record came, for its page and its print."""

    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    return [
        Late(one["clause"], one["means"], day(one["last_day"]), day(one["opens_on"]))
        for one in instance.entry.get("late", ())
    ]


def is_urgent(instance: Instance) -> bool:
    """Tell whether the thing was done first and written up after."""
    return bool(instance.entry.get("urgent"))


# -- before a submit


def foreseen(
    router: Router, flow: Flow, instance: Instance | None, *, hurries: bool | None = None
) -> Flow:
    """Give the flow as a submit would shape it now; a window that refuses is told elsewhere.

    :param flow: the one in force, for a record that was never submitted.
    :param instance: of a record that was; while it is on its way it keeps its shape.
    :param hurries: whether it would be urgent; default: as at the submit before.
    """
    if instance is not None:
        waits = instance.status in {InstanceStatus.RUNNING, InstanceStatus.WAITING}
        if waits or router.record.approval not in EDITABLE:
            return Flow.from_json(instance.flow)
        flow = whole(instance)
        hurries = is_urgent(instance) if hurries is None else hurries
    if hurries and flow.urgent is not None:
        return shaped(flow, is_urgent=True)
    return shaped(flow, _foreseen_late(router, flow, instance))


def _foreseen_late(router: Router, flow: Flow, instance: Instance | None) -> set[str]:
    added = {window.late for window in flow.windows} - {REFUSE, NEXT_PERIOD}
    if not added or router.record.applicant_id is None:
        return set()
    returned = instance is not None and instance.status is InstanceStatus.RETURNED
    at = _came_at(instance, _plain(flow, router), returned=returned) if instance else now()
    found = opening.openings(
        router.session,
        flow.windows,
        days_of(flow, router.facts),
        router.record.applicant_id,
        policy_version_id=router.record.policy_version_id,
        at=at,
    )
    return {one.window.late for one in found if one.standing is Standing.LATE}
