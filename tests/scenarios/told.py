"""The words in which the stories are told; each calls the real services and says what came of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from tests.addons.hr.office import Office, fill, period

from zhidu.db import Database
from zhidu.errors import ZhiduError
from zhidu.jobs.run import drain
from zhidu.org.calendar_company import set_company_day
from zhidu.org.models import DayKind
from zhidu.policy import loader
from zhidu.records.models import Record
from zhidu.testing.factories import MadeMember
from zhidu.workflow.models import Task, TaskStatus
from zhidu_hr.models import LeaveEntry, LeaveGrant

PEOPLE = {"Wei Dong": "salesman", "Jiang Xin": "other_salesman"}


class LeaveStory:
    """A company under ``process-norms``: 卫东 and 蒋欣 sell, 褚亮 leads them, 冯媛 is HR."""

    def __init__(self, db: Database) -> None:
        self._office = Office(db, fill(db, loader.built_in("process-norms")))
        self._asked: dict[str, int] = {}

    def _person(self, name: str) -> MadeMember:
        found: MadeMember = getattr(self._office.org, PEOPLE[name])
        return found

    def hr_grants(self, name: str, days: str) -> None:
        """Grant annual leave for the year."""
        self._office.grant(self._person(name), Decimal(days), last="2026-12-31")
        self.balance(name)

    def balance(self, name: str) -> None:
        """Say what a person has of annual leave."""
        with self._office.db.read(self._office.system) as session:
            rows = session.scalars(
                select(LeaveGrant).where(LeaveGrant.member_id == self._person(name).id)
            ).all()
            left, reserved, used = (
                f"{sum(getattr(row, amount) for row in rows):.1f}"
                for amount in ("available", "reserved", "used")
            )
        print(f"{name}: {left} left, {reserved} reserved, {used} used")

    def ask(
        self,
        name: str,
        first: str,
        last: str = "",
        kind: str = "annual",
        reason: str = "Annual holiday",
        first_half: str = "am",
        last_half: str = "pm",
    ) -> None:
        """Ask for leave, and say what it counts and who decides; or why it is refused."""
        when = period(first, last or first, first_half, last_half)
        try:
            self._asked[name] = self._office.ask(self._person(name), when, kind, reason)
        except ZhiduError as error:
            print(f"Refused: {error}")
            return
        self.request(name)

    def request(self, name: str) -> None:
        """Say how the person's last request stands, who is asked, and by which clause."""
        key = self._asked[name]
        with self._office.db.read(self._office.system) as session:
            record = session.get_one(Record, key)
            print(f"{record.number} {record.title}: {record.approval.value.replace('_', ' ')}")
            for task in session.scalars(
                select(Task).where(Task.record_id == key, Task.status == TaskStatus.OPEN)
            ):
                print(f"  waits for {task.member.name} by {task.clause}")

    def approve(self, name: str) -> None:
        """Let the leader approve."""
        self._act(name, "approve")

    def send_back(self, name: str) -> None:
        """Let the leader return it."""
        self._act(name, "send_back")

    def file(self, name: str) -> None:
        """Let HR file."""
        self._act(name, "file")

    def _act(self, name: str, verb: str) -> None:
        try:
            getattr(self._office, verb)(self._asked[name])
        except ZhiduError as error:
            print(f"Refused: {error}")
        self.request(name)

    def submit_again(self, name: str) -> None:
        """Submit a returned or withdrawn request anew."""
        self._office.submit(self._person(name), self._asked[name])
        self.request(name)

    def withdraw(self, name: str) -> None:
        """Let the applicant withdraw."""
        try:
            self._office.withdraw(self._person(name), self._asked[name])
        except ZhiduError as error:
            print(f"Refused: {error}")
        self.request(name)

    def company_is_closed_on(self, day: str) -> None:
        """Let the administrator give a day off; what counts days is counted again."""
        with self._office.db.write(self._office.org.admin.actor) as session:
            set_company_day(session, session.actor, date.fromisoformat(day), DayKind.HOLIDAY)
        drain(self._office.db)

    def ledger(self, name: str) -> None:
        """Print the person's ledger, line by line."""
        with self._office.db.read(self._office.system) as session:
            numbers = dict(session.execute(select(Record.id, Record.number)).all())
            rows = session.scalars(
                select(LeaveEntry)
                .join(LeaveGrant, LeaveGrant.id == LeaveEntry.balance_id)
                .where(LeaveGrant.member_id == self._person(name).id)
                .order_by(LeaveEntry.id)
            )
            for row in rows:
                what, _, key = row.source.partition(":")
                document = numbers.get(int(key)) if what == "leave" else ""
                print(
                    f"{row.purpose.value:8} {row.available_delta:+5.1f} {row.reserved_delta:+5.1f}"
                    f" {row.used_delta:+5.1f}  {document}".rstrip()
                )
