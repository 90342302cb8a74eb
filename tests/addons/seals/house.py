"""A company with seals, people and a policy, for the tests of the addon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.policy.apply import apply_pack
from zhidu.records.files import FileStore
from zhidu.testing.factories import MadeCompany, MadeMember, make_member
from zhidu.workflow import engine
from zhidu.workflow.models import Task, TaskStatus
from zhidu_seals.models import Seal, UseRequest
from zhidu_seals.rules.kinds import DocumentType, SealType
from zhidu_seals.services import seals, use_requests
from zhidu_seals.services.seals import SealFile
from zhidu_seals.services.use_requests import Wish

PACK = """\
format: 1
policy: {id: seals-only, title: 印章制度, version: "1", effective: 2026-01-01}
clauses:
  - {id: T-1, section: 印章, title: 审批, summary: 用印先审批。}
  - {id: T-2, section: 印章, title: 盖章, summary: 只有保管人盖章。}
addons: [seals]
flows:
  seals.use_request:
    manager: {role: admin}
    nodes:
      - {id: approve, name: 用印审批, approver: {field: approver}, clause: T-1}
      - {id: stamp, name: 盖章, kind: handle, approver: {field: custodian}, transition: stamp, clause: T-2}
"""

PDF = b"%PDF-1.4\n% a contract\n"


@dataclass
class House:
    """The company; ``people`` by what they do."""

    db: Database
    company: MadeCompany
    files: FileStore
    people: dict[str, MadeMember] = field(default_factory=dict)

    def __getattr__(self, name: str) -> MadeMember:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    # --- seals

    def file(self, session: Session | None = None, **values: Any) -> SealFile:
        """Describe a seal."""
        given = {
            "type": SealType.OFFICIAL,
            "name": "公章",
            "number": "GZ-01",
            "document_types": (DocumentType.CONTRACT, DocumentType.LETTER),
            "approver_id": self.boss.id,
            "backup_id": self.backup.id,
            **values,
        }
        return SealFile(**given)

    def seal(self, session: Session, *, custodian: MadeMember | None = None, **values: Any) -> Seal:
        """Enter a seal as the administrator of the company."""
        days = {"entered_on": values.pop("entered_on")} if "entered_on" in values else {}
        return seals.create(
            session,
            session.actor,
            self.file(**values),
            custodian_id=(custodian or self.keeper).id,
            **days,
        )

    def made_seal(self, **values: Any) -> int:
        """Enter a seal in a unit of work of its own; give its key."""
        with self.db.write(self.company.system) as session:
            return self.seal(session, **values).id

    def act(self, who: MadeMember, seal_id: int, verb: Any, *args: Any, **more: Any) -> Any:
        """Do a verb of the services on a seal, in a unit of work of its own."""
        with self.db.write(who.actor) as session:
            return verb(session, session.actor, session.get_one(Seal, seal_id), *args, **more)

    # --- requests

    def draft(
        self,
        session: Session,
        seal_id: int,
        *,
        copies: int = 2,
        document: bytes | None = PDF,
        document_type: DocumentType = DocumentType.CONTRACT,
    ) -> UseRequest:
        """Write a draft of the session's actor, with its document."""
        request = use_requests.draft(
            session, session.actor, Wish(seal_id, "销售合同", document_type, copies)
        )
        if document is not None:
            use_requests.put_document(
                session, session.actor, request, BytesIO(document), "合同.pdf", files=self.files
            )
        return request

    def submitted(self, seal_id: int, who: MadeMember | None = None, **values: Any) -> int:
        """Submit a request; give its key."""
        actor = (who or self.asker).actor
        with self.db.write(actor) as session:
            request = self.draft(session, seal_id, **values)
            engine.submit(session, session.actor, request.header)
            return request.id

    def approved(self, seal_id: int, who: MadeMember | None = None, **values: Any) -> int:
        """Submit a request and approve it; give its key."""
        key = self.submitted(seal_id, who, **values)
        self.approve(key)
        return key

    def approve(self, key: int, who: MadeMember | None = None) -> None:
        """Approve as the boss."""
        with self.db.write((who or self.boss).actor) as session:
            engine.approve(session, session.actor, own_task(session, key))

    def stamp(self, key: int, copies: object = 2, who: MadeMember | None = None) -> None:
        """Finish the stamping task."""
        with self.db.write((who or self.keeper).actor) as session:
            engine.handle(session, session.actor, own_task(session, key), values={"copies": copies})


def own_task(session: Session, record_id: int) -> Task:
    """Give the actor's task on a record, whatever its state."""
    return session.scalars(
        select(Task)
        .where(Task.record_id == record_id, Task.member_id == session.actor.member_id)
        .order_by((Task.status == TaskStatus.OPEN).desc(), Task.id.desc())
        .limit(1)
    ).one()


def asked(session: Session, record_id: int) -> list[int]:
    """Name who is asked now."""
    return list(
        session.scalars(
            select(Task.member_id)
            .where(Task.record_id == record_id, Task.status == TaskStatus.OPEN)
            .order_by(Task.id)
        )
    )


CAST: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("boss", "王建国", ("staff", "manager")),
    ("admin", "周静", ("staff", "admin")),
    ("keeper", "吴芳", ("staff", "custodian")),
    ("backup", "郑一", ("staff",)),
    ("cashier", "孙莉", ("staff", "finance")),
    ("asker", "卫东", ("staff",)),
    ("other", "蒋欣", ("staff",)),
    ("auditor", "沈岩", ("staff", "auditor")),
)


def make_house(db: Database, company: MadeCompany, home: Path) -> House:
    """Fill a company with people who keep, approve and ask."""
    house = House(db, company, FileStore(home / "files"))
    system: Actor = company.system
    with db.write(system) as session:
        boss: MadeMember | None = None
        for key, name, roles in CAST:
            made = make_member(session, name, roles=roles, superior=boss)
            house.people[key] = made
            boss = boss or made
        apply_pack(session, system, PACK, "seals.yaml")
    return house
