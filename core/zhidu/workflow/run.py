"""One record on its way: locked, read anew, and moved from node to node.

The engine's verbs decide whether an act is allowed; what follows from it happens here. The one
lock is the header row: whoever moves a record takes it first, so that two clicks at the same
moment come one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from zhidu import hooks, settings
from zhidu.actor import Actor
from zhidu.audit import trail as audit
from zhidu.clock import now
from zhidu.db import Session
from zhidu.events import RecordEvent
from zhidu.records import services as records
from zhidu.records.models import Approval, Archive, ReaderReason, Record
from zhidu.records.queries import detail, kind_of
from zhidu.workflow import trail
from zhidu.workflow.decisions import opened_at_once
from zhidu.workflow.definition import Cc, Flow, Node, NodeKind
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import (
    Copy,
    Instance,
    InstanceStatus,
    Task,
    TaskStatus,
    Trail,
    TrailAction,
)
from zhidu.workflow.notices import Notices
from zhidu.workflow.routing import Router

REMIND_HOURS = "core.remind_hours"
"""Setting: hours after which an open task is brought to mind."""

_UNFINISHED = (TaskStatus.OPEN, TaskStatus.WAITING)


def lock(session: Session, record: Record) -> Instance | None:
    """Take the record's lock and read header and instance as they are now.

    On SQLite the writing session holds the only lock already.
    """
    session.flush()
    # NO KEY UPDATE: a comment or a file that only points at the record does not wait for us
    session.refresh(record, with_for_update={"key_share": True})
    return session.scalars(
        select(Instance)
        .where(Instance.record_id == record.id)
        .execution_options(populate_existing=True)
    ).one_or_none()


class Run:
    """A record's approval while it is being moved; made under the lock.

    :param actor: who acts now; what the engine does by itself is written without a person.
    """

    def __init__(
        self, session: Session, actor: Actor, record: Record, instance: Instance, flow: Flow
    ) -> None:
        self.session = session
        self.actor = actor
        self.record = record
        self.instance = instance
        self.flow = flow
        self.kind = kind_of(session, record.kind)
        self.detail: Any = detail(session, record)
        self.router = Router(session, self.kind, record, self.detail)
        self.notices = Notices(session, record)

    @property
    def event(self) -> RecordEvent:
        """Make the event that the kind's effects and the hooks get."""
        return RecordEvent(self.session, self.actor, self.record, self.instance.round)

    def node(self, node_id: str) -> Node:
        """Give a node of the flow that the record is bound to."""
        return next(node for node in self.flow.nodes if node.id == node_id)

    def behind(self, node_id: str) -> tuple[Node, ...]:
        """List the nodes behind one; all of them for the empty id."""
        ids = [node.id for node in self.flow.nodes]
        return self.flow.nodes[ids.index(node_id) + 1 :] if node_id else self.flow.nodes

    def tasks(self, node_id: str | None = None) -> list[Task]:
        """List this round's unfinished tasks, of one node or of all."""
        found = select(Task).where(
            Task.instance_id == self.instance.id,
            Task.round == self.instance.round,
            Task.status.in_(_UNFINISHED),
        )
        if node_id is not None:
            found = found.where(Task.node_id == node_id)
        return list(
            self.session.scalars(
                found.order_by(Task.position, Task.id).execution_options(populate_existing=True)
            )
        )

    def cancel(self, tasks: Iterable[Task]) -> None:
        """Take tasks from the people asked."""
        for task in tasks:
            task.status = TaskStatus.CANCELLED
            task.done_at = now()

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

    # -- moving

    def is_last_approval(self, node_id: str) -> bool:
        """Tell whether no approving step is ahead, so that passing this node is the approval."""
        if self.instance.approved_at is not None:
            return False
        ahead = any(
            node.kind is NodeKind.APPROVE and self.router.applies(node)
            for node in self.behind(node_id)
        )
        return not ahead and (self.node(node_id).kind is NodeKind.APPROVE or self._was_approved())

    def _was_approved(self) -> bool:
        """Tell whether somebody approved in this round."""
        return (
            self.session.scalar(
                select(Trail.id)
                .where(
                    Trail.instance_id == self.instance.id,
                    Trail.round == self.instance.round,
                    Trail.action == TrailAction.APPROVE,
                )
                .limit(1)
            )
            is not None
        )

    def advance(self, after: str = "") -> None:
        """Go on behind a node: skip what does not apply, ask, wait, or come to the end."""
        self.router.forget()
        for node in self.behind(after):
            approved = node.kind is NodeKind.APPROVE and self.instance.approved_at is not None
            if approved or not self.router.applies(node):
                note = node.when or trail.PASSED
                trail.write(self.session, self.instance, TrailAction.SKIP, node=node, note=note)
                continue
            self.enter(node)
            return
        if self.instance.approved_at is None:
            # facts changed on the way so that no approving step applied: never passed by nobody
            self.wait(self.node(after) if after else self.flow.nodes[0], Waiting.NO_APPROVAL)
            return
        self.finish()

    def enter(self, node: Node) -> None:
        """Ask the people of a node, or wait."""
        route = self.router.route(self.flow, node)
        if route.reason is not None:
            self.wait(node, route.reason)
            return
        self.instance.node_id = node.id
        self.instance.status = InstanceStatus.RUNNING
        self.instance.waiting_reason = ""
        tasks = [
            Task(
                instance_id=self.instance.id,
                record_id=self.record.id,
                kind=self.record.kind,
                round=self.instance.round,
                node_id=node.id,
                node_name=node.name,
                node_kind=node.kind,
                clause=node.clause,
                position=position,
                member_id=asked.member_id,
                origin=asked.origin,
                status=TaskStatus.WAITING,
            )
            for position, asked in enumerate(route.people, 1)
        ]
        at_once = [task for task in tasks if opened_at_once(node.mode, task.position)]
        self.open(at_once, new=tasks)
        for task in tasks:
            records.add_reader(self.session, self.record.id, task.member_id, ReaderReason.TASK)

    def open(self, tasks: Iterable[Task], *, new: Sequence[Task] = ()) -> None:
        """Let the turn of people come, and tell them.

        :param new: tasks to be written with it, in this order.
        """
        hours = settings.get(self.session, REMIND_HOURS, self.record.policy_version_id)
        opened = list(tasks)
        for task in opened:
            task.status = TaskStatus.OPEN
            task.opened_at = now()
            task.remind_at = now() + timedelta(hours=hours)
        self.session.add_all(new)
        self.session.flush()
        self.notices.asked(opened)

    def wait(self, node: Node, reason: Waiting) -> None:
        """Stop before a node because nobody can be asked; the administrators are told."""
        self.instance.node_id = node.id
        already = self.instance.waiting_reason == reason.value
        self.instance.status = InstanceStatus.WAITING
        self.instance.waiting_reason = reason.value
        if not already:
            trail.write(self.session, self.instance, TrailAction.WAIT, node=node, note=reason.value)
            self.session.flush()
            self.notices.waits(self.instance, node.name, reason)

    # -- ends

    def approve_finally(self) -> None:
        """Fire the business effect: once, in the transaction of the last approve node."""
        if self.instance.approved_at is not None:
            return
        self.instance.approved_at = now()
        self.record.approval = Approval.APPROVED
        self.session.flush()
        if self.kind.on_approved is not None:
            self.kind.on_approved(self.event)
        hooks.after_approved(self.session, self.event)
        self.notices.approved()
        self.log("approved", number=self.record.number)

    def finish(self) -> None:
        """Come to the end: nothing is left to do."""
        self.instance.status = InstanceStatus.ENDED
        self.instance.node_id = ""
        self.instance.waiting_reason = ""
        self.instance.ended_at = self.record.ended_at = now()
        self.record.archive = Archive.DUE
        trail.write(self.session, self.instance, TrailAction.END)
        self.copy("end")

    def stop(self, approval: Approval, status: InstanceStatus) -> None:
        """Leave the flow before its end: rejected, returned or withdrawn."""
        self.instance.status = status
        self.instance.node_id = ""
        self.instance.waiting_reason = ""
        self.record.approval = approval
        if status is InstanceStatus.ENDED:
            self.instance.ended_at = self.record.ended_at = now()
        self.session.flush()

    def copy(self, at: str) -> None:
        """Send the copies of this moment, one per person; the applicant needs none."""
        wanted = [cc for cc in self.flow.cc if cc.at == at]
        found = [one for cc in wanted for one in self._copied(cc)]
        known = set(
            self.session.scalars(select(Copy.member_id).where(Copy.record_id == self.record.id))
        )
        fresh = [one for one in dict.fromkeys(found) if one not in known]
        for member_id in fresh:
            self.session.add(
                Copy(
                    record_id=self.record.id,
                    kind=self.record.kind,
                    member_id=member_id,
                    at=now(),
                )
            )
            records.add_reader(self.session, self.record.id, member_id, ReaderReason.CC)
            trail.write(self.session, self.instance, TrailAction.CC, note=str(member_id))
        if fresh:
            self.session.flush()
            self.notices.copied(fresh)

    def _copied(self, cc: Cc) -> list[int]:
        return [
            one
            for one in self.router.working(self.router.find(cc.approver))
            if one != self.record.applicant_id
        ]
