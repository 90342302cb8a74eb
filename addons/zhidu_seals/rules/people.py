"""Who may do what with a seal: three people for one use, and two keepers who never are one.

No clause says these things; they are the addon's safe defaults, and every refusal says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from zhidu_seals.rules.kinds import SealType

APART = frozenset({SealType.FINANCE, SealType.LEGAL_REPRESENTATIVE})
"""Whoever held both could draw money alone: the bank asks for the two together."""


@dataclass(frozen=True, slots=True)
class Hands:
    """The people of one seal, as keys of members.

    :param custodian_here: the custodian still works here.
    :param backup_here: so does the backup, if there is one.
    """

    approver: int
    custodian: int
    backup: int | None = None
    custodian_here: bool = True
    backup_here: bool = True


def keeper(hands: Hands, applicant: int | None) -> int | None:
    """Say who stamps for an applicant; None where nobody can.

    The custodian, as long as it is not the applicant and works here; else the backup, on the same
    conditions. For any other absence custody is handed over.
    """
    if hands.custodian_here and hands.custodian != applicant:
        return hands.custodian
    if hands.backup is not None and hands.backup_here and hands.backup != applicant:
        return hands.backup
    return None


class Problem(StrEnum):
    """Why a request cannot be carried out by three people."""

    NO_KEEPER = "no_keeper"
    """The applicant keeps the seal, or the custodian has left, and there is no backup."""
    KEEPER_APPROVES = "keeper_approves"
    """Whoever would stamp is the seal's approver."""


def problem(hands: Hands, applicant: int | None) -> Problem | None:
    """Find what keeps a request from being done by three different people.

    The applicant who is also the seal's approver is no problem: the engine asks the superior.
    """
    stamps = keeper(hands, applicant)
    if stamps is None:
        return Problem.NO_KEEPER
    if stamps == hands.approver and hands.approver != applicant:
        return Problem.KEEPER_APPROVES
    return None


def may_approve(member: int, applicant: int, stamps: int | None) -> bool:
    """Tell whether a person may approve a use: neither the applicant nor whoever stamps."""
    return member not in {applicant, stamps}


def may_stamp(
    member: int,
    applicant: int,
    stamps: int | None,
    approved_by: Iterable[int],
    backup: int | None = None,
) -> bool:
    """Tell whether a person may stamp: the keeper, who neither asked nor approved.

    :param backup: may take the step over from the keeper, who delegates it or leaves; the engine
        asks only the keeper by itself.
    """
    return member in {stamps, backup} and member != applicant and member not in set(approved_by)


@dataclass(frozen=True, slots=True)
class Kept:
    """A seal with those who keep it: the custodian and the backup."""

    type: SealType
    name: str
    keepers: frozenset[int]


def in_one_hand(seal: Kept, others: Iterable[Kept]) -> Kept | None:
    """Find a seal of the opposite type that one of this seal's keepers keeps, too.

    Finance and legal representative's seal have different keepers; the backup counts, because a
    backup stamps in the custodian's place.
    """
    if seal.type not in APART:
        return None
    opposite = APART - {seal.type}
    for other in others:
        if other.type in opposite and seal.keepers & other.keepers:
            return other
    return None
