"""The commands on a policy over time: coverage, tests, differences, replays, export, two people."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from tests.core.test_cli import Zhidu, ready, zhidu  # noqa: F401 -- fixtures

from zhidu.actor import Actor
from zhidu.config import Config
from zhidu.db import Database
from zhidu.enabling import connect
from zhidu.org.models import Company
from zhidu.policy import drafts, lint, queries, settings
from zhidu.policy.problems import PolicyProblem, Severity
from zhidu.policy.publish import WITH_TWO

PACK = """\
format: 1
policy: {id: small, title: 小制度, version: "1", effective: 2020-01-01}
clauses:
  - {id: C-1, section: 一, title: 提醒, summary: 两天后提醒。}
  - {id: C-2, section: 一, title: 提醒, summary: 口头提醒。, manual: 口头}
  - {id: C-3, section: 二, title: 保密, summary: 注意保密。}
addons: []
settings: {core.remind_hours: {value: 48, clause: C-1}}
flows: {}
"""


@pytest.fixture
def pack(ready: Zhidu, tmp_path: Path) -> Path:
    """Make a company and a file."""
    ready("company", "create", "acme", "某公司")
    path = tmp_path / "small.yaml"
    path.write_text(PACK, "utf-8")
    return path


def test_coverage_is_counted_for_a_file_and_for_a_company(ready: Zhidu, pack: Path) -> None:
    found = ready("policy", "coverage", str(pack), "--json").json
    counts = {"enforced": 1, "part": 0, "manual": 1, "stated": 0, "open": 1}
    assert (found["total"], found["counts"]) == (3, counts)
    assert found["clauses"][0]["by"][0]["needs"] == ["core.task.remind"]
    text = ready("policy", "coverage", str(pack), "--all")
    assert "All: 3 clauses" in text.out
    assert "1 clauses by: setting" in text.out
    assert "C-2  提醒: left to people" in text.out
    assert ready("policy", "coverage", "--json").json["total"] == 0
    ready("policy", "apply", str(pack))
    assert ready("policy", "coverage", "--json").json["counts"] == counts
    bad = pack.with_name("bad.yaml")
    bad.write_text("format: 1\n", "utf-8")
    for words in (["test"], ["diff", str(pack)], ["simulate", "--since", "2020-01-01"]):
        refused = ready("policy", *words, str(bad))
        assert (refused.code, "bad.yaml:1" in refused.out) == (1, True)
    bad.write_text(PACK.replace("core.remind_hours", "core.nosuch"), "utf-8")
    wrong = ready("policy", "coverage", str(bad))
    assert (wrong.code, "core.nosuch" in wrong.out) == (1, True)


def test_two_files_or_versions_are_compared_in_words(ready: Zhidu, pack: Path) -> None:
    other = pack.with_name("other.yaml")
    other.write_text(PACK.replace("value: 48", "value: 24"), "utf-8")
    expected = "~ setting Hours until an open task is brought to mind: 48 (C-1) → 24 (C-1)\n"
    assert ready("policy", "diff", str(pack), str(other)).out == expected
    (change,) = ready("policy", "diff", str(pack), str(other), "--json").json
    assert (change["topic"], change["from"], change["to"]) == ("settings", "48 (C-1)", "24 (C-1)")
    ready("policy", "apply", str(pack))
    ready("policy", "apply", str(other))
    assert ready("policy", "diff", "1", "2").out == expected
    same = ready("policy", "diff", "2", str(other))
    assert (same.code, same.out, "say the same" in same.err) == (0, "", True)
    assert "is new" in ready("policy", "diff", "0", "1").out
    assert ready("policy", "diff", "1", "9").code == 1


def test_what_is_exported_can_be_applied_and_changes_nothing(ready: Zhidu, pack: Path) -> None:
    assert ready("policy", "export").code == 1
    ready("policy", "apply", str(pack))
    again = pack.with_name("again.yaml")
    again.write_text(ready("policy", "export").out, "utf-8")
    assert "Nothing changes" in ready("policy", "apply", str(again)).err
    assert ready("policy", "export", "--source").out == PACK
    assert ready("policy", "export", "--version", "1").out == ready("policy", "export").out


def test_a_replay_wants_a_day_and_counts(ready: Zhidu, pack: Path) -> None:
    assert ready("policy", "simulate", str(pack)).code == 2
    found = ready("policy", "simulate", str(pack), "--since", "2020-01-01")
    assert (found.code, found.out) == (0, "0 of 0 requests would have gone another way.\n")
    as_json = ready("policy", "simulate", str(pack), "--since", "2020-01-01", "--json").json
    assert as_json["requests"] == []


def test_a_policy_without_tests_holds_and_a_wrong_case_fails(ready: Zhidu, pack: Path) -> None:
    found = ready("policy", "test", str(pack))
    assert (found.code, "0 of 0 tests hold" in found.err) == (0, True)


def _db() -> Database:
    return connect(Config.load())


def test_with_two_people_the_command_proposes_and_another_confirms(
    ready: Zhidu,
    pack: Path,
) -> None:
    database = _db()
    with database.read(Actor.system()) as session:
        company = session.scalars(select(Company.id)).one()
    with database.write(Actor.system(company)) as session:
        settings.set_setting(session, session.actor, WITH_TWO, value=True)
    done = ready("policy", "apply", str(pack))
    assert "confirms it in the browser" in done.err, done.err
    assert done.code == 0
    with database.read(Actor.system(company)) as session:
        (draft,) = drafts.waiting(session)
        assert (draft.title, draft.proposed_by) == ("小制度", None)
        assert queries.number_in_force(session) == 1
    database.close()


def test_a_warning_is_accepted_by_a_named_person(
    ready: Zhidu,
    pack: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = lint.read

    def warned(*args: object) -> lint.Reading:
        from dataclasses import replace

        found = read(*args)  # type: ignore[arg-type]
        doubt = PolicyProblem("p.yaml", 3, "policy", "Less.", "", "below_law", Severity.WARNING)
        return replace(found, problems=(*found.problems, doubt))

    monkeypatch.setattr(lint, "read", warned)
    first = ready("policy", "apply", str(pack))
    assert (first.code, "--accept below_law" in first.err) == (1, True)
    second = ready("policy", "apply", str(pack), "--accept", "below_law")
    assert (second.code, "--accepted-by" in second.err) == (1, True)
    ready("user", "create", "anna")
    ready("company", "admin", "acme", "anna", "--name", "安娜")
    third = ready("policy", "apply", str(pack), "--accept", "below_law", "--accepted-by", "anna")
    assert third.code == 0, third.err
    assert "Accepted by 安娜: below_law, Less." in ready("policy", "show").out
