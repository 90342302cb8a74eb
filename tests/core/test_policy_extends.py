"""A pack that stands upon another: what is merged, what is removed, and whose line is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.core.policy_stage import PLAIN, REGISTRY, line
from tests.core.policy_trees import TOP, TREES, dumped

from zhidu.clock import frozen_at
from zhidu.policy import flows
from zhidu.policy.extending import Source, built_in
from zhidu.policy.lint import Reading, read
from zhidu.policy.loader import load
from zhidu.policy.schema import build
from zhidu.policy.tree import plain
from zhidu.texts import use_locale
from zhidu.workflow.definition import Branch, Node, Step

OWN = """\
format: 1
policy: {id: site-norms, title: 分公司规范, version: "1", effective: 2026-01-01}
extends: works-norms
"""


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with use_locale("en"), frozen_at(datetime(2026, 1, 5, tzinfo=UTC)):
        yield


def over(more: str, base: str = PLAIN) -> Reading:
    """Read a pack that extends the plain one."""
    packs = {"works-norms": Source("base.yaml", base)}
    return read(REGISTRY, OWN + more, "own.yaml", packs.get)


def ids(steps: tuple[Step, ...]) -> list[object]:
    """Name the steps; a branch with the steps of its paths."""
    return [
        step.id if isinstance(step, Node) else {path.id: ids(path.steps) for path in step.paths}
        for step in steps
    ]


def claim(more: str) -> list[object]:
    """Name the steps of the claim's flow in a clean pack."""
    found = over(more)
    assert [str(one) for one in found.errors] == []
    assert found.content is not None
    return ids(flows.of(found.content)["works.claim"].nodes)


BASE_WAY = ["head", {"small": [], "middle": ["vp"], "large": ["gm", "board"]}, "pay"]


def test_nothing_said_is_all_taken_over() -> None:
    found = over("")
    assert found.problems == ()
    assert found.content is not None
    assert found.content["based_on"] == ["works-norms"]
    assert found.content["policy"]["id"] == "site-norms"
    assert found.content["addons"] == ["works"]
    assert claim("") == BASE_WAY


def flow(nodes: str) -> str:
    return f"flows:\n  works.claim:\n    nodes:\n{nodes}"


def test_a_node_is_changed_wherever_it_stands() -> None:
    found = over(flow("      - {id: vp, approver: {user: li}}\n      - {id: pay, mode: all}\n"))
    assert found.problems == ()
    assert found.content is not None
    nodes = {node.id: node for node in flows.of(found.content)["works.claim"].every_node()}
    assert (nodes["vp"].approver.resolver, nodes["vp"].name, nodes["vp"].clause) == (
        "user",
        "分管领导",
        "W-2",
    )
    assert nodes["pay"].mode.value == "all"


@pytest.mark.parametrize(
    ("nodes", "way"),
    [
        (
            "      - {id: board, remove: true}\n",
            ["head", {"small": [], "middle": ["vp"], "large": ["gm"]}, "pay"],
        ),
        ("      - {branch: amount, remove: true}\n", ["head", "pay"]),
        (
            "      - {id: head}\n      - {id: two, name: 乙, approver: {role: board}, clause: W-2}\n",
            ["head", "two", *BASE_WAY[1:]],
        ),
        (
            "      - {id: one, name: 甲, approver: {role: board}, clause: W-2}\n      - {id: head}\n",
            ["one", *BASE_WAY],
        ),
        ("      - {id: end, name: 丙, approver: {role: board}, clause: W-2}\n", [*BASE_WAY, "end"]),
        (
            "      - branch: amount\n        paths:\n          - id: small\n            nodes:\n"
            "              - {id: s, name: 丁, approver: {role: board}, clause: W-2}\n"
            "          - {id: middle, remove: true}\n",
            ["head", {"small": ["s"], "large": ["gm", "board"]}, "pay"],
        ),
    ],
)
def test_steps_are_merged_by_id(nodes: str, way: list[object]) -> None:
    assert claim(flow(nodes)) == way


def test_settings_lists_and_flows_are_merged_by_key() -> None:
    base = PLAIN + (
        "settings: {works.leave_days: 12, works.rate: 2}\n"
        "duties:\n  - {id: D-1, title: 甲, every: day, who: {role: board}, clause: W-4}\n"
        "  - {id: D-2, title: 乙, every: day, who: {role: board}, clause: W-4}\n"
        "tests:\n  - {name: 甲, kind: works.claim, expect: {path: [head, pay]}}\n"
    )
    found = over(
        "settings: {works.leave_days: 15, works.rate: {remove: true}}\n"
        "clauses:\n  - {id: W-2, summary: 三级审批。}\n  - {id: S-1, section: 甲, title: 乙, summary: 丙, manual: 丁}\n"
        "duties:\n  - {id: D-2, every: week, on: fri}\n  - {id: D-1, remove: true}\n"
        "flows:\n  works.notice: {remove: true}\n",
        base,
    )
    assert [str(one) for one in found.errors] == []
    content = found.content
    assert content is not None
    assert content["settings"] == {"works.leave_days": {"value": 15, "clause": ""}}
    assert [(c["id"], c["summary"]) for c in content["clauses"]][1] == ("W-2", "三级审批。")
    assert content["clauses"][-1]["id"] == "S-1"
    assert [(d["id"], d["title"], d["every"]) for d in content["duties"]] == [("D-2", "乙", "week")]
    assert set(content["flows"]) == {"works.claim"}
    assert content["tests"] == []


def test_null_leaves_out_a_key() -> None:
    base = PLAIN.replace("{id: pay, ", "{id: pay, opinion: required, ")
    found = over(flow("      - {id: pay, opinion: null}\n"), base)
    assert found.content is not None
    (pay,) = flows.of(found.content)["works.claim"].nodes[-1:]
    assert isinstance(pay, Node)
    assert pay.opinion.value == "negative"


def test_each_finding_names_the_file_it_stands_in() -> None:
    base = PLAIN.replace("clause: W-4}\n", "clause: W-44}\n")
    more = flow("      - {id: pay, transition: paid}\n")
    found = over(more, base)
    told = {one.code: one for one in found.errors}
    assert (told["clause_unknown"].file, told["clause_unknown"].line) == (
        "base.yaml",
        line(base, "{id: check"),
    )
    assert (told["transition"].file, told["transition"].line) == (
        "own.yaml",
        line(OWN + more, "{id: pay"),
    )


def test_a_key_that_is_missing_is_told_where_the_entry_is_changed() -> None:
    more = flow("      - {id: new, approver: {role: board}}\n")
    found = [one for one in over(more).errors if one.code == "missing_key"]
    assert {(one.file, one.line) for one in found} == {("own.yaml", line(OWN + more, "{id: new"))}


def test_what_cannot_be_extended() -> None:
    packs = {
        "works-norms": Source(
            "base.yaml", PLAIN.replace("addons:", "extends: site-norms\naddons:")
        ),
        "broken": Source("broken.yaml", "policy: ["),
    }
    (found,) = [
        one
        for one in read(REGISTRY, OWN, "own.yaml", packs.get).errors
        if one.code == "extends_cycle"
    ]
    assert "site-norms → works-norms → site-norms" in str(found.message)
    assert found.file == "base.yaml"
    (found,) = [
        one
        for one in read(REGISTRY, OWN.replace("works-norms", "proces-norms"), "own.yaml").errors
        if one.code == "extends_unknown"
    ]
    assert (found.line, "process-norms" in str(found.cure)) == (3, True)
    found = read(REGISTRY, OWN.replace("works-norms", "broken"), "own.yaml", packs.get).errors[0]
    assert (found.file, found.code) == ("broken.yaml", "syntax")
    (found,) = [
        one
        for one in over(flow("      - {id: nobody, remove: true}\n")).errors
        if one.code == "remove_unknown"
    ]
    assert "“nobody”" in str(found.message)
    (wrong,) = read(REGISTRY, OWN.replace("works-norms", "[a]"), "own.yaml").errors
    assert (wrong.code, "by its id" in str(wrong.message)) == ("type", True)


def test_a_node_that_stands_twice_in_the_own_pack_is_told() -> None:
    more = flow("      - {id: pay, mode: all}\n      - {id: pay, mode: any}\n")
    assert "duplicate_node" in {one.code for one in over(more).errors}


def test_two_levels_and_built_in_packs() -> None:
    middle = OWN.replace("site-norms", "area-norms").replace("works-norms", "works-norms")
    packs = {
        "works-norms": Source("base.yaml", PLAIN),
        "area-norms": Source("area.yaml", middle + flow("      - {id: board, remove: true}\n")),
    }
    found = read(REGISTRY, OWN.replace("works-norms", "area-norms"), "own.yaml", packs.get)
    assert found.content is not None
    assert found.content["based_on"] == ["area-norms", "works-norms"]
    way = ids(flows.of(found.content)["works.claim"].nodes)
    assert isinstance(way[1], dict)
    assert way[1]["large"] == ["gm"]
    assert built_in("process-norms") is not None
    assert built_in("../process-norms") is None


def test_editors_accept_a_pack_that_says_little() -> None:
    tree, _problems = load(
        OWN + flow("      - {id: pay, mode: all}\n      - {id: x, remove: true}\n"), "p"
    )
    schema = Draft202012Validator(build())
    assert list(schema.iter_errors(plain(tree))) == []
    tree, _problems = load(OWN + flow("      - {id: pay, mod: all}\n"), "p")
    assert list(schema.iter_errors(plain(tree)))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(TOP), TREES, max_size=6))
def test_no_tree_laid_over_another_breaks_lint(tree: dict[str, Any]) -> None:
    """An extension may say anything at all: it gives findings, and only what is clean is built."""
    packs = {"works-norms": Source("base.yaml", PLAIN)}
    text = dumped({"policy": None, **tree, "extends": "works-norms", "format": 1})
    with frozen_at(datetime(2026, 1, 5, tzinfo=UTC)):
        found = read(REGISTRY, text, "own.yaml", packs.get)
    for problem in found.problems:
        assert str(problem)
        assert problem.file in {"own.yaml", "base.yaml"}
    assert found.content is None or flows.of(found.content) is not None


def test_branches_are_branches() -> None:
    found = over("")
    assert found.content is not None
    assert isinstance(flows.of(found.content)["works.claim"].nodes[1], Branch)
