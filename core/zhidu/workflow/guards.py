"""May this person take this step now? Asked under the lock, the same for every door."""

from __future__ import annotations

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.org import queries as org
from zhidu.records.errors import NotTheApplicant
from zhidu.records.guarding import EDITABLE
from zhidu.records.models import Approval, Record
from zhidu.records.queries import is_applicant
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.decisions import Action
from zhidu.workflow.definition import NodeKind
from zhidu.workflow.errors import (
    AlreadyDecided,
    ApproveOnly,
    HandleOnly,
    NotYourTask,
    OpinionTooLong,
    OpinionWanted,
    PersonWanted,
    SelfApproval,
    TooLateToWithdraw,
    WrongState,
)
from zhidu.workflow.models import (
    DECISIONS,
    InstanceStatus,
    Task,
    TaskStatus,
    Trail,
)
from zhidu.workflow.notices import name_of
from zhidu.workflow.run import Run

MAX_OPINION = 2000
"""Characters of an opinion."""


def require_person(session: Session, actor: Actor) -> int:
    """Give the acting member's id.

    :raises PersonWanted: the system, or someone who is not in the company (any more).
    """
    if actor.member_id is None or not org.works_here(session, actor.member_id):
        raise PersonWanted
    return actor.member_id


def require_decision(run: Run, task: Task, action: Action, opinion: str) -> None:
    """Refuse whoever may not decide this task so.

    Self-approval comes first: that is what an applicant who tries someone else's task must hear.
    """
    member_id = require_person(run.session, run.actor)
    if task.node_kind is NodeKind.APPROVE and member_id == run.record.applicant_id:
        raise SelfApproval
    if task.member_id != member_id:
        raise NotYourTask(name_of(run.session, task.member_id))
    if task.node_kind is NodeKind.HANDLE and action is not Action.HANDLE:
        raise HandleOnly
    if task.node_kind is NodeKind.APPROVE and action is Action.HANDLE:
        raise ApproveOnly
    require_open(run, task)
    if action in {Action.REJECT, Action.RETURN} and not opinion.strip():
        raise OpinionWanted
    if len(opinion) > MAX_OPINION:
        raise OpinionTooLong(MAX_OPINION)
    if run.kind.check_actor is not None:
        run.kind.check_actor(run.session, run.actor, run.detail, task.node_kind.value)


def require_open(run: Run, task: Task) -> None:
    """Refuse a task that is not asked any more, and say what came first.

    :raises NotYourTask: somebody else is asked in the person's place by now.
    :raises AlreadyDecided: with the name of the person who was first.
    """
    current = (
        task.status is TaskStatus.OPEN
        and task.round == run.instance.round
        and run.instance.status is InstanceStatus.RUNNING
    )
    if current:
        return
    if task.status is TaskStatus.WAITING:
        raise WrongState(
            _l("Your turn has not come: the people before you are asked first."),
            cure=_l("You are told when it is your turn."),
        )
    others = run.tasks(task.node_id) if run.instance.node_id == task.node_id else []
    if task.status is TaskStatus.CANCELLED and task.round == run.instance.round and others:
        raise NotYourTask(name_of(run.session, others[0].member_id))  # asked anew
    mine = task.status is TaskStatus.DONE
    if mine:
        raise AlreadyDecided(_l("You have already decided this step."))
    last = run.session.scalars(
        select(Trail)
        .where(
            Trail.instance_id == run.instance.id,
            Trail.round == task.round,
            Trail.action.in_([action.value for action in DECISIONS]),
        )
        .order_by((Trail.node_id == task.node_id).desc(), Trail.id.desc())
        .limit(1)
    ).one_or_none()
    if run.record.approval is Approval.WITHDRAWN or last is None:
        raise AlreadyDecided(_l("The applicant has withdrawn this request."))
    raise AlreadyDecided(
        _l("%(name)s has already decided this step.", name=name_of(run.session, last.member_id))
    )


def require_submittable(session: Session, actor: Actor, record: Record) -> None:
    """Refuse a submit by another person or in another state."""
    if not actor.is_system:
        require_person(session, actor)
        if not is_applicant(actor, record):
            raise NotTheApplicant
    if record.approval not in EDITABLE:
        raise WrongState(
            _l("“%(title)s” was already submitted.", title=record.title),
            cure=_l("Reload the page to see how it stands."),
        )


def require_withdrawable(session: Session, actor: Actor, record: Record) -> None:
    """Refuse a withdrawal by another person, or after the last approval.

    :raises TooLateToWithdraw: the last approve node is decided.
    """
    if not actor.is_system:
        require_person(session, actor)
        if not is_applicant(actor, record):
            raise NotTheApplicant
    if record.approval is Approval.APPROVED:
        raise TooLateToWithdraw
    if record.approval not in {Approval.IN_APPROVAL, Approval.RETURNED}:
        raise WrongState(
            _l("There is nothing to withdraw: “%(title)s” is not on its way.", title=record.title)
        )
