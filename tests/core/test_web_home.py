"""The workbench: its four lists, what can be done from a row, several at once, counters that agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.core.record_stage import AT, LEAD_THEN_BOSS, Pages, Seat, done, plain, seated
from tests.core.workflow_house import LEADER, Office, flow, header, node, own_task, submitted

from zhidu.records.models import Approval
from zhidu.workflow import engine, queries
from zhidu.workflow.definition import Act, Flow, Opinion
from zhidu.workflow.models import TrailAction

TWO = LEAD_THEN_BOSS


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Callable[[Flow], tuple[Office, Pages]]:
    """Offer the pages of the demo request under a flow."""
    return partial(seated, office, tmp_path / "var")


def rows(page: str) -> list[str]:
    """Cut a list of the workbench into its rows."""
    return re.findall(r'<li class="todo.*?</li>', page, re.S)


def counters(page: str) -> list[int]:
    """Read the numbers of the four tabs."""
    return [int(n) for n in re.findall(r'class="counter-n[^"]*">(\d+)<', page)]


def ticks(page: str) -> list[str]:
    """Read which tasks can be ticked."""
    return re.findall(r'form="bulk" name="ids" value="(\d+)"', page)


def agree(seat: Seat, *ids: str, key: str = "") -> str:
    """Agree to several at once; give the report."""
    seat.home()
    answer = seat.visitor.post("batch", {"ids": list(ids), "key": key})
    assert answer.status_code == 303
    return plain(seat.visitor.get(""))


def test_counters_are_the_lists(desk: Any) -> None:
    """In every state of several records, for every person: each number is the length of its list."""
    office, pages = desk(TWO)
    org = office.org
    people = (org.salesman, org.team_head, org.sales_head, org.auditor)

    def agrees() -> None:
        for person in people:
            seat = pages.sit(person)
            counted = counters(seat.home())
            shown = [len(rows(seat.home(tab))) for tab in ("todo", "done", "started")]
            unread = [row for row in rows(seat.home("copies")) if "todo unread" in row]
            assert counted == [*shown, len(unread)], person.name

    first, second = submitted(office), submitted(office)
    agrees()
    sender = pages.sit(org.salesman)
    done(sender.act(first, "send-copies", "请知悉", members=[org.auditor.id, org.sales_head.id]))
    agrees()
    lead = pages.sit(org.team_head)
    done(lead.act(first, "approve", "同意"))
    done(lead.act(second, "ask-opinion", "？", member=org.auditor.id))
    agrees()
    done(pages.sit(org.auditor).act(second, "give-answer", "可以"))
    done(lead.act(second, "return", "补材料"))
    agrees()
    done(pages.sit(org.sales_head).act(first, "approve", "同意"))
    agrees()


def test_agree_to_several_and_hear_what_was_left_out(desk: Any) -> None:
    """One report; who must write, sign or attach something is named with the reason."""
    office, pages = desk(TWO)
    org = office.org
    plainly = [submitted(office), submitted(office)]
    office.house.flow = flow(node("lead", LEADER, opinion=Opinion.REQUIRED))
    wordy = submitted(office)
    office.house.flow = flow(node("lead", LEADER, acts=(Act.RETURN,)))
    alone = submitted(office)
    lead = pages.sit(org.team_head)
    ids = ticks(lead.home())
    assert len(ids) == 4
    report = agree(lead, *ids, key="batch-1")
    assert "2 requests approved." in report
    assert "2 requests were left out:" in report
    assert "This step wants your opinion in words." in report
    assert "The policy wants this step decided by itself." in report
    with office.db.read(office.system) as session:
        assert {header(session, key).approval for key in (wordy, alone)} == {Approval.IN_APPROVAL}
        acts = [one.action for key in plainly for one in queries.trail(session, key)]
        assert acts.count(TrailAction.APPROVE) == 2
    assert len(ticks(lead.home())) == 2
    others = agree(pages.sit(org.auditor), *ids)
    assert "approved" not in others, "tasks of others are not even looked at"
    assert agree(lead, "0", "9" * 30, "x")


def test_the_list_of_a_kind_agrees_in_the_same_way(desk: Any) -> None:
    """The ticked rows of the register go through the same door."""
    office, pages = desk(flow(node("lead", LEADER, opinion=Opinion.REQUIRED)))
    record = submitted(office)
    lead = pages.sit(office.org.team_head)
    lead.visitor.get(f"{AT}/")
    answer = lead.visitor.post(f"{AT}/bulk", {"action": "approve", "ids": str(record)})
    assert answer.status_code in (303, 403)
    with office.db.read(office.system) as session:
        assert header(session, record).approval is Approval.IN_APPROVAL


def test_urge_and_take_back_from_the_rows(desk: Any) -> None:
    """The applicant urges from the own list, the approver takes back from the list of what is done."""
    office, pages = desk(TWO)
    record = submitted(office)
    sender, lead = pages.sit(office.org.salesman), pages.sit(office.org.team_head)
    assert 'data-act="urge-people"' in sender.home("started")
    done(lead.act(record, "approve", "同意"))
    assert 'data-act="take_back"' in lead.home("done")
    done(sender.act(record, "urge-people", "请尽快"))
    assert 'data-act="urge-people"' not in sender.home("started")
    done(lead.act(record, "take_back", "再看看"))
    assert 'data-act="take_back"' not in lead.home("done")
    assert rows(lead.home("todo"))


def test_copies_are_read_and_answered(desk: Any) -> None:
    """Unread until it is marked or opened; an opinion stands in the story."""
    office, pages = desk(TWO)
    org, record = office.org, submitted(office)
    with office.db.write(org.salesman.actor) as session:
        engine.circulate(
            session, session.actor, header(session, record), [org.auditor.id], "请知悉"
        )
    reader = pages.sit(org.auditor)
    page = reader.home("copies")
    assert "to read" in page
    assert 'data-act="copy-opinion"' in page
    done(reader.visitor.post(f"{AT}/{record}/seen", {"action": "mark-read"}))
    page = reader.home("copies")
    assert "to read" not in page
    assert counters(page)[3] == 0
    assert re.search(rf"{org.auditor.name}, read", pages.sit(org.salesman).page(record))


def test_a_row_is_one_task(desk: Any) -> None:
    """Somebody asked on two steps has two rows, each with the buttons of its own step."""
    office, pages = desk(TWO)
    org, record = office.org, submitted(office)
    lead = pages.sit(org.team_head)
    (row,) = rows(lead.home())
    with office.db.read(org.team_head.actor) as session:
        task = own_task(session, record)
        assert set(re.findall(r'data-task="(\d+)"', row)) == {str(task.id)}
    assert re.findall(r'data-act="(\w+)"', row) == ["approve", "return", "reject"]
