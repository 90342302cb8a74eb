"""Where a flow stands and where it goes: pure rules over its tree of steps, without a database.

The state of a running flow is a mark for each node that was reached, and the paths chosen at each
branch that was reached. Everything else follows: what comes next, what is still to come, what a
return makes void. A list of steps is at its end when its last step is; a branch when every path
taken is. So nothing can be reached that has no way to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from zhidu.workflow.definition import Branch, Node, Path, Split, Step, walk


class Mark(StrEnum):
    """What became of a node that was reached."""

    ACTIVE = "active"
    WAITING = "waiting"
    PASSED = "passed"
    SKIPPED = "skipped"


_BEHIND_US = frozenset({Mark.PASSED, Mark.SKIPPED})


@dataclass(frozen=True, slots=True)
class State:
    """Where a flow stands.

    :param marks: by node id; a node not reached has none.
    :param chosen: ids of the paths taken, by branch id; a branch not reached has none.
    """

    marks: Mapping[str, Mark] = field(default_factory=dict)
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """What happens next, in the order in which it is to be written down.

    :param entered: nodes that begin now.
    :param skipped: nodes passed over because their condition does not hold.
    :param chosen: branches reached, with the ids of the paths that are taken.
    :param ended: nothing is left to do.
    """

    entered: list[Node] = field(default_factory=list)
    skipped: list[Node] = field(default_factory=list)
    chosen: list[tuple[Branch, tuple[str, ...]]] = field(default_factory=list)
    ended: bool = False


class Fate(StrEnum):
    """How a node looks from the present state."""

    PASSED = "passed"
    SKIPPED = "skipped"
    ACTIVE = "active"
    WAITING = "waiting"
    COMING = "coming"
    """Will be asked, as the facts are now."""
    UNFIT = "unfit"
    """Its condition does not hold, as the facts are now."""
    UNCHOSEN = "unchosen"
    """It stands on a path that is not taken."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A node with its fate.

    :param when: the condition that keeps it or its path out; empty for a default path.
    :param path: the innermost path on which it stands, with its branch.
    """

    node: Node
    fate: Fate
    when: str = ""
    branch: Branch | None = None
    path: Path | None = None


Applies = Callable[[Node | Path], bool]
"""Tells whether the condition of a node or path holds now."""


def choose(branch: Branch, applies: Applies) -> tuple[str, ...]:
    """Give the ids of the paths that a branch takes: none only where it has no default path."""
    if branch.split is Split.ALL:
        return tuple(path.id for path in branch.paths)
    fitting = [path.id for path in branch.paths if not path.default and applies(path)]
    if fitting:
        return (fitting[0],) if branch.split is Split.FIRST else tuple(fitting)
    return tuple(path.id for path in branch.paths if path.default)[:1]


def plan(steps: Sequence[Step], state: State, applies: Applies) -> Plan:
    """Say what begins now, what is skipped and which paths are taken."""
    made = Plan()
    made.ended = _plan(steps, state, applies, made)
    return made


def _plan(steps: Sequence[Step], state: State, applies: Applies, made: Plan) -> bool:
    """Walk a list; tell whether it is at its end."""
    for step in steps:
        if isinstance(step, Branch):
            taken = state.chosen.get(step.id)
            if taken is None:
                taken = choose(step, applies)
                made.chosen.append((step, taken))
            # every path is walked, also behind one that is not at its end
            ends = [_plan(path.steps, state, applies, made) for path in _taken(step, taken)]
            if not all(ends):
                return False
            continue
        mark = state.marks.get(step.id)
        if mark in _BEHIND_US:
            continue
        if mark is None and not applies(step):
            made.skipped.append(step)
            continue
        if mark is None:
            made.entered.append(step)
        return False
    return True


def _taken(branch: Branch, ids: Collection[str]) -> list[Path]:
    return [path for path in branch.paths if path.id in ids]


def outlook(steps: Sequence[Step], state: State, applies: Applies) -> Iterator[Seen]:
    """Look at every node in the order of the page, as the state and the facts are now."""
    yield from _outlook(steps, state, applies, None, None)


def _outlook(
    steps: Sequence[Step],
    state: State,
    applies: Applies,
    branch: Branch | None,
    path: Path | None,
) -> Iterator[Seen]:
    for step in steps:
        if isinstance(step, Branch):
            taken = state.chosen.get(step.id)
            if taken is None:
                taken = choose(step, applies)
            for way in step.paths:
                if way.id in taken:
                    yield from _outlook(way.steps, state, applies, step, way)
                else:
                    for node in walk(way.steps):
                        yield Seen(node, Fate.UNCHOSEN, way.when, step, way)
            continue
        mark = state.marks.get(step.id)
        if mark is not None:
            yield Seen(step, Fate(mark.value), step.when, branch, path)
        elif applies(step):
            yield Seen(step, Fate.COMING, "", branch, path)
        else:
            yield Seen(step, Fate.UNFIT, step.when, branch, path)


def still(steps: Sequence[Step], state: State, applies: Applies) -> Iterator[Node]:
    """Give the nodes that are asked now or can still be."""
    for seen in outlook(steps, state, applies):
        if seen.fate in {Fate.ACTIVE, Fate.WAITING, Fate.COMING}:
            yield seen.node


# -- places in the tree


@dataclass(frozen=True, slots=True)
class _Place:
    """A list of steps on the way from the flow to a node, and where in it the way goes on."""

    steps: Sequence[Step]
    index: int
    branch: Branch | None = None
    path: Path | None = None


def _places(steps: Sequence[Step], node_id: str) -> list[_Place]:
    """Give the lists around a node, the outermost first; nothing for an unknown id."""
    for index, step in enumerate(steps):
        if step.id == node_id:
            return [_Place(steps, index)]
        if isinstance(step, Branch):
            for path in step.paths:
                inner = _places(path.steps, node_id)
                if inner:
                    first = inner[0]
                    inner[0] = _Place(first.steps, first.index, step, path)
                    return [_Place(steps, index), *inner]
    return []


def names(steps: Sequence[Step]) -> Iterator[str]:
    """Give the ids of nodes and branches in a list, those inside included."""
    for step in steps:
        yield step.id
        if isinstance(step, Branch):
            for path in step.paths:
                yield from names(path.steps)


def behind(steps: Sequence[Step], node_id: str) -> tuple[str, ...]:
    """Give what a return to a node makes void: itself, and all that follows it.

    That is the later steps of its own list and of the lists around it. Sibling paths of a
    parallel branch stay untouched when the return stays inside a path; the branches around the
    node keep their choice.
    """
    places = _places(steps, node_id)
    if not places:
        return ()
    own = places[-1]
    found = list(names(own.steps[own.index :]))
    for place in reversed(places[:-1]):
        found += names(place.steps[place.index + 1 :])
    return tuple(found)


def around(steps: Sequence[Step], node_id: str) -> list[tuple[Branch, Path]]:
    """Give the branches around a node with the path on which it stands, the outermost first."""
    return [
        (place.branch, place.path)
        for place in _places(steps, node_id)
        if place.branch is not None and place.path is not None
    ]


def before(steps: Sequence[Step], node_id: str) -> list[Node]:
    """List the nodes serially before one, in order.

    Of earlier branches, those inside that take one path only: nobody can tell what it means to go
    back into one of several paths that ran side by side.
    """
    found: list[Node] = []
    for place in _places(steps, node_id):
        for step in place.steps[: place.index]:
            found += _serial(step)
    return found


def _serial(step: Step) -> list[Node]:
    if isinstance(step, Node):
        return [step]
    if step.split is not Split.FIRST:
        return []
    return [node for path in step.paths for inner in path.steps for node in _serial(inner)]


def preceding(steps: Sequence[Step], state: State, node_id: str) -> list[Node]:
    """List the passed nodes directly before one: several where a branch ends just there."""
    for place in reversed(_places(steps, node_id)):
        found = _last(place.steps[: place.index], state)
        if found:
            return found
    return []


def _last(steps: Sequence[Step], state: State) -> list[Node]:
    for step in reversed(steps):
        if isinstance(step, Node):
            if state.marks.get(step.id) is Mark.PASSED:
                return [step]
            continue
        taken = _taken(step, state.chosen.get(step.id, ()))
        found = [node for path in taken for node in _last(path.steps, state)]
        if found:
            return found
    return []


def stale(
    steps: Sequence[Step], state: State, applies: Applies, fixed: Collection[str] = ()
) -> tuple[str, ...]:
    """Give what would be decided in another way now, with all that follows from it.

    A step that was skipped and applies now, a branch that takes other paths now: a record that
    goes straight back after its facts changed must not slip past them.

    :param fixed: ids that somebody decided by hand; they stay.
    """
    found: list[str] = []
    for index, step in enumerate(steps):
        if isinstance(step, Branch):
            taken = state.chosen.get(step.id)
            if taken is None:
                break
            if step.id not in fixed and set(choose(step, applies)) != set(taken):
                return (*found, *names(steps[index:]))
            for path in _taken(step, taken):
                found += stale(path.steps, state, applies, fixed)
            if found:
                return (*found, *names(steps[index + 1 :]))
        elif state.marks.get(step.id) is Mark.SKIPPED and step.id not in fixed and applies(step):
            return tuple(names(steps[index:]))
    return tuple(found)


# -- led by hand


@dataclass(frozen=True, slots=True)
class Leap:
    """What a jump to a node makes of a state.

    :param cleared: ids of nodes and branches whose mark or choice is void.
    :param skipped: nodes that are left out.
    :param chosen: branches whose paths are settled by it.
    """

    cleared: tuple[str, ...]
    skipped: tuple[Node, ...]
    chosen: tuple[tuple[Branch, tuple[str, ...]], ...]

    def landed(self, state: State, node_id: str) -> State:
        """Give the state in which the node is active."""
        gone = set(self.cleared)
        marks = {key: mark for key, mark in state.marks.items() if key not in gone}
        marks |= {node.id: Mark.SKIPPED for node in self.skipped}
        chosen = {key: ids for key, ids in state.chosen.items() if key not in gone}
        chosen |= {branch.id: ids for branch, ids in self.chosen}
        return State({**marks, node_id: Mark.ACTIVE}, chosen)


def leap(steps: Sequence[Step], state: State, node_id: str) -> Leap:
    """Say what a jump to a node makes void, leaves out and settles.

    All that stands before the node and is not passed is left out; the node and what is behind it
    are done anew. Around the node its path is taken; paths beside it in a parallel branch go on.
    """
    cleared = list(behind(steps, node_id))
    skipped: list[Node] = []
    chosen: list[tuple[Branch, tuple[str, ...]]] = []
    for place in _places(steps, node_id):
        if place.branch is not None and place.path is not None:
            taken = state.chosen.get(place.branch.id)
            if taken is None or place.path.id not in taken:
                if taken is not None:
                    cleared += [place.branch.id, *names(tuple(_inside(place.branch, taken)))]
                every = place.branch.split is Split.ALL
                ways = tuple(path.id for path in place.branch.paths)
                chosen.append((place.branch, ways if every else (place.path.id,)))
        for step in place.steps[: place.index]:
            _leave_out(step, state, cleared, skipped, chosen)
    return Leap(tuple(dict.fromkeys(cleared)), tuple(skipped), tuple(chosen))


def _inside(branch: Branch, taken: Collection[str]) -> Iterator[Step]:
    for path in _taken(branch, taken):
        yield from path.steps


def _leave_out(
    step: Step,
    state: State,
    cleared: list[str],
    skipped: list[Node],
    chosen: list[tuple[Branch, tuple[str, ...]]],
) -> None:
    """Settle a step that a jump passes over."""
    if isinstance(step, Node):
        mark = state.marks.get(step.id)
        if mark not in _BEHIND_US:
            skipped.append(step)
            if mark is not None:
                cleared.append(step.id)
        return
    taken = state.chosen.get(step.id)
    if taken is None:
        chosen.append((step, ()))
        return
    for inner in _inside(step, taken):
        _leave_out(inner, state, cleared, skipped, chosen)
