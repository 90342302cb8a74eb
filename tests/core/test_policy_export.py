"""A version written back to YAML says what the version says, whatever stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.policy_firm import MONDAY, Firm
from tests.core.policy_house import PACK, House, house

from zhidu.clock import frozen_at
from zhidu.db import Database, Session
from zhidu.policy import activation, settings, versions
from zhidu.policy.apply import apply_pack
from zhidu.policy.export import NothingToExport, export, pack, write
from zhidu.policy.lint import read
from zhidu.policy.loader import load
from zhidu.policy.publish import stated_content
from zhidu.policy.tree import plain
from zhidu.texts import use_locale


@pytest.fixture(scope="module")
def built() -> House:
    return house()


def decimals() -> st.SearchStrategy[Decimal]:
    """Make numbers as a pack may hold them: with a point, and no sign of a float."""
    return st.decimals(-(10**9), 10**9, places=4)


TEXTS = st.text(max_size=40) | st.sampled_from(
    ["yes", "null", "~", "1", "1.5", "- x", "a: b", "# no", "{a}", "2026-01-01", "*x", " x ", "！"]
)
VALUES = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | decimals() | TEXTS
TREES = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
)


@given(st.dictionaries(st.text(max_size=20), TREES, min_size=1, max_size=5))
def test_any_tree_of_plain_values_is_read_back_as_it_was(tree: dict[str, Any]) -> None:
    found, problems = load(write(tree), "x.yaml")
    assert problems == []
    assert plain(found) == tree
    assert repr(plain(found)) == repr(tree)  # 1 is not True, and 1.50 is not 1.5


@st.composite
def packs(draw: st.DrawFn) -> dict[str, Any]:
    """Make a pack that lint accepts, with parts in it or not, in any words."""
    words = st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=30
    )
    ids = [f"T-{number}" for number in range(1, draw(st.integers(2, 5)))]
    clause = st.sampled_from(ids)
    number = st.integers(1, 20)
    stated = {
        "leave.notice_days": number,
        "leave.longest": st.decimals(1, 300, places=2) | number,
        "leave.half_days": st.booleans(),
        "leave.rounding": st.sampled_from(["up", "down"]),
        "leave.request.series": st.just("L-{seq:05d}"),
    }
    long = {
        key: value | st.fixed_dictionaries({"value": value, "clause": clause})
        for key, value in stated.items()
    }
    person = st.sampled_from([{"role": "admin"}, {"superior": True}, {"dept_leader": {"level": 2}}])
    steps = draw(st.lists(st.sampled_from(["", "days > 3", 'type == "sick"']), max_size=3))
    nodes = [
        {"id": f"n{place}", "name": draw(words), "approver": draw(person), "clause": draw(clause)}
        | ({"when": when, "opinion": "required"} if when else {})
        for place, when in enumerate(["", *steps])
    ]
    tree: dict[str, Any] = {
        "format": 1,
        "policy": {
            "id": "t-norms",
            "title": draw(words),
            "version": "1",
            "effective": "2026-01-01",
        },
        "clauses": [
            {"id": ident, "section": draw(words), "title": draw(words), "summary": draw(words)}
            for ident in ids
        ],
        "addons": ["leave"],
        "settings": draw(st.fixed_dictionaries({}, optional=long)),
        "flows": {"leave.request": {"manager": {"role": "admin"}, "nodes": nodes}},
    }
    if draw(st.booleans()):
        tree["policy"]["until"] = "2026-12-31"
        tree["settings"].pop("leave.request.series", None)  # one of the two may state it
        tree["numbering"] = {
            "leave.request": draw(
                st.sampled_from(["A-{seq:03d}", {"pattern": "A-{seq:03d}", "clause": ids[0]}])
            )
        }
    if draw(st.booleans()):
        tree["retention"] = [{"class": "ten", "years": 10, "clause": ids[0]}]
        tree["duties"] = [
            {"id": "d1", "title": draw(words), "every": "month", "on": 25,
             "who": {"role": "admin"}, "clause": ids[0],
             "escalate": [{"after": "2 working days", "do": "remind", "most": 3}]}
        ]  # fmt: skip
    return tree


@given(packs())
def test_any_pack_survives_being_kept_and_written_back(built: House, tree: dict[str, Any]) -> None:
    with frozen_at(MONDAY):
        first = read(built.registry, write(tree), "x.yaml")
        assert first.content is not None, first.problems
        text = write(pack(built.registry, first.content))
        again = read(built.registry, text, "y.yaml")
        assert again.content == first.content
        assert write(pack(built.registry, again.content or {})) == text


@pytest.fixture
def firm(db: Database) -> Iterator[Firm]:
    with frozen_at(MONDAY), use_locale("en"):
        yield Firm(db)


@pytest.fixture
def session(firm: Firm) -> Iterator[Session]:
    with Session(firm.db.engine, firm.boss, firm.house.registry) as opened:
        yield opened


def test_a_version_is_written_with_what_was_switched_by_hand(firm: Firm, session: Session) -> None:
    apply_pack(session, firm.boss, PACK)
    settings.set_setting(session, firm.boss, "leave.half_days", value=False)
    version = activation.deactivate(session, firm.boss, "stamps")
    assert version is not None
    text = export(session.registry, version)
    assert "Version 3" in text.splitlines()[0]
    assert "# chosen by the company itself: leave.half_days = False" in text
    tree, _ = load(text, "x.yaml")
    data = plain(tree)
    assert data["addons"] == ["leave"]
    assert data["flows"]["leave.request"]["nodes"][1]["when"] == "days > 3"
    assert data["settings"]["leave.longest"] == {"value": Decimal("15.5"), "clause": "T-1"}
    # the flow of the addon that is off stays in the text, as it stays in the version
    assert set(data["flows"]) == set(stated_content(version)["flows"])


def test_applying_what_was_exported_changes_nothing(firm: Firm, session: Session) -> None:
    first = apply_pack(session, firm.boss, PACK)
    assert apply_pack(session, firm.boss, export(session.registry, first)) is first
    assert versions.current(session) is first


def test_a_company_without_a_policy_has_nothing_to_write(firm: Firm, session: Session) -> None:
    with pytest.raises(NothingToExport):
        export(session.registry, None)
    with pytest.raises(NothingToExport, match="--version"):
        export(session.registry, activation.activate(session, firm.boss, "leave"))
