"""A policy's own tests are run against the company's people; each difference names its clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.workflow_house import KIND, LEADER, Office, flow, node

from zhidu.durations import Duration
from zhidu.policy import trials
from zhidu.policy.content import EMPTY
from zhidu.policy.flows_export import write
from zhidu.policy.trials import Result
from zhidu.records.models import Record
from zhidu.testing.factories import make_member
from zhidu.texts import use_locale
from zhidu.workflow.definition import (
    Approver,
    Branch,
    Flow,
    Node,
    NodeKind,
    OnTimeout,
    Path,
    Scope,
    Timeout,
    Urgent,
    Window,
)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with use_locale("en"):
        yield


BOSS = node("boss", Approver("post", "general_manager"), when="amount > 10")
FILE = node("file", "hr", kind=NodeKind.HANDLE, transition="file")
WAY = flow(node("lead", LEADER), BOSS, FILE)
SALESMAN = {"dept": "销售一部"}


def content(made: Flow | None, *tests: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Give a policy with one flow and these tests."""
    found = {**EMPTY, "addons": ["demo"], "tests": list(tests), **parts}
    if made is not None:
        found["flows"] = {KIND: write(made)}
    return found


def case(expect: dict[str, Any], **given: Any) -> dict[str, Any]:
    facts = {"amount": given.pop("amount", 1), "sort": "thing", **given.pop("more", {})}
    applicant = given.pop("applicant", SALESMAN)
    return {
        "name": "案例",
        "kind": given.pop("kind", KIND),
        "given": {"applicant": applicant, "facts": facts, **given},
        "expect": expect,
    }


def tried(office: Office, made: Flow | None, test: dict[str, Any], **parts: Any) -> Result:
    with office.db.read(office.system) as session, use_locale("en"):
        (result,) = trials.run(session, content(made, test, **parts))
    return result


def failures(office: Office, made: Flow | None, test: dict[str, Any], **parts: Any) -> list[str]:
    return [str(one) for one in tried(office, made, test, **parts).failures]


def test_the_way_and_the_people_are_those_of_the_company(office: Office) -> None:
    expect = {"path": ["lead", "file"], "people": {"lead": ["褚亮"], "file": ["冯媛"]}}
    assert failures(office, WAY, case(expect, amount=10)) == []
    expect = {"path": ["lead", "boss", "file"], "people": {"boss": ["王建国"]}}
    assert failures(office, WAY, case(expect, amount="10.01")) == []


def test_another_way_is_told_with_the_clause_of_the_first_difference(office: Office) -> None:
    found = tried(office, WAY, case({"path": ["lead", "file"]}, amount=11))
    (failure,) = found.failures
    assert failure.to_json() == {
        "test": "案例",
        "what": "way",
        "expected": "lead → file",
        "found": "lead → boss → file",
        "clause": "D-file",
    }
    assert not found.holds
    assert failures(office, WAY, case({"path": ["lead", "boss", "file"]}, amount=1)) == [
        "案例: way — expected lead → boss → file, found lead → file [D-boss]"
    ]


@pytest.mark.parametrize(
    ("people", "found"),
    [
        ({"lead": ["陈志强"]}, "people of “lead” — expected 陈志强, found 褚亮 [D-lead]"),
        ({"lead": []}, "people of “lead” — expected , found 褚亮 [D-lead]"),
        ({"lead": ["褚亮", "陈志强"]}, "people of “lead” — expected 褚亮, 陈志强, found 褚亮 [D-lead]"),
        ({"boss": ["王建国"]}, "people of “boss” — expected 王建国, found the step is not on the way [D-boss]"),
    ],
)  # fmt: skip
def test_other_people_are_told(office: Office, people: dict[str, Any], found: str) -> None:
    assert failures(office, WAY, case({"people": people})) == [f"案例: {found}"]


def test_the_applicant_is_found_by_role_post_or_department(office: Office) -> None:
    superior = flow(node("own", Approver("superior", True)))
    for applicant, who in (
        ({"post": "accountant"}, "郑慧"),
        ({"role": "hr"}, "王建国"),
        ({"dept": "销售一部"}, "褚亮"),
    ):
        expect = {"people": {"own": [who]}}
        assert failures(office, superior, case(expect, applicant=applicant)) == []
    for applicant in ({"user": "nobody"}, {"role": "none"}, {"dept": "火星部"}):
        (said,) = failures(office, superior, case({"path": ["own"]}, applicant=applicant))
        assert "this company has nobody" in said
    (said,) = failures(office, superior, case({"path": ["own"]}, applicant=None))
    assert "does not say who asks" in said


def test_refusals_are_expected_by_their_rule(office: Office) -> None:
    only = flow(node("lead", LEADER), start=Scope(posts=("accountant",)))
    assert failures(office, only, case({"refuse": "start"})) == []
    assert failures(office, only, case({"path": ["lead"]}, applicant={"post": "accountant"})) == []
    but = flow(node("lead", LEADER), excepted=Scope(posts=("accountant",)))
    given = {"applicant": {"post": "accountant"}}
    assert failures(office, but, case({"refuse": "workflow.start"}, **given)) == []
    assert failures(office, None, case({"refuse": "no_flow"})) == []
    rare = flow(node("lead", LEADER, when="amount > 99"), FILE)
    assert failures(office, rare, case({"refuse": "never_auto_pass"})) == []
    (first, second) = failures(office, rare, case({"path": ["lead"]}))
    assert "expected no refusal, found workflow.never_auto_pass: No approving step" in first
    assert second == "案例: way — expected lead, found no step [D-lead]"
    (said,) = failures(office, WAY, case({"refuse": "start"}))
    assert said.endswith("expected start, found no refusal")


def test_a_window_is_looked_at_on_the_day_of_the_case(office: Office) -> None:
    made = flow(node("lead", LEADER), windows=(Window("D-1", opens=1, closes=5),))
    assert failures(office, made, case({"path": ["lead"]}, on="2026-03-05")) == []
    assert failures(office, made, case({"refuse": "window_late"}, on="2026-03-06")) == []
    (refusal, way) = failures(office, made, case({"path": ["lead"]}, on="2026-03-06"))
    assert "found workflow.window_late: This form could be submitted until" in refusal
    assert way.startswith("案例: way")
    urgent = replace(made, urgent=Urgent("D-1", ("fire",), LEADER, Duration.parse("1 day")))
    assert failures(office, urgent, case({"path": ["lead"]}, on="2026-03-06", urgent=True)) == []


def test_an_engine_that_rejects_by_itself_refuses(office: Office) -> None:
    auto = Node("no", "no", "D-no", kind=NodeKind.AUTO, when="amount > 5", result="reject", reason="too much")  # fmt: skip
    made = flow(auto, node("lead", LEADER))
    assert failures(office, made, case({"refuse": "auto", "path": ["no"]}, amount=6)) == []
    assert failures(office, made, case({"path": ["lead"]}, amount=5)) == []


def test_times_are_those_of_the_first_clock_or_of_a_deadline(office: Office) -> None:
    clock = (Timeout(Duration.parse("2 working days"), OnTimeout.REMIND),)
    made = flow(node("lead", LEADER, timeouts=clock), FILE)
    deadlines = [{"id": "D1", "within": "1 month"}]
    expect = {"deadline": {"lead": "2 working days", "D1": "1 month"}}
    assert failures(office, made, case(expect), deadlines=deadlines) == []
    expect = {"deadline": {"lead": "3 days", "file": "1 day"}}
    assert failures(office, made, case(expect)) == [
        "案例: time for “lead” — expected 3 calendar days, found 2 working days [D-lead]",
        "案例: time for “file” — expected 1 calendar day, found no time is set [D-file]",
    ]


def test_branches_are_gone_through_as_the_engine_does(office: Office) -> None:
    small = Path("small", "small", (node("lead", LEADER),), when="amount <= 5")
    big = Path("big", "big", (BOSS, node("money", "finance")), default=True)
    made = flow(Branch("size", "size", (small, big)), FILE)
    assert failures(office, made, case({"path": ["lead", "file"]}, amount=5)) == []
    assert failures(office, made, case({"path": ["money", "file"]}, amount=6)) == []
    assert failures(office, made, case({"path": ["boss", "money", "file"]}, amount=11)) == []


def test_an_urgent_case_goes_its_own_way(office: Office) -> None:
    urgent = Urgent(
        "D-1", ("fire",), Approver("role", "admin"), Duration.parse("1 day"),
        steps=(node("quick", Approver("role", "manager")),),
    )  # fmt: skip
    made = flow(node("lead", LEADER), urgent=urgent)
    assert failures(office, made, case({"path": ["quick"]}, urgent=True)) == []
    assert failures(office, made, case({"path": ["lead"]}, urgent=False)) == []


def test_facts_are_read_in_their_types_and_wrong_ones_are_told(office: Office) -> None:
    made = flow(node("lead", LEADER), node("kept", "hr", when="(keeper ?? 0) > 3"))
    assert failures(office, made, case({"path": ["lead"]})) == []  # a fact may be empty
    assert failures(office, made, case({"path": ["lead", "kept"]}, more={"keeper": "4"})) == []
    (said,) = failures(office, made, case({"path": []}, amount="much"))
    assert "the fact “amount” is not “much”" in said
    (said,) = failures(office, made, case({"path": []}, more={"color": "red"}))
    assert "“color” is no fact of it" in said
    (said,) = failures(office, made, case({"path": []}, kind="demo.other"))
    assert "no active addon has a document “demo.other”" in said
    (said,) = failures(office, made, case({"path": ["lead"]}), addons=[])
    assert "no active addon" in said


def test_people_in_the_form_are_named_by_the_case(office: Office) -> None:
    with office.db.write(office.system) as session:
        made = make_member(session, "陆一", "财务部", user="luyi")
    named = flow(
        node("keep", Approver("field", "keeper")), node("box", Approver("field", "box.keeper"))
    )
    expect = {"people": {"keep": ["luyi"], "box": ["陆一"]}}
    given = {"people": {"keeper": "luyi", "box.keeper": "luyi"}}
    assert made.id
    assert failures(office, named, case(expect, **given)) == []
    expect = {
        "people": {"keep": ["周静"]}
    }  # nobody stands there: the applicant's superior is asked
    (said,) = failures(office, named, case(expect))
    assert "found 褚亮" in said
    (said,) = failures(office, named, case(expect, people={"keeper": "nobody"}))
    assert "“keeper”: this company has nobody “nobody”" in said


def test_a_fact_that_a_condition_wants_and_the_case_leaves_out_is_no_guess(office: Office) -> None:
    test = case({"path": ["lead", "file"]})
    del test["given"]["facts"]["amount"]
    assert "workflow.condition" in failures(office, WAY, test)[0]


def test_a_case_is_tried_without_a_trace(office: Office) -> None:
    before = len(_records(office))
    with office.db.write(office.system) as session:  # even where writing would be possible
        assert all(
            one.holds for one in trials.run(session, content(WAY, case({"path": ["lead", "file"]})))
        )
        assert not session.new
        assert not session.dirty
    assert len(_records(office)) == before


def _records(office: Office) -> list[int]:
    with office.db.read(office.system) as session:
        return list(session.scalars(select(Record.id)))


def test_numbers_stay_exact(office: Office) -> None:
    made = flow(node("lead", LEADER), node("boss", "manager", when="amount >= 0.3"))
    assert failures(office, made, case({"path": ["lead", "boss"]}, amount=Decimal("0.3"))) == []
    assert failures(office, made, case({"path": ["lead"]}, amount="0.29999999999999999")) == []
