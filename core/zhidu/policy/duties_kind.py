"""The record that a duty becomes: its kind, and what must be shown before it counts as done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, select

from zhidu.access import scope
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import Refused, clause
from zhidu.expressions import FactType
from zhidu.org.models import Company
from zhidu.policy.duties_stated import FILE, TEXT
from zhidu.policy.duty_models import KIND, Duty
from zhidu.records.kinds import Execution, RecordKind, Transition
from zhidu.records.models import Record
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.models import Trail, TrailAction

OPEN, DONE = "open", "done"

PROOF = "proof"
"""Of the values with which a duty is finished: the key of the record that proves it."""

MOST_PROOFS = 50
"""Records offered as a proof."""


class EvidenceWanted(Refused):
    """A duty is not done before what proves it is there."""

    def __init__(self, row: Duty, message: Text, cure: Text) -> None:
        super().__init__(message, rule="policy.duty_evidence", source=clause(row.clause), cure=cure)


def needs_record(row: Duty) -> bool:
    """Tell whether a record of some kind proves this duty."""
    return row.evidence not in ("", TEXT, FILE)


def proofs(session: Session, row: Duty) -> Select[Record]:
    """Select what may prove a duty: records of its kind since the period began, not used yet.

    Only those that the person may read, the newest first.
    """
    company = session.get_one(Company, session.company)
    begins = datetime.combine(row.starts_on, time(), ZoneInfo(company.timezone))
    used = exists().where(Duty.proof_id == Record.id, Duty.duty == row.duty).correlate(Record)
    own: ColumnElement[bool] = Record.kind == row.evidence
    return (
        select(Record)
        .where(own, Record.submitted_at >= begins, ~used, scope.visible_records(session))
        .order_by(Record.submitted_at.desc(), Record.id.desc())
    )


def _require_evidence(
    session: Session, _actor: Actor, row: Duty, values: Mapping[str, Any]
) -> None:
    """Refuse to finish a duty without its record; words and files are asked for by the step."""
    if not needs_record(row):
        return
    kind = session.registry.kinds.get(row.evidence)
    title = kind.title if kind else row.evidence
    chosen = values.get(PROOF)
    found = (
        session.scalar(proofs(session, row).where(Record.id == int(chosen)).limit(1))
        if chosen
        else None
    )
    if found is None:
        raise EvidenceWanted(
            row,
            _l("This duty is proven by a record: %(kind)s.", kind=title),
            _l(
                "Choose one that was submitted since %(day)s and proves no other period of it.",
                day=row.starts_on.isoformat(),
            ),
        )


def _done(session: Session, actor: Actor, row: Duty, values: Mapping[str, Any]) -> None:
    """Write down who did it, when, with which words and which proof."""
    said = (
        select(Trail.opinion)
        .where(Trail.record_id == row.id, Trail.action == TrailAction.HANDLE)
        .order_by(Trail.id.desc())
    )
    row.result = session.scalars(said.limit(1)).one_or_none() or ""
    row.done_at, row.done_by = now(), actor.member_id
    if needs_record(row):
        row.proof_id = int(values[PROOF])


def _facts(_session: Session, row: Duty) -> Mapping[str, Any]:
    return {"duty": row.duty, "period": row.period, "due_on": row.due_at.date()}


RECORD = RecordKind(
    name=KIND,
    title=_l("Recurring duty"),
    model=Duty,
    series="DT-{yyyymm}-{seq:04d}",
    facts={
        "duty": FactType.text(_l("Duty")),
        "period": FactType.text(_l("Period")),
        "due_on": FactType.date(_l("Due on")),
    },
    read_facts=_facts,
    endpoint="duties",
    icon="check",
    assigned=True,
    execution=Execution(
        initial=OPEN,
        states={OPEN: _l("To be done"), DONE: _l("Done")},
        transitions=(
            Transition(
                "do",
                _l("Done"),
                (OPEN,),
                DONE,
                f"{KIND}.read",
                by_task=True,
                guard=_require_evidence,
                effect=_done,
            ),
        ),
    ),
)
"""A duty as a record: assigned by the system, done by the one who is asked."""
