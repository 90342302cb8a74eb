"""Who kept a seal when, and the handovers that two people sign."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.db import (
    CompanyOwned,
    company_key,
    enum_check,
    owned_by_company,
    pk,
    ref,
    same_company,
    table_args,
)
from zhidu.org.models import Member
from zhidu.texts import lazy_gettext as _l
from zhidu_seals.models.base import Base
from zhidu_seals.models.seal import Seal
from zhidu_seals.rules.kinds import HandoverState


class Handover(CompanyOwned, Base):
    """A custody handover (交接): the giver signs by starting it, the receiver by accepting it.

    Until then the giver stays custodian. A seal has at most one open handover.
    """

    __tablename__ = "seals_handover"
    __title__ = _l("Custody handover")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "seal_id": _l("Seal"),
        "giver_id": _l("Giver"),
        "receiver_id": _l("Receiver"),
        "offered_at": _l("Signed by the giver at"),
        "state": _l("State"),
        "remark": _l("Remark"),
    }
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("seal_id", "seals_seal"),
        same_company("giver_id", "core_member"),
        same_company("receiver_id", "core_member"),
        CheckConstraint("giver_id <> receiver_id", name="two_people"),
        CheckConstraint("(state = 'offered') = (decided_at IS NULL)", name="decided"),
        Index(
            "uq_seals_handover_open",
            "seal_id",
            unique=True,
            sqlite_where=text("state = 'offered'"),
            postgresql_where=text("state = 'offered'"),
        ),
        Index(None, "company_id", "receiver_id", "state"),
        enum_check("state", HandoverState),
    )

    id: Mapped[pk]
    seal_id: Mapped[ref] = mapped_column()
    giver_id: Mapped[ref] = mapped_column()
    receiver_id: Mapped[ref] = mapped_column()
    reason: Mapped[str]
    offered_at: Mapped[datetime]
    """The giver's signature."""
    state: Mapped[HandoverState] = mapped_column(default=HandoverState.OFFERED)
    decided_at: Mapped[datetime | None]
    """The receiver's signature where it was accepted; else when it was refused or taken back."""
    remark: Mapped[str] = mapped_column(default="")
    """What the receiver said, or the giver when taking it back."""
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    seal: Mapped[Seal] = relationship(foreign_keys=[seal_id])
    giver: Mapped[Member] = relationship(foreign_keys=[giver_id])
    receiver: Mapped[Member] = relationship(foreign_keys=[receiver_id])


class Custody(CompanyOwned, Base):
    """A time during which one person kept a seal; the present one has no end.

    A partial unique index holds a seal to one present custody.
    """

    __tablename__ = "seals_custody"
    __title__ = _l("Custody of a seal")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "seal_id": _l("Seal"),
        "member_id": _l("Custodian"),
        "since": _l("Since"),
        "until": _l("Until"),
        "handover_id": _l("By handover"),
    }
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("seal_id", "seals_seal"),
        same_company("member_id", "core_member"),
        same_company("handover_id", "seals_handover"),
        CheckConstraint("until IS NULL OR until >= since", name="order"),
        Index(
            "uq_seals_custody_current",
            "seal_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index(None, "company_id", "seal_id", "id"),
    )

    id: Mapped[pk]
    seal_id: Mapped[ref] = mapped_column()
    member_id: Mapped[ref] = mapped_column()
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    handover_id: Mapped[ref | None] = mapped_column()
    """The handover by which it began; none for the first custodian, or after one who left."""
    note: Mapped[str] = mapped_column(default="")

    member: Mapped[Member] = relationship(foreign_keys=[member_id])
