"""Demo rows: staff files, five days of annual leave each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from zhidu import clock
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.demo import Cast
from zhidu_hr.models import LeaveType
from zhidu_hr.services import employees, grants


def load(session: Session, cast: Cast) -> None:
    """Give everybody a staff file and 5.0 days of annual leave for this year and the next."""
    actor: Actor = session.actor
    annual = session.scalars(select(LeaveType).where(LeaveType.code == "annual")).one()
    today = clock.today()
    for number, member_id in enumerate(cast.members.values()):
        hired = date(2016 + number % 8, 1 + number % 12, 5)
        employees.create(
            session,
            actor,
            member_id,
            hired_on=hired,
            career_start_on=hired - timedelta(days=700),
            phone=f"138000000{number:02d}",
        )
        grants.grant(
            session,
            actor,
            member_id=member_id,
            leave_type_id=annual.id,
            days=Decimal(5),
            starts_on=date(today.year, 1, 1),
            expires_on=date(today.year + 1, 12, 31),
            note="演示额度",
        )
