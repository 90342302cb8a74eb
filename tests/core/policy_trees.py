"""Trees of YAML that nobody would write: the words of a pack with values of every sort."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from zhidu.policy.schema import build as schema


def _keys(part: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(part, dict):
        found |= set(part.get("properties", {}))
        for value in part.values():
            found |= _keys(value)
    elif isinstance(part, list):
        for value in part:
            found |= _keys(value)
    return found


KEYS = [*sorted(_keys(schema())), "works.claim", "works.notice", "works.rate", "remove"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 40)
    | st.sampled_from(
        [
            "head",
            "W-1",
            "amount > 3",
            "2 days",
            "all",
            "first",
            "approve",
            "auto",
            "pass",
            "x",
            "",
            "2026-01-01",
            "works.claim",
            "process-norms",
            "1.5",
            "applicant",
            "amount",
            "month",
        ]
    )
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=25,
)


def dumped(tree: Any) -> str:
    """Write a tree as JSON, which is YAML, too."""
    return json.dumps(tree, ensure_ascii=False)


TOP = sorted(schema()["$defs"]["pack"]["properties"])
"""The keys on the top level."""


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Name every place in a tree."""
    found = [way] if way else []
    if isinstance(value, dict):
        for key, entry in value.items():
            found += places(entry, (*way, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            found += places(entry, (*way, index))
    return found
