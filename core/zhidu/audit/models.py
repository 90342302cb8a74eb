"""The table of the audit trail, and which tables it leaves out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from zhidu.db import Base, CompanyOrGlobal, pk, ref, table_args


class AuditEntry(CompanyOrGlobal, Base):
    """One act on one row, or an act that changed none, such as a log-in or an export.

    Rows of a company are seen by its sessions only; acts outside a company (a failed log-in, an
    addon switched on) have no ``company_id`` and are seen by sessions of no company. There are no
    foreign keys: the trail outlives what it names. Triggers refuse UPDATE, DELETE and TRUNCATE.
    """

    __tablename__ = "core_audit"
    __table_args__ = table_args(
        Index(None, "company_id", "record_id", "id"),
        Index(None, "company_id", "member_id", "id"),
        Index(None, "company_id", "kind", "row_id", "id"),
    )
    __audited__ = False
    __append_only__ = True

    id: Mapped[pk]
    at: Mapped[datetime]
    user_id: Mapped[ref | None]
    member_id: Mapped[ref | None]
    actor_name: Mapped[str]
    on_behalf_of: Mapped[ref | None]
    """The member for whom a delegate acted."""
    source: Mapped[str]
    """The door: a value of ``zhidu.actor.Via``."""
    action: Mapped[str]
    """``insert``, ``update``, ``delete``, or the name of another act: ``export``, ``login``."""
    kind: Mapped[str]
    """``hr.leave_request``: the model's ``__kind__``, or what else the act was about."""
    row_id: Mapped[ref | None]
    """None for a key of several columns or of text: it stands in ``changes``."""
    record_id: Mapped[ref | None]
    """The business document to which the row belongs."""
    changes: Mapped[str] = mapped_column(Text)
    """Canonical JSON: ``{"days":["1.0000","2.0000"]}``; see ``zhidu.audit.changes``."""
    request_id: Mapped[str]
    policy_version_id: Mapped[ref | None]
    clause: Mapped[str]


UNAUDITED: dict[str, str] = {
    "core_audit": "the trail itself",
    "core_sequence": "a number taken stands on the document",
    "core_job": "a job's effects are audited",
    "core_schedule": "the clock moves it",
    "core_lease": "a worker's sign of life",
    "core_notice": "what it tells of is audited",
    "core_duty_mark": "until which day duties were looked for",
    "core_deadline": "reckoned from the record and its trail",
    "core_deadline_mark": "which state of a record was reckoned",
    "core_turn": "who had a turn stands on the record",
}
"""Core tables whose rows leave no trail, each with the reason; their models say ``__audited__ =
False``. An addon says it on its own model; ledger entries are their own trail."""
