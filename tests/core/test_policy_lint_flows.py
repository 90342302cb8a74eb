"""Lint over flows: branches and bands, nodes of each sort, clocks, fields, what money may not do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.core.policy_stage import CLAIM, HEAD, NOTICE, PLAIN, line, reading, told

from zhidu.clock import frozen_at
from zhidu.policy import flows
from zhidu.policy.problems import Severity
from zhidu.texts import use_locale
from zhidu.workflow.definition import Branch, Mode, Node, NodeKind, Split


@pytest.fixture(autouse=True)
def _english() -> object:
    with use_locale("en"), frozen_at(datetime(2026, 1, 5, tzinfo=UTC)):
        yield


def branch(*paths: str, split: str = "first") -> str:
    """Write a pack whose flow has one branch of these paths behind a node."""
    lines = "".join(f"          - {path}\n" for path in paths)
    return f"""{HEAD}flows:
  works.claim:
    manager: {{role: admin}}
    nodes:
      - {{id: head, name: 负责人, approver: {{superior: true}}, clause: W-1}}
      - branch: way
        split: {split}
        paths:
{lines}      - {{id: last, name: 总经理, approver: {{post: gm}}, clause: W-2}}
      - {{id: pay, name: 支付, kind: handle, approver: {{role: cashier}}, clause: W-3}}
{NOTICE}"""


def test_the_plain_pack_is_clean() -> None:
    assert told(PLAIN) == []


def test_a_branch_becomes_what_the_engine_runs() -> None:
    content = reading(PLAIN).content
    assert content is not None
    head, amount, pay = flows.of(content)["works.claim"].nodes
    assert isinstance(head, Node)
    assert isinstance(pay, Node)
    assert isinstance(amount, Branch)
    assert (amount.id, amount.name, amount.split) == ("amount", "按金额", Split.FIRST)
    small, middle, large = amount.paths
    assert (small.when, small.steps, small.name) == ("amount <= 5000", (), "small")
    assert middle.steps[0].id == "vp"
    assert large.default
    assert [step.kind for step in large.steps if isinstance(step, Node)] == [
        NodeKind.APPROVE,
        NodeKind.MEETING,
    ]


# each row: the paths, the code, what stands on its line, words of the message
# fmt: off
BRANCHES = {
    "no default": (["{id: a, when: amount <= 5}", "{id: b, when: amount > 5}"], "default_missing", "- branch:", "No path"),
    "two defaults": (["{id: a, when: amount <= 5}", "{id: b, default: true}", "{id: c, default: true}"], "default_twice", "- {id: c", "line"),
    "default with a condition": (["{id: a, when: amount <= 5}", "{id: b, default: true, when: days > 1}"], "path_condition", "- {id: b", "has none itself"),
    "neither": (["{id: a}", "{id: b, default: true}"], "path_condition", "- {id: a", "neither when"),
    "path twice": (["{id: a, when: amount <= 5}", "{id: a, default: true}"], "duplicate_path", "- {id: a, default", "already on line"),
    "one path only": (["{id: b, default: true}"], "empty", "paths:", "1 entries"),
    "never": (["{id: a, when: amount > 5 and amount < 3}", "{id: b, default: true}"], "condition_never", "- {id: a", "never holds"),
    "unreachable": (["{id: a, when: amount <= 50}", "{id: b, when: amount < 5}", "{id: c, default: true}"], "path_unreachable", "- {id: b", "before it take all"),
    "unreachable by two": (["{id: a, when: amount <= 5}", "{id: b, when: amount > 5 and amount <= 9}", "{id: c, when: amount <= 9}", "{id: d, default: true}"], "path_unreachable", "- {id: c", "amount <= 9"),
    "unreachable behind always": (["{id: a, when: amount <= 5 or amount > 5}", "{id: b, when: days > 1}", "{id: c, default: true}"], "path_unreachable", "- {id: b", "days > 1"),
    "gap": (["{id: a, when: amount < 5000}", "{id: b, when: amount > 5000 and amount <= 9000}", "{id: c, default: true}"], "bands_gap", "- {id: b", "“amount = 5000”"),
    "wide gap": (["{id: a, when: amount <= 3}", "{id: b, when: amount >= 4}", "{id: c, default: true}"], "bands_gap", "- {id: b", "“3 < amount < 4”"),
    "overlap of a point": (["{id: a, when: amount <= 3}", "{id: b, when: amount >= 3}", "{id: c, default: true}"], "bands_overlap", "- {id: b", "“amount = 3”"),
    "overlap": (["{id: a, when: amount <= 5000}", "{id: b, when: amount > 3000 and amount < 9000}", "{id: c, default: true}"], "bands_overlap", "- {id: b", "“3000 < amount <= 5000”"),
    "gap in a grid": (["{id: a, when: grade == 'A' and amount <= 5 or grade != 'A' and amount <= 9}", "{id: b, when: amount > 9 and grade != 'C' or amount > 9 and grade == 'C'}", "{id: c, default: true}"], "bands_gap", "- {id: b", "grade = 'A'"),
    "days": (["{id: a, when: trip_on < d'2026-05-01'}", "{id: b, when: trip_on > d'2026-05-01'}", "{id: c, default: true}"], "bands_gap", "- {id: b", "trip_on = 2026-05-01"),
    "duplicate of a node outside": (["{id: a, when: amount <= 5, nodes: [{id: last, name: 甲, approver: {role: board}, clause: W-2}]}", "{id: b, default: true}"], "duplicate_node", "- {id: last, name: 总", "already on line"),
}
# fmt: on


@pytest.mark.parametrize("row", BRANCHES.values(), ids=BRANCHES.keys())
def test_a_fault_of_a_branch_is_told(row: tuple[list[str], str, str, str]) -> None:
    paths, code, where, message = row
    text = branch(*paths)
    found = told(text, code)
    assert len(found) == 1, [str(one) for one in told(text)]
    assert message in str(found[0].message)
    assert found[0].line == line(text, where)
    assert str(found[0].cure)


def test_a_branch_written_as_a_node_is_told() -> None:
    text = PLAIN.replace("      - branch: amount\n", "      - id: amount\n")
    found = {str(one.message).split("“")[1].split("”")[0] for one in told(text) if one.is_error}
    assert found >= {"branch", "id"}


def test_bands_that_meet_and_cascades_are_clean() -> None:
    meeting = ["{id: a, when: amount <= 5}", "{id: b, when: amount > 5 and amount <= 9}"]
    cascade = ["{id: a, when: amount <= 5}", "{id: b, when: amount <= 9}"]
    grid = [
        "{id: a, when: grade == 'A' and amount <= 5}",
        "{id: b, when: grade == 'B' and amount <= 9}",
    ]
    other = ["{id: a, when: urgent}", "{id: b, when: amount <= 9}"]
    for paths in (meeting, cascade, grid, other):
        assert told(branch(*paths, "{id: z, default: true}")) == []


def test_a_doubt_is_a_warning_and_a_reading_settles_it() -> None:
    paths = ["{id: a, when: amount <= 3}", "{id: b, when: amount >= 3, clause: W-2}"]
    text = branch(*paths, "{id: z, default: true}")
    (found,) = told(text)
    assert (found.code, found.severity) == ("bands_overlap", Severity.WARNING)
    assert reading(text).content is not None
    settled = text.replace(
        "summary: 分级审批。}",
        "summary: 分级审批。, question: 恰为三千？, readings: [{chosen: 归低档, by: 财务部, on: 2026-01-02}]}",
    )
    (found,) = told(settled)
    assert (found.code, found.severity) == ("bands_overlap", Severity.NOTE)


def test_all_paths_take_no_condition() -> None:
    text = branch("{id: a, when: days > 1}", "{id: b, default: true}", split="all")
    assert [one.code for one in told(text)] == ["path_condition", "path_condition"]
    every = branch(
        "{id: a, when: days > 1}",
        "{id: b, when: days > 1}",
        "{id: c, default: true}",
        split="every",
    )
    assert told(every) == []


def test_a_step_that_its_path_rules_out_is_told() -> None:
    node = "{id: x, name: 甲, approver: {role: board}, when: amount > 9, clause: W-2}"
    text = branch(f"{{id: a, when: amount <= 5, nodes: [{node}]}}", "{id: b, default: true}")
    (found,) = told(text)
    assert found.code == "condition_never"
    behind = branch("{id: a, when: amount <= 5}", f"{{id: b, default: true, nodes: [{node}]}}")
    assert told(behind) == []
    first = branch(
        "{id: a, when: amount > 7}",
        "{id: b, when: days > 3, nodes: [" + node + "]}",
        "{id: c, default: true}",
    )
    assert [one.code for one in told(first)] == ["condition_never"]


def test_a_condition_that_always_holds_is_told() -> None:
    text = PLAIN.replace(
        "approver: {superior: true}, clause: W-4",
        "approver: {superior: true}, when: pages <= 3 or pages > 3, clause: W-4",
    )
    (found,) = told(text)
    assert (found.code, found.severity) == ("condition_always", Severity.NOTE)


def test_a_way_on_which_nobody_approves() -> None:
    """Money never; anything else only when somebody accepts it."""
    claim = PLAIN.replace(
        "      - {id: head, name: 负责人, approver: {dept_leader: {level: 1}}, clause: W-1}\n", ""
    )
    (found,) = told(claim, "way_no_approve")
    assert found.is_error
    assert "small" in str(found.message)
    notice = PLAIN.replace(
        "      - {id: check, name: 审核, approver: {superior: true}, clause: W-4}\n",
        "      - branch: size\n        paths:\n          - {id: short, when: pages <= 1}\n"
        "          - {id: long, default: true, nodes: [{id: check, name: 审核, approver: {superior: true}, clause: W-4}]}\n",
    )
    (found,) = told(notice, "way_no_approve")
    assert found.severity is Severity.WARNING
    opinions = PLAIN.replace("{id: check, name: 审核,", "{id: check, name: 审核, verb: opinion,")
    assert [one.code for one in told(opinions)] == ["no_approve"]


# each row: put into the node `head` (a claim: money) or `check` (a notice), code, words
# fmt: off
NODES = {
    "clock approves money": ("head", "timeouts: [{after: 2 days, do: approve}]", "guarded_timeout", "money or seals"),
    "money passes by itself": ("head", "nobody: pass", "guarded_pass", "never passes"),
    "engine approves money": ("head", "kind: auto, result: approve, reason: 小额", "guarded_auto", "only a person"),
    "field of another form": ("head", "fields: {price: hide}", "field_unknown", "no field “price”"),
    "field without its ending": ("head", "fields: {payee: hide}", "field_unknown", "no field “payee”"),
    "right that is none": ("head", "fields: {amount: write}", "value", "“write”"),
    "reject to nowhere": ("head", "on_reject: nobody", "node_unknown", "no node “nobody”"),
    "reject to itself": ("head", "on_reject: head", "reject_cycle", "never end"),
    "reject to a later node": ("head", "on_reject: pay", "reject_forward", "not surely passed"),
    "kept apart from nobody": ("head", "not_same_as: [hed]", "node_unknown", "“hed”"),
    "kept apart from a later node": ("head", "not_same_as: [pay]", "not_before", "after this node"),
    "ratio above all": ("head", "mode: {ratio: 101}", "value", "101"),
    "ratio of nobody": ("head", "mode: {ratio: 0}", "value", "0 is not"),
    "count of nobody": ("head", "mode: {count: 0}", "value", "0 is not"),
    "ratio and count": ("head", "mode: {ratio: 50, count: 2}", "value", "ratio, count"),
    "ratio without a number": ("head", "mode: ratio", "value", "“ratio” is not possible"),
    "mode without a word": ("head", "mode: {}", "value", "count, ratio"),
    "half a day": ("head", "timeouts: [{after: 0.5 days, do: remind}]", "value", "“0.5 days”"),
    "bare number": ("head", "timeouts: [{after: 2, do: remind}]", "value", "“2” is not"),
    "weeks": ("check", "timeouts: [{after: 2 weeks, do: remind}]", "value", "“2 weeks”"),
    "clock behind a decision": ("check", "timeouts: [{after: 1 day, do: reject}, {after: 2 days, do: remind}]", "timeout_order", "decided by then"),
    "clocks out of order": ("check", "timeouts: [{after: 3 days, do: remind}, {after: 2 days, do: escalate}]", "timeout_order", "order"),
    "clock does something else": ("check", "timeouts: [{after: 1 day, do: delete}]", "value", "“delete”"),
    "result of a person": ("check", "result: approve", "key_for_kind", "kind: approve"),
    "window of a person": ("check", "window: 2 days", "key_for_kind", "“window”"),
    "verb of a handler": ("check", "verb: review, kind: handle", "key_for_kind", "“verb”"),
    "act unknown": ("check", "allow: [transfer, fly]", "value", "“fly”"),
    "empty else": ("check", "mode: all, timeouts: []", "empty", "“timeouts” is empty"),
    "audience of nobody": ("check", "kind: publish, window: 5 days, audience: {}", "empty", "audience"),
    "nobody misspelt": ("check", "nobody: boss", "value", "“boss”"),
    "two who stand in": ("check", "nobody: {user: a, post: b}", "approver", "user, post"),
}
# fmt: on


@pytest.mark.parametrize("row", NODES.values(), ids=NODES.keys())
def test_a_fault_of_a_node_is_told(row: tuple[str, str, str, str]) -> None:
    node, more, code, message = row
    text = PLAIN.replace(f"{{id: {node}, ", f"{{id: {node}, {more}, ")
    found = [one for one in told(text, code) if message in str(one.message)]
    assert len(found) == 1, [str(one) for one in told(text)]
    assert found[0].line == line(text, f"{{id: {node}, ")
    assert found[0].is_error
    assert str(found[0].cure)


def test_what_a_sort_of_node_needs() -> None:
    missing = {
        "kind: auto": {"reason", "result"},
        "kind: publish": {"audience", "window"},
        "kind: meeting": {"approver"},
        "kind: notify": {"approver"},
        "kind: file_with": {"approver"},
    }
    for more, keys in missing.items():
        text = PLAIN.replace("name: 审核, approver: {superior: true},", f"name: 审核, {more},")
        found = told(text, "missing_key")
        assert {str(one.message).split("“")[1].split("”")[0] for one in found} == keys


def test_a_chain_of_deputies_is_judged_one_by_one() -> None:
    text = PLAIN.replace(
        "approver: {superior: true}", "approver: {superior: true, else: [{post: gm}, {fild: x}]}"
    )
    (found,) = told(text, "unknown_key")
    assert "“field”" in str(found.cure)
    text = PLAIN.replace(
        "approver: {superior: true}", "approver: {superior: true, else: [{field: ammount}]}"
    )
    (found,) = told(text, "approver_argument")
    assert found.path.endswith("approver/else/0/field")


def test_steps_without_clause_are_refused_inside_branches_too() -> None:
    text = PLAIN.replace("approver: {post: vp}, clause: W-2", "approver: {post: vp}")
    (found,) = told(text, "missing_key")
    assert found.line == line(text, "{id: vp")


def test_modes_and_deputies_reach_the_engine() -> None:
    text = PLAIN.replace(
        "approver: {superior: true}, clause: W-4",
        "approver: {role: board, else: [{post: gm}]}, mode: {ratio: 66}, allow: [], clause: W-4",
    )
    content = reading(text).content
    assert content is not None
    (node,) = flows.of(content)["works.notice"].nodes
    assert isinstance(node, Node)
    assert (node.mode, node.quota, node.acts) == (Mode.RATIO, 66, ())
    assert [one.argument for one in node.approver.otherwise] == ["gm"]


@pytest.mark.parametrize(
    ("window", "code", "message"),
    [
        ("{clause: W-1}", "window_open", "neither when"),
        ("{clause: W-1, closes: 3 days}", "window_edge", "from what"),
        ("{clause: W-1, closes: 3, field: trip_on}", "window_edge", "length of time"),
        ("{clause: W-1, closes: 3 days, field: amount}", "day_unknown", "“amount” is no day"),
        ("{clause: W-1, closes: 3 days, field: tripon}", "day_unknown", "no day “tripon”"),
        ("{clause: W-1, closes: 32}", "value", "32"),
        ("{clause: W-1, closes: soon, field: trip_on}", "value", "“soon”"),
        ("{clause: W-1, closes: 10, late: later}", "node_unknown", "“later”"),
        ("{clause: W-9, closes: 10}", "clause_unknown", "W-9"),
        ("{clause: W-1, closes: 10, applies_to: {depts: [a]}}", "unknown_key", "“depts”"),
    ],
)
def test_a_fault_of_a_window_is_told(window: str, code: str, message: str) -> None:
    text = PLAIN.replace("  works.claim:\n", f"  works.claim:\n    windows: [{window}]\n")
    found = [one for one in told(text, code) if message in str(one.message)]
    assert len(found) == 1, [str(one) for one in told(text)]
    assert found[0].line == line(text, "windows:")


def test_what_is_watched_is_a_field() -> None:
    text = PLAIN.replace("  works.claim:\n", "  works.claim:\n    watched: [amount, payee]\n")
    (found,) = told(text)
    assert (found.code, "“payee_id”" in str(found.cure)) == ("field_unknown", True)


def test_a_claim_keeps_its_steps() -> None:
    """The text that other tests change is the one that is clean."""
    assert CLAIM in PLAIN
