"""Every fault of a pack is told with file, line and cure, all of them at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.policy_house import PACK, House, house, line

import zhidu.policy
from zhidu.clock import frozen_at
from zhidu.discovery import discover
from zhidu.policy import flows
from zhidu.policy.lint import lint, read
from zhidu.policy.loader import MAX_DEPTH, built_in, load
from zhidu.policy.problems import Severity, errors
from zhidu.policy.schema import build, for_registry
from zhidu.policy.tree import plain
from zhidu.registry import Registry
from zhidu.texts import use_locale
from zhidu.workflow.definition import Approver, Cc, Flow, Mode, Node, NodeKind


@pytest.fixture(scope="module")
def built() -> House:
    """Build the addons once."""
    return house()


@pytest.fixture(autouse=True)
def _english() -> object:
    with use_locale("en"), frozen_at(datetime(2026, 1, 5, tzinfo=UTC)):
        yield


def test_the_pack_of_these_tests_is_clean(built: House) -> None:
    assert lint(built.registry, PACK, "p.yaml") == []


# a table is read by rows: changed text, its replacement, code of the finding, what stands on its
# line, words of its message, words of its cure
# fmt: off
BAD = {
    "unknown top key": ("addons:", "addon:", "unknown_key", "addon:", "“addon”", "“addons”"),
    "missing header key": ("  version: \"1\"\n", "", "missing_key", "policy:", "“version”", "version:"),
    "unknown node key": ("when: days", "if: days", "unknown_key", "if: days", "“if”", "Known are"),
    "version as a number": ("\"1\"", "2026.1", "type", "version: 2026.1", "a text", "\"2026.1\""),
    "another format": ("format: 1", "format: 2", "format", "format: 2", "format “2”", "format: 1"),
    "addons as text": ("addons:\n  - leave\n  - stamps\n", "addons: leave, stamps\n", "type", "addons: leave", "a list", "a text now"),
    "no clauses": (PACK[PACK.index("clauses:") : PACK.index("addons:")], "clauses: []\n", "empty", "clauses: []", "is empty", "at least one"),
    "duplicate key": ("    nodes:\n      - id: lead", "    manager: {role: hr}\n    nodes:\n      - id: lead", "duplicate_key", "    manager: {role: hr}", "first is on line 19", "Keep one"),
    "duplicate clause": ("id: T-2,", "id: T-1,", "duplicate_clause", "id: T-1, section: 请假, title: 审批", "line 8", "another id"),
    "duplicate node": ("id: boss", "id: lead", "duplicate_node", "id: lead\n        name: 总", "line 23", "of its own"),
    "duplicate addon": ("  - stamps", "  - stamps\n  - leave", "duplicate_addon", "  - leave\nsettings", "twice", "Remove"),
    "unknown clause at a node": ("clause: T-3}", "clause: T-33}", "clause_unknown", "id: approve", "T-33", "“T-3”"),
    "unknown clause at a setting": ("clause: T-1}", "clause: X}", "clause_unknown", "leave.longest", "no clause X", "Known are: T-1"),
    "addon not enabled": ("  - stamps", "  - stamps\n  - mail", "addon_not_enabled", "  - mail", "“mail” is not enabled", "zhidu addon enable mail"),
    "addon misspelt": ("  - stamps", "  - stamp", "addon_not_enabled", "  - stamp", "“stamp”", "“stamps”"),
    "flow of an addon that stays off": ("  - stamps\n", "", "flow_inactive", "  stamps.use:", "“stamps”, which the pack does not", "Add “- stamps”"),
    "unknown kind": ("  leave.request:", "  leave.requests:", "flow_unknown", "  leave.requests", "leave.requests", "“leave.request”"),
    "unknown setting": ("leave.notice_days", "leave.notice_day", "setting_unknown", "leave.notice_day:", "leave.notice_day", "“leave.notice_days”"),
    "setting of an addon that stays off": ("  - leave\n", "", "setting_inactive", "leave.notice_days", "“leave”", "Add “- leave”"),
    "setting of a wrong type": ("days: 3", "days: three", "setting_value", "days: three", "a whole number", "default is 1"),
    "setting out of range": ("days: 3", "days: 31", "setting_value", "days: 31", "31 is out of range", "from 0 to 30"),
    "setting not a choice": ("  leave.notice_days: 3", "  leave.rounding: dwn", "setting_value", "dwn", "“dwn”", "“down”"),
    "yes is no truth value": ("  leave.notice_days: 3", "  leave.half_days: yes", "setting_value", "half_days", "true or false", "true"),
    "nobody named": ("approver: {superior: true}", "approver: {}", "approver", "approver: {}", "Nothing here says", "dept_leader"),
    "two ways to a person": ("{superior: true}", "{superior: true, role: hr}", "approver", "{superior", "superior, role", "Keep one"),
    "misspelt way": ("{field: approver}", "{feld: approver}", "unknown_key", "{feld", "“feld”", "“field”"),
    "superior takes no name": ("superior: true", "superior: boss", "approver_argument", "superior: boss", "", "superior:"),
    "level zero": ("level: 1", "level: 0", "approver_argument", "level: 0", "from 1", "dept_leader:"),
    "unknown field": ("field: approver", "field: aprover", "approver_argument", "id: approve", "no field “aprover”", "field:"),
    "argument of an addon's way": ("field: approver", "site_keeper: north", "approver_argument", "north", "A site", "site_keeper:"),
    "no manager": ("    manager: {role: admin}\n    cc", "    cc", "missing_key", "  leave.request:", "“manager”", "manager:"),
    "cc at another time": ("at: submit", "at: start", "value", "at: start", "“start”", "Known are: end, submit"),
    "mode": ("        when: days > 3", "        mode: al\n        when: days > 3", "value", "mode: al", "“al”", "“all”"),
    "nobody approves": ("      - {id: approve, name: 审批, approver: {field: approver}, clause: T-3}\n", "", "no_approve", "    nodes:\n      - id: stamp", "Nobody approves", "kind: approve"),
    "condition with an unknown fact": ("when: days > 3", "when: day > 3", "condition", "when: day >", "day > 3", "days"),
    "condition unfinished": ("when: days > 3", "when: days >", "condition", "when: days >", "days >", "Facts of this document"),
    "condition with a wrong choice": ("when: days > 3", "when: type == 'anual'", "condition", "when: type", "anual", "annual"),
    "transition unknown": ("transition: stamp", "transition: stmp", "transition", "transition: stmp", "no transition “stmp”", "“stamp”"),
    "transition of no task": ("transition: stamp", "transition: scan", "transition", "transition: scan", "not performed by a task", "return, stamp"),
    "transition not said": ("        transition: stamp\n", "", "transition", "id: stamp", "which step", "return"),
    "transition of an approver": ("when: days > 3", "transition: file", "transition", "transition: file", "handle", "Remove"),
    "no such day": ("2026-01-01", "2026-02-30", "effective", "2026-02-30", "no day of the calendar", "2026-01-01"),
    "day far away": ("2026-01-01", "2206-01-01", "effective", "2206-01-01", "cannot be meant", "year"),
    "day in another form": ("2026-01-01", "1.1.2026", "value", "1.1.2026", "1.1.2026", "2026-01-01"),
    "clause with a blank": ("id: T-3,", "id: T 3,", "value", "id: T 3,", "T 3", "without blanks"),
    "alias": ("{role: admin}\n    cc", "&boss {role: admin}\n    cc", "alias", "&boss", "“&boss”", "Write the part out"),
    "tag": ("title: 试行规范", "title: !!python/name:os.system x", "tag", "title: !!", "is not allowed", "plain"),
    "two documents": ("addons:", "---\naddons:", "documents", "---", "more than one document", "---"),
    "not YAML": ("policy:", "policy: [", "syntax", "  title: 试行规范", "This is not YAML", "Check"),
    "value left out": ("      - id: boss\n        name: 总经理", "      - id: boss\n        name:", "type", "        name:\n", "a text", "behind the colon"),
}
# fmt: on


@pytest.mark.parametrize("case", BAD.values(), ids=BAD.keys())
def test_fault_is_told_with_line_and_cure(built: House, case: tuple[str, ...]) -> None:
    old, new, code, where, message, cure = case
    assert PACK.count(old) >= 1
    text = PACK.replace(old, new, 1)
    found = [problem for problem in lint(built.registry, text, "p.yaml") if problem.code == code]
    assert found, [str(problem) for problem in lint(built.registry, text, "p.yaml")]
    best = [one for one in found if message in str(one.message)]
    assert best, [str(one) for one in found]
    assert best[0].line == line(text, where), str(best[0])
    assert cure in str(best[0].cure), str(best[0])
    assert best[0].is_error
    assert str(best[0]).startswith(f"p.yaml:{best[0].line}: ")


def test_all_faults_come_at_once_and_by_line(built: House) -> None:
    text = (
        PACK.replace("days: 3\n", "days: x\n")
        .replace("T-3}", "T-9}")
        .replace("id: boss", "id: lead")
    )
    found = lint(built.registry, text, "p.yaml")
    assert [one.code for one in errors(found)] == [
        "setting_value",
        "duplicate_node",
        "clause_unknown",
    ]
    assert [one.line for one in found] == sorted(one.line for one in found)


def test_a_clause_that_nothing_names_is_a_note(built: House) -> None:
    text = PACK.replace(
        "addons:", "  - {id: T-4, section: 用印, title: 检查, summary: 定期检查。}\naddons:"
    )
    (found,) = lint(built.registry, text, "p.yaml")
    assert (found.code, found.severity, found.line) == ("clause_unused", Severity.NOTE, 11)
    assert read(built.registry, text, "p.yaml").content is not None


def test_a_clause_that_people_carry_out_is_no_note(built: House) -> None:
    text = PACK.replace(
        "addons:",
        "  - {id: T-4, section: 用印, title: 检查, summary: 定期检查。, manual: 纸质登记簿}\naddons:",
    )
    found = read(built.registry, text, "p.yaml")
    assert found.problems == ()
    assert found.content is not None
    assert found.content["clauses"][-1]["manual"] == "纸质登记簿"


def test_unsafe_files_end_early() -> None:
    bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
    tree, problems = load(bomb, "p.yaml")
    assert tree is not None
    assert {one.code for one in problems} == {"alias"}
    tree, problems = load("a: " + "[" * 100_000, "p.yaml")
    assert tree is None
    assert [one.code for one in problems] == ["size"]
    assert str(MAX_DEPTH) in str(problems[0].cure)
    assert load("x: " + "y" * 2_000_000, "p.yaml")[1][0].code == "size"
    assert load("a: \x00", "p.yaml")[1][0].code == "syntax"
    assert load("- a", "p.yaml")[1][0].code == "type"
    assert load("", "p.yaml")[1][0].code == "type"
    assert load("? [a]\n: b", "p.yaml")[1][0].code == "key"


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    tree, problems = load(text, "p.yaml")
    assert tree is not None or problems


@given(st.integers(0, len(PACK) - 1), st.sampled_from(list(" :-{}[]&*!'\"\n#x0")))
@settings(max_examples=120, deadline=None)
def test_a_slip_of_the_pen_never_breaks_lint(place: int, slip: str) -> None:
    text = PACK[:place] + slip + PACK[place + 1 :]
    for problem in lint(_HOUSE.registry, text, "p.yaml"):
        assert str(problem.message)
        assert problem.line <= text.count("\n") + 1


_HOUSE = house()
_WORDS = st.text("abc_", min_size=1, max_size=6).filter(lambda word: word[0] != "_")
_APPROVERS = st.one_of(
    st.builds(Approver, st.sampled_from(["role", "post", "user", "field"]), _WORDS),
    st.builds(
        Approver, st.just("dept_leader"), st.fixed_dictionaries({"level": st.integers(1, 9)})
    ),
    st.just(Approver("superior", True)),
)
_NODES = st.builds(
    Node,
    id=_WORDS,
    name=_WORDS,
    approver=_APPROVERS,
    clause=_WORDS,
    kind=st.sampled_from(NodeKind),
    mode=st.sampled_from(Mode),
    when=st.sampled_from(["", "days > 3"]),
    transition=st.sampled_from(["", "file"]),
)
_FLOWS = st.builds(
    Flow,
    kind=_WORDS,
    manager=_APPROVERS,
    nodes=st.lists(_NODES, min_size=1, max_size=4).map(tuple),
    cc=st.lists(st.builds(Cc, _APPROVERS, st.sampled_from(["submit", "end"])), max_size=2).map(
        tuple
    ),
)


@given(_FLOWS)
def test_a_flow_survives_its_json(flow: Flow) -> None:
    assert Flow.from_json(json.loads(json.dumps(flow.to_json()))) == flow


def test_content_holds_the_whole_pack(built: House) -> None:
    content = read(built.registry, PACK, "p.yaml").content
    assert content is not None
    assert json.loads(json.dumps(content)) == content
    flow = flows.of(content)["leave.request"]
    assert [node.id for node in flow.nodes] == ["lead", "boss", "file"]
    lead = flow.nodes[0]
    assert isinstance(lead, Node)
    assert lead.approver == Approver("dept_leader", {"level": 1})
    assert flow.cc == (Cc(Approver("role", "hr"), "submit"),)
    assert content["settings"]["leave.longest"] == {"value": "15.5", "clause": "T-1"}


def test_the_published_schema_is_the_one_in_use() -> None:
    path = Path(zhidu.policy.__file__).parent / "pack.schema.json"
    assert json.loads(path.read_text("utf-8")) == build()


def test_the_schema_for_editors_knows_the_addons(built: House) -> None:
    from jsonschema import Draft202012Validator

    schema = for_registry(built.registry)
    Draft202012Validator.check_schema(schema)
    tree, _problems = load(PACK, "p.yaml")
    assert list(Draft202012Validator(schema).iter_errors(plain(tree))) == []
    wrong, _problems = load(PACK.replace("leave.request:", "leave.other:"), "p.yaml")
    assert list(Draft202012Validator(schema).iter_errors(plain(wrong)))


@pytest.mark.parametrize(
    ("name", "prefix", "count"),
    [
        ("process-norms", "PN-", 165),
        ("site-operations", "SO-", 75),
        ("daily-discipline", "DD-", 16),
    ],
)
def test_our_own_packs_state_every_clause_once(name: str, prefix: str, count: int) -> None:
    tree, problems = load(built_in(name).read_text("utf-8"), f"{name}.yaml")
    assert problems == []
    clauses = plain(tree)["clauses"]
    assert len({clause["id"] for clause in clauses}) == len(clauses) == count
    assert all(clause["id"].startswith(prefix) for clause in clauses)
    assert len({clause["summary"] for clause in clauses}) == count
    assert [c["id"] for c in clauses if not 15 <= len(c["summary"]) <= 60] == []


@pytest.mark.skipif(
    not {"hr", "seals"} <= set(discover().installed), reason="the addons hr and seals are needed"
)
@pytest.mark.addons("hr", "seals")
def test_our_own_pack_fits_our_own_addons(registry: Registry) -> None:
    path = built_in("process-norms")
    found = read(registry, path.read_text("utf-8"), path.name)
    assert [str(problem) for problem in found.errors] == []
    assert found.content is not None
    assert set(found.content["flows"]) == {"hr.leave_request", "seals.use_request"}
