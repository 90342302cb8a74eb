"""The record's forms: what a step asks for, shows, hides and lets change; what a submit asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.record_stage import (
    AT,
    BOSS,
    LEAD_THEN_BOSS,
    Pages,
    done,
    holders,
    plain,
    seated,
    stands,
)
from tests.core.test_seats_own import png
from tests.core.workflow_house import (
    LEADER,
    DemoRequest,
    Office,
    flow,
    node,
    submitted,
)
from tests.core.workflow_stage import branch, path

from zhidu.clock import now
from zhidu.durations import Duration
from zhidu.workflow.definition import (
    Approver,
    FieldRight,
    Flow,
    Opinion,
    Urgent,
    Window,
)


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Callable[[Flow], tuple[Office, Pages]]:
    """Offer the pages of the demo request under a flow."""
    return partial(seated, office, tmp_path / "var")


def test_opinion_file_and_signature_are_asked_for(desk: Any) -> None:
    """The dialog asks; without them it is refused; with them the story shows them."""
    steps = flow(node("lead", LEADER, opinion=Opinion.REQUIRED, attachment=True, sign=True))
    office, pages = desk(steps)
    org, record = office.org, submitted(office)
    lead = pages.sit(org.team_head)
    page = lead.page(record)
    assert 'name="files"' in page
    assert 'name="signature"' in page, "no picture is kept yet: it is asked for"
    assert lead.act(record, "approve", "").status_code == 422
    assert lead.act(record, "approve", "同意").status_code == 422
    picture = png()
    done(
        lead.act(
            record,
            "approve",
            "同意",
            files=(BytesIO(b"%PDF-1.4 minutes"), "纪要.pdf"),
            signature=(BytesIO(picture), "me.png"),
        )
    )
    page = lead.page(record)
    assert "纪要.pdf" in page
    (address,) = set(re.findall(r'src="([^"]*/signed/\d+)"', page))
    shown = lead.visitor.get(address)
    assert (shown.mimetype, shown.data) == ("image/png", picture)
    assert lead.visitor.get("signature.png").data == picture
    stranger = pages.sit(org.cashier)
    assert stranger.visitor.get(address).status_code == 404
    assert stranger.visitor.get("signature.png").status_code == 404


FILL = flow(
    node("lead", LEADER, fields={"note": FieldRight.EDIT, "amount": FieldRight.HIDE}),
    node("boss", BOSS),
)


def test_fields_that_a_step_lets_its_person_change(desk: Any) -> None:
    """Alone or with the decision; what it hides is in no page, list, file or log."""
    office, pages = desk(FILL)
    org = office.org
    record = submitted(office, amount=Decimal(4321), note="old")
    lead, boss = pages.sit(org.team_head), pages.sit(org.sales_head)
    page = lead.page(record)
    assert 'name="set-note"' in page
    assert "4,321" not in page.replace("4321", "4,321")
    version = re.search(r'name="set_version" value="(\d+)"', page)
    assert version is not None
    done(lead.act(record, "save-fields", **{"set-note": "half", "set_version": version[1]}))
    long = {"set-note": "x" * 21, "set_version": version[1]}
    assert lead.act(record, "approve", "同意", **long).status_code == 422
    locked = {"set-amount": "1", "set_version": "2"}
    assert lead.act(record, "approve", "同意", **locked).status_code in (403, 409)
    assert stands(office, record) == "lead", "neither was done"
    version = re.search(r'name="set_version" value="(\d+)"', lead.page(record))
    assert version is not None
    both = {"set-note": "whole", "set_version": version[1]}
    done(lead.act(record, "approve", "同意", **both))
    with office.db.read(office.system) as session:
        row = session.get_one(DemoRequest, record)
        assert (row.note, row.amount) == ("whole", Decimal(4321))
    assert "4,321" in boss.page(record), "the next one sees it"
    for address in (f"{AT}/{record}", f"{AT}/", f"{AT}/print"):
        shown = plain(lead.visitor.get(address))
        assert "4,321" not in shown
        assert "4321" not in shown
    assert "4,321" in plain(boss.visitor.get(f"{AT}/"))


def test_who_is_chosen_at_the_submit(desk: Any) -> None:
    """The draft's page asks for the person; nobody chosen is refused in words."""
    steps = flow(node("pick", Approver("chosen", {"anyone": True})))
    office, pages = desk(steps)
    org = office.org
    with office.db.write(org.salesman.actor) as session:
        record = office.draft(session).id
    sender = pages.sit(org.salesman)
    page = sender.page(record)
    assert 'name="chosen-pick"' in page
    assert not re.search(rf'<option value="{org.salesman.id}">', page), "nobody decides an own one"
    assert sender.act(record, "submit").status_code == 422
    done(sender.act(record, "submit", **{"chosen-pick": org.auditor.id}))
    assert holders(office, record) == {org.auditor.id}


SPLIT = flow(
    branch(
        "much",
        path("small", node("lead", LEADER), when="amount <= 1000"),
        path("large", node("boss", BOSS), default=True),
    ),
    node("pick", Approver("chosen", {"role": "finance", "most": 2})),
    windows=(Window("D-w", opens=1, closes=31),),
    urgent=Urgent("D-u", ("fire", "flood"), BOSS, Duration.parse("2 days"), "a warning"),
)


def test_the_panel_beside_the_form(desk: Any) -> None:
    """Both ways with the condition, how far the next band is, the clock, people, what was urgent."""
    office, pages = desk(SPLIT)
    org = office.org
    sender = pages.sit(org.salesman)
    panel = sender.panel(amount="400")
    assert org.team_head.name in panel
    assert re.search(r'class="skipped"><span class="path-t">boss <small>large', panel)
    assert "Amount: above 1,000 another way is taken; 600 to go." in panel
    assert re.search(r"Closes in \d+ (day|hour)s?, at the end of \d{4}-\d\d-\d\d", panel)
    assert "The paper must follow within 2 calendar days. If it is late: a warning" in panel
    assert panel.count('type="checkbox" name="chosen-pick"') == 3
    panel = sender.panel(
        amount="5000", **{"chosen-pick": [org.cashier.id], "urgent-asked": "1", "urgent": "1"}
    )
    assert re.search(rf'name="chosen-pick" value="{org.cashier.id}" checked', panel)
    assert org.cashier.name in panel
    assert "Closes" not in panel, "what is done already keeps no window"
    assert re.search(r'class="skipped"><span class="path-t">lead', panel)


def test_done_first_and_written_up_after(desk: Any) -> None:
    """Reason, time and consent are asked for; the story tells them."""
    office, pages = desk(SPLIT)
    org = office.org
    with office.db.write(org.salesman.actor) as session:
        record = office.draft(session).id
    sender = pages.sit(org.salesman)
    said = {"chosen-pick": [org.cashier.id], "urgent-asked": "1", "urgent": "1"}
    assert sender.act(record, "submit", **said).status_code == 422
    boss = org.sales_head
    said |= {
        "urgent-reason": "fire",
        "urgent-event_at": f"{now() - timedelta(hours=9):%Y-%m-%dT%H:%M}",
        "urgent-consented_by": boss.id,
        "urgent-how": "by telephone",
    }
    done(sender.act(record, "submit", **said))
    page = sender.page(record)
    for told in ("Done first, written up after", f"{boss.name} had consented", "by telephone"):
        assert told in page


def test_a_form_posted_twice_makes_one_record(desk: Any) -> None:
    """The second click of a slow page shows what the first one made."""
    office, pages = desk(LEAD_THEN_BOSS)
    sender = pages.sit(office.org.salesman)
    page = sender.visitor.get(f"{AT}/new").text
    found = re.search(r'name="key" value="([\w-]+)"', page)
    assert found is not None
    sent = {"amount": "7", "do": "submit", "key": found[1]}
    places = [sender.visitor.post(f"{AT}/new", sent).headers["Location"] for _ in range(2)]
    assert places[0] == places[1]
    with office.db.read(office.system) as session:
        assert len(session.scalars(select(DemoRequest.id)).all()) == 1
