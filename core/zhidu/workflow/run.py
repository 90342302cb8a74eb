"""One record on its way: locked, read anew, and moved from node to node.

The engine's verbs decide whether an act is allowed; what follows from it happens here. The one
lock is the header row: whoever moves a record takes it first, so that two clicks at the same
moment come one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from zhidu import hooks
from zhidu.actor import Actor
from zhidu.audit import trail as audit
from zhidu.clock import now
from zhidu.db import Session
from zhidu.events import RecordEvent
from zhidu.records.models import Approval, Archive, Record
from zhidu.records.queries import detail, kind_of
from zhidu.workflow import copying, entering, movement, needs, timeouts, trail
from zhidu.workflow.decisions import Action
from zhidu.workflow.definition import Branch, Flow, Node, NodeKind, Path, Verb
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import (
    FlowStep,
    Instance,
    InstanceStatus,
    Purpose,
    StepStatus,
    Task,
    TaskStatus,
    Trail,
    TrailAction,
)
from zhidu.workflow.notices import Notices
from zhidu.workflow.routing import Router
from zhidu.workflow.standing import JUMPED, state_of

BACK = "back"
"""Note of a visit behind which a returned record goes straight to the one who returned it."""

_UNFINISHED = (TaskStatus.OPEN, TaskStatus.WAITING)


class Run:
    """A record's approval while it is being moved; made under the lock.

    :param actor: who acts now; what the engine does by itself is written without a person.
    """

    def __init__(self, session: Session, actor: Actor, record: Record, instance: Instance) -> None:
        self.session = session
        self.actor = actor
        self.record = record
        self.instance = instance
        self.flow = Flow.from_json(instance.flow)
        self.kind = kind_of(session, record.kind)
        self.detail: Any = detail(session, record)
        self.router = Router(session, self.kind, record, self.detail, takes=True)
        self.notices = Notices(session, record)
        self._nodes = {node.id: node for node in self.flow.every_node()}
        self.live: dict[str, FlowStep] = {}
        """The visit that counts, by node or branch."""
        self._visits: dict[str, int] = {}
        rows = select(FlowStep).where(FlowStep.instance_id == instance.id).order_by(FlowStep.id)
        for row in session.scalars(rows.execution_options(populate_existing=True)):
            self._visits[row.node_id] = max(row.visit, self._visits.get(row.node_id, 0))
            if row.status is not StepStatus.CLEARED:
                self.live[row.node_id] = row

    @property
    def event(self) -> RecordEvent:
        """Make the event that the kind's effects and the hooks get."""
        return RecordEvent(self.session, self.actor, self.record, self.instance.round)

    @property
    def voids(self) -> bool:
        """Tell whether this run is to void the record, not to approve it."""
        return self.instance.purpose is Purpose.VOID

    @property
    def state(self) -> movement.State:
        """Give where the flow stands."""
        return state_of(self.live.values(), self._nodes)

    def node(self, node_id: str) -> Node:
        """Give a node of the flow that the record is bound to."""
        return self._nodes[node_id]

    def has(self, node_id: str) -> bool:
        """Tell whether the flow has such a node."""
        return node_id in self._nodes

    def active(self) -> list[FlowStep]:
        """List the visits at which somebody is asked, in the order in which they began."""
        return [row for row in self.live.values() if row.status is StepStatus.ACTIVE]

    def waiting(self) -> list[FlowStep]:
        """List the visits at which nobody is asked."""
        return [row for row in self.live.values() if row.status is StepStatus.WAITING]

    def tasks(self, node_id: str | None = None) -> list[Task]:
        """List the unfinished tasks, of one node or of all."""
        found = select(Task).where(
            Task.instance_id == self.instance.id, Task.status.in_(_UNFINISHED)
        )
        if node_id is not None:
            found = found.where(Task.node_id == node_id)
        return list(
            self.session.scalars(
                found.order_by(Task.position, Task.id).execution_options(populate_existing=True)
            )
        )

    def seats(self, step: FlowStep) -> list[Task]:
        """List all tasks of a visit, finished or not."""
        found = select(Task).where(Task.step_id == step.id).order_by(Task.position, Task.id)
        return list(self.session.scalars(found.execution_options(populate_existing=True)))

    def cancel(self, tasks: Iterable[Task], at: datetime | None = None) -> None:
        """Take tasks from the people asked.

        :param at: of the decision that took them away; default: now.
        """
        for task in tasks:
            task.status = TaskStatus.CANCELLED
            task.done_at = at or now()

    def write(self, action: TrailAction, **details: Any) -> Trail:
        """Write an entry into the record's trail; see ``trail.write``."""
        return trail.write(self.session, self.instance, action, **details)

    def log(self, action: str, clause: str = "", **changes: Any) -> None:
        """Write the act into the audit trail."""
        audit.log(
            self.session,
            action,
            self.record.kind,
            self.record.id,
            record_id=self.record.id,
            changes=changes,
            clause=clause,
            policy_version_id=self.record.policy_version_id,
        )

    def take(self, flow: Flow) -> None:
        """Take another shape of the flow at a submit: what was decided on the old one is void."""
        self.clear(list(self.live))
        self.flow = flow
        self.instance.flow = flow.to_json()
        self._nodes = {node.id: node for node in flow.every_node()}
        self.router.forget()

    # -- moving

    def advance(self) -> None:
        """Go on: skip what does not apply, choose paths, ask, wait, or come to the end."""
        while True:
            self.router.forget()
            plan = movement.plan(self.flow.nodes, self.state, self._applies)
            for branch, taken in plan.chosen:
                self.choose(branch, taken)
            for node in plan.skipped:
                self.visit(node, StepStatus.SKIPPED)
                self.write(TrailAction.SKIP, node=node, note=node.when or trail.FINAL)
            if plan.ended:
                self._end()
                return
            passed = False
            for node in plan.entered:
                passed = self.enter(node) or passed
                if self.instance.status is InstanceStatus.ENDED:
                    return  # the engine itself rejected it
            if not passed:
                self.settle()
                return

    def _applies(self, step: Node | Path) -> bool:
        """A deciding node does not apply any more once the request is approved."""
        decided = self.instance.approved_at is not None
        if decided and isinstance(step, Node) and needs.decides(step.kind):
            return False
        return self.router.applies(step)

    def choose(self, branch: Branch, taken: Iterable[str], *, by_hand: bool = False) -> None:
        """Write down which paths of a branch are taken."""
        note = ",".join(taken)
        self.visit(branch, StepStatus.PASSED, note=note + (JUMPED if by_hand else ""))
        self.write(TrailAction.CHOOSE, node=branch, note=note)

    def can_approve(self, node: Node) -> bool:
        """Tell whether passing a node can be an approval.

        An opinion is none, and the engine alone never approves money or seals.
        """
        if node.kind is NodeKind.AUTO:
            return not self.kind.guarded
        decided = node.kind is NodeKind.APPROVE and node.verb is not Verb.OPINION
        return decided or node.kind is NodeKind.MEETING

    def visit(self, node: Node | Branch | None, status: StepStatus, note: str = "") -> FlowStep:
        """Write down that a node is reached, or which paths of a branch are taken."""
        name = node.id if node else ""
        self._visits[name] = self._visits.get(name, 0) + 1
        settled = status in {StepStatus.PASSED, StepStatus.SKIPPED}
        step = FlowStep(
            instance_id=self.instance.id,
            record_id=self.record.id,
            round=self.instance.round,
            node_id=name,
            visit=self._visits[name],
            status=status,
            note=note,
            entered_at=now(),
            left_at=now() if settled else None,
        )
        self.session.add(step)
        self.session.flush()
        self.live[name] = step
        return step

    def enter(self, node: Node, note: str = "") -> bool:
        """Begin a node; tell whether it was passed at once."""
        step = self.visit(node, StepStatus.ACTIVE, note)
        self.write(TrailAction.ENTER, node=node, step=step)
        entering.begin(self, node, step)
        return step.status is StepStatus.PASSED

    def open(self, tasks: Iterable[Task]) -> None:
        """Let the turn of people come, and tell them."""
        opened = list(tasks)
        for task in opened:
            task.status = TaskStatus.OPEN
            task.opened_at = now()
            timeouts.start(
                self.session, self.node(task.node_id), task, self.record.policy_version_id
            )
        self.session.flush()
        self.notices.asked(opened)

    def wait(self, node: Node | None, step: FlowStep, reason: Waiting) -> None:
        """Stop at a node because nobody can be asked; the administrators are told."""
        already = step.status is StepStatus.WAITING and step.waiting_reason == reason.value
        step.status = StepStatus.WAITING
        step.waiting_reason = reason.value
        if already:
            return
        self.write(TrailAction.WAIT, node=node, step=step, note=reason.value)
        self.session.flush()
        if reason is not Waiting.WINDOW:
            self.notices.waits(step, node.name if node else "", reason)

    def go_on(self, node: Node, step: FlowStep, note: str = "") -> None:
        """Let a node that waited ask people again."""
        step.status = StepStatus.ACTIVE
        step.waiting_reason = ""
        self.write(TrailAction.RESUME, node=node, step=step, note=note)

    def passed(self, node: Node, step: FlowStep) -> None:
        """Write down that a node is passed; fire the effect where that was the approval."""
        step.status = StepStatus.PASSED
        step.waiting_reason = ""
        step.left_at = now()
        self.router.forget()
        if step.note == BACK:
            self.clear(self.stale())
        final = self.completes()
        self.write(TrailAction.PASS, node=node, step=step, note=trail.FINAL if final else "")
        self.session.flush()
        if final:
            self.approve_finally()

    def completes(self) -> bool:
        """Tell whether the request is approved now: somebody did, and nobody can stop it any more."""
        if self.instance.approved_at is not None:
            return False
        ahead = movement.still(self.flow.nodes, self.state, self._applies)
        return not any(needs.decides(node.kind) for node in ahead) and self._was_approved()

    def _was_approved(self) -> bool:
        """Tell whether somebody approved in what still counts.

        The engine itself counts where the policy says so, never for money or seals.
        """
        names = [node.id for node in self._nodes.values() if self.can_approve(node)]
        passed = (
            FlowStep.instance_id == self.instance.id,
            FlowStep.status == StepStatus.PASSED,
            FlowStep.node_id.in_(names),
        )
        by_people = select(Task.id).join(FlowStep, FlowStep.id == Task.step_id)
        by_people = by_people.where(*passed, Task.decision == Action.APPROVE.value)
        if self.session.scalar(by_people.limit(1)) is not None:
            return True
        if self.kind.guarded:
            return False
        by_itself = select(Trail.id).join(FlowStep, FlowStep.id == Trail.step_id)
        by_itself = by_itself.where(
            *passed, Trail.action == TrailAction.AUTO, Trail.note == Action.APPROVE.value
        )
        return self.session.scalar(by_itself.limit(1)) is not None

    def stale(self) -> tuple[str, ...]:
        """Give what the facts of now would decide in another way, with all behind it."""
        by_hand = [name for name, row in self.live.items() if row.note.endswith(JUMPED)]
        return movement.stale(self.flow.nodes, self.state, self._applies, by_hand)

    def clear(self, ids: Iterable[str]) -> None:
        """Make visits void, with their tasks: they may be made again.

        A flow that waited at its end does not any more.
        """
        wanted = dict.fromkeys((*ids, ""))
        rows = [self.live.pop(name) for name in wanted if name in self.live]
        if not rows:
            return
        steps = {row.id for row in rows}
        self.cancel(task for task in self.tasks() if task.step_id in steps)
        for row in rows:
            row.status = StepStatus.CLEARED
            row.waiting_reason = ""
            row.left_at = now()
        self.write(TrailAction.CLEAR, note=",".join(row.node_id for row in rows))
        self.session.flush()

    def settle(self) -> None:
        """Say whether somebody is asked, or the flow as a whole waits."""
        waits = self.waiting() and not self.active()
        self.instance.status = InstanceStatus.WAITING if waits else InstanceStatus.RUNNING
        self.session.flush()

    def _end(self) -> None:
        """Come to the end, unless facts changed on the way so that nobody had to approve."""
        if self.instance.approved_at is not None:
            self.finish()
            return
        self.wait(None, self.visit(None, StepStatus.WAITING), Waiting.NO_APPROVAL)
        self.settle()

    # -- ends

    def approve_finally(self) -> None:
        """Fire the business effect: once, in the transaction of the last approving node."""
        self.instance.approved_at = now()
        self.record.approval = Approval.VOIDED if self.voids else Approval.APPROVED
        self.session.flush()
        effect = self.kind.on_voided if self.voids else self.kind.on_approved
        if effect is not None:
            effect(self.event)
        if self.voids:
            self.notices.voided()
            self.log("voided", number=self.record.number)
            return
        hooks.after_approved(self.session, self.event)
        self.notices.approved()
        self.log("approved", number=self.record.number)

    def finish(self) -> None:
        """Come to the end: nothing is left to do."""
        self.instance.status = InstanceStatus.ENDED
        self.instance.ended_at = now()
        if not self.voids:
            self.record.ended_at = now()
        self.record.archive = Archive.DUE
        self.write(TrailAction.END, note=self.record.approval.value)
        if not self.voids:
            copying.at(self, "end")

    def stop(self, approval: Approval, status: InstanceStatus) -> None:
        """Leave the flow before its end: rejected, returned, withdrawn or ended by the manager.

        What is asked is cleared. A request to void leaves the record in force.
        """
        self.clear([row.node_id for row in (*self.active(), *self.waiting())])
        self.instance.status = status
        if not self.voids:
            self.record.approval = approval
        if status is InstanceStatus.ENDED:
            self.instance.ended_at = now()
            if not self.voids:
                self.record.ended_at = now()
            self.write(TrailAction.END, note=self.record.approval.value)
        self.session.flush()
