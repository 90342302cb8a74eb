"""A request to use a seal, and the register of what was stamped."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
)
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
from zhidu.records.models import Record
from zhidu.texts import lazy_gettext as _l
from zhidu_seals.models.base import Base
from zhidu_seals.models.seal import Seal
from zhidu_seals.rules import people
from zhidu_seals.rules.copies import left
from zhidu_seals.rules.kinds import DocumentType, SealType


class UseRequest(CompanyOwned, Base):
    """The detail of a request to use a seal; its header is the record.

    A policy's flow names ``approver`` and ``custodian`` as fields: they follow the seal.
    """

    __tablename__ = "seals_use_request"
    __title__ = _l("Request to use a seal")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "seal_id": _l("Seal"),
        "document_title": _l("Title of the document"),
        "document_type": _l("Type of document"),
        "copies": _l("Copies"),
        "copies_stamped": _l("Copies stamped"),
        "counterparty": _l("Other party"),
        "expected_on": _l("Wanted by"),
        "document_name": _l("File of the document"),
        "document_sha256": _l("SHA-256 of the document"),
    }
    __table_args__ = table_args(
        PrimaryKeyConstraint("id"),
        company_key(),
        ForeignKeyConstraint(["company_id", "id"], ["core_record.company_id", "core_record.id"]),
        same_company("seal_id", "seals_seal"),
        enum_check("document_type", DocumentType),
        CheckConstraint("copies >= 1", name="copies"),
        CheckConstraint("copies_stamped >= 0 AND copies_stamped <= copies", name="copies_stamped"),
        Index(None, "company_id", "seal_id", "id"),
        sqlite_autoincrement=False,
    )

    id: Mapped[ref] = mapped_column(autoincrement=False)
    seal_id: Mapped[ref] = mapped_column()
    document_title: Mapped[str]
    document_type: Mapped[DocumentType]
    copies: Mapped[int]
    """Copies asked for, and approved with the request."""
    copies_stamped: Mapped[int] = mapped_column(default=0)
    """The sum of the register's rows; the database holds it to ``copies``."""
    purpose: Mapped[str] = mapped_column(default="")
    counterparty: Mapped[str] = mapped_column(default="")
    expected_on: Mapped[date | None]
    document_name: Mapped[str] = mapped_column(default="")
    document_sha256: Mapped[str] = mapped_column(default="")
    """The document's content as it was submitted; what is stamped must be this."""

    header: Mapped[Record] = relationship(lazy="joined", innerjoin=True)
    seal: Mapped[Seal] = relationship(foreign_keys=[seal_id])

    @property
    def approver(self) -> Member:
        """Give the seal's approver, as the flow's field of that name."""
        return self.seal.approver

    @property
    def custodian(self) -> Member | None:
        """Give whoever stamps: the custodian, or the backup where the custodian cannot."""
        key = people.keeper(self.seal.hands, self.header.applicant_id)
        return next(
            (one for one in (self.seal.custodian, self.seal.backup) if one and one.id == key), None
        )

    @property
    def copies_left(self) -> int:
        """Give how many copies may still be stamped."""
        return left(self.copies, self.copies_stamped)


class UseEntry(CompanyOwned, Base):
    """A line of the register of seal use (用印登记表): written once, never changed.

    Names and titles are kept as they were; the serial is a legal one, without gaps in its year.
    """

    __tablename__ = "seals_use_entry"
    __title__ = _l("Line of the register of seal use")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "serial": _l("Serial number"),
        "request_number": _l("Request"),
        "stamped_at": _l("Stamped at"),
        "seal_id": _l("Seal"),
        "seal_type": _l("Type of seal"),
        "seal_name": _l("Name of the seal"),
        "seal_number": _l("Seal number"),
        "department": _l("Department"),
        "applicant": _l("Applicant"),
        "document_title": _l("Title of the document"),
        "document_type": _l("Type of document"),
        "document_sha256": _l("SHA-256 of the document"),
        "copies": _l("Copies"),
        "counterparty": _l("Other party"),
        "approvers": _l("Approved by"),
        "stamped_by": _l("Stamped by"),
        "keeper": _l("Stamped by"),
    }
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("record_id", "seals_use_request"),
        same_company("seal_id", "seals_seal"),
        same_company("stamped_by", "core_member"),
        UniqueConstraint("company_id", "year", "serial"),
        CheckConstraint("copies >= 1", name="copies"),
        CheckConstraint("serial >= 1", name="serial"),
        Index(None, "company_id", "record_id", "id"),
        Index(None, "company_id", "seal_id", "id"),
        enum_check("seal_type", SealType),
        enum_check("document_type", DocumentType),
    )
    __append_only__ = True

    id: Mapped[pk]
    year: Mapped[int]
    serial: Mapped[int]
    number: Mapped[str]
    """``2026-0001``: year and serial as people write them."""
    record_id: Mapped[ref] = mapped_column()
    request_number: Mapped[str]
    stamped_at: Mapped[datetime]
    seal_id: Mapped[ref] = mapped_column()
    seal_type: Mapped[SealType]
    seal_name: Mapped[str]
    seal_number: Mapped[str]
    department: Mapped[str]
    applicant: Mapped[str]
    document_title: Mapped[str]
    document_type: Mapped[DocumentType]
    document_sha256: Mapped[str]
    copies: Mapped[int]
    counterparty: Mapped[str]
    purpose: Mapped[str]
    approvers: Mapped[str]
    """Names of those who approved, in their order."""
    stamped_by: Mapped[ref] = mapped_column()
    keeper: Mapped[str]
    """The name of whoever stamped."""
    note: Mapped[str]
