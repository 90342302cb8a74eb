"""Lint over what stands beside flows: header, clauses, duties, clocks, classes, pairs, tests, the law."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.core.policy_stage import NOTICE, PLAIN, line, reading, told

from zhidu.addon import Addon
from zhidu.clock import frozen_at
from zhidu.errors import ConfigError
from zhidu.policy import floors, flows
from zhidu.policy.content import EMPTY
from zhidu.policy.problems import Severity
from zhidu.policy.versions import Content
from zhidu.registry import LoadedAddon
from zhidu.texts import use_locale
from zhidu.workflow.definition import Node

FULL = (
    PLAIN.replace(
        "effective: 2026-01-01\n",
        """effective: 2026-01-01
  until: 2026-12-31
  number: 工〔2026〕1号
  issuer: 总经理办公会
  owner: 财务部
  supersedes: [工〔2024〕3号]
  annexes:
    - {title: 报销单, kind: works.claim, print: claim}
    - {title: 附图}
""",
    ).replace(
        "  - {id: W-4,",
        """  - {id: W-5, section: 其他, title: 谈话, summary: 由负责人面谈。, manual: 面谈并记录}
  - {id: W-6, section: 其他, title: 统计, summary: 按月统计。, by: [works.claim.count]}
  - id: W-7
    section: 其他
    title: 大额
    summary: 大额须复核。
    question: 多少算大额？
    readings:
      - {question: 多少算大额？, chosen: 五万元以上, by: 总经理, on: 2025-12-20}
  - {id: W-4,""",
    )
    + """\
settings:
  works.leave_days: {value: 15, clause: W-7}
  works.rate: 1.25
definitions:
  - {name: is_large, title: 大额, help: 五万元以上, when: amount > 50000, kinds: [works.claim], clause: W-7}
  - {name: is_small, title: 小额, when: not is_large and not urgent}
  - {name: close_relative, title: 近亲属, help: 配偶、父母、子女、兄弟姐妹}
numbering:
  works.claim: {pattern: "BX-{yyyy}-{seq:04d}", clause: W-1}
  works.notice: "GG-{seq:03d}"
duties:
  - {id: D-1, title: 盘点, every: month, on: 31, by: "17:00", who: {role: cashier}, evidence: works.claim, clause: W-3}
  - {id: D-2, title: 周报, every: week, on: fri, who: {superior: true}, evidence: text, within: 1 working day, clause: W-4}
  - {id: D-3, title: 年检, every: year, on: {month: 3, day: 31}, who: {post: gm}, evidence: file, clause: W-4, applies_to: {departments: [工程部]}, except: {people: [li]}, escalate: [{after: 2 days, do: escalate, clause: W-4}]}
  - {id: D-4, title: 季检, every: quarter, on: {month: 1, day: 15}, who: {role: board}, clause: W-4}
  - {id: D-5, title: 巡查, every: day, by: "09:00", who: {role: board, else: [{post: gm}]}, clause: W-4}
deadlines:
  - {id: L-1, title: 出差后报销, of: works.claim, from: trip_on, until: submit, within: 30 days, clause: W-1}
  - {id: L-2, of: works.claim, from: approve, until: pay, within: 3 working days, when: is_large, escalate: [{after: 1 working day, do: remind, most: 3}, {after: 2 working days, do: manager}], clause: W-3}
retention:
  - {class: A, title: 凭证, years: 30, matter: accounting_voucher, kinds: [works.claim], from: end, clause: W-3}
  - {class: B, permanent: true, kinds: [works.notice], clause: W-4}
confidentiality:
  - {level: internal, title: 内部, readers: [{role: board}], kinds: [works.claim], years: 5, clause: W-4}
segregation:
  - {id: S-1, title: 申请与支付分离, between: [{permission: works.claim.enter}, {permission: works.claim.pay}], clause: W-3}
  - {id: S-2, between: [{node: pay}, {node: head}], kind: works.claim, clause: W-3}
  - {id: S-3, between: [{role: cashier}, {role: board}], clause: W-3}
waivers:
  - {rule: W-2, title: 免分级, approver: {post: gm}, most: 30 days, reason_required: true, clause: W-2}
  - {rule: S-2, approver: {role: board}, most: 1 month}
tests:
  - {name: 小额, kind: works.claim, given: {applicant: {role: cashier}, facts: {amount: 4999.5, urgent: false, budgeted: null, grade: A, trip_on: 2026-02-01}}, expect: {path: [head, pay], people: {pay: [chen]}, deadline: {L-2: 3 working days}}}
  - {name: 无权, kind: works.claim, given: {applicant: {user: li}}, expect: {refuse: start_scope}}
"""
)


@pytest.fixture(autouse=True)
def _english() -> object:
    with use_locale("en"), frozen_at(datetime(2026, 1, 5, tzinfo=UTC)):
        yield


def test_a_pack_with_every_part_is_clean() -> None:
    found = reading(FULL)
    assert [str(one) for one in found.problems] == []
    content = found.content
    assert content is not None
    assert set(content) == set(EMPTY)
    assert json.loads(json.dumps(content)) == content
    assert content["settings"]["works.claim.series"] == {
        "value": "BX-{yyyy}-{seq:04d}",
        "clause": "W-1",
    }
    assert content["tests"][0]["given"]["facts"]["amount"] == "4999.5"
    assert content["policy"]["until"] == "2026-12-31"


def test_a_version_reads_clauses_with_their_readings() -> None:
    content = reading(FULL).content
    assert content is not None
    clauses = Content(content).clauses
    assert clauses["W-5"].manual == "面谈并记录"
    assert clauses["W-6"].by == ("works.claim.count",)
    (chosen,) = clauses["W-7"].readings
    assert (chosen.chosen, chosen.by, chosen.on) == ("五万元以上", "总经理", "2025-12-20")


def test_segregated_nodes_are_kept_apart_by_the_later_one() -> None:
    content = reading(FULL).content
    assert content is not None
    nodes = {node.id: node for node in flows.of(content)["works.claim"].every_node()}
    assert nodes["pay"].not_same_as == ("head",)
    assert nodes["head"].not_same_as == ()


def test_defined_words_are_read_as_conditions_over_facts() -> None:
    text = FULL.replace("{id: head, ", "{id: head, when: is_small or days > 3, ")
    content = reading(text).content
    assert content is not None
    head = flows.of(content)["works.claim"].nodes[0]
    assert isinstance(head, Node)
    assert head.when == "(not (amount > 50000) and not urgent) or days > 3"
    assert content["flows"]["works.claim"]["nodes"][0]["when"] == "is_small or days > 3"


# each row: text, its replacement, code, what stands on its line, words of the message
# fmt: off
BAD = {
    "ends before it begins": ("until: 2026-12-31", "until: 2025-12-31", "until", "until:", "before it begins"),
    "ended": ("effective: 2026-01-01\n  until: 2026-12-31", "effective: 2025-01-01\n  until: 2025-12-31", "until", "until:", "ended on 2025-12-31"),
    "annex of no record": ("kind: works.claim, print", "kind: works.clam, print", "flow_unknown", "- {title: 报销单", "works.clam"),
    "open question": ("    readings:\n      - {question: 多少算大额？, chosen: 五万元以上, by: 总经理, on: 2025-12-20}\n", "", "reading_missing", "- id: W-7", "W-7 is unclear"),
    "ambiguous": ("manual: 面谈并记录}", "manual: 面谈并记录, ambiguous: true}", "reading_missing", "- {id: W-5", "W-5"),
    "reading without a name": ("by: 总经理, on: 2025-12-20", "on: 2025-12-20", "missing_key", "- {question", "“by”"),
    "reading on no day": ("on: 2025-12-20", "on: 2025-02-30", "effective", "- {question", "no day of the calendar"),
    "capability unknown": ("by: [works.claim.count]", "by: [works.claim.cunt]", "capability_unknown", "- {id: W-6", "works.claim.cunt"),
    "definition twice": ("name: is_small", "name: is_large", "duplicate_definition", "title: 小额", "already defined"),
    "definition in a circle": ("when: amount > 50000", "when: is_small", "definition_cycle", "{name: is_large", "is_large → is_small → is_large"),
    "definition of nothing": ("when: amount > 50000", "when: amont > 50000", "condition", "{name: is_large", "amont"),
    "definition that fits no record": ("when: not is_large and not urgent", "when: not is_large and not urgend", "condition", "{name: is_small", "fits the facts of no document"),
    "definition named as a fact": ("name: is_small", "name: note", "definition_name", "title: 小额", "is a fact of works.claim"),
    "pattern without a number": ("GG-{seq:03d}", "GG", "setting_value", "works.notice: \"GG", ""),
    "pattern twice": ("works.rate: 1.25", "works.notice.series: \"X-{seq}\"", "numbering_twice", "works.notice: \"GG", "another pattern"),
    "duty never": ("every: month, on: 31", "every: months, on: 31", "value", "id: D-1", "“months”"),
    "duty on no day of the week": ("on: fri", "on: friday", "duty_day", "id: D-2", "every: week"),
    "daily duty on a day": ("every: day, by", "every: day, on: 3, by", "duty_day", "id: D-5", "every: day"),
    "quarter of four months": ("on: {month: 1, day: 15}", "on: {month: 4, day: 15}", "duty_day", "id: D-4", "every: quarter"),
    "30 February": ("on: {month: 3, day: 31}", "on: {month: 2, day: 30}", "duty_day", "id: D-3", "no day 30"),
    "25 o'clock": ("by: \"17:00\"", "by: \"25:00\"", "value", "id: D-1", "25:00"),
    "evidence of no kind": ("evidence: works.claim", "evidence: works.clime", "flow_unknown", "id: D-1", "works.clime"),
    "duty of nobody": ("who: {superior: true}", "who: {}", "approver", "id: D-2", "Nothing here says"),
    "duty without a clause": ("within: 1 working day, clause: W-4", "within: 1 working day", "missing_key", "id: D-2", "“clause”"),
    "duty twice": ("id: D-2", "id: D-1", "duplicate_entry", "title: 周报", "“D-1” is already"),
    "clock of a duty that approves": ("do: escalate, clause: W-4", "do: approve, clause: W-4", "value", "id: D-3", "“approve”"),
    "deadline of nothing": ("of: works.claim, from: trip_on", "of: works.trip, from: trip_on", "flow_unknown", "id: L-1", "works.trip"),
    "deadline from no event": ("from: approve", "from: aproved", "event_unknown", "id: L-2", "“aproved”"),
    "deadline from an amount": ("from: trip_on", "from: amount", "day_unknown", "id: L-1", "“amount” is no day"),
    "deadline until a day": ("until: submit", "until: trip_on", "event_unknown", "id: L-1", "“trip_on”"),
    "deadline with a bad condition": ("when: is_large, escalate", "when: is_larg, escalate", "condition", "id: L-2", "is_larg"),
    "class without a length": ("{class: B, permanent: true", "{class: B", "retention_length", "class: B", "says 0"),
    "class with two lengths": ("{class: B, permanent: true", "{class: B, permanent: true, years: 3", "retention_length", "class: B", "says 2"),
    "class from no day": ("from: end, clause: W-3", "from: amount, clause: W-3", "day_unknown", "class: A", "is no day"),
    "matter unknown": ("matter: accounting_voucher", "matter: accounting_vouchers", "matter_unknown", "class: A", "accounting_vouchers"),
    "level without readers": ("readers: [{role: board}]", "readers: []", "empty", "level: internal", "“readers” is empty"),
    "pair of one": ("between: [{role: cashier}, {role: board}]", "between: [{role: cashier}]", "empty", "id: S-3", "1 entries"),
    "pair of three": ("between: [{role: cashier}, {role: board}]", "between: [{role: cashier}, {role: board}, {role: hr}]", "value", "id: S-3", "3 entries"),
    "pair of the same": ("between: [{role: cashier}, {role: board}]", "between: [{role: cashier}, {role: cashier}]", "pair_sides", "id: S-3", "the same"),
    "pair of a node and a role": ("between: [{node: pay}, {node: head}]", "between: [{node: pay}, {role: board}]", "pair_sides", "id: S-2", "another node"),
    "pair of nodes of no document": ("{node: head}], kind: works.claim", "{node: head}]", "pair_kind", "id: S-2", "Nodes of which"),
    "pair with an unknown node": ("{node: head}]", "{node: hed}]", "node_unknown", "id: S-2", "“hed”"),
    "pair with an unknown permission": ("permission: works.claim.pay", "permission: works.claim.play", "permission_unknown", "id: S-1", "works.claim.play"),
    "waiver of no rule": ("rule: W-2", "rule: W-22", "rule_unknown", "{rule: W-22", "W-22"),
    "waiver for ever": (", most: 1 month", "", "missing_key", "{rule: S-2", "“most”"),
    "test of no document": ("{name: 无权, kind: works.claim", "{name: 无权, kind: works.clam", "flow_unknown", "name: 无权", "works.clam"),
    "test without a flow": (NOTICE, "", "test_flow", "name: 无权", "no flow for"),
    "test with a fact that is none": ("amount: 4999.5", "amont: 4999.5", "fact_unknown", "name: 小额", "“amont”"),
    "test with a text for a number": ("amount: 4999.5", "amount: much", "fact_value", "name: 小额", "“much”"),
    "test with a grade that is none": ("grade: A", "grade: E", "fact_value", "name: 小额", "“E”"),
    "test with nothing for a number": ("amount: 4999.5", "amount: null", "fact_value", "name: 小额", "“amount”"),
    "test over an unknown node": ("path: [head, pay]", "path: [head, paid]", "node_unknown", "name: 小额", "“paid”"),
    "test that expects nothing": ("expect: {refuse: start_scope}", "expect: {}", "empty", "name: 无权", "“expect” is empty"),
    "test that expects both": ("expect: {refuse: start_scope}", "expect: {refuse: start_scope, path: [head]}", "test_expects", "name: 无权", "takes no path"),
    "two applicants": ("applicant: {user: li}", "applicant: {user: li, post: gm}", "approver", "name: 无权", "user, post"),
    "remove without another pack": ("within: 1 working day, ", "within: 1 working day, remove: true, ", "unknown_key", "id: D-2", "“remove”"),
}
# fmt: on


@pytest.mark.parametrize("row", BAD.values(), ids=BAD.keys())
def test_a_fault_of_a_part_is_told(row: tuple[str, str, str, str, str]) -> None:
    old, new, code, where, message = row
    assert FULL.count(old) >= 1
    text = FULL.replace(old, new, 1)
    if code == "test_flow":
        text = text.replace("{name: 无权, kind: works.claim", "{name: 无权, kind: works.notice")
    found = [one for one in told(text, code) if message in str(one.message)]
    assert found, [str(one) for one in told(text)]
    assert found[0].line == line(text, where), str(found[0])
    assert found[0].is_error
    assert str(found[0].cure)


def test_below_the_law_is_a_warning_with_its_source() -> None:
    text = FULL.replace("years: 30", "years: 15")
    (found,) = told(text)
    assert (found.code, found.severity) == ("law_retention", Severity.WARNING)
    assert "Accounting vouchers" in str(found.message)
    assert "30 years" in str(found.message)
    assert "会计档案管理办法" in str(found.cure)
    assert reading(text).content is not None
    forever = FULL.replace("matter: accounting_voucher", "matter: financial_report_annual")
    (found,) = told(forever)
    assert "for good" in str(found.message)
    kept = FULL.replace("years: 30, matter", "permanent: true, matter")
    assert told(kept) == []


def test_a_clause_for_which_nothing_is_done_is_a_note() -> None:
    text = FULL.replace(", manual: 面谈并记录", "")
    (found,) = told(text)
    assert (found.code, found.severity, found.line) == (
        "clause_unused",
        Severity.NOTE,
        line(text, "- {id: W-5"),
    )


def test_an_addon_brings_the_law_for_its_own_settings(tmp_path: Path) -> None:
    """Found in the addon's folder; only what is law on the first day counts."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/legal_floors.toml").write_text(
        '[[setting]]\nsetting = "works.leave_days"\ntitle = "年休假"\nminimum = 5\n'
        'since = 2008-01-01\nsource = "条例第三条"\n'
        '[[setting]]\nsetting = "works.rate"\ntitle = "比例"\nmaximum = 1.5\n'
        'since = 2027-01-01\nsource = "新法"\n',
        "utf-8",
    )
    works = LoadedAddon(Addon(name="works", title="Works", version="1"), "works", tmp_path)
    law = floors.floors(SimpleNamespace(addons=(works,)))  # type: ignore[arg-type]
    assert {one.setting for one in law if one.setting} == {"works.leave_days", "works.rate"}
    text = FULL.replace("value: 15", "value: 4").replace("works.rate: 1.25", "works.rate: 2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(floors, "floors", lambda _registry: law)
        (found,) = told(text)
        later = told(
            text.replace("effective: 2026-01-01\n  until: 2026-12-31", "effective: 2027-02-01")
        )
    assert (found.code, found.severity, found.line) == (
        "law_setting",
        Severity.WARNING,
        line(text, "works.leave_days"),
    )
    assert "at least 5" in str(found.message)
    assert "条例第三条" in str(found.cure)
    assert [one.code for one in later] == ["law_setting", "law_setting"]
    broken = tmp_path / "data/other.toml"
    broken.write_text("[[setting]]\nlimit = 3\n", "utf-8")
    with pytest.raises(ConfigError):
        floors._read(broken)
