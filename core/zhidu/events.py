"""What hooks carry: one frozen value per event. ``session`` is always the open unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from zhidu.actor import Actor
    from zhidu.db.session import Session
    from zhidu.org.models import Member
    from zhidu.records.models import Comment, Record
    from zhidu.workflow.models import Task


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """Something happened to a record's approval.

    :param record: the header; its detail row is ``records.detail(session, record)``.
    :param round: how many times it was submitted, 1 for the first.
    """

    session: Session
    actor: Actor
    record: Record
    round: int = 1


@dataclass(frozen=True, slots=True)
class DecisionEvent:
    """Someone decides, or has decided, a task.

    :param action: ``approve``, ``handle``, ``reject`` or ``return``.
    """

    session: Session
    actor: Actor
    record: Record
    task: Task
    action: str
    opinion: str


@dataclass(frozen=True, slots=True)
class ExecutionEvent:
    """A record's execution status changed by a transition of its addon."""

    session: Session
    actor: Actor
    record: Record
    transition: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LeavingEvent:
    """A person is about to leave the company: what they hold goes to a successor, or stops it.

    :param successor: who takes over; none was named.
    """

    session: Session
    actor: Actor
    member: Member
    successor: Member | None


@dataclass(frozen=True, slots=True)
class AbsenceQuery:
    """Who of these members is away at this moment?"""

    session: Session
    member_ids: Collection[int]
    at: datetime


@dataclass(frozen=True, slots=True)
class CommentEvent:
    """Someone wrote a remark on a record; ``comment.mentions`` are the members named in it."""

    session: Session
    actor: Actor
    record: Record
    comment: Comment


@dataclass(frozen=True, slots=True)
class CompanyEvent:
    """A company was created, or an addon became active or inactive in it."""

    session: Session
    actor: Actor
    company_id: int
    addon: str = ""


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """Working days between two days (both included) changed for the session's company."""

    session: Session
    actor: Actor
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class TaskFactsQuery:
    """Which facts belong beside these tasks? Asked once per page, for all rows of a list."""

    session: Session
    actor: Actor
    records: Sequence[Record]


@dataclass(frozen=True, slots=True)
class StartCardsQuery:
    """What may this person start now, and what should the card say?"""

    session: Session
    actor: Actor


@dataclass(frozen=True, slots=True)
class PrintQuery:
    """What else belongs on the printed sheet of this record? Whoever asks may read it."""

    session: Session
    actor: Actor
    record: Record


@dataclass(frozen=True, slots=True)
class SettingQuery:
    """What does the policy, or the company, say for this setting?"""

    session: Session
    key: str
    policy_version_id: int | None = None


@dataclass(frozen=True, slots=True)
class FlowQuery:
    """Which flow governs this kind of record under a policy version (default: in force today)?

    :param record: the one in question, for kinds whose records have flows of their own.
    """

    session: Session
    kind: str
    policy_version_id: int | None = None
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class CompaniesQuery:
    """Which companies work here?

    :param session: one that sees all companies.
    """

    session: Session


@dataclass(frozen=True, slots=True)
class WorkingCompany:
    """What the scheduler must know of a company: its language and its time zone."""

    id: int
    locale: str
    timezone: str


@dataclass(frozen=True, slots=True)
class SettingAnswer:
    """A setting's value and the source that states it."""

    value: Any
    clause: str = ""
