"""Submit: a draft gets its number, its department as of now, its policy version and its flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from zhidu import hooks, settings
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.clock import now, today
from zhidu.db import Session
from zhidu.db.sequence import format_number, next_number, period_of
from zhidu.events import FlowQuery, RecordEvent, SettingQuery
from zhidu.org.models import Company
from zhidu.records import services as records
from zhidu.records.guarding import engine_writes
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Approval, Record
from zhidu.records.queries import kind_of
from zhidu.workflow import choices, copying, entry, fields, guards, movement, scopes, trail
from zhidu.workflow.definition import Flow
from zhidu.workflow.errors import NoApproval, NoFlow, NotForYou
from zhidu.workflow.models import Instance, InstanceStatus, Purpose, TrailAction
from zhidu.workflow.run import Run
from zhidu.workflow.standing import lock
from zhidu.workflow.urgent import Manner, Said

Chosen = Mapping[str, Sequence[int]]
"""Member ids by the id of the step for which the applicant chose them."""


def submit(
    session: Session,
    actor: Actor,
    record: Record,
    key: str = "",
    *,
    chosen: Chosen | None = None,
    hurry: Said = Manner.AS_BEFORE,
) -> None:
    """Send a record on its way; again after a return or a withdrawal, under the same number.

    After a return “straight back” what was decided stays, as far as the facts of now would lead
    the same way; a change of watched fields makes everybody be asked again.

    :param key: of the form, so that a second click does nothing.
    :param chosen: who acts on the steps that leave it to the applicant; None: as before.
    :param hurry: what is said of a thing that was done first.
    :raises NoFlow: the policy says nothing about this kind of record.
    :raises NotForYou: the policy lets others request this.
    :raises NotOpen: the form may not be submitted now.
    :raises NotUrgent: the policy does not let it be done first.
    :raises UrgentIncomplete: not enough is said about what was done first.
    :raises NotChosen: somebody has to be chosen for a step.
    :raises NoApproval: no approving step of the flow applies to it.
    """
    with engine_writes(session):
        kind = kind_of(session, record.kind)
        instance = lock(session, record, Purpose.APPROVAL)
        if trail.known(session, actor, record, key):
            return
        guards.require_submittable(session, actor, record)
        if not actor.is_system:
            check.require(session, f"{record.kind}.create")
        first = instance is None
        returned = instance is not None and instance.status is InstanceStatus.RETURNED
        coming = 1 if instance is None else instance.round + 1
        hooks.before_submit(session, RecordEvent(session, actor, record, coming))
        if instance is None:
            instance = _begin(session, actor, kind, record)
        else:
            instance.round = coming
            instance.status = InstanceStatus.RUNNING
            instance.ended_at = record.ended_at = None
        record.approval = Approval.IN_APPROVAL
        records.set_department(session, record, record.department_id)
        session.flush()
        run = Run(session, actor, record, instance)
        if kind.on_submit is not None:
            kind.on_submit(run.event)
        session.flush()
        records.resummarize(session, record)
        action = TrailAction.SUBMIT if first else TrailAction.RESUBMIT
        run.write(action, actor=actor, key=key, note=trail.ASSIGNED if kind.assigned else "")
        entry.admit(run, hurry, returned=returned)
        begin(run, chosen, chooses=chosen is not None or not actor.is_system)
        run.log(action.value, number=record.number, round=instance.round)
        hooks.after_submit(session, run.event)


def begin(run: Run, chosen: Chosen | None = None, *, chooses: bool = False) -> None:
    """Let a flow begin, or go on after a return.

    :param chosen: whom the applicant chose; None: as before.
    :param chooses: whether somebody is there who has to choose.
    :raises NoApproval: nobody would have to approve it.
    """
    now_watched = fields.watched(run.flow, run.detail)
    changed = run.instance.round > 1 and now_watched != (run.instance.watched or {})
    run.instance.watched = now_watched
    run.clear(list(run.live) if changed else run.stale())
    ahead = list(movement.still(run.flow.nodes, run.state, run.router.applies))
    if run.kind.assigned:
        run.instance.approved_at = now()
        run.record.approval = Approval.APPROVED
    elif not any(run.can_approve(node) for node in ahead):
        raise NoApproval
    elif chooses and any(map(choices.leaves_choice, ahead)):
        known = choices.chosen_for(run.session, run.record) if chosen is None else chosen
        ask = partial(run.router.question, flow=run.flow)
        choices.choose(run.session, run.record, ahead, known, ask)
    copying.at(run, "submit")
    run.advance()


def flow_for(session: Session, record: Record) -> Flow:
    """Give the flow that governs a record: the one it is bound to, else the one in force.

    :raises NoFlow: the policy in force has none for its kind.
    """
    kind = kind_of(session, record.kind)
    version = record.policy_version_id
    flow = hooks.resolve_flow(session, FlowQuery(session, record.kind, version, record))
    if flow is None or not flow.nodes:
        raise NoFlow(kind.title)
    return flow


def _begin(session: Session, actor: Actor, kind: RecordKind, record: Record) -> Instance:
    """Bind the record to the policy in force, and take its number."""
    if record.policy_version_id is None:  # what is assigned is bound already
        record.policy_version_id = hooks.resolve_policy_version(
            session, SettingQuery(session, "", None)
        )
    flow = flow_for(session, record)
    if not actor.is_system and not scopes.covers(
        session, record.applicant_id, flow.start, flow.excepted
    ):
        raise NotForYou(kind.title)
    record.number = _number(session, kind, record.policy_version_id)
    record.submitted_at = now()
    instance = Instance(
        record_id=record.id,
        kind=record.kind,
        policy_version_id=record.policy_version_id,
        flow=flow.to_json(),
        round=1,
        started_at=now(),
    )
    session.add(instance)
    session.flush()
    return instance


def _number(session: Session, kind: RecordKind, version: int | None) -> str:
    """Take the next number of the kind's series in this year of the company's time zone."""
    pattern = settings.get(session, f"{kind.name}.series", version)
    company = session.get_one(Company, session.company)
    day = today(company.timezone)
    date = {"year": day.year, "month": day.month, "day": day.day}
    seq = next_number(session, kind.name, period_of(pattern, **date), gapless=kind.gapless)
    return format_number(pattern, **date, seq=seq, company=company.code)
