"""Coverage counts a clause as enforced only where something that exists carries it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.policy_firm import MONDAY
from tests.core.policy_house import PACK, _leave, _stamps, house

from zhidu.clock import frozen_at
from zhidu.discovery import discover
from zhidu.hookspecs import hookimpl
from zhidu.policy.capabilities import CORE, Capability, Sort
from zhidu.policy.coverage import Coverage, Covered, Standing, coverage
from zhidu.policy.coverage_flows import Enforcement, Enforcer
from zhidu.policy.lint import read
from zhidu.policy.loader import built_in
from zhidu.registry import CORE_PLUGINS, Registry, load_registry
from zhidu.testing.on_disk import config_for
from zhidu.texts import use_locale


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with use_locale("en"), frozen_at(MONDAY):
        yield


def registry(*capabilities: Capability) -> Registry:
    """Give the house of the policy tests, whose addon ``leave`` can do these things."""
    leave = _leave([], set())
    leave.provide_capabilities = hookimpl(lambda: capabilities)
    return Registry.of({"leave": leave, "stamps": _stamps([], set())}, core_plugins=CORE_PLUGINS)


LONGEST = Capability("leave.request.limit", "Limit a leave", settings=("leave.longest",))


def content(text: str = PACK) -> dict[str, Any]:
    found = read(house().registry, text, "p.yaml")
    assert found.content is not None, found.problems
    return dict(found.content)


def standings(data: dict[str, Any], *capabilities: Capability) -> dict[str, Standing]:
    return {one.id: one.standing for one in coverage(data, registry(*capabilities)).clauses}


def clause(ident: str, **more: Any) -> dict[str, Any]:
    return {"id": ident, "section": "其他", "title": ident, "summary": ident, **more}


def test_a_node_and_a_setting_that_somebody_takes_enforce() -> None:
    found = coverage(content(), registry(LONGEST))
    assert found.counts[Standing.ENFORCED] == 3
    first, second, third = found.clauses
    assert {(one.sort, one.place) for one in first.by} == {
        (Enforcer.SETTING, "settings/leave.longest"),
        (Enforcer.NODE, "flows/leave.request/file"),
    }
    assert [one.place for one in second.by] == [
        "flows/leave.request/lead",
        "flows/leave.request/boss",
    ]
    assert third.section == "用印"
    assert found.enforcers == {Enforcer.NODE: 3, Enforcer.SETTING: 1}
    assert found.sections["请假"][Standing.ENFORCED] == 2


def test_a_setting_that_nothing_takes_is_stated_only() -> None:
    found = coverage(content(), registry())
    first = found.clauses[0]
    assert first.standing is Standing.PART  # the node files it, the limit is not looked at
    assert [one.is_done for one in first.by] == [False, True]
    assert found.enforcers == {Enforcer.NODE: 3}


def test_an_addon_that_the_policy_does_not_activate_does_nothing() -> None:
    data = content() | {"addons": ["stamps"]}
    assert standings(data, LONGEST)["T-1"] is Standing.PART


def test_manual_and_forgotten_clauses_are_told_apart() -> None:
    data = content()
    data["clauses"] = [*data["clauses"], clause("T-8", manual="By word."), clause("T-9")]
    found = standings(data, LONGEST)
    assert (found["T-8"], found["T-9"]) == (Standing.MANUAL, Standing.OPEN)


STATED = {
    "duties": {"id": "d", "title": "Count", "clause": "T-9", "who": {"role": "admin"}},
    "deadlines": {"id": "d", "of": "leave.request", "within": "2 days", "clause": "T-9"},
    "retention": {"class": "ten", "years": 10, "clause": "T-9"},
    "confidentiality": {"level": "secret", "title": "Secret", "readers": [], "clause": "T-9"},
    "waivers": {"rule": "T-1", "approver": {"role": "admin"}, "clause": "T-9"},
    "definitions": {"name": "late", "title": "Late", "clause": "T-9"},
    "segregation": {"id": "s", "between": [{"role": "a"}, {"role": "b"}], "clause": "T-9"},
}
NEEDED = {
    "duties": "core.duty.remind",
    "deadlines": "core.deadline.watch",
    "retention": "core.record.retain",
    "confidentiality": "core.record.classify",
    "waivers": "core.rule.waive",
    "definitions": "core.definition.explain",
    "segregation": "core.duty.separate",
}


@pytest.mark.parametrize("part", STATED)
def test_a_part_that_nothing_carries_out_is_stated_and_then_enforced(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = content()
    data["clauses"] = [*data["clauses"], clause("T-9")]
    data[part] = [STATED[part]]
    reg = registry(LONGEST)
    without = {name: one for name, one in reg.capabilities.items() if name != NEEDED[part]}
    monkeypatch.setattr(reg, "capabilities", without)
    found = coverage(data, reg)
    assert found.clauses[-1].standing is Standing.STATED
    assert found.clauses[-1].by[0].missing == (NEEDED[part],)
    monkeypatch.setattr(
        reg, "capabilities", {**without, NEEDED[part]: Capability(NEEDED[part], "x")}
    )
    assert coverage(data, reg).clauses[-1].standing is Standing.ENFORCED


def test_a_word_used_in_a_condition_is_enforced_where_the_condition_is() -> None:
    data = content()
    data["clauses"] = [*data["clauses"], clause("T-9")]
    data["definitions"] = [
        {"name": "long", "title": "Long", "when": "very or days > 9", "clause": "T-9"},
        {"name": "very", "title": "Very", "when": "days > 3", "clause": "T-9"},
        {"name": "idle", "title": "Idle", "when": "days > 3", "clause": "T-9"},
    ]
    data["flows"]["leave.request"]["nodes"][1]["when"] = "long"
    by = coverage(data, registry()).clauses[-1].by
    assert [(one.place, one.needs) for one in by] == [
        ("definitions/long", ("core.definition.apply",)),
        ("definitions/very", ("core.definition.apply",)),
        ("definitions/idle", ("core.definition.explain",)),
    ]


def test_a_clause_left_to_a_capability_counts_by_its_sort() -> None:
    data = content()
    data["clauses"] = [
        *data["clauses"],
        clause("T-8", by=["leave.days.report"]),
        clause("T-9", by=["leave.days.guess"]),
    ]
    reports = Capability("leave.days.report", "Report days", sort=Sort.REPORT)
    found = coverage(data, registry(LONGEST, reports))
    assert found.clauses[-2].standing is Standing.ENFORCED
    assert found.clauses[-1].standing is Standing.STATED
    assert found.enforcers[Enforcer.REPORT] == 1


def test_what_stands_in_a_branch_needs_the_branch() -> None:
    data = content()
    data["clauses"] = [*data["clauses"], clause("T-8"), clause("T-9")]
    data["flows"]["stamps.use"]["nodes"] = [
        {
            "branch": "size",
            "split": "every",
            "paths": [
                {
                    "id": "big",
                    "when": "copies > 3",
                    "clause": "T-8",
                    "nodes": [
                        {
                            "id": "boss",
                            "name": "总",
                            "mode": {"ratio": 60},
                            "clause": "T-9",
                            "approver": {"role": "admin"},
                            "timeouts": [{"after": "1 day", "do": "remind", "clause": "T-8"}],
                        }
                    ],
                },
                {"id": "rest", "default": True, "nodes": []},
            ],
        }
    ]
    found = {
        one.place: set(one.needs)
        for entry in coverage(data, registry()).clauses
        for one in entry.by
        if "stamps" in one.place
    }
    node = {"core.branch.every", "core.node.approve", "core.mode.ratio"}
    assert found == {
        "flows/stamps.use/size/big": {"core.branch.every"},
        "flows/stamps.use/size/big/boss": node,
        "flows/stamps.use/size/big/boss/timeouts/0": node | {"core.timeout.remind"},
    }


@given(
    st.lists(
        st.tuples(st.lists(st.booleans(), max_size=3), st.booleans(), st.sampled_from("ab")),
        max_size=8,
    )
)
def test_the_numbers_add_up_and_a_clause_is_enforced_only_by_something_done(
    drawn: list[tuple[list[bool], bool, str]],
) -> None:
    found = Coverage(
        tuple(
            Covered(
                str(number),
                section,
                "x",
                tuple(
                    Enforcement(Enforcer.NODE, str(place), "x", ("y",), () if done else ("y",))
                    for place, done in enumerate(dones)
                ),
                "by hand" if manual else "",
            )
            for number, (dones, manual, section) in enumerate(drawn)
        )
    )
    assert sum(found.counts.values()) == len(drawn)
    summed = {
        standing: sum(counts[standing] for counts in found.sections.values())
        for standing in Standing
    }
    assert summed == found.counts
    for one in found.clauses:
        done = any(entry.is_done for entry in one.by)
        assert (one.standing in {Standing.ENFORCED, Standing.PART}) == done
    assert found.to_json()["total"] == len(drawn)


def test_every_setting_of_the_core_and_of_its_addons_is_taken_by_a_capability(
    tmp_path: Any,
) -> None:
    """Else a policy that states it would be counted as not enforced, though it is."""
    config = config_for(tmp_path)
    reg = load_registry(config, set(discover(config.addon_folders).installed))
    taken = {key for one in reg.capabilities.values() for key in one.settings}
    assert {key for key in reg.settings if not key.endswith(".series")} - taken == set()
    assert {one.name for one in CORE} <= set(reg.capabilities)
    missing = {key for one in reg.capabilities.values() for key in one.settings} - set(reg.settings)
    assert missing == set()


def test_the_pack_of_the_demo_is_counted(tmp_path: Any) -> None:
    config = config_for(tmp_path)
    reg = load_registry(config, {"hr", "seals"})
    path = built_in("process-norms")
    found = read(reg, path.read_text("utf-8"), path.name)
    assert found.content is not None, found.errors
    counted = coverage(found.content, reg)
    assert sum(counted.counts.values()) == len(found.content["clauses"])
    standing = {one.id: one.standing for one in counted.clauses}
    assert standing["PN-5.1.2-2"] is Standing.ENFORCED
