"""The words that a policy defines are told on the forms that go by them."""

from __future__ import annotations

from typing import Any

from tests.core.workflow_house import KIND, Office

from zhidu.policy import glossary
from zhidu.policy.glossary import Word

LARGE = {
    "name": "large",
    "title": "大额",
    "help": "一万元以上",
    "when": "amount > 10000",
    "clause": "D-1",
}
PLAIN = {"name": "plain", "title": "上班时间", "help": "九点到六点"}
CLOSE = {"name": "close", "title": "近亲属", "help": "配偶与三代以内", "kinds": [KIND]}
MAIN = {"name": "main", "title": "重大", "when": "large or sort == 'thing'"}
OTHER = {"name": "other", "title": "其他", "when": "amount < 1"}
WORDS = [LARGE, CLOSE, MAIN, OTHER]


def told(**parts: Any) -> list[str]:
    return [one.name for one in glossary.explained({"definitions": WORDS, **parts}, KIND)]


def flow(**node: Any) -> dict[str, Any]:
    return {KIND: {"manager": {"role": "admin"}, "nodes": [{"id": "n", **node}]}}


def test_words_of_conditions_and_the_words_in_them_are_told_in_their_order() -> None:
    everywhere = {"demo.more": flow(when="main or other")[KIND]}
    assert told(flows=everywhere) == ["close"]
    assert told(flows=everywhere | flow(when="main")) == ["large", "close", "main"]
    assert told(flows=everywhere | flow(when="sort == 'other'")) == ["close"]  # a text, no word


def test_what_names_no_kind_and_stands_in_no_condition_is_for_everybody() -> None:
    content = {
        "definitions": [LARGE, PLAIN, OTHER],
        "flows": {"demo.more": flow(when="large")[KIND]},
    }
    assert [one.name for one in glossary.explained(content, KIND)] == ["plain", "other"]
    assert [one.name for one in glossary.explained(content, "demo.more")] == ["large", "plain", "other"]  # fmt: skip


def test_a_condition_of_a_path_a_resolver_or_a_deadline_counts() -> None:
    paths = [{"id": "p", "when": "large", "nodes": []}, {"id": "q", "default": True}]
    more = {"demo.more": flow(when="main or other")[KIND]}
    assert told(flows=more | {KIND: {"nodes": [{"branch": "b", "paths": paths}]}}) == [
        "large",
        "close",
    ]
    chooses = {"expression": [{"if": "other", "then": {"role": "hr"}}]}
    assert told(flows=more | flow(approver=chooses)) == ["close", "other"]
    deadline = {"id": "D", "of": KIND, "within": "1 day", "when": "other"}
    assert told(flows=more, deadlines=[deadline]) == ["close", "other"]
    assert told(flows=more, deadlines=[{**deadline, "of": "demo.more"}]) == ["close"]


def test_a_word_is_told_with_title_help_clause_and_what_it_stands_for() -> None:
    content = {"definitions": [LARGE, MAIN], "flows": flow(when="main")}
    large, main = glossary.explained(content, KIND)
    assert large == Word("large", "大额", "一万元以上", "amount > 10000", "D-1")
    assert (main.help, main.clause) == ("", "")
    assert main.when == "(amount > 10000) or sort == 'thing'"


def test_a_circle_of_words_ends() -> None:
    one = {"name": "one", "title": "甲", "when": "two"}
    two = {"name": "two", "title": "乙", "when": "one"}
    found = glossary.explained({"definitions": [one, two], "flows": flow(when="one")}, KIND)
    assert [each.name for each in found] == ["one", "two"]


def test_without_a_policy_there_are_no_words(office: Office) -> None:
    with office.db.read(office.system) as session:
        assert glossary.words_of(session, KIND) == []
