"""Who is found where a flow names a person who left: flows are immutable, people come and go."""

from __future__ import annotations

from sqlalchemy import select

from zhidu.db import Session
from zhidu.org.models import MemberStatus
from zhidu.workflow.seat_models import Succession


def successor_of_login(session: Session, login: str) -> int | None:
    """Give who took over from the person who had a log-in by which flows name people."""
    seen: set[str] = set()
    while login not in seen:
        seen.add(login)
        row = session.scalars(select(Succession).where(Succession.login == login)).one_or_none()
        if row is None:
            return None
        if row.successor.status == MemberStatus.ACTIVE:
            return row.successor_id
        login = (
            session.scalar(
                select(Succession.login)
                .where(Succession.member_id == row.successor_id)
                .order_by(Succession.id.desc())
                .limit(1)
            )
            or login
        )
    return None
