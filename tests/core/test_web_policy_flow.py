"""The diagram of a flow: nothing overlaps, everything is there, and it is said in words, too."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhidu.texts import use_locale
from zhidu.web.flow_svg import Caption, Count, Look, State, draw
from zhidu.web.flow_svg.draw import bent, outline, path_text
from zhidu.web.flow_svg.layout import Box, em, layout, wrap
from zhidu.workflow.definition import Branch, Node, NodeKind, Path, Split, Step, walk

SVG = "{http://www.w3.org/2000/svg}"


class Grow:
    """Draws flows of any shape, with ids that are given once."""

    def __init__(self, data: st.DataObject) -> None:
        self.data, self.count = data, 0

    def ident(self, stem: str) -> str:
        self.count += 1
        return f"{stem}_{self.count}"

    def steps(self, depth: int = 0) -> tuple[Step, ...]:
        least = 0 if depth else 1
        return tuple(
            self.branch(depth) if depth < 3 and self.data.draw(st.booleans()) else self.node()
            for _ in range(self.data.draw(st.integers(least, 3)))
        )

    def node(self) -> Node:
        ident = self.ident("n")
        kind = self.data.draw(st.sampled_from(NodeKind))
        return Node(
            ident, self.data.draw(st.text("审批 name。", min_size=1, max_size=60)), "C-1", kind=kind
        )

    def branch(self, depth: int) -> Branch:
        ident = self.ident("b")
        paths = tuple(
            Path(self.ident("p"), "", self.steps(depth + 1), when="days > 3", default=place == 0)
            for place in range(self.data.draw(st.integers(2, 3)))
        )
        return Branch(ident, ident, paths, self.data.draw(st.sampled_from(Split)))


def captions(steps: tuple[Step, ...]) -> dict[str, Caption]:
    return {
        one.id: Caption(one.name, "审批", "check", one.kind.value, "某人", ("全部",), one.clause)
        for one in walk(steps)
    }


def meet(one: Box, other: Box) -> bool:
    return not (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


@given(data=st.data())
def test_no_two_boxes_of_any_flow_overlap_and_every_step_has_its_place(data: st.DataObject) -> None:
    steps = Grow(data).steps()
    made = layout(steps, captions(steps), path_text, lambda one: one.id, ("begin", "end"))
    nodes = Counter(box.ident for box in made.boxes if box.sort == "node")
    assert nodes == Counter(node.id for node in walk(steps))
    for place, box in enumerate(made.boxes):
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= made.width
        assert box.y + box.height <= made.height
        for other in made.boxes[place + 1 :]:
            assert not meet(box, other), (box, other)


@given(data=st.data())
def test_every_line_joins_two_things_and_leads_downwards(data: st.DataObject) -> None:
    steps = Grow(data).steps()
    made = layout(steps, captions(steps), path_text, lambda one: one.id, ("begin", "end"))
    for edge in made.edges:
        heights = [y for _x, y in edge.points]
        assert heights == sorted(heights)
        if edge.arrow:  # it ends at the middle of something's upper edge
            x, y = edge.points[-1]
            assert any(box.y == y and abs(box.x + box.width // 2 - x) <= 1 for box in made.boxes)


@given(data=st.data())
def test_the_picture_is_well_formed_and_carries_no_style(data: st.DataObject) -> None:
    steps = Grow(data).steps()
    look = Look("x", "<流程> & more", captions(steps), clause_url=lambda clause: f"/c?{clause}&x")
    found = ET.fromstring(str(draw(steps, look)))  # noqa: S314 -- our own
    for element in found.iter():
        assert "style" not in element.attrib
        assert not any(name.startswith("on") for name in element.attrib)
    stops = [e for e in found.iter() if e.get("data-step") and e.get("tabindex") == "0"]
    assert {e.get("data-step") for e in stops} >= {node.id for node in walk(steps)}
    assert all(e.get("aria-label") for e in stops)
    said = found.findtext(f"{SVG}svg/{SVG}desc") or found.findtext("svg/desc") or ""
    for node in walk(steps):
        assert node.name.strip() in said


@given(st.text("审批负责人 abc-XYZ，。", max_size=80), st.integers(60, 240), st.integers(1, 4))
def test_no_line_of_a_text_is_wider_than_its_room(text: str, width: int, most: int) -> None:
    lines = wrap(text, width, most, size=12)
    assert len(lines) <= most
    for line in lines:
        assert em(line.rstrip("，。…")) * 12 <= width + 12  # a closing mark may hang over
    if lines and not lines[-1].endswith("…"):
        assert "".join(lines).replace(" ", "") == "".join(text.split()).replace(" ", "")


def test_what_stands_where_is_told_by_shape_by_word_and_by_link() -> None:
    steps: tuple[Step, ...] = (
        Node("a", "负责人", "C-1"),
        Branch(
            "b",
            "金额",
            (
                Path("small", "小额", (Node("c", "财务", "C-2"),), when="amount <= 10"),
                Path("big", "", (), default=True),
            ),
        ),
    )
    look = Look(
        "x",
        "流程",
        captions(steps),
        counts={"a": Count(3, 1)},
        urls={"a": "/list"},
        states={"a": State.PASSED, "c": State.SKIPPED},
        chosen={"b": ["big"]},
    )
    with use_locale("en"):
        drawn = str(draw(steps, look))
    assert "3 open tasks · 1 waits" in drawn
    assert 'href="/list"' in drawn
    assert "fl-warn" in drawn
    assert "passed" in drawn
    assert "left out" in drawn
    assert "小额: amount &lt;= 10" in drawn
    assert "otherwise" in drawn
    assert drawn.count("fl-edge fl-out") == 3  # into the small path, to its step, and out of it
    assert 'aria-label="负责人; 审批; 某人; 全部; C-1; 3 open tasks · 1 waits; passed"' in drawn


def test_each_kind_of_step_has_an_outline_of_its_own() -> None:
    box = Box("node", "n", 0, 0, 200, 80)
    shapes = {kind: outline(box, kind.value) for kind in NodeKind}
    alike = {NodeKind.APPROVE, NodeKind.MEETING}  # a meeting has a second line inside
    assert len(set(shapes.values())) == len(NodeKind) - len(alike) + 1


@pytest.mark.parametrize(
    ("points", "path"),
    [
        (((0, 0), (0, 20)), "M0 0L0 20"),
        (((0, 0), (0, 20), (50, 20), (50, 40)), "M0 0L0 12Q0 20 8 20L42 20Q50 20 50 28L50 40"),
        (((5, 5), (5, 5), (5, 9)), "M5 5L5 9"),
    ],
)
def test_a_line_bends_round(points: tuple[tuple[int, int], ...], path: str) -> None:
    assert bent(points) == path
