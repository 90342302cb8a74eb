"""What was done first and written up after: each urgent request with its reason, consent and time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.db import (
    Base,
    CompanyOwned,
    owned_by_company,
    pk,
    ref,
    same_company,
    table_args,
)
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.texts import lazy_gettext as _l


class UrgentRequest(CompanyOwned, Base):
    """先办后补: why a record came after the deed, who had consented, and whether it came in time."""

    __tablename__ = "core_urgent"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("record_id", "core_record", ondelete="CASCADE"),
        same_company("consented_by", "core_member"),
        UniqueConstraint("record_id"),
        Index(None, "company_id", "event_at", "id"),
    )

    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "consented_by": _l("Consented"),
        "how": _l("How they consented"),
        "event_at": _l("Time of the event"),
        "due_at": _l("Paper due"),
        "late": _l("Came late"),
        "consequence": _l("What being late means"),
    }

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    kind: Mapped[str]
    reason: Mapped[str]
    """One of those that the policy allows, in its words."""
    consented_by: Mapped[ref] = mapped_column()
    how: Mapped[str]
    """How that person consented: by telephone, on site."""
    event_at: Mapped[datetime]
    submitted_at: Mapped[datetime]
    """When the paper came, against which the time is reckoned."""
    due_at: Mapped[datetime]
    """Until when it had to come."""
    late: Mapped[bool]
    consequence: Mapped[str] = mapped_column(default="")
    """What being late means, as the policy had it at the submit."""
    clause: Mapped[str] = mapped_column(default="")

    record: Mapped[Record] = relationship(foreign_keys=[record_id])
    consenter: Mapped[Member] = relationship(foreign_keys=[consented_by])
