"""Who is on approved leave gets no task; a wish for leave, or leave that is over, changes nothing."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from tests.addons.hr.office import Office, period

from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow.absence import away
from zhidu.workflow.models import Task, TaskStatus

pytestmark = pytest.mark.addons("hr")

HERE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("hour", "is_away"),
    [(8, False), (11, False), (12, True), (17, True)],
    ids=["early", "morning", "noon", "afternoon"],
)
def test_half_a_day_is_half_a_day(
    office: Office, clock: FrozenClock, hour: int, is_away: bool
) -> None:
    head = office.org.team_head
    clock.set(datetime(2026, 3, 2, 9, tzinfo=HERE))
    key = office.ask(head, period("2026-03-04", first_half="pm"), "personal")
    clock.set(datetime(2026, 3, 4, hour, tzinfo=HERE))
    for approved in (False, True):
        if approved:
            office.approve(key, office.org.sales_head)
        with office.db.read(office.system) as session:
            found = away(session, [head.id, office.org.salesman.id])
            assert found == ({head.id} if is_away and approved else set())


def test_the_superior_decides_meanwhile(office: Office, clock: FrozenClock) -> None:
    head = office.org.team_head
    clock.set(datetime(2026, 3, 2, 9, tzinfo=HERE))
    office.approve(
        office.ask(head, period("2026-03-04", "2026-03-05"), "personal"), office.org.sales_head
    )
    clock.set(datetime(2026, 3, 4, 9, tzinfo=HERE))
    during = office.ask(office.org.salesman, period("2026-03-09"), "personal")
    clock.set(datetime(2026, 3, 6, 9, tzinfo=HERE))
    behind = office.ask(office.org.salesman, period("2026-03-10"), "personal")
    with office.db.read(office.system) as session:
        asked = {
            task.record_id: task.member_id
            for task in session.scalars(select(Task).where(Task.status == TaskStatus.OPEN))
        }
    assert asked[during] == office.org.sales_head.id
    assert asked[behind] == head.id
