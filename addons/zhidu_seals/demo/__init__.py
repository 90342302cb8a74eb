"""Demo rows: four seals in one company, one in the other; one inspection is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from zhidu.db import Session
from zhidu.demo import Cast
from zhidu_seals import queries
from zhidu_seals.rules.kinds import DocumentType as D
from zhidu_seals.rules.kinds import SealType
from zhidu_seals.services import inspections, seals
from zhidu_seals.services.seals import SealFile


@dataclass(frozen=True, slots=True)
class _Seal:
    """A seal of a demo company, its people by their names in the cast."""

    type: SealType
    name: str
    number: str
    documents: tuple[D, ...]
    approver: str
    custodian: str
    backup: str
    kept_where: str
    days: int
    """Days since it was entered: 120 are more than the three months between inspections."""


_LETTERS = (D.CERTIFICATE, D.REPORT, D.LETTER, D.AUTHORIZATION, D.INTERNAL)

SEALS: dict[str, tuple[_Seal, ...]] = {
    "demo": (
        _Seal(
            SealType.OFFICIAL,
            "公章",
            "GZ-01",
            (*_LETTERS, D.AGREEMENT, D.TENDER, D.OTHER),
            "manager",
            "custodian",
            "郑一",
            "行政部保险柜 1 号",
            30,
        ),
        _Seal(
            SealType.CONTRACT,
            "合同专用章",
            "HT-01",
            (D.CONTRACT, D.AGREEMENT),
            "manager",
            "custodian",
            "郑一",
            "行政部保险柜 1 号",
            120,
        ),
        _Seal(
            SealType.FINANCE,
            "财务专用章",
            "CW-01",
            (D.FINANCIAL, D.INVOICE),
            "manager",
            "finance",
            "孙宁",
            "财务部保险柜",
            30,
        ),
        _Seal(
            SealType.LEGAL_REPRESENTATIVE,
            "法定代表人章",
            "FR-01",
            (D.FINANCIAL, D.CONTRACT, D.AUTHORIZATION),
            "manager",
            "custodian",
            "郑一",
            "行政部保险柜 2 号",
            30,
        ),
    ),
    "branch": (
        _Seal(
            SealType.OFFICIAL,
            "江北分公司公章",
            "JB-01",
            (*_LETTERS, D.CONTRACT, D.AGREEMENT),
            "leader",
            "leader2",
            "staff2",
            "业务部保险柜",
            30,
        ),
    ),
}


def load(session: Session, cast: Cast) -> None:
    """Enter the seals of a company, and make the inspections that are due."""
    today = queries.local_today(session)
    for one in SEALS.get(cast.company, ()):
        seals.create(
            session,
            session.actor,
            SealFile(
                type=one.type,
                name=one.name,
                number=one.number,
                document_types=one.documents,
                approver_id=cast.members[one.approver],
                backup_id=cast.members[one.backup],
                kept_where=one.kept_where,
            ),
            custodian_id=cast.members[one.custodian],
            entered_on=today - timedelta(days=one.days),
        )
    inspections.make_due(session)
    inspections.remind(session)
