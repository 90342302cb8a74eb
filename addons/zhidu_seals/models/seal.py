"""The seal file (印章档案)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
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
from zhidu.org.models import Member, MemberStatus
from zhidu.texts import lazy_gettext as _l
from zhidu_seals.models.base import Base
from zhidu_seals.rules.kinds import DocumentType, SealState, SealType
from zhidu_seals.rules.people import Hands


class Seal(CompanyOwned, Base):
    """A seal. It has one custodian at any time: the column is never empty.

    ``custodian_id`` changes by a handover only, see ``services.custody``; the rows of ``Custody``
    tell who kept it when.
    """

    __tablename__ = "seals_seal"
    __title__ = _l("Seal")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "number": _l("Seal number"),
        "document_types": _l("Permitted documents"),
        "approver_id": _l("Approver"),
        "custodian_id": _l("Custodian"),
        "backup_id": _l("Backup custodian"),
        "state": _l("State"),
        "state_reason": _l("Reason of the state"),
        "state_since": _l("In this state since"),
        "kept_where": _l("Kept where"),
        "entered_on": _l("In use since"),
    }
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("approver_id", "core_member"),
        same_company("custodian_id", "core_member"),
        same_company("backup_id", "core_member"),
        UniqueConstraint("company_id", "number"),
        enum_check("type", SealType),
        enum_check("state", SealState),
        CheckConstraint("approver_id <> custodian_id", name="approver_keeps_not"),
        CheckConstraint(
            "backup_id IS NULL OR (backup_id <> custodian_id AND backup_id <> approver_id)",
            name="backup",
        ),
    )

    id: Mapped[pk]
    type: Mapped[SealType]
    name: Mapped[str]
    number: Mapped[str]
    document_types: Mapped[list[Any]] = mapped_column(info={"choices": DocumentType})
    """Values of ``DocumentType`` that may be stamped with it."""
    approver_id: Mapped[ref] = mapped_column()
    """Who may approve its use (PN-4.3.5-4 names such a person for each seal)."""
    custodian_id: Mapped[ref] = mapped_column()
    backup_id: Mapped[ref | None] = mapped_column()
    """Stamps where the custodian asks, or has left."""
    state: Mapped[SealState] = mapped_column(default=SealState.IN_USE)
    state_reason: Mapped[str] = mapped_column(default="")
    """Why it is in this state; the audit trail keeps the earlier ones."""
    state_since: Mapped[datetime]
    kept_where: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    entered_on: Mapped[date]
    """The day from which inspections are counted until there is a first one."""
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    approver: Mapped[Member] = relationship(foreign_keys=[approver_id])
    custodian: Mapped[Member] = relationship(foreign_keys=[custodian_id])
    backup: Mapped[Member | None] = relationship(foreign_keys=[backup_id])

    @property
    def permitted(self) -> tuple[DocumentType, ...]:
        """Give the types of papers that it may stand under, in their usual order."""
        stated = set(self.document_types)
        return tuple(kind for kind in DocumentType if kind.value in stated)

    @property
    def keepers(self) -> frozenset[int]:
        """Give the keys of custodian and backup."""
        return frozenset(one for one in (self.custodian_id, self.backup_id) if one is not None)

    @property
    def hands(self) -> Hands:
        """Give its people as the rules want them."""
        return Hands(
            self.approver_id,
            self.custodian_id,
            self.backup_id,
            custodian_here=self.custodian.status is MemberStatus.ACTIVE,
            backup_here=self.backup is not None and self.backup.status is MemberStatus.ACTIVE,
        )
