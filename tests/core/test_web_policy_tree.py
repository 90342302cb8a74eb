"""The acts of the flow editor on plain values: nothing gets lost, and each act can be taken back."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhidu.web.pages import policy_edit as edit
from zhidu.web.pages import policy_tree as tree

Plain = dict[str, Any]

FLOW: Plain = {
    "manager": {"role": "admin"},
    "nodes": [
        {"id": "a", "name": "A", "clause": "C"},
        {
            "branch": "b",
            "paths": [
                {"id": "p", "when": "x > 1", "nodes": [{"id": "c", "name": "C", "clause": "C"}]},
                {
                    "id": "q",
                    "default": True,
                    "nodes": [
                        {"branch": "d", "paths": [{"id": "r", "nodes": []}, {"id": "s"}]},
                        {"id": "e", "name": "E", "clause": "C"},
                    ],
                },
            ],
        },
        {"id": "f", "name": "F", "clause": "C"},
    ],
    "void": [{"id": "v", "name": "V", "clause": "C"}],
}

STEPS = ["a", "b", "c", "d", "e", "f", "v"]


def test_places_and_steps_are_named_in_the_order_of_the_page() -> None:
    assert tree.idents(FLOW) == STEPS
    places = tree.places(FLOW)
    assert places[:4] == ["first:nodes", "after:a", "first:b.p", "after:c"]
    assert places[-2:] == ["first:void", "after:v"]
    assert len(places) == len(set(places))


@given(ident=st.sampled_from(STEPS), place=st.sampled_from(tree.places(deepcopy(FLOW))))
def test_a_move_keeps_every_step_exactly_once(ident: str, place: str) -> None:
    before = deepcopy(FLOW)
    inside = {
        "b": {"after:c", "after:d", "after:e", "first:b.p", "first:b.q", "first:d.r", "first:d.s"},
        "d": {"first:d.r", "first:d.s"},
    }
    if place in inside.get(ident, ()):
        with pytest.raises(tree.StepInside):
            tree.move(FLOW, ident, place)
        return
    after = tree.move(FLOW, ident, place)
    assert sorted(tree.idents(after)) == STEPS
    assert before == FLOW, "the flow at hand is not changed"
    if place != f"after:{ident}":
        steps, index = tree._place(after, ident)
        how, _colon, name = place.partition(":")
        assert index == 0 if how == "first" else tree.ident_of(steps[index - 1]) == name


@given(ident=st.sampled_from(STEPS))
def test_down_and_up_again_is_where_it_was(ident: str) -> None:
    down = tree.shift(FLOW, ident, 1)
    moved = tree.idents(down) != STEPS
    again = tree.shift(down, ident, -1) if moved else down
    assert tree.idents(again) == STEPS


@given(place=st.sampled_from(tree.places(deepcopy(FLOW))))
def test_what_is_put_in_is_taken_out_by_its_id(place: str) -> None:
    new = {"id": tree.fresh(FLOW, "step"), "name": "N", "clause": "C"}
    more = tree.insert(FLOW, place, new)
    assert sorted(tree.idents(more)) == sorted([*STEPS, "step"])
    assert tree.idents(tree.remove(more, "step")) == STEPS


def test_ids_stay_unique_and_what_is_gone_is_told() -> None:
    assert tree.fresh(FLOW, "a") == "a_2"
    assert tree.fresh(FLOW, "g") == "g"
    with pytest.raises(tree.StepGone, match="nothing"):
        tree.find(FLOW, "nothing")
    with pytest.raises(tree.StepGone):
        tree.insert(FLOW, "after:nothing", {"id": "x"})
    assert "void" not in tree.remove(FLOW, "v")
    assert tree.idents(tree.insert({}, "first:void", {"id": "x"})) == ["x"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("flows/k/nodes/0/clause", ("a", "clause")),
        ("flows/k/nodes/1/paths/0/when", ("b", "paths")),
        ("flows/k/nodes/1/paths/1/nodes/1/approver/role", ("e", "approver")),
        ("flows/k/nodes/2", ("f", "")),
        ("flows/k/nodes/9/when", ("", "nodes")),
        ("flows/other/nodes/0", ("", "")),
        ("clauses/0", ("", "")),
    ],
)
def test_a_finding_knows_its_step_and_its_key(path: str, found: tuple[str, str]) -> None:
    assert tree.path_of({"flows": {"k": FLOW}}, "k", path) == found


VALUES = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 2), max_size=5)


@given(was=VALUES, theirs=VALUES, yours=VALUES)
def test_two_changes_are_put_together_and_only_true_clashes_are_told(
    was: Plain, theirs: Plain, yours: Plain
) -> None:
    made, clashes = edit.merge(was, theirs, yours)
    told = {one.key for one in clashes}
    for key in {*was, *theirs, *yours}:
        old, other, own = was.get(key), theirs.get(key), yours.get(key)
        assert (key in told) == (other != old and own != old and own != other)
        assert made.get(key) == (other if own == old else own)


def test_a_clash_shows_values_as_the_text_has_them() -> None:
    _made, clashes = edit.merge(
        {"approver": {"role": "hr"}}, {"approver": {"role": "fin"}}, {"approver": {"post": "x"}}
    )
    assert [(one.was, one.theirs, one.yours) for one in clashes] == [
        ("role: hr", "role: fin", "post: x")
    ]


@given(st.lists(st.sampled_from(["edit", "undo"]), max_size=20))
def test_the_way_back_leads_through_every_step_to_the_first(acts: list[str]) -> None:
    saved, stack, fresh = ["0"], ["0"], 0
    for act in acts:
        if act == "edit":
            fresh += 1
            stack.append(str(fresh))
            saved.append(str(fresh))
        elif len(stack) > 1:
            stack.pop()
            saved.append(stack[-1])
    found = edit.stack(edit.Step(text, "", None) for text in saved)
    assert [one.text for one in found] == stack
