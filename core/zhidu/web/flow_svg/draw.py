"""Draw a flow as SVG: shapes and texts with classes, coloured by the theme alone.

There is no style in it (the pages allow none inline), each step is one stop for the keyboard, and
what the picture says is also said in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup

from zhidu.texts import gettext, pgettext
from zhidu.web.flow_svg.layout import (
    HEAD,
    LINE,
    PAD,
    Box,
    Caption,
    Edge,
    Label,
    Layout,
    Point,
    em,
    layout,
)
from zhidu.web.flow_svg.look import Count, Look, State, state_text
from zhidu.workflow.definition import Branch, Path, Split, Step

ROUND = 8
"""Radius of the bend of a line."""
FOLD = 14
"""Of a folded corner, a tab, a notch."""
TARGET = 44
"""Least size of what a finger presses."""


def draw(steps: Sequence[Step], look: Look) -> Markup:
    """Draw steps; the picture scrolls in a box of its own where the page is narrow."""
    made = layout(
        steps,
        look.captions,
        lambda branch, path: path_text(branch, path, look.conditions),
        lambda branch: fork_text(branch),
        (pgettext("flow", "Submitted"), pgettext("flow", "Finished")),
    )
    ident = f"flow-{look.name}"
    parts = [
        Markup(
            '<div class="flowbox" tabindex="0" role="region" aria-label="{title}">'
            '<svg class="flowsvg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="group"'
            ' aria-labelledby="{id}-t" aria-describedby="{id}-d">'
            '<title id="{id}-t">{title}</title><desc id="{id}-d">{desc}</desc>'
            '<defs><marker id="{id}-a" class="fl-arrow" viewBox="0 0 8 8" refX="7" refY="4"'
            ' markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
        ).format(title=look.title, w=made.width, h=made.height, id=ident, desc=told(steps, look))
    ]
    parts += [_edge(edge, look, ident) for edge in _grey_first(made, look)]
    parts += [_label(label, look) for label in made.labels]
    parts += [_box(box, look) for box in made.boxes]
    parts.append(Markup("</svg></div>"))
    return Markup("").join(parts)


def fork_text(branch: Branch) -> str:
    """Say which paths of a branch are taken."""
    name = "" if branch.name == branch.id else f"{branch.name}: "
    match branch.split:
        case Split.FIRST:
            return name + gettext("one way")
        case Split.EVERY:
            return name + gettext("every way that applies")
        case Split.ALL:
            return name + gettext("all ways at once")


def path_text(branch: Branch, path: Path, conditions: Callable[[str], str] = str) -> str:
    """Say when a path is taken."""
    name = "" if path.name == path.id else path.name
    if branch.split is Split.ALL:
        return name or path.id
    said = gettext("otherwise") if path.default else conditions(path.when)
    return f"{name}: {said}" if name and said else name or said or path.id


def told(steps: Sequence[Step], look: Look) -> str:
    """Say in words what the picture shows."""
    said = []
    for step in steps:
        if isinstance(step, Branch):
            ways = [
                gettext(
                    "%(way)s – %(steps)s",
                    way=path_text(step, path, look.conditions),
                    steps=told(path.steps, look) or gettext("straight on"),
                )
                for path in step.paths
            ]
            said.append(f"{fork_text(step)} ({'; '.join(ways)})")
        else:
            said.append(look.captions[step.id].name)
    return " → ".join(said)


def _grey_first(made: Layout, look: Look) -> list[Edge]:
    """Put the ways not taken below those taken."""
    return sorted(made.edges, key=lambda edge: not look.is_left_out(edge.owner))


def _edge(edge: Edge, look: Look, ident: str) -> Markup:
    out = " fl-out" if look.is_left_out(edge.owner) else ""
    arrow = Markup(' marker-end="url(#{}-a)"').format(ident) if edge.arrow else ""
    return Markup('<path class="fl-edge{}" d="{}"{}/>').format(out, bent(edge.points), arrow)


def bent(points: Sequence[Point]) -> str:
    """Write a line through points with right angles, its corners rounded."""
    points = [p for i, p in enumerate(points) if not i or p != points[i - 1]]
    said = [f"M{points[0][0]} {points[0][1]}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        into, out = _near(here, before), _near(here, after)
        said.append(f"L{into[0]} {into[1]}Q{here[0]} {here[1]} {out[0]} {out[1]}")
    said.append(f"L{points[-1][0]} {points[-1][1]}")
    return "".join(said)


def _near(corner: Point, other: Point) -> Point:
    """Give the point on the way from a corner to another one where the bend ends."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    step = min(ROUND, (abs(dx) + abs(dy)) // 2)
    return (
        corner[0] + (step if dx > 0 else -step if dx < 0 else 0),
        corner[1] + (step if dy > 0 else -step if dy < 0 else 0),
    )


def _label(label: Label, look: Look) -> Markup:
    out = " fl-out" if look.is_left_out(label.owner) else ""
    lines = Markup("").join(
        Markup('<text class="fl-when{}" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            out, label.x, label.y + LINE * place + 13, line
        )
        for place, line in enumerate(label.lines)
    )
    return Markup("<g><title>{}</title>{}</g>").format(label.full, lines)


def _box(box: Box, look: Look) -> Markup:
    match box.sort:
        case "node":
            return _node(box, look)
        case "fork":
            return _fork(box, look)
        case "join":
            return Markup('<circle class="fl-join" cx="{}" cy="{}" r="5"/>').format(
                box.x + 5, box.y + 5
            )
    return Markup(
        '<rect class="fl-pill" x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}"/>'
        '<text class="fl-end" x="{mid}" y="{base}" text-anchor="middle">{text}</text>'
    ).format(
        x=box.x,
        y=box.y,
        w=box.width,
        h=box.height,
        r=box.height // 2,
        mid=box.x + box.width // 2,
        base=box.y + 20,
        text=box.lines[0],
    )


def _fork(box: Box, look: Look) -> Markup:
    x, y, w, h = box.x, box.y, box.width, box.height
    inset = h // 2
    outline = (
        f"M{x + inset} {y}L{x + w - inset} {y}L{x + w} {y + inset}L{x + w - inset} {y + h}"
        f"L{x + inset} {y + h}L{x} {y + inset}z"
    )
    text = box.lines[0] if box.lines else ""
    drawn = Markup(
        '<path class="fl-fork" d="{}"/><text class="fl-forkt" x="{}" y="{}" text-anchor="middle">'
        "{}</text>"
    ).format(outline, x + w // 2, y + h // 2 + 4, text)
    return _stop(drawn, text, look.branch_urls.get(box.ident, ""), "fl-branch", box.ident)


def _node(box: Box, look: Look) -> Markup:
    caption = look.captions[box.ident]
    count = look.counts.get(box.ident, Count())
    state = (look.states or {}).get(box.ident)
    said = [caption.spoken, count.text, state_text(state) if state else ""]
    parts = [
        Markup("<title>{}</title>").format(caption.spoken),
        Markup('<path class="fl-shape" d="{}"/>').format(outline(box, caption.shape)),
    ]
    if caption.shape == "meeting":
        parts.append(Markup('<path class="fl-inner" d="{}"/>').format(_rounded(_inset(box, 4), 6)))
    parts += _head(box, caption, look, state)
    parts += _texts(box)
    if count.text:
        parts.append(_badge(box, count))
    classes = f"fl-node fl-{caption.shape}" + (f" is-{state.value}" if state else "")
    stop = _stop(
        Markup("").join(parts),
        "; ".join(filter(None, said)),
        look.urls.get(box.ident, ""),
        classes,
        box.ident,
    )
    return stop + _clause(box, caption, look)


def _stop(drawn: Markup, said: str, url: str, classes: str, ident: str) -> Markup:
    """Make one stop of the keyboard: a link where it leads somewhere."""
    if url:
        return Markup('<a class="{}" href="{}" aria-label="{}" data-step="{}">{}</a>').format(
            classes, url, said, ident, drawn
        )
    return Markup(
        '<g class="{}" tabindex="0" role="img" aria-label="{}" data-step="{}">{}</g>'
    ).format(classes, said, ident, drawn)


def _head(box: Box, caption: Caption, look: Look, state: State | None) -> Iterable[Markup]:
    x, base = box.x + PAD, box.y + 21
    url = look.icon(caption.icon)
    if url:
        yield Markup(
            '<use class="fl-icon" href="{}" x="{}" y="{}" width="15" height="15"/>'
        ).format(url, x, base - 12)
        x += 21
    text = caption.kind if state is None else f"{caption.kind} · {state_text(state)}"
    yield Markup('<text class="fl-kind" x="{}" y="{}">{}</text>').format(x, base, text)


def _texts(box: Box) -> Iterable[Markup]:
    y, classes = box.y + HEAD + 13, "fl-name"
    for line in box.lines:
        if not line:
            classes = "fl-line"
            continue
        yield Markup('<text class="{}" x="{}" y="{}">{}</text>').format(
            classes, box.x + PAD, y, line
        )
        y += LINE


def _badge(box: Box, count: Count) -> Markup:
    """Draw what stands here as a pill on the lower edge."""
    width = round(em(count.text) * 11.5) + 18
    x, y = box.x + box.width - width - 8, box.y + box.height - 8
    tone = "fl-warn" if count.waiting else "fl-busy"
    return Markup(
        '<g class="fl-badge {}"><rect x="{}" y="{}" width="{}" height="22" rx="11"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></g>'
    ).format(tone, x, y, width, x + width // 2, y + 15, count.text)


def _clause(box: Box, caption: Caption, look: Look) -> Markup:
    """Draw the clause at the upper right; its target is larger than its text."""
    if not caption.clause:
        return Markup("")
    right, base = box.x + box.width - PAD, box.y + 21
    text = caption.clause
    if em(text) * 11.5 > box.width // 2:
        text = text[: max(4, int(box.width / 2 / 7))] + "…"
    drawn = Markup(
        '<title>{}</title><text class="fl-clause" x="{}" y="{}" text-anchor="end">{}</text>'
    ).format(caption.clause, right, base, text)
    url = look.clause_url(caption.clause)
    if not url:
        return Markup("<g>{}</g>").format(drawn)
    width = max(TARGET, round(em(text) * 11.5) + 12)
    hit = Markup('<rect class="fl-hit" x="{}" y="{}" width="{}" height="{}"/>').format(
        right + 6 - width, box.y - 8, width, TARGET
    )
    told = gettext("Clause %(clause)s", clause=caption.clause)
    return Markup('<a class="fl-cl" href="{}" aria-label="{}">{}{}</a>').format(
        url, told, hit, drawn
    )


def outline(box: Box, shape: str) -> str:
    """Give the outline of a node: every kind has its own, so that colour is not needed."""
    x, y, w, h = box.x, box.y, box.width, box.height
    match shape:
        case "handle":
            return _rounded(box, 1)
        case "auto":
            return (
                f"M{x + FOLD} {y}H{x + w - FOLD}L{x + w} {y + FOLD}V{y + h - FOLD}"
                f"L{x + w - FOLD} {y + h}H{x + FOLD}L{x} {y + h - FOLD}V{y + FOLD}z"
            )
        case "notify":
            return (
                f"M{x} {y}H{x + w}V{y + h - FOLD}L{x + w - FOLD} {y + h}H{x}z"
                f"M{x + w} {y + h - FOLD}H{x + w - FOLD}V{y + h}"
            )
        case "file_with":
            return f"M{x} {y}V{y - 6}H{x + 70}L{x + 78} {y}H{x + w}V{y + h}H{x}zM{x} {y}H{x + 78}"
        case "publish":
            middle = y + h // 2
            return f"M{x} {y}H{x + w}L{x + w + 8} {middle}L{x + w} {y + h}H{x}z"
    return _rounded(box, 10)


def _rounded(box: Box, r: int) -> str:
    x, y, w, h = box.x, box.y, box.width, box.height
    return (
        f"M{x + r} {y}H{x + w - r}Q{x + w} {y} {x + w} {y + r}V{y + h - r}"
        f"Q{x + w} {y + h} {x + w - r} {y + h}H{x + r}Q{x} {y + h} {x} {y + h - r}V{y + r}"
        f"Q{x} {y} {x + r} {y}z"
    )


def _inset(box: Box, by: int) -> Box:
    return Box(box.sort, box.ident, box.x + by, box.y + by, box.width - 2 * by, box.height - 2 * by)
