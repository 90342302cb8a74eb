"""The pure rules of where a flow goes: random trees, random ways through them."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from zhidu.workflow import movement
from zhidu.workflow.definition import Branch, Node, Path, Split, Step, walk
from zhidu.workflow.movement import Fate, Mark, State

CONDITIONS = ("", "a", "b", "c")


@st.composite
def trees(draw: st.DrawFn, depth: int = 2) -> tuple[Step, ...]:
    """Make a list of steps with branches inside; ids are given afterwards."""
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.booleans()):
            paths = [
                Path("", "", draw(trees(depth=depth - 1)), draw(st.sampled_from("abc")))
                for _ in range(draw(st.integers(1, 2)))
            ]
            paths.append(Path("", "", draw(trees(depth=depth - 1)), default=True))
            steps.append(Branch("", "", tuple(paths), draw(st.sampled_from(Split))))
        else:
            steps.append(Node("", "", "", when=draw(st.sampled_from(CONDITIONS))))
    return tuple(steps)


def numbered(steps: tuple[Step, ...], counter: list[int] | None = None) -> tuple[Step, ...]:
    """Give every node, branch and path an id of its own."""
    count = counter if counter is not None else [0]

    def name(letter: str) -> str:
        count[0] += 1
        return f"{letter}{count[0]}"

    made: list[Step] = []
    for step in steps:
        if isinstance(step, Node):
            made.append(Node(name("n"), "", "", when=step.when))
        else:
            own = name("b")
            paths = tuple(
                Path(name("p"), "", numbered(path.steps, count), path.when, path.default)
                for path in step.paths
            )
            made.append(Branch(own, "", paths, step.split))
    return tuple(made)


flows = trees().map(numbered)
facts = st.fixed_dictionaries({name: st.booleans() for name in "abc"})


def rule(values: Mapping[str, bool]) -> movement.Applies:
    return lambda step: not step.when or values[step.when]


class Walk:
    """A flow on its way, as the engine keeps it, without a database."""

    def __init__(self, steps: tuple[Step, ...], values: Mapping[str, bool]) -> None:
        self.steps = steps
        self.applies = rule(values)
        self.marks: dict[str, Mark] = {}
        self.chosen: dict[str, tuple[str, ...]] = {}
        self.ended = False

    @property
    def state(self) -> State:
        return State(dict(self.marks), dict(self.chosen))

    @property
    def active(self) -> list[str]:
        return [name for name, mark in self.marks.items() if mark is Mark.ACTIVE]

    def advance(self) -> None:
        plan = movement.plan(self.steps, self.state, self.applies)
        for branch, taken in plan.chosen:
            assert branch.id not in self.chosen
            self.chosen[branch.id] = taken
        for node in (*plan.skipped, *plan.entered):
            assert node.id not in self.marks
        self.marks |= {node.id: Mark.SKIPPED for node in plan.skipped}
        self.marks |= {node.id: Mark.ACTIVE for node in plan.entered}
        self.ended = plan.ended

    def clear(self, ids: tuple[str, ...]) -> None:
        for name in ids:
            self.marks.pop(name, None)
            self.chosen.pop(name, None)

    def pass_one(self, pick: int) -> None:
        name = self.active[pick % len(self.active)]
        self.marks[name] = Mark.PASSED
        self.advance()

    def to_the_end(self) -> None:
        """Every state reaches an end: each pass leaves fewer nodes to come."""
        for _ in range(1000):
            if self.ended:
                return
            assert self.active  # never stuck
            self.pass_one(0)
        raise AssertionError("no end")


def begun(steps: tuple[Step, ...], values: Mapping[str, bool]) -> Walk:
    walk_ = Walk(steps, values)
    walk_.advance()
    return walk_


@given(flows, facts, st.lists(st.integers(0, 9), max_size=12))
def test_every_state_reaches_an_end(
    steps: tuple[Step, ...], values: dict[str, bool], picks: list[int]
) -> None:
    way = begun(steps, values)
    for pick in picks:
        if way.ended:
            break
        assert way.active
        way.pass_one(pick)
    way.to_the_end()
    assert not way.active
    # at the end nothing is ahead, and every node has its fate
    assert list(movement.still(steps, way.state, way.applies)) == []
    fates = {seen.node.id: seen.fate for seen in movement.outlook(steps, way.state, way.applies)}
    assert set(fates) == {node.id for node in walk(steps)}
    assert set(fates.values()) <= {Fate.PASSED, Fate.SKIPPED, Fate.UNCHOSEN}


@given(flows, facts)
def test_the_preview_is_what_happens(steps: tuple[Step, ...], values: dict[str, bool]) -> None:
    foreseen = [
        seen.node.id
        for seen in movement.outlook(steps, State(), rule(values))
        if seen.fate is Fate.COMING
    ]
    way = begun(steps, values)
    way.to_the_end()
    passed = {name for name, mark in way.marks.items() if mark is Mark.PASSED}
    assert passed == set(foreseen)


@given(flows, facts, st.lists(st.integers(0, 9), max_size=12), st.integers(0, 99))
def test_a_return_clears_itself_and_what_follows_and_nothing_else(
    steps: tuple[Step, ...], values: dict[str, bool], picks: list[int], pick: int
) -> None:
    way = begun(steps, values)
    for one in picks:
        if way.ended:
            break
        way.pass_one(one)
    if way.ended or not way.active:
        return
    here = way.active[pick % len(way.active)]
    offered = [
        node.id for node in movement.before(steps, here) if way.marks.get(node.id) is Mark.PASSED
    ]
    for target in offered:
        again = Walk(steps, values)
        again.marks, again.chosen = dict(way.marks), dict(way.chosen)
        cleared = movement.behind(steps, target)
        assert target in cleared
        assert here in cleared  # whoever returns is asked again afterwards
        kept = set(way.marks) - set(cleared)
        again.clear(cleared)
        again.marks[target] = Mark.ACTIVE
        again.advance()
        assert {name: again.marks[name] for name in kept} == {
            name: way.marks[name] for name in kept
        }
        assert target in again.active
        # nothing behind the target is active before it is passed
        assert not (set(again.active) - {target}) & set(cleared)
        again.to_the_end()
        assert set(again.marks) >= kept


@given(flows, facts, st.lists(st.integers(0, 9), max_size=8), st.integers(0, 99))
def test_a_jump_lands_and_reaches_an_end(
    steps: tuple[Step, ...], values: dict[str, bool], picks: list[int], pick: int
) -> None:
    way = begun(steps, values)
    for one in picks:
        if way.ended:
            break
        way.pass_one(one)
    places = [node.id for node in walk(steps) if node.id not in way.active]
    if not places:
        return
    target = places[pick % len(places)]
    landed = movement.leap(steps, way.state, target).landed(way.state, target)
    there = Walk(steps, values)
    there.marks, there.chosen = dict(landed.marks), dict(landed.chosen)
    assert there.marks[target] is Mark.ACTIVE
    there.advance()
    own = {name for branch, path in movement.around(steps, target) for name in (branch.id,)}
    assert all(name in there.chosen for name in own)
    # what passed before the target and is not behind it stays passed
    behind = set(movement.behind(steps, target))
    for name, mark in way.marks.items():
        if mark is Mark.PASSED and name not in behind and name in there.marks:
            assert there.marks[name] is Mark.PASSED
    there.to_the_end()
    assert target in there.marks


@given(flows, facts, facts, st.lists(st.integers(0, 9), max_size=12))
def test_what_other_facts_would_decide_otherwise_is_stale(
    steps: tuple[Step, ...], values: dict[str, bool], later: dict[str, bool], picks: list[int]
) -> None:
    way = begun(steps, values)
    for one in picks:
        if way.ended:
            break
        way.pass_one(one)
    assert movement.stale(steps, way.state, way.applies) == ()
    way.applies = rule(later)
    way.clear(movement.stale(steps, way.state, way.applies))
    way.advance()
    way.to_the_end()
    # nothing that applies now was left out, except where it was passed already
    for seen in movement.outlook(steps, State(), way.applies):
        if seen.fate is Fate.COMING:
            assert way.marks[seen.node.id] is Mark.PASSED


def test_siblings_stay_when_a_return_stays_inside_a_path() -> None:
    def one(name: str) -> Node:
        return Node(name, name, "c")

    steps: tuple[Step, ...] = (
        one("first"),
        Branch(
            "both",
            "",
            (
                Path("left", "", (one("l1"), one("l2"))),
                Path("right", "", (one("r1"), one("r2"))),
            ),
            Split.ALL,
        ),
        one("last"),
    )
    assert movement.behind(steps, "l1") == ("l1", "l2", "last")
    assert movement.behind(steps, "first") == (
        "first", "both", "l1", "l2", "r1", "r2", "last",
    )  # fmt: skip
    assert [node.id for node in movement.before(steps, "l2")] == ["first", "l1"]
    assert [node.id for node in movement.before(steps, "last")] == ["first"]
    passed = dict.fromkeys(("first", "l1", "l2", "r1", "r2"), Mark.PASSED)
    state = State(passed, {"both": ("left", "right")})
    assert [node.id for node in movement.preceding(steps, state, "last")] == ["l2", "r2"]
    assert [node.id for node in movement.preceding(steps, state, "r1")] == ["first"]
