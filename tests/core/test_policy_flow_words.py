"""A flow and the words of a pack: building and writing lose nothing; no tree breaks lint."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.policy_stage import PLAIN, REGISTRY, reading
from tests.core.policy_trees import TOP, TREES, dumped, places

from zhidu.clock import frozen_at
from zhidu.durations import Duration, Unit
from zhidu.policy import definitions, flows
from zhidu.policy.flows_export import write
from zhidu.policy.lint import lint
from zhidu.policy.loader import load
from zhidu.policy.schema import build as schema
from zhidu.policy.tree import plain
from zhidu.workflow.definition import (
    NOBODY,
    Act,
    Approver,
    Branch,
    Cc,
    FieldRight,
    Flow,
    Merge,
    Mode,
    Nobody,
    Node,
    NodeKind,
    OnTimeout,
    Opinion,
    Path,
    Resume,
    Scope,
    Split,
    Timeout,
    Urgent,
    Verb,
    Window,
    Withdraw,
)

WORDS = st.sampled_from(["a", "b_c", "abc", "gm", "works"])
CODES = st.lists(WORDS, max_size=2).map(tuple)
DURATIONS = st.builds(Duration, st.integers(1, 99), st.sampled_from(Unit))
NAMED = st.one_of(
    st.builds(Approver, st.sampled_from(["role", "post", "user", "field", "group"]), WORDS),
    st.just(Approver("dept_leader", {"level": 1})),
    st.just(Approver("superior", True)),
    st.just(Approver("leaders", {"to": {"post": "gm"}})),
)
APPROVERS = (
    st.builds(
        Approver,
        st.just("role"),
        WORDS,
        st.lists(
            st.builds(Approver, st.just("post"), WORDS, st.lists(NAMED, max_size=1).map(tuple)),
            max_size=2,
        ).map(tuple),
    )
    | NAMED
)
SCOPES = st.just(Scope()) | st.builds(Scope, CODES, CODES, CODES, CODES, CODES, CODES, CODES)
TIMEOUTS = st.lists(
    st.builds(
        Timeout, DURATIONS, st.sampled_from(OnTimeout), st.integers(1, 9), st.just("") | WORDS
    ),
    max_size=2,
).map(tuple)
MODES = st.sampled_from([Mode.ANY, Mode.ALL, Mode.SEQUENTIAL]).map(
    lambda mode: (mode, 0)
) | st.tuples(st.sampled_from([Mode.RATIO, Mode.COUNT]), st.integers(1, 99))
STAND_INS = st.sampled_from([None, *(one for one in Nobody if one is not Nobody.USER)]).map(
    lambda word: (word, None)
) | st.tuples(st.just(Nobody.USER), st.builds(Approver, st.sampled_from(["user", "post"]), WORDS))


@st.composite
def nodes(draw: st.DrawFn) -> Node:
    mode, quota = draw(MODES)
    nobody, stand_in = draw(STAND_INS)
    return Node(
        id=draw(WORDS),
        name=draw(WORDS),
        clause=draw(WORDS),
        approver=draw(APPROVERS | st.just(NOBODY)),
        kind=draw(st.sampled_from(NodeKind)),
        verb=draw(st.sampled_from(Verb)),
        mode=mode,
        quota=quota,
        when=draw(st.sampled_from(["", "days > 3"])),
        transition=draw(st.sampled_from(["", "file"])),
        result=draw(st.sampled_from(["", "approve", "reject"])),
        reason=draw(st.sampled_from(["", "小额"])),
        opinion=draw(st.sampled_from(Opinion)),
        sign=draw(st.booleans()),
        attachment=draw(st.booleans()),
        fields=draw(st.dictionaries(WORDS, st.sampled_from(FieldRight), max_size=2)),
        acts=draw(st.none() | st.lists(st.sampled_from(Act), max_size=3).map(tuple)),
        resume=draw(st.sampled_from(Resume)),
        on_reject=draw(st.just("") | WORDS),
        timeouts=draw(TIMEOUTS),
        nobody=nobody,
        stand_in=stand_in,
        window=draw(st.none() | DURATIONS),
        audience=draw(SCOPES),
        circulation=draw(st.booleans()),
        not_same_as=draw(CODES),
    )


def _steps(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(inner, min_size=1, max_size=2).map(tuple)


def _branches(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Branch]:
    paths = st.builds(
        Path,
        id=WORDS,
        name=WORDS,
        steps=st.lists(inner, max_size=2).map(tuple),
        when=st.sampled_from(["", "days > 3"]),
        default=st.booleans(),
        clause=st.just("") | WORDS,
    )
    split = st.sampled_from(Split)
    return st.builds(
        Branch, WORDS, WORDS, st.lists(paths, min_size=2, max_size=3).map(tuple), split
    )


STEPS = _steps(st.recursive(nodes(), _branches, max_leaves=4))
EDGES = st.none() | st.integers(1, 31) | DURATIONS
WINDOWS = st.builds(
    Window,
    clause=WORDS,
    opens=EDGES,
    closes=EDGES,
    field=st.just("") | WORDS,
    after=st.booleans(),
    late=st.sampled_from(["refuse", "next_period", "late"]),
    applies_to=SCOPES,
    excepted=SCOPES,
)
URGENT = st.builds(
    Urgent,
    clause=WORDS,
    reasons=st.lists(WORDS, min_size=1, max_size=2).map(tuple),
    consent=APPROVERS,
    deadline=DURATIONS,
    consequence=st.just("") | WORDS,
    steps=st.just(()) | STEPS,
)


@st.composite
def whole_flows(draw: st.DrawFn) -> Flow:
    nobody, stand_in = draw(STAND_INS)
    return Flow(
        kind="works.claim",
        manager=draw(APPROVERS),
        nodes=draw(STEPS),
        cc=draw(
            st.lists(st.builds(Cc, APPROVERS, st.sampled_from(["submit", "end"])), max_size=2).map(
                tuple
            )
        ),
        start=draw(SCOPES),
        excepted=draw(SCOPES),
        nobody=nobody or Nobody.SUPERIOR,
        stand_in=stand_in,
        merge=draw(st.sampled_from(Merge)),
        watched=draw(CODES),
        withdraw=draw(st.sampled_from(Withdraw)),
        urge_every=draw(DURATIONS),
        void=draw(st.just(()) | STEPS),
        windows=draw(st.lists(WINDOWS, max_size=1).map(tuple)),
        urgent=draw(st.none() | URGENT),
    )


SLOW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@SLOW
@given(whole_flows())
def test_writing_a_flow_and_building_it_again_loses_nothing(flow: Flow) -> None:
    words = write(flow)
    assert flows.build("works.claim", words) == flow
    assert flows.build("works.claim", json.loads(json.dumps(words))) == flow


@SLOW
@given(whole_flows())
def test_what_is_written_is_yaml_of_a_pack(flow: Flow) -> None:
    tree, problems = load(dumped(write(flow)), "p.yaml")
    assert problems == []
    assert flows.build("works.claim", plain(tree)) == flow


def test_the_engine_and_the_pack_know_the_same_parts_of_a_node() -> None:
    """Whoever adds a field to the definition writes it here, too: else it would be lost."""
    from dataclasses import fields

    ours = {
        Node: schema()["$defs"]["node"]["properties"],
        Path: schema()["$defs"]["branch"]["properties"]["paths"]["items"]["properties"],
        Flow: schema()["$defs"]["flow"]["properties"],
        Window: schema()["$defs"]["window"]["properties"],
        Urgent: schema()["$defs"]["urgent"]["properties"],
        Timeout: schema()["$defs"]["timeout"]["properties"],
        Scope: schema()["$defs"]["scope"]["properties"],
    }
    other = {"acts": "allow", "steps": "nodes", "action": "do", "excepted": "except"}
    # of a node the last three are the duty's own words: it is a flow of one node
    duty = {"applies_to", "except", "counts_from"}
    not_said = {Node: {"quota", "stand_in"} | duty, Flow: {"kind", "stand_in"}}
    for sort, keys in ours.items():
        named = {other.get(part.name, part.name) for part in fields(sort)}
        assert named - not_said.get(sort, set()) == set(keys), sort


# -- any tree of YAML


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(TOP), TREES, max_size=8))
def test_no_tree_breaks_lint(tree: dict[str, Any]) -> None:
    with frozen_at(datetime(2026, 1, 5, tzinfo=UTC)):
        for problem in lint(REGISTRY, dumped(tree), "p.yaml"):
            assert str(problem)


GOOD, _ = load(PLAIN, "p.yaml")
PLACES = places(plain(GOOD))


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(PLACES), TREES)
def test_a_wrong_branch_in_a_good_tree_never_breaks_lint(way: tuple[Any, ...], tree: Any) -> None:
    data = plain(GOOD)
    at = data
    for step in way[:-1]:
        at = at[step]
    at[way[-1]] = tree
    with frozen_at(datetime(2026, 1, 5, tzinfo=UTC)):
        found = reading(dumped(data))
        for problem in found.problems:
            assert str(problem)
        if found.content is not None:  # what passes lint can be built
            assert flows.of(found.content) is not None


@given(
    st.dictionaries(st.sampled_from("abcd"), st.text("abcd ()", max_size=8), max_size=4),
    st.text("abcd ()'", max_size=12),
)
def test_putting_definitions_in_always_ends(words: dict[str, str], text: str) -> None:
    assert isinstance(definitions.expand(text, words), str)
    for name in words:
        definitions.circle(name, words)
