"""先办后补: the thing is done first and the paper follows: what is asked then, kept and reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

from sqlalchemy import Select, select

from zhidu.access.scope import visible_records
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import Refused, ValidationError
from zhidu.org import clocks
from zhidu.records.models import Record
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import copying
from zhidu.workflow.definition import Flow, Urgent
from zhidu.workflow.models import TrailAction
from zhidu.workflow.models_urgent import UrgentRequest

if TYPE_CHECKING:
    from zhidu.workflow.routing import Router
    from zhidu.workflow.run import Run

LATE = "late"
"""Note of the trail's entry where the paper came too late."""

MOST = 2000
"""Characters that tell how somebody consented."""


@dataclass(frozen=True, slots=True)
class Hurry:
    """What an applicant says of an urgent request.

    :param reason: one of those that the policy allows.
    :param event_at: when the thing was done; an aware instant, not to come.
    :param consented_by: member id of who consented by word.
    :param how: how and when that was.
    """

    reason: str
    event_at: datetime
    consented_by: int
    how: str


class Manner(Enum):
    """How a record is submitted where nothing new is said of its being urgent."""

    AS_BEFORE = auto()
    """As at the submit before; a first one is not urgent."""
    USUAL = auto()
    """Not urgent, or not any more."""


Said = Hurry | Manner


class NotUrgent(Refused):
    """The policy lets nothing of this kind be done before it is approved."""

    def __init__(self, kind: Text | str) -> None:
        super().__init__(
            _l("The policy does not let “%(kind)s” be done first and written up after.", kind=kind),
            rule="workflow.urgent",
            cure=_l("Submit it in the usual way."),
        )


class UrgentIncomplete(ValidationError):
    """What is said of an urgent request is not enough, or not what the policy allows."""

    def __init__(self, fields: dict[str, Text]) -> None:
        super().__init__(
            _l("An urgent request says why, when, and who had consented."), fields=fields
        )


def consenters(router: Router, urgent: Urgent) -> list[int]:
    """List who may have consented by word; never the applicant."""
    return [one for one in router.find(urgent.consent) if one != router.record.applicant_id]


def of(session: Session, record_id: int) -> UrgentRequest | None:
    """Give what is kept of a record that came after the deed."""
    return session.scalars(
        select(UrgentRequest).where(UrgentRequest.record_id == record_id)
    ).one_or_none()


def declare(run: Run, flow: Flow, said: Said, at: datetime) -> bool:
    """Keep what the applicant says, and write it into the trail; tell whether it is urgent.

    Who is said to have consented gets a copy, and so sees what was said.

    :param at: when the paper came.
    :raises NotUrgent: the policy has nothing about it for this kind.
    :raises UrgentIncomplete: ``fields`` says what is wrong: ``urgent-reason``,
        ``urgent-event_at``, ``urgent-consented_by``, ``urgent-how``.
    """
    if flow.urgent is None and isinstance(said, Manner):
        return False
    row = of(run.session, run.record.id)
    if said is Manner.AS_BEFORE and row is not None:
        said = Hurry(row.reason, row.event_at, row.consented_by, row.how)
    if isinstance(said, Manner):
        if row is not None:
            run.session.delete(row)
            run.session.flush()
        return False
    urgent = flow.urgent
    if urgent is None:
        raise NotUrgent(run.kind.title)
    said = _checked(run.router, urgent, said)
    version = run.record.policy_version_id
    due_at = clocks.add(run.session, said.event_at, urgent.deadline, version)
    late = at > due_at
    before = (
        None if row is None else (row.reason, row.event_at, row.consented_by, row.how, row.late)
    )
    if row is None:
        row = UrgentRequest(record_id=run.record.id, kind=run.record.kind)
        run.session.add(row)
    row.reason, row.event_at = said.reason, said.event_at
    row.consented_by, row.how = said.consented_by, said.how
    row.submitted_at, row.due_at, row.late = at, due_at, late
    row.consequence, row.clause = urgent.consequence, urgent.clause
    run.session.flush()
    if before != (said.reason, said.event_at, said.consented_by, said.how, late):
        run.write(
            TrailAction.HURRY,
            actor=run.actor,
            opinion=f"{said.reason}\n{said.how}",
            other=said.consented_by,
            note=LATE if late else "",
            clause=urgent.clause,
        )
        copying.send(run, [said.consented_by])
    return True


def _checked(router: Router, urgent: Urgent, said: Hurry) -> Hurry:
    how = said.how.strip()
    wrong: dict[str, Text] = {}
    if said.reason not in urgent.reasons:
        wrong["urgent-reason"] = _l("Choose one of the reasons that the policy allows.")
    if said.event_at > now():
        wrong["urgent-event_at"] = _l("This time has not come yet.")
    if said.consented_by not in consenters(router, urgent):
        wrong["urgent-consented_by"] = _l("The policy does not let this person consent by word.")
    if not how:
        wrong["urgent-how"] = _l("Please say how the person consented.")
    elif len(how) > MOST:
        wrong["urgent-how"] = _l("This is longer than %(limit)s characters.", limit=MOST)
    if wrong:
        raise UrgentIncomplete(wrong)
    return Hurry(said.reason, said.event_at, said.consented_by, how)


def report(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    kinds: Iterable[str] | None = None,
    late: bool | None = None,
) -> Select[UrgentRequest]:
    """Select the urgent requests that the reader may see, the newest event first.

    :param since: of the event, included.
    :param until: of the event, not included.
    :param kinds: of records; default: all of active addons.
    :param late: only those that came too late, or only those in time; default: both.
    """
    found = (
        select(UrgentRequest)
        .join(Record, Record.id == UrgentRequest.record_id)
        .where(visible_records(session))
        .order_by(UrgentRequest.event_at.desc(), UrgentRequest.id.desc())
    )
    if kinds is not None:
        found = found.where(UrgentRequest.kind.in_(sorted(kinds)))
    if since is not None:
        found = found.where(UrgentRequest.event_at >= since)
    if until is not None:
        found = found.where(UrgentRequest.event_at < until)
    return found if late is None else found.where(UrgentRequest.late.is_(late))
