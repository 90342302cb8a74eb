"""A list on paper: as it is filtered, numbered, with its period, and never more than fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from tests.core.hook_stage import answering, decided, submitted, visitor
from tests.core.print_stage import AT, papers, words
from tests.core.workflow_house import KIND, Office

from zhidu import engine
from zhidu.audit.models import AuditEntry
from zhidu.records.models import Record
from zhidu.web import print_list


@pytest.fixture
def staged(office: Office) -> Office:
    """Offer the pages."""
    return answering(office, **papers())


def test_a_list_prints_as_it_is_filtered(staged: Office, tmp_path: Path) -> None:
    """Oldest first, numbered, with the period and who signs; printing is in the audit."""
    keys = [submitted(staged, note="") for _ in range(3)]
    decided(staged, keys[1], engine.reject, "no")
    seat = visitor(staged, tmp_path, staged.org.salesman)
    everything = seat.get(f"{AT}/print").text
    with staged.db.read(staged.system) as session:
        numbers = {
            r.id: r.number or "" for r in session.scalars(select(Record).where(Record.id.in_(keys)))
        }
    places = [everything.index(f">{numbers[key]}<") for key in keys]
    assert places == sorted(places)
    tail = "?approval=rejected&submitted_from=2026-01-01&submitted_to=2099-12-31"
    text = words(seat.get(f"{AT}/print{tail}"))
    assert numbers[keys[1]] in text
    assert numbers[keys[0]] not in text
    assert "2026-01-01 – 2099-12-31" in text
    assert 'href="/c/acme/demo/request/print?' in seat.get(f"{AT}/{tail}").text
    answer = seat.post(f"{AT}/print{tail}", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    with staged.db.read(staged.system) as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == "print")).one()
        assert (found.kind, found.changes) == (KIND, '{"rows":[null,1]}')


def test_a_list_that_is_too_long_says_so(
    staged: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        submitted(staged)
    seat = visitor(staged, tmp_path, staged.org.salesman)
    assert 'role="alert"' not in seat.get(f"{AT}/print").text
    monkeypatch.setattr(print_list, "MOST", 2)
    page = seat.get(f"{AT}/print").text
    assert 'role="alert"' in page
    assert page.count('<td class="c-n">') == 2
