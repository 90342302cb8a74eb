"""What a seal may be, which papers it may stand under, and in which state it is."""

from __future__ import annotations

from enum import StrEnum

from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l


class SealType(StrEnum):
    """Types of seals in Chinese companies."""

    OFFICIAL = "official"
    """公章"""
    CONTRACT = "contract"
    FINANCE = "finance"
    LEGAL_REPRESENTATIVE = "legal_representative"
    """法人章"""
    INVOICE = "invoice"
    DEPARTMENT = "department"
    PROJECT = "project"

    @property
    def label(self) -> Text:
        """Name the type."""
        match self:
            case SealType.OFFICIAL:
                return _l("Official seal")
            case SealType.CONTRACT:
                return _l("Contract seal")
            case SealType.FINANCE:
                return _l("Finance seal")
            case SealType.LEGAL_REPRESENTATIVE:
                return _l("Legal representative's seal")
            case SealType.INVOICE:
                return _l("Invoice seal")
            case SealType.DEPARTMENT:
                return _l("Department seal")
            case SealType.PROJECT:
                return _l("Project seal")


class DocumentType(StrEnum):
    """Types of papers that are stamped."""

    CONTRACT = "contract"
    AGREEMENT = "agreement"
    CERTIFICATE = "certificate"
    REPORT = "report"
    LETTER = "letter"
    AUTHORIZATION = "authorization"
    TENDER = "tender"
    FINANCIAL = "financial"
    INVOICE = "invoice"
    INTERNAL = "internal"
    OTHER = "other"

    @property
    def label(self) -> Text:
        """Name the type."""
        match self:
            case DocumentType.CONTRACT:
                return _l("Contract")
            case DocumentType.AGREEMENT:
                return _l("Agreement")
            case DocumentType.CERTIFICATE:
                return _l("Certificate")
            case DocumentType.REPORT:
                return _l("Report")
            case DocumentType.LETTER:
                return _l("Letter")
            case DocumentType.AUTHORIZATION:
                return _l("Letter of authority")
            case DocumentType.TENDER:
                return _l("Tender documents")
            case DocumentType.FINANCIAL:
                return _l("Financial document")
            case DocumentType.INVOICE:
                return _l("Invoice")
            case DocumentType.INTERNAL:
                return _l("Internal document")
            case DocumentType.OTHER:
                return _l("Other document")


class SealState(StrEnum):
    """Where a seal stands; only one in use is requested and stamped with."""

    IN_USE = "in_use"
    SUSPENDED = "suspended"
    LOST = "lost"
    DAMAGED = "damaged"
    DESTROYED = "destroyed"

    @property
    def label(self) -> Text:
        """Name the state."""
        match self:
            case SealState.IN_USE:
                return _l("In use")
            case SealState.SUSPENDED:
                return _l("Suspended")
            case SealState.LOST:
                return _l("Lost")
            case SealState.DAMAGED:
                return _l("Damaged")
            case SealState.DESTROYED:
                return _l("Destroyed")

    @property
    def tone(self) -> str:
        """Colour the state."""
        return {"in_use": "good", "suspended": "warn"}.get(self.value, "bad")


NEXT: dict[SealState, tuple[SealState, ...]] = {
    SealState.IN_USE: (
        SealState.SUSPENDED,
        SealState.LOST,
        SealState.DAMAGED,
        SealState.DESTROYED,
    ),
    SealState.SUSPENDED: (
        SealState.IN_USE,
        SealState.LOST,
        SealState.DAMAGED,
        SealState.DESTROYED,
    ),
    SealState.LOST: (SealState.IN_USE, SealState.DESTROYED),
    SealState.DAMAGED: (SealState.IN_USE, SealState.LOST, SealState.DESTROYED),
    SealState.DESTROYED: (),
}
"""A lost seal may be found, a damaged one mended; a destroyed one never comes back."""


def may_become(now: SealState, then: SealState) -> bool:
    """Tell whether a seal may go from one state to another."""
    return then in NEXT[now]


def may_be_used(state: SealState) -> bool:
    """Tell whether a seal of this state may be requested and stamped with."""
    return state is SealState.IN_USE


class InspectionResult(StrEnum):
    """What an inspection found."""

    OK = "ok"
    LOST = "lost"
    DAMAGED = "damaged"

    @property
    def label(self) -> Text:
        """Name the result."""
        match self:
            case InspectionResult.OK:
                return _l("In order")
            case InspectionResult.LOST:
                return _l("Lost")
            case InspectionResult.DAMAGED:
                return _l("Damaged")

    @property
    def stops(self) -> SealState | None:
        """Give the state that the result puts the seal into; None where it stays in use."""
        return None if self is InspectionResult.OK else SealState(self.value)


class HandoverState(StrEnum):
    """Where a custody handover stands: the giver has signed; the receiver has, or has not."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CANCELLED = "cancelled"

    @property
    def label(self) -> Text:
        """Name the state."""
        match self:
            case HandoverState.OFFERED:
                return _l("Waiting for the receiver")
            case HandoverState.ACCEPTED:
                return _l("Accepted")
            case HandoverState.REFUSED:
                return _l("Refused")
            case HandoverState.CANCELLED:
                return _l("Taken back")

    @property
    def tone(self) -> str:
        """Colour the state."""
        return {"offered": "info", "accepted": "good", "refused": "bad"}.get(self.value, "plain")
