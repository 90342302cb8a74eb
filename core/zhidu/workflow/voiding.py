"""作废: a finished document is taken out of force by an approval of its own."""

from __future__ import annotations

from dataclasses import replace

from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import Refused
from zhidu.records.errors import NotTheApplicant
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Approval, Record
from zhidu.records.queries import detail, is_applicant, kind_of
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import guards, managing, seats, standing, trail
from zhidu.workflow.definition import Flow
from zhidu.workflow.errors import NoVoiding
from zhidu.workflow.models import Instance, InstanceStatus, Purpose, TrailAction
from zhidu.workflow.run import Run
from zhidu.workflow.standing import lock
from zhidu.workflow.submitting import begin


def void(session: Session, actor: Actor, record: Record, reason: str, key: str = "") -> None:
    """Ask for a finished document to be voided; it stays in force until that is approved.

    The applicant may, and the flow's manager. The steps are those that the policy under which the
    document was approved has for it. Asked again after a return, it goes on in the same request.

    :raises NoVoiding: the document is not finished, the policy has no steps for it, or its effect
        cannot be undone.
    :raises NotTheApplicant: another person asks.
    :raises Refused: the kind says why this one stays in force.
    """
    with engine_writes(session):
        kind = kind_of(session, record.kind)
        lock(session, record)
        if trail.known(session, actor, record, key):
            return
        instance = standing.of_purpose(session, record.id, Purpose.VOID)
        approval = _require(session, actor, record, instance)
        reason = seats.reason_of(reason)
        if instance is None:
            instance = _begin(session, record, approval)
        else:
            instance.round += 1
            instance.status = InstanceStatus.RUNNING
            instance.ended_at = None
        run = Run(session, actor, record, instance)
        run.write(TrailAction.VOID, actor=actor, opinion=reason, key=key)
        begin(run)
        run.log("void", number=record.number, reason=reason, kind=kind.name)


def may_void(session: Session, actor: Actor, record: Record) -> bool:
    """Tell whether the actor may ask for the document to be voided now."""
    instance = standing.of_purpose(session, record.id, Purpose.VOID)
    try:
        _require(session, actor, record, instance)
    except Refused:
        return False
    return True


def _require(
    session: Session,
    actor: Actor,
    record: Record,
    instance: Instance | None,
) -> Instance:
    """Refuse whoever may not ask, and what cannot be voided; gives the approval.

    :param instance: an earlier request to void it.
    """
    approval = standing.of_purpose(session, record.id, Purpose.APPROVAL)
    if approval is None or approval.status is not InstanceStatus.ENDED:
        raise NoVoiding(_l("Only a finished document can be voided."))
    if record.approval is not Approval.APPROVED:
        raise NoVoiding(_l("“%(title)s” is not in force.", title=record.title))
    if instance is not None and instance.status in {InstanceStatus.RUNNING, InstanceStatus.WAITING}:
        raise NoVoiding(_l("Somebody has asked for it already; that request is on its way."))
    kind = session.registry.kinds[record.kind]
    if not Flow.from_json(approval.flow).void:
        raise NoVoiding(_l("The policy has no way to void “%(kind)s”.", kind=kind.title))
    if kind.on_approved is not None and kind.on_voided is None:
        raise NoVoiding(_l("What “%(kind)s” has brought about cannot be undone.", kind=kind.title))
    if not actor.is_system:
        guards.require_person(session, actor)
        manages = managing.is_manager(Run(session, actor, record, approval))
        if not is_applicant(actor, record) and not manages:
            raise NotTheApplicant
    if kind.check_void is not None:
        kind.check_void(session, detail(session, record))
    return approval


def _begin(session: Session, record: Record, approval: Instance) -> Instance:
    """Make the request to void, with its own steps under the same policy."""
    flow = Flow.from_json(approval.flow)
    instance = Instance(
        record_id=record.id,
        purpose=Purpose.VOID,
        kind=record.kind,
        policy_version_id=approval.policy_version_id,
        flow=replace(flow, nodes=flow.void, void=(), cc=(), windows=(), urgent=None).to_json(),
        round=1,
        started_at=now(),
    )
    session.add(instance)
    session.flush()
    return instance
