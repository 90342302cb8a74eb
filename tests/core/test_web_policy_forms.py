"""The forms of the flow editor say what a pack says: read into fields and written back, nothing differs."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.policy_house import house
from werkzeug.datastructures import MultiDict

from zhidu.policy import flows, flows_export
from zhidu.texts import use_locale
from zhidu.web.pages import policy_branch_form as branches
from zhidu.web.pages import policy_fields as fields
from zhidu.web.pages import policy_rules_form as rules
from zhidu.web.pages import policy_step_form as forms


class Bare:
    """What the forms ask of a session."""

    def __init__(self) -> None:
        self.registry = house().registry


SESSION: Any = Bare()

NODES: list[dict[str, Any]] = [
    {"id": "a", "name": "审批", "approver": {"dept_leader": {"level": 1}}, "clause": "C"},
    {"id": "a", "name": "复核", "verb": "review", "approver": {"superior": True}, "clause": "C"},
    {
        "id": "a",
        "name": "会签",
        "mode": {"ratio": 66},
        "approver": {"role": "hr", "else": [{"post": "gm"}, {"user": "boss"}]},
        "when": "days > 3",
        "clause": "C",
        "opinion": "required",
        "sign": True,
        "attachment": True,
        "fields": {"amount": "edit", "price": "hide"},
        "allow": ["transfer", "return"],
        "resume": "choice",
        "on_reject": "b",
        "timeouts": [
            {"after": "2 working days", "do": "remind", "most": 3},
            {"after": "24 hours", "do": "manager", "clause": "D"},
        ],
        "nobody": {"user": "boss"},
        "not_same_as": ["applicant", "b"],
    },
    {"id": "a", "name": "无权", "approver": {"role": "001"}, "clause": "C", "allow": []},
    {
        "id": "a",
        "name": "办理",
        "kind": "handle",
        "mode": "sequential",
        "approver": {"field": "seal.custodian"},
        "clause": "C",
        "transition": "stamp",
        "nobody": "pass",
    },
    {
        "id": "a",
        "name": "自动",
        "kind": "auto",
        "clause": "C",
        "result": "reject",
        "reason": "逾期",
    },
    {
        "id": "a",
        "name": "公示",
        "kind": "publish",
        "clause": "C",
        "window": "5 working days",
        "audience": {"departments": ["D1", "D2"], "people": ["x"]},
    },
    {
        "id": "a",
        "name": "会议",
        "kind": "meeting",
        "mode": {"count": 3},
        "approver": {"role": "board"},
        "clause": "C",
        "circulation": False,
    },
]


def posted(form: Any) -> MultiDict[str, str]:
    """Send a form as a browser does: what is drawn is what is sent."""
    sent: MultiDict[str, str] = MultiDict()

    def add(field: Any) -> None:
        if field.type in ("FieldList", "FormField"):
            for one in field:
                add(one)
        elif field.type == "BooleanField":
            if field.data:
                sent.add(field.name, "y")
        elif field.type == "SelectMultipleField":
            for one in field.data or ():
                sent.add(field.name, one)
        elif field.type == "SelectField":
            known = [value for value, *_more in field.iter_choices()]
            sent.add(field.name, field.data if field.data in known else known[0])
        else:
            sent.add(field.name, field._value() if hasattr(field, "_value") else field.data or "")

    for field in form:
        add(field)
    return sent


@pytest.mark.parametrize("node", NODES, ids=lambda node: str(node["name"]))
def test_a_step_survives_its_form(node: dict[str, Any]) -> None:
    kind = SESSION.registry.kinds["stamps.use"]
    flow = {"nodes": [node, {"id": "b", "name": "B", "clause": "C"}]}
    with use_locale("en"):
        shown = forms.node_form(SESSION, kind, flow, node, None, "/look", "C")
        again = forms.node_form(SESSION, kind, flow, node, posted(shown), "/look", "C")
        assert again.validate(), again.errors
        assert forms.node_of(SESSION, again) == node
        assert list(forms.node_of(SESSION, again)) == [k for k in forms.ORDER if k in node]


def test_a_branch_survives_its_form_with_the_steps_on_its_paths() -> None:
    step = {
        "branch": "amount",
        "name": "按金额",
        "split": "every",
        "paths": [
            {"id": "small", "name": "小", "when": "days <= 3", "nodes": [{"id": "x"}]},
            {"id": "big", "default": True, "clause": "C", "nodes": []},
        ],
    }
    with use_locale("en"):
        form = branches.branch_form(step, posted(branches.branch_form(step, None)))
        assert form.validate(), form.errors
        assert branches.branch_of(form, step) == step


def test_a_path_that_goes_with_its_steps_is_named_and_a_renamed_one_keeps_them() -> None:
    step = {
        "branch": "b",
        "paths": [
            {"id": "p", "name": "甲", "when": "days > 1", "nodes": [{"id": "x"}]},
            {"id": "q", "default": True, "nodes": []},
        ],
    }
    gone = {"branch": "b", "paths": [{"id": "q", "default": True, "nodes": []}]}
    assert branches.lost_paths(step, gone) == ["甲"]
    with use_locale("en"):
        sent = posted(branches.branch_form(step, None))
        sent["paths-0-id"] = "renamed"
        made = branches.branch_of(branches.branch_form(step, sent), step)
    assert [path["id"] for path in made["paths"]] == ["renamed", "q"]
    assert made["paths"][0]["nodes"] == [{"id": "x"}]
    assert branches.lost_paths(step, made) == []


FLOWS: list[dict[str, Any]] = [
    {"manager": {"role": "admin"}, "nodes": [{"id": "x", "name": "X", "clause": "C"}]},
    {
        "manager": {"post": "gm", "else": [{"user": "boss"}]},
        "start": {"departments": ["D1"], "grades": ["P3"]},
        "except": {"people": ["x"]},
        "withdraw": "never",
        "merge": "none",
        "watched": ["amount", "days"],
        "nobody": {"user": "boss"},
        "urge_every": "2 working hours",
        "cc": [{"role": "hr"}, {"superior": True, "at": "submit"}],
        "windows": [
            {"clause": "C", "opens": 1, "closes": 31, "late": "next_period"},
            {
                "clause": "D",
                "closes": "3 working days",
                "field": "first_day",
                "after": True,
                "applies_to": {"roles": ["staff"]},
            },
        ],
        "urgent": {
            "clause": "C",
            "reasons": ["停产", "停电"],
            "consent": {"superior": True},
            "deadline": "24 hours",
            "consequence": "通报",
            "nodes": [{"id": "u", "name": "U", "clause": "C"}],
        },
        "void": [{"id": "v", "name": "V", "clause": "C"}],
        "nodes": [{"id": "x", "name": "X", "clause": "C"}],
    },
]


@pytest.mark.parametrize("flow", FLOWS, ids=["plain", "full"])
def test_the_rules_of_a_flow_survive_their_form(flow: dict[str, Any]) -> None:
    with use_locale("en"):
        form = rules.rules_form(SESSION, flow, posted(rules.rules_form(SESSION, flow, None)))
        assert form.validate(), form.errors
        made = rules.flow_of(SESSION, form, flow)
    assert made == flow
    assert list(made) == [key for key in rules.ORDER if key in flow]
    assert flows_export.write(flows.build("k", made)) == flows_export.write(flows.build("k", flow))


@pytest.mark.parametrize(
    ("way", "text", "found"),
    [
        ("role", "001", {"role": "001"}),
        ("role", "", {"role": True}),
        ("superior", "", {"superior": True}),
        ("dept_leader", "level: 2", {"dept_leader": {"level": 2}}),
        ("dept_leader", "{level: 2}", {"dept_leader": {"level": 2}}),
        ("site_keeper", "east", {"site_keeper": "east"}),
        ("", "anything", None),
    ],
)
def test_what_stands_behind_a_way_is_read_as_the_way_wants_it(
    way: str, text: str, found: Any
) -> None:
    assert fields.write_way(SESSION, way, text) == found
