"""The door to a flow as a browser sees it: cards, the words of the policy, time, and what was urgent."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from tests.addons.hr.desk import LEAVE, Enter, typed, words
from tests.addons.hr.office import PACK, Office

from zhidu.policy.apply import apply_pack
from zhidu.records.models import Record
from zhidu.workflow import entry, urgent
from zhidu.workflow.models import Instance

pytestmark = pytest.mark.addons("hr")

STATED = (
    PACK.replace('version: "1"', 'version: "2"')
    .replace(
        "    manager: {role: admin}\n",
        """    manager: {role: admin}
    except: {posts: [accountant]}
    windows:
      - {clause: T-2, closes: 90 days, field: first_day, late: boss}
    urgent:
      clause: T-3
      reasons: [家中急事]
      consent: {role: manager}
      deadline: 2 days
      consequence: 通报
      nodes:
        - {id: quick, name: 补批, approver: {post: general_manager}, clause: T-2}
""",
    )
    .replace(
        "      - {id: file,",
        "      - {id: boss, name: 迟报加批, approver: {post: general_manager}, clause: T-2}\n"
        "      - {id: file,",
    )
    + """\
definitions:
  - {name: kin, title: 近亲属, help: 配偶、父母与子女, kinds: [hr.leave_request], clause: T-2}
"""
)


@pytest.fixture
def stated(office: Office) -> Office:
    with office.db.write(office.system) as session:
        apply_pack(session, session.actor, STATED)
    return office


def test_who_may_not_start_it_has_no_card(stated: Office, enter: Enter) -> None:
    assert "hr/leave-request/new" in enter(stated.org.salesman).get("").text
    assert "hr/leave-request/new" not in enter(stated.org.accountant).get("").text


def test_the_form_tells_its_words_and_the_step_that_being_late_adds(
    stated: Office, enter: Enter
) -> None:
    stated.grant(stated.org.salesman)
    staff = enter(stated.org.salesman)
    staff.get(f"{LEAVE}new")
    page = words(staff.post(f"{LEAVE}preview", typed(stated)))
    assert "近亲属" in page
    assert "配偶、父母与子女" in page
    assert "迟报加批" in page
    answer = staff.post(f"{LEAVE}new", typed(stated))
    assert answer.status_code == 303
    with stated.db.read(stated.system) as session:
        (late,) = entry.lates(session.scalars(select(Instance)).one())
        assert (late.means, late.clause) == ("boss", "T-2")
    assert "迟报加批" in words(staff.get(answer.headers["Location"]))


def test_what_was_urgent_goes_its_own_way(stated: Office, enter: Enter) -> None:
    stated.grant(stated.org.salesman)
    staff = enter(stated.org.salesman)
    staff.get(f"{LEAVE}new")
    form = typed(
        stated,
        **{
            "urgent-asked": "1",
            "urgent": "1",
            "urgent-reason": "家中急事",
            "urgent-event_at": "2026-01-04T09:00",
            "urgent-consented_by": str(stated.org.general_manager.id),
            "urgent-how": "",
        },
    )
    assert staff.post(f"{LEAVE}new", form).status_code == 422
    answer = staff.post(f"{LEAVE}new", form | {"urgent-how": "电话"})
    assert answer.status_code == 303
    with stated.db.read(stated.system) as session:
        record = session.scalars(select(Record)).one()
        row = urgent.of(session, record.id)
        assert row is not None
        assert (row.reason, row.how, row.consented_by) == (
            "家中急事",
            "电话",
            stated.org.general_manager.id,
        )
    page = words(staff.get(answer.headers["Location"]))
    assert "补批" in page
    assert "家中急事" in page
    assert "电话" in page
