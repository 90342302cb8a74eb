"""Where everything of a flow's diagram stands: nodes top to bottom, the paths of a branch side by side.

The structure of a flow is a tree of blocks, so each block is measured on its own and then put in
its place; no line crosses another. All lengths are CSS pixels.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from zhidu.workflow.definition import Branch, Node, Path, Step

WIDTH = 232
"""Of a node."""
PAD = 12
"""Inside a node, and around the diagram."""
LINE = 18
"""Height of a line of text."""
HEAD = 30
"""Height of the line with icon, kind and clause."""
GAP = 34
"""Between one step and the next."""
ASIDE = 28
"""Between two paths."""
PILL = 30
"""Height of start and end."""
FORK = 34
"""Height of a branch's own box."""
BEND = 18
"""From a branch's box to the line that spreads to the paths, and from the paths to the join."""
TEXT = 13
"""Size of the text, for measuring."""

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Caption:
    """The words on one node.

    :param kind: what happens there, e.g. “Approval”.
    :param shape: the outline: a value of ``NodeKind``.
    :param who: who is asked.
    :param notes: further short lines: mode, clock, condition.
    :param clause: the clause's id.
    """

    name: str
    kind: str
    icon: str
    shape: str = "approve"
    who: str = ""
    notes: tuple[str, ...] = ()
    clause: str = ""

    @property
    def spoken(self) -> str:
        """Say everything in one line, for a screen reader."""
        return "; ".join(filter(None, (self.name, self.kind, self.who, *self.notes, self.clause)))


@dataclass(frozen=True, slots=True)
class Box:
    """A thing in its place.

    :param sort: ``node``, ``start``, ``end``, ``fork`` or ``join``.
    :param ident: of the node or the branch.
    """

    sort: str
    ident: str
    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """A line, with what is written on it.

    :param owner: id of the branch and of the path to which it belongs; empty outside of any.
    :param arrow: it ends at a step.
    """

    points: tuple[Point, ...]
    owner: tuple[str, str] = ("", "")
    arrow: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on the way into a path: its name and its condition."""

    x: int
    y: int
    width: int
    lines: tuple[str, ...]
    owner: tuple[str, str]
    full: str


@dataclass(slots=True)
class Layout:
    """A diagram with everything in its place."""

    width: int = 0
    height: int = 0
    boxes: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def em(text: str) -> float:
    """Measure a text in units of its size: a Chinese character is 1, a Latin one about a half."""
    return sum(
        1.0 if unicodedata.east_asian_width(char) in "WF" else 0.62 if char.isupper() else 0.54
        for char in text
    )


def wrap(text: str, width: int, most: int = 2, size: int = TEXT) -> tuple[str, ...]:
    """Break a text into lines that fit; what does not fit into ``most`` lines ends with “…”."""
    room = width / size
    lines, line = [], ""
    for part in _parts(text):
        if line and em(line + part.rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        while em(part) > room:  # one word longer than a line
            cut = _fitting(line + part, room)
            lines.append((line + part)[:cut])
            part, line = (line + part)[cut:], ""
        line += part
    if line.strip():
        lines.append(line.rstrip())
    if len(lines) > most:
        last = lines[most - 1]
        while last and em(last + "…") > room:
            last = last[:-1]
        lines[most - 1 :] = [last.rstrip() + "…"]
    return tuple(lines)


def _fitting(text: str, room: float) -> int:
    cut = 1
    while cut < len(text) and em(text[: cut + 1]) <= room:
        cut += 1
    return cut


def _parts(text: str) -> list[str]:
    """Split where a line may break: after a blank, and around every wide character."""
    parts: list[str] = []
    word = ""
    for char in text:
        if unicodedata.east_asian_width(char) in "WF":
            # closing marks stay with what they close
            if word:
                parts.append(word)
                word = ""
            if parts and char in "，。；：、）”！？":
                parts[-1] += char
            else:
                parts.append(char)
        elif char.isspace():
            parts.append(word + " ")
            word = ""
        else:
            word += char
    return [*parts, word] if word else parts


@dataclass(frozen=True, slots=True)
class _Size:
    width: int
    height: int


class _Measure:
    """Sizes of all blocks, each asked for once."""

    def __init__(
        self, captions: Mapping[str, Caption], label: Callable[[Branch, Path], str]
    ) -> None:
        self.captions, self.label = captions, label
        self.known: dict[int, _Size] = {}

    def node_lines(self, node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give the lines of the name, and those below it."""
        caption, room = self.captions[node.id], WIDTH - 2 * PAD
        below = [*wrap(caption.who, room, size=12)]
        for note in caption.notes:
            below += wrap(note, room, size=12)
        return wrap(caption.name, room, size=14), tuple(below)

    def path_lines(self, branch: Branch, path: Path) -> tuple[str, ...]:
        return wrap(self.label(branch, path), WIDTH - 16, most=3, size=12)

    def steps(self, steps: Sequence[Step]) -> _Size:
        if not steps:
            return _Size(WIDTH // 2, 0)
        sizes = [self.step(step) for step in steps]
        height = sum(size.height for size in sizes) + GAP * (len(steps) - 1)
        return _Size(max(size.width for size in sizes), height)

    def step(self, step: Step) -> _Size:
        found = self.known.get(id(step))
        if found is None:
            made = self._node(step) if isinstance(step, Node) else self._branch(step)
            found = self.known[id(step)] = made
        return found

    def _node(self, node: Node) -> _Size:
        name, below = self.node_lines(node)
        return _Size(WIDTH, HEAD + LINE * (len(name) + len(below)) + PAD)

    def _branch(self, branch: Branch) -> _Size:
        ways = [self.steps(path.steps) for path in branch.paths]
        width = sum(max(way.width, WIDTH) for way in ways) + ASIDE * (len(ways) - 1)
        inside = max(way.height for way in ways)
        return _Size(width, FORK + BEND + self.label_height(branch) + GAP + inside + BEND + 10)

    def label_height(self, branch: Branch) -> int:
        """Give the height of the highest label of a branch's paths."""
        return LINE * max(len(self.path_lines(branch, path)) for path in branch.paths) + 14


def layout(
    steps: Sequence[Step],
    captions: Mapping[str, Caption],
    label: Callable[[Branch, Path], str],
    fork: Callable[[Branch], str],
    ends: tuple[str, str],
) -> Layout:
    """Put everything in its place.

    :param captions: the words of each node, by id.
    :param label: what is written on the way into a path.
    :param fork: what a branch says.
    :param ends: what start and end say.
    """
    measure = _Measure(captions, label)
    size = measure.steps(steps)
    made = Layout(
        max(size.width, WIDTH) + 2 * PAD, size.height + 2 * (PILL + PAD) + GAP * (2 if steps else 1)
    )
    middle = made.width // 2
    place = _Place(measure, made, fork)
    place.pill("start", ends[0], middle, PAD)
    bottom = place.steps(steps, middle, PAD + PILL + GAP, came=(middle, PAD + PILL), owner=("", ""))
    place.pill("end", ends[1], middle, bottom + GAP)
    made.edges.append(Edge(((middle, bottom), (middle, bottom + GAP))))
    made.height = bottom + GAP + PILL + PAD
    return made


class _Place:
    """Puts the blocks in their places."""

    def __init__(self, measure: _Measure, made: Layout, fork: Callable[[Branch], str]) -> None:
        self.measure, self.made, self.fork = measure, made, fork

    def pill(self, sort: str, text: str, middle: int, top: int) -> None:
        width = round(em(text) * TEXT) + 32
        self.made.boxes.append(Box(sort, "", middle - width // 2, top, width, PILL, (text,)))

    def steps(
        self, steps: Sequence[Step], middle: int, top: int, came: Point, owner: tuple[str, str]
    ) -> int:
        """Put steps below one another, joined by lines; give where they end."""
        for step in steps:
            self.made.edges.append(Edge((came, (middle, top)), owner))
            if isinstance(step, Node):
                self._node(step, middle, top)
                bottom = top + self.measure.step(step).height
            else:
                bottom = self._branch(step, middle, top)
            came, top = (middle, bottom), bottom + GAP
        return came[1]

    def _node(self, node: Node, middle: int, top: int) -> None:
        name, below = self.measure.node_lines(node)
        height = self.measure.step(node).height
        x = middle - WIDTH // 2
        self.made.boxes.append(Box("node", node.id, x, top, WIDTH, height, (*name, "", *below)))

    def _branch(self, branch: Branch, middle: int, top: int) -> int:
        measure, made = self.measure, self.made
        size = measure.step(branch)
        text = wrap(self.fork(branch), WIDTH - 40, most=1, size=12)
        width = min(WIDTH, round(em(text[0]) * 12) + 44) if text else 60
        made.boxes.append(Box("fork", branch.id, middle - width // 2, top, width, FORK, text))
        spread = top + FORK + BEND
        begin = spread + measure.label_height(branch) + GAP
        bottom = top + size.height
        join = bottom - 10
        left = middle - size.width // 2
        for path in branch.paths:
            inside = measure.steps(path.steps)
            wide = max(inside.width, WIDTH)
            at, owner = left + wide // 2, (branch.id, path.id)
            lines = measure.path_lines(branch, path)
            made.labels.append(
                Label(at, spread + 8, WIDTH - 4, lines, owner, measure.label(branch, path))
            )
            foot = spread + 8 + LINE * len(lines) + 6
            made.edges.append(
                Edge(
                    ((middle, top + FORK), (middle, spread), (at, spread), (at, spread + 8)),
                    owner,
                    arrow=False,
                )
            )
            end = self.steps(path.steps, at, begin, (at, foot), owner) if path.steps else foot
            made.edges.append(
                Edge(((at, end), (at, join), (middle, join), (middle, bottom)), owner, arrow=False)
            )
            left += wide + ASIDE
        made.boxes.append(Box("join", branch.id, middle - 5, join - 5, 10, 10))
        return bottom
