"""Every example of the page about packs can be added to the pack at its head, and is clean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.docs.test_docs import ROOT, blocks

from zhidu.clock import frozen_at
from zhidu.discovery import discover
from zhidu.policy.extending import Source
from zhidu.policy.lint import read
from zhidu.registry import Registry
from zhidu.texts import use_locale

WHOLE, *PARTS = blocks(ROOT / "docs/policy.md", "yaml")
HEAD = """\
format: 1
policy: {id: part, title: 示例, version: "1", effective: 2026-01-01}
extends: process-norms
"""

pytestmark = [
    pytest.mark.skipif("hr" not in discover().installed, reason="the addon hr is needed"),
    pytest.mark.addons("hr"),
]


def test_there_are_examples() -> None:
    assert len(PARTS) > 10


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.splitlines()[0])
def test_each_example_can_be_added(registry: Registry, part: str) -> None:
    packs = {"process-norms": Source("company.yaml", WHOLE)}
    with use_locale("en"), frozen_at(datetime(2026, 1, 5, tzinfo=UTC)):
        found = read(registry, HEAD + part, "part.yaml", packs.get)
        assert [str(one) for one in found.problems] == []
    assert found.content is not None
    assert found.content["based_on"] == ["process-norms"]
