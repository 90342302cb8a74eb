"""May this person take this step now? Asked under the lock, the same for every door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import clause
from zhidu.org import queries as org
from zhidu.records.errors import NotTheApplicant
from zhidu.records.guarding import EDITABLE
from zhidu.records.models import Approval, Attachment, Record
from zhidu.records.queries import is_applicant
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import authority, needs
from zhidu.workflow.decisions import Action
from zhidu.workflow.definition import Node, NodeKind, Verb, Withdraw
from zhidu.workflow.errors import (
    AlreadyDecided,
    ApproveOnly,
    AttachmentWanted,
    HandleOnly,
    KeptApart,
    NotAllowedHere,
    NotByCirculation,
    NotYourTask,
    OpinionOnly,
    OpinionTooLong,
    OpinionWanted,
    PersonWanted,
    SelfApproval,
    SignatureWanted,
    TooLateToWithdraw,
    WrongState,
)
from zhidu.workflow.models import (
    DECISIONS,
    InstanceStatus,
    Sign,
    StepStatus,
    Task,
    TaskStatus,
    Trail,
    TrailAction,
)
from zhidu.workflow.notices import name_of
from zhidu.workflow.seats_errors import AnswerOnly

if TYPE_CHECKING:
    from zhidu.workflow.run import Run

MAX_OPINION = 2000
"""Characters of an opinion."""


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with a decision.

    :param opinion: without blanks around it.
    :param attachments: keys of files on the record that the person put there for it.
    :param signature: key of the content of the person's own signature, which the engine adds
        where the node is signed.
    :param circulated: a body decided by opinions sent around instead of meeting.
    """

    opinion: str = ""
    attachments: Sequence[int] = ()
    signature: int | None = None
    circulated: bool = False


NOTHING = Given()


def require_person(session: Session, actor: Actor) -> int:
    """Give the acting member's id.

    :raises PersonWanted: the system, or someone who is not in the company (any more).
    """
    if actor.member_id is None or not org.works_here(session, actor.member_id):
        raise PersonWanted
    return actor.member_id


def require_decision(run: Run, task: Task, action: Action, given: Given) -> None:
    """Refuse whoever may not decide this task so.

    Self-approval comes first: that is what an applicant who tries someone else's task must hear.
    """
    node = run.node(task.node_id)
    member_id = require_person(run.session, run.actor)
    if needs.decides(task.node_kind) and member_id == run.record.applicant_id:
        raise SelfApproval
    if task.member_id != member_id:
        raise NotYourTask(name_of(run.session, task.member_id))
    if task.sign is Sign.CONSULT:
        raise AnswerOnly
    _require_action(node, action)
    require_open(run, task)
    require_fit(run, node)
    if node.authority and action in {Action.APPROVE, Action.HANDLE}:
        authority.require(
            run.session,
            member_id,
            run.kind,
            run.router.facts,
            matter=node.authority,
            source=clause(node.clause),
        )
    _require_words(node, action, given)
    _require_files(run, member_id, given)


def require_fit(run: Run, node: Node) -> None:
    """Refuse whom the policy or the kind itself keeps from a node.

    :raises KeptApart: the person decided a step that another person must decide.
    """
    member_id = require_person(run.session, run.actor)
    if run.router.kept_apart(run.flow, node, member_id):
        raise KeptApart(node.name)
    if run.kind.check_actor is not None:
        run.kind.check_actor(run.session, run.actor, run.detail, node.kind.value)


def _require_action(node: Node, action: Action) -> None:
    """Refuse a decision that this kind of node does not know."""
    if action in needs.actions(node):
        return
    if action is Action.HANDLE:
        raise ApproveOnly
    if Action.HANDLE in needs.actions(node):
        raise HandleOnly
    if node.verb is Verb.OPINION:
        raise OpinionOnly
    raise NotAllowedHere(node.name)


def _require_words(node: Node, action: Action, given: Given) -> None:
    """Refuse a decision without what the node asks for: words, a signature, a file."""
    if not given.opinion:
        if action in {Action.REJECT, Action.RETURN}:
            raise OpinionWanted
        if needs.opinion(node, action):
            raise OpinionWanted(_l("This step wants your opinion in words."))
    if len(given.opinion) > MAX_OPINION:
        raise OpinionTooLong(MAX_OPINION)
    if given.circulated and not node.circulation:
        raise NotByCirculation
    if node.sign and action is not Action.RETURN and given.signature is None:
        raise SignatureWanted
    if needs.attachment(node, action) and not given.attachments:
        raise AttachmentWanted(resolution=node.kind is NodeKind.MEETING)


def _require_files(run: Run, member_id: int, given: Given) -> None:
    """Refuse files that are not the person's own on this record, or that were taken off again."""
    if not given.attachments:
        return
    own = select(Attachment.id).where(
        Attachment.id.in_(given.attachments),
        Attachment.record_id == run.record.id,
        Attachment.uploaded_by == member_id,
        Attachment.removed_at.is_(None),
    )
    if set(run.session.scalars(own)) != set(given.attachments):
        raise AttachmentWanted


def require_open(run: Run, task: Task) -> None:
    """Refuse a task that is not asked any more, and say what came first.

    :raises NotYourTask: somebody else is asked in the person's place by now.
    :raises AlreadyDecided: with the name of the person who was first.
    """
    going = run.instance.status in {InstanceStatus.RUNNING, InstanceStatus.WAITING}
    if task.status is TaskStatus.OPEN and going:
        return
    if task.status is TaskStatus.WAITING:
        raise WrongState(
            _l("Your turn has not come: the people before you are asked first."),
            cure=_l("You are told when it is your turn."),
        )
    if task.status is TaskStatus.DONE:
        raise AlreadyDecided(_l("You have already decided this step."))
    step = run.live.get(task.node_id)
    if step is not None and step.id == task.step_id and step.status is StepStatus.ACTIVE:
        others = run.tasks(task.node_id)
        if others:
            raise NotYourTask(name_of(run.session, others[0].member_id))  # asked anew
    last = run.session.scalars(
        select(Trail)
        .where(
            Trail.record_id == run.record.id,
            Trail.instance_id == run.instance.id,
            Trail.round >= task.round,
            Trail.action.in_((*DECISIONS, TrailAction.WITHDRAW, TrailAction.TERMINATE)),
        )
        .order_by((Trail.step_id == task.step_id).desc(), Trail.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.action is TrailAction.WITHDRAW:
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


def nothing_to_withdraw(record: Record) -> WrongState:
    """Say that a record is not on its way."""
    return WrongState(
        _l("There is nothing to withdraw: “%(title)s” is not on its way.", title=record.title)
    )


def require_withdrawable(run: Run) -> None:
    """Refuse a withdrawal by another person, or when the policy says that it is too late.

    A returned request is the applicant's again: that one may always be withdrawn.

    :raises TooLateToWithdraw: the last approving node is decided, or as the policy has it.
    """
    record = run.record
    if not run.actor.is_system:
        require_person(run.session, run.actor)
        if not is_applicant(run.actor, record):
            raise NotTheApplicant
    if run.instance.status is InstanceStatus.RETURNED:
        return
    if not run.voids and record.approval is Approval.APPROVED:
        raise TooLateToWithdraw
    if run.instance.status is InstanceStatus.ENDED:
        raise nothing_to_withdraw(record)
    if run.flow.withdraw is Withdraw.NEVER:
        raise TooLateToWithdraw(
            _l("The policy does not let a submitted request be withdrawn."),
            cure=_l("Ask who decides it to return or reject it."),
        )
    if run.flow.withdraw is Withdraw.UNTOUCHED and _touched(run):
        raise TooLateToWithdraw(
            _l(
                "Somebody has decided a step of it: the policy lets it be withdrawn before that only."
            ),
            cure=_l("Ask who decides it to return or reject it."),
        )


def _touched(run: Run) -> bool:
    """Tell whether somebody has decided anything since the last submit."""
    found = select(Trail.id).where(
        Trail.record_id == run.record.id,
        Trail.instance_id == run.instance.id,
        Trail.round == run.instance.round,
        Trail.action.in_(DECISIONS),
    )
    return run.session.scalar(found.limit(1)) is not None
