"""What a new policy changes is told in words: for whom, from what, to what; nothing is left out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.policy_firm import MONDAY
from tests.core.policy_house import PACK, House, house

from zhidu.clock import frozen_at
from zhidu.policy.content import EMPTY
from zhidu.policy.diff import Change, changes
from zhidu.policy.diff_flows import Way, _moved
from zhidu.policy.lint import read
from zhidu.policy.versions import Content
from zhidu.texts import use_locale
from zhidu.workflow.definition import Node

KIND = "leave.request"


@pytest.fixture(scope="module")
def built() -> House:
    return house()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with use_locale("en"), frozen_at(MONDAY):
        yield


@pytest.fixture(scope="module")
def stated(built: House) -> dict[str, Any]:
    with use_locale("en"), frozen_at(MONDAY):
        found = read(built.registry, PACK, "p.yaml")
    assert found.content is not None
    return dict(found.content)


def differing(built: House, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    return changes(built.registry, Content(old), Content(new))


def change(
    built: House, stated: dict[str, Any], act: Callable[[dict[str, Any]], object]
) -> list[str]:
    """Let a copy of the pack be changed; give the lines that tell it."""
    new = copy.deepcopy(stated)
    act(new)
    found = differing(built, stated, new)
    back = differing(built, new, stated)
    assert len(found) == len(back)  # the way back has as much to tell
    for one in found:
        assert set(one.to_json()) == {
            "sign", "topic", "place", "kind", "text", "whom", "from", "to"
        }  # fmt: skip
    return [one.line for one in found]


def nodes(data: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data["flows"][KIND]["nodes"]
    return found


def node(data: dict[str, Any], **values: Any) -> None:
    nodes(data)[1].update(values)


BOSS = "~ Leave.Request, step “总经理”, "
SUPERIOR = " (for Direct superior)"
# fmt: off
TOLD: dict[str, tuple[Callable[[dict[str, Any]], object], list[str]]] = {
    "approver": (lambda d: node(d, approver={"role": "hr", "else": [{"post": "gm"}]}), [
        f"{BOSS}who is asked: Direct superior → Whoever has a role: hr, else Whoever holds a post: gm"
        " (for Whoever has a role: hr, else Whoever holds a post: gm)"]),
    "condition": (lambda d: node(d, when="days >= 2"), [f"{BOSS}only if: Days > 3 → Days ≥ 2{SUPERIOR}"]),
    "no condition": (lambda d: nodes(d)[1].pop("when"), [f"{BOSS}only if: Days > 3 → always{SUPERIOR}"]),
    "name": (lambda d: node(d, name="老总"), [
        f"~ Leave.Request, step “老总”, name: 总经理 → 老总{SUPERIOR}"]),
    "clause": (lambda d: node(d, clause="T-1"), [f"{BOSS}clause: T-2 → T-1{SUPERIOR}"]),
    "mode": (lambda d: node(d, mode={"ratio": 66}), [
        f"{BOSS}how several people act: the first decides → passes at 66%{SUPERIOR}"]),
    "clock": (lambda d: node(d, timeouts=[{"after": "2 working days", "do": "remind", "most": 3}]), [
        f"{BOSS}clocks: none → after 2 working days: remind (at most 3 times){SUPERIOR}"]),
    "verb": (lambda d: node(d, verb="ratify"), [f"{BOSS}what is asked for: Approve → Ratify{SUPERIOR}"]),
    "opinion": (lambda d: node(d, opinion="required"), [
        f"{BOSS}opinion wanted: at reject and return → always{SUPERIOR}"]),
    "rights": (lambda d: node(d, fields={"days": "edit"}), [
        f"{BOSS}rights on fields: nothing → days: may change it{SUPERIOR}"]),
    "new step": (lambda d: nodes(d).insert(1, {
        "id": "cfo", "name": "财务", "approver": {"role": "fin"}, "when": "days > 1", "clause": "T-1"}), [
        "+ Leave.Request: new step “财务”, Whoever has a role: fin, after “负责人”, only if Days > 1"
        " (for Whoever has a role: fin)"]),
    "step gone": (lambda d: nodes(d).pop(1), [f"- Leave.Request: the step “总经理” falls away{SUPERIOR}"]),
    "step moved": (lambda d: nodes(d).insert(0, nodes(d).pop()), [
        "~ Leave.Request: the step “备案” has moved, Whoever has a role: hr, at the beginning"
        " (for Whoever has a role: hr)"]),
    "who may ask": (lambda d: d["flows"][KIND].update(start={"departments": ["D1"]}, withdraw="never"), [
        "~ Leave.Request, who may ask: everybody → departments: D1 (for departments: D1)",
        "~ Leave.Request, how long it may be withdrawn: until the last decision → never (for departments: D1)"]),
    "copy": (lambda d: d["flows"][KIND].update(cc=[{"role": "hr"}]), [
        "- Leave.Request: no copy at submit to Whoever has a role: hr any more (for Whoever has a role: hr)",
        "+ Leave.Request: a copy at the end goes to Whoever has a role: hr (for Whoever has a role: hr)"]),
    "window": (lambda d: d["flows"][KIND].update(windows=[
        {"clause": "T-1", "closes": "2 days", "field": "days"}]), [
        "~ Leave.Request, time for handing in: always → closes 2 calendar days, before Days (T-1)"]),
    "flow gone": (lambda d: d["flows"].pop(KIND), [
        "- Leave.Request: can no longer be handed in, no flow is left for it"]),
    "addon off": (lambda d: d["addons"].remove("stamps"), [
        "- addon stamps is switched off: its pages and tasks are hidden"]),
    "setting": (lambda d: d["settings"].update({"leave.notice_days": {"value": 5, "clause": "T-2"}}), [
        "~ setting Notice: 3 → 5 (T-2)"]),
    "setting silent": (lambda d: d["settings"].pop("leave.notice_days"), [
        "~ setting Notice: 3 → 1 (the addon's default)"]),
    "clause text": (lambda d: d["clauses"][0].update(summary="后申请。"), ["~ clause T-1, text: 先申请。 → 后申请。"]),
    "clause new": (lambda d: d["clauses"].append(
        {"id": "T-4", "section": "x", "title": "新", "summary": "新的。"}), ["+ clause T-4 “新” is new: 新的。"]),
    "clause gone": (lambda d: d["clauses"].pop(0), ["- clause T-1 “申请” falls away: 先申请。"]),
    "trial": (lambda d: d["policy"].update(until="2026-06-30"), ["~ policy, last day: nothing → 2026-06-30"]),
    "duty": (lambda d: d.update(duties=[
        {"id": "d", "title": "盘点", "every": "month", "who": {"role": "hr"}, "clause": "T-1"}]), [
        "+ duty “盘点” is new (for role hr)"]),
    "retention": (lambda d: d.update(retention=[{"class": "ten", "years": 10, "clause": "T-1"}]), [
        "+ retention class “ten” is new"]),
}
# fmt: on


@pytest.mark.parametrize("name", TOLD)
def test_a_change_is_told(built: House, stated: dict[str, Any], name: str) -> None:
    act, expected = TOLD[name]
    assert change(built, stated, act) == expected


def branched(*conditions: str) -> list[dict[str, Any]]:
    """Give the nodes of a flow that branches by days."""
    paths: list[dict[str, Any]] = [
        {"id": f"p{place}", "name": f"路{place}", "when": when, "nodes": [
            {"id": f"n{place}", "name": f"审{place}", "approver": {"role": "hr"}, "clause": "T-2"}]}
        for place, when in enumerate(conditions)
    ]  # fmt: skip
    rest: dict[str, Any] = {"id": "rest", "name": "其余", "default": True, "nodes": []}
    return [{"branch": "len", "name": "按天数", "paths": [*paths, rest]}]


def test_condition_bands_and_paths_are_told(built: House, stated: dict[str, Any]) -> None:
    old, new = copy.deepcopy(stated), copy.deepcopy(stated)
    old["flows"][KIND]["nodes"] = branched("days > 9", "days > 5")
    new["flows"][KIND]["nodes"] = branched("days > 9", "days > 3", "days > 1")
    assert [one.line for one in differing(built, old, new)] == [
        "~ Leave.Request, branch “按天数”, path “路1”, only if: Days > 5 → Days > 3",
        "+ Leave.Request, branch “按天数”, path “路2” is new: Days > 1",
        "+ Leave.Request: new step “审2”, Whoever has a role: hr, at the beginning of the path “路2”"
        " (for Whoever has a role: hr)",
    ]
    swapped = copy.deepcopy(old)
    paths = swapped["flows"][KIND]["nodes"][0]["paths"]
    paths[0], paths[1] = paths[1], paths[0]
    (line,) = [one.line for one in differing(built, old, swapped)]
    assert "order of the paths: 路0 → 路1 → 其余 → 路1 → 路0 → 其余" in line


def test_a_step_that_goes_into_a_branch_has_moved(built: House, stated: dict[str, Any]) -> None:
    old, new = copy.deepcopy(stated), copy.deepcopy(stated)
    inside = branched("days > 9")
    one = inside[0]["paths"][0]["nodes"][0]
    old["flows"][KIND]["nodes"] = [one, *branched("days > 1", "days > 0")[:0]]
    new["flows"][KIND]["nodes"] = inside
    lines = [found.line for found in differing(built, old, new)]
    assert any("the step “审0” has moved" in line and "path “路0”" in line for line in lines)
    assert any("new step “按天数”" in line for line in lines)


def test_a_policy_against_none_tells_all_of_it(built: House, stated: dict[str, Any]) -> None:
    found = differing(built, dict(EMPTY), stated)
    assert [one.line for one in found if one.topic == "flows"] == [
        "+ Leave.Request: is now approved on this way: 负责人 → 总经理 → 备案",
        "+ Stamps.Use: is now approved on this way: 审批 → 盖章",
    ]
    assert len([one for one in found if one.topic == "clauses"]) == 3


@pytest.mark.parametrize("locale", ["en", "zh_Hans_CN", "zh_Hant_TW"])
def test_every_language_has_a_sentence(built: House, stated: dict[str, Any], locale: str) -> None:
    with use_locale(locale):
        for act, expected in TOLD.values():
            assert len(change(built, stated, act)) == len(expected)


def values(name: str) -> st.SearchStrategy[Any]:
    """Make values for a key of a node."""
    some: dict[str, st.SearchStrategy[Any]] = {
        "name": st.sampled_from(["甲", "乙"]),
        "when": st.sampled_from(["days > 3", "days > 4"]),
        "clause": st.sampled_from(["T-1", "T-2"]),
        "approver": st.sampled_from([{"role": "hr"}, {"role": "a"}, {"superior": True}]),
        "mode": st.sampled_from(["all", "any", {"ratio": 50}, {"ratio": 60}, {"count": 2}]),
        "verb": st.sampled_from(["review", "approve"]),
        "opinion": st.sampled_from(["optional", "required"]),
        "sign": st.booleans(),
        "attachment": st.booleans(),
        "allow": st.sampled_from([[], ["add"], ["add", "copy"]]),
        "resume": st.sampled_from(["again", "back"]),
        "nobody": st.sampled_from(["manager", {"user": "a"}, {"user": "b"}]),
        "fields": st.sampled_from([{"days": "edit"}, {"days": "hide"}]),
        "timeouts": st.sampled_from(
            [
                [{"after": "1 day", "do": "remind"}],
                [{"after": "1 day", "do": "remind", "clause": "T-1"}],
                [{"after": "1 working day", "do": "manager"}],
            ]
        ),
        "not_same_as": st.sampled_from([["applicant"], ["lead"]]),
    }
    return some[name]


KEYS = ["when", "mode", "verb", "opinion", "sign", "attachment", "allow", "resume", "nobody",
        "fields", "timeouts", "not_same_as"]  # fmt: skip


@st.composite
def ways(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for ident in draw(st.lists(st.sampled_from("abcdef"), unique=True, min_size=1, max_size=6)):
        one = {"id": ident, "name": draw(values("name")), "clause": draw(values("clause"))}
        one["approver"] = draw(values("approver"))
        for key in draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=4)):
            one[key] = draw(values(key))
        found.append(one)
    return found


@given(ways(), ways())
def test_whatever_differs_is_told_and_nothing_else(
    built: House, stated: dict[str, Any], was: list[dict[str, Any]], now: list[dict[str, Any]]
) -> None:
    old, new = copy.deepcopy(stated), copy.deepcopy(stated)
    old["flows"][KIND]["nodes"], new["flows"][KIND]["nodes"] = was, now
    found = differing(built, old, new)
    one, other = Content(old).flows[KIND], Content(new).flows[KIND]
    assert bool(found) == (one != other)
    before = {node.id: node for node in one.every_node()}
    after = {node.id: node for node in other.every_node()}
    named = {change.place.split("/")[1] for change in found}
    assert {ident for ident in {*before, *after} if before.get(ident) != after.get(ident)} <= named
    assert differing(built, old, old) == []


@given(st.permutations("abcdefg"), st.permutations("abcdefg"))
def test_as_few_steps_as_possible_have_moved(was: list[str], now: list[str]) -> None:
    old, new = (Way.of(tuple(Node(one, one, "c") for one in order)) for order in (was, now))
    moved = _moved(old, new)
    left = [one for one in now if one not in moved]
    assert left == [one for one in was if one not in moved]
    for one in moved:  # none of them could have stayed
        with_it = [step for step in now if step in {*left, one}]
        assert with_it != [step for step in was if step in {*left, one}]
