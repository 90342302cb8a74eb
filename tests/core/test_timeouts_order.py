"""The order in which clocks strike, told by their lengths alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import (
    LEADER,
    flow,
    node,
)

from zhidu.durations import Duration
from zhidu.workflow import timeouts
from zhidu.workflow.definition import Flow, Node, OnTimeout, Timeout

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai, on a working day."""


def after(text: str, action: OnTimeout, most: int = 1, clause: str = "") -> Timeout:
    return Timeout(Duration.parse(text), action, most, clause)


# -- the pure order


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.sampled_from(OnTimeout), st.integers(1, 4)),
        min_size=1,
        max_size=4,
    )
)
def test_every_stroke_comes_once_and_in_order(found: list[tuple[int, OnTimeout, int]]) -> None:
    made = tuple(
        Timeout(Duration.parse(f"{days} days"), action, most) for days, action, most in found
    )
    planned: list[timeouts.Stroke] = []
    for index, one in enumerate(made):
        most = one.most if one.action is OnTimeout.REMIND else 1
        planned += [
            timeouts.Stroke(MONDAY + timedelta(days=one.after.amount * count), index, count)
            for count in range(1, most + 1)
        ]
    planned.sort(key=lambda one: (one.at, one.index, one.count))
    walked = []
    stroke = timeouts.following(planned, 0, 0)
    while stroke is not None:
        walked.append(stroke)
        stroke = timeouts.following(planned, stroke.index, stroke.count)
    assert walked == planned


def test_nodes_are_values() -> None:
    """The clocks of a node survive the way through JSON, as an instance keeps them."""
    made = flow(
        replace(
            node("lead", LEADER),
            timeouts=(after("2 working days", OnTimeout.ESCALATE, clause="C-1"),),
        )
    )
    first = Flow.from_json(made.to_json()).nodes[0]
    assert isinstance(first, Node)
    assert first.timeouts == (after("2 working days", OnTimeout.ESCALATE, clause="C-1"),)
