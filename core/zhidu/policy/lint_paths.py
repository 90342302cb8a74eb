"""Check the ways through a flow: branches with one default, conditions that can hold, bands that meet.

What a condition covers is found by trying it (:mod:`zhidu.policy.regions`): a path that no
request can take is an error; values in two bands, or in none between two, are a warning, because
the policy's words may mean it: a reading of the clause settles it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zhidu.expressions import Condition
from zhidu.policy.finder import Place
from zhidu.policy.lint_context import Context
from zhidu.policy.regions import Table, table
from zhidu.policy.tree import Mapping
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.records.kinds import RecordKind

Ground = tuple[tuple[Condition, bool], ...]
"""What is known where a step stands: conditions, and whether each holds there."""

SHOWN = 3
"""Bands named in one finding."""


def check(context: Context, place: Place, kind: RecordKind | None, ground: Ground = ()) -> None:
    """Note every problem of the conditions and branches in a list of steps."""
    for here, item in context.find.entries(*place):
        if "branch" in item.entries:
            _branch(context, here, kind, ground)
            continue
        condition = context.condition((*here, "when"), kind)
        if condition is not None:
            _possible(context, (*here, "when"), condition, ground)


def _possible(context: Context, place: Place, condition: Condition, ground: Ground) -> bool:
    """Complain of a condition that never holds where it stands; tell of one that always does."""
    tried = table([*(known for known, _wanted in ground), condition])
    if tried is None:
        return True
    cells = _where(tried, ground)
    if not cells:
        return False  # nothing comes here at all, which is said already
    own = tried.holds[-1]
    if not any(own[cell] for cell in cells):
        context.find.error(
            place,
            "condition_never",
            _l("“%(text)s” never holds here: the step is never reached.", text=condition.text),
            _l("Correct the condition, or remove the step."),
        )
        return False
    if all(own[cell] for cell in cells):
        context.find.tell(
            place,
            "condition_always",
            _l("“%(text)s” always holds here.", text=condition.text),
            _l("Remove the line, or correct the condition."),
        )
    return True


def _where(tried: Table, ground: Ground) -> list[int]:
    """Give the cells in which everything known is as it is known."""
    return [
        cell
        for cell in range(len(tried.cells))
        if all(tried.holds[at][cell] is wanted for at, (_, wanted) in enumerate(ground))
    ]


def _branch(context: Context, place: Place, kind: RecordKind | None, ground: Ground) -> None:
    find = context.find
    split = find.text(*place, "split") or "first"
    paths = find.entries(*place, "paths")
    _path_ids(context, paths)
    _defaults(context, place, paths, split)
    conditions: list[Condition | None] = [
        context.condition((*path, "when"), kind) if split != "all" else None
        for path, _item in paths
    ]
    if split == "first":
        _bands(context, paths, conditions, ground)
    elif split == "every":
        for (path, _item), condition in zip(paths, conditions, strict=True):
            if condition is not None:
                _possible(context, (*path, "when"), condition, ground)
    known = [condition for condition in conditions if condition is not None]
    for at, (path, below) in enumerate(paths):
        here: Ground = ground
        own = conditions[at]
        if "default" in below.entries:
            here = (*ground, *((condition, False) for condition in known))
        elif own is not None:
            before = [one for one in conditions[:at] if one is not None] if split == "first" else []
            here = (*ground, *((one, False) for one in before), (own, True))
        check(context, (*path, "nodes"), kind, here)


def _path_ids(context: Context, paths: Sequence[tuple[Place, Mapping]]) -> None:
    seen: dict[str, Place] = {}
    for path, _item in paths:
        ident = context.find.text(*path, "id")
        if ident is not None and ident in seen:
            context.find.error(
                (*path, "id"),
                "duplicate_path",
                _l(
                    "The path “%(path)s” is already on line %(line)s.",
                    path=ident,
                    line=context.find.line(*seen[ident], "id"),
                ),
                _l("Give each path of a branch an id of its own."),
            )
        elif ident is not None:
            seen[ident] = path


def _defaults(
    context: Context, place: Place, paths: Sequence[tuple[Place, Mapping]], split: str
) -> None:
    """See that one path is the default and each other one has a condition; none where all go."""
    find = context.find
    defaults = [path for path, item in paths if "default" in item.entries]
    if split == "all":
        for path, item in paths:
            for key in ("when", "default"):
                if key in item.entries:
                    find.error(
                        (*path, key),
                        "path_condition",
                        _l("All paths of this branch are taken: “%(key)s” means nothing.", key=key),
                        _l("Remove the line, or write “split: every” at the branch."),
                    )
        return
    if not defaults and paths:
        find.error(
            place,
            "default_missing",
            _l("No path of this branch is the default: what if no condition holds?"),
            _l("Write “default: true” at one path instead of its condition."),
        )
    for path in defaults[1:]:
        find.error(
            (*path, "default"),
            "default_twice",
            _l(
                "This branch has a default already, on line %(line)s.",
                line=find.line(*defaults[0], "default"),
            ),
            _l("Keep one of them, and give the other a condition."),
        )
    for path, item in paths:
        if "default" in item.entries and "when" in item.entries:
            find.error(
                (*path, "when"),
                "path_condition",
                _l("The default path is taken where no condition holds: it has none itself."),
                _l("Remove the condition, or “default: true”."),
            )
        elif "default" not in item.entries and "when" not in item.entries:
            find.error(
                path,
                "path_condition",
                _l("This path says neither when it is taken nor that it is the default."),
                _l("Add “when:” with a condition, or “default: true”."),
            )


def _bands(
    context: Context,
    paths: Sequence[tuple[Place, Mapping]],
    conditions: Sequence[Condition | None],
    ground: Ground,
) -> None:
    """Compare the paths of a branch of which the first that fits is taken."""
    find = context.find
    kept = [
        (path, condition)
        for (path, item), condition in zip(paths, conditions, strict=True)
        if condition is not None and "default" not in item.entries
    ]
    if not kept:
        return
    tried = table([*(known for known, _wanted in ground), *(one for _path, one in kept)])
    if tried is None:
        for path, condition in kept:
            _possible(context, (*path, "when"), condition, ground)
        return
    cells = _where(tried, ground)
    if not cells:
        return
    holds = [{cell for cell in cells if row[cell]} for row in tried.holds[len(ground) :]]
    taken: set[int] = set()
    for (path, condition), own in zip(kept, holds, strict=True):
        if not own:
            _possible(context, (*path, "when"), condition, ground)
        elif own <= taken:
            find.error(
                (*path, "when"),
                "path_unreachable",
                _l(
                    "No request takes this path: the paths before it take all with “%(text)s”.",
                    text=condition.text,
                ),
                _l("Put the narrower condition first, or correct it."),
            )
        elif len(own) == len(cells):
            _possible(context, (*path, "when"), condition, ground)
        taken |= own
    _overlaps(context, tried, kept, holds)
    _gaps(context, tried, kept, cells, taken)


Kept = Sequence[tuple[Place, Condition]]


def _overlaps(context: Context, tried: Table, kept: Kept, holds: Sequence[set[int]]) -> None:
    """Tell of values in two bands; a band within a later, wider one is the usual cascade."""
    for later, (path, condition) in enumerate(kept):
        for earlier in range(later):
            both = holds[earlier] & holds[later]
            nested = both in (holds[earlier], holds[later])
            same = kept[earlier][1].names == condition.names
            if not both or nested or not same or not condition.names & set(tried.ordered):
                continue
            _doubt(
                context,
                (*path, "when"),
                "bands_overlap",
                _l(
                    "“%(values)s” fits this path and the one on line %(line)s; the first counts.",
                    values=_regions(tried, both),
                    line=context.find.line(*kept[earlier][0], "when"),
                ),
                (path, kept[earlier][0]),
            )


def _gaps(
    context: Context, tried: Table, kept: Kept, cells: Sequence[int], taken: set[int]
) -> None:
    """Tell of values between two bands that fit none of them."""
    names = kept[0][1].names
    if len(kept) < 2 or any(condition.names != names for _path, condition in kept):
        return
    inside = _between(tried, set(cells) - taken, taken)
    if inside:
        _doubt(
            context,
            (*kept[-1][0], "when"),
            "bands_gap",
            _l(
                "“%(values)s” lies between the bands and fits none of them: the default is taken.",
                values=_regions(tried, inside),
            ),
            tuple(path for path, _condition in kept),
        )


def _between(tried: Table, open_cells: set[int], taken: set[int]) -> set[int]:
    """Give the open cells with a band on both sides along some number or day."""
    found: set[int] = set()
    for axis, name in enumerate(tried.axes):
        if name not in tried.ordered:
            continue
        reach: dict[tuple[int, ...], list[int]] = {}
        for cell in taken:
            point = tried.cells[cell]
            reach.setdefault((*point[:axis], *point[axis + 1 :]), []).append(point[axis])
        for cell in open_cells:
            point = tried.cells[cell]
            bands = reach.get((*point[:axis], *point[axis + 1 :]))
            if bands and min(bands) < point[axis] < max(bands):
                found.add(cell)
    return found


def _regions(tried: Table, cells: set[int]) -> str:
    """Say which values some cells are: bands of the one number, or examples."""
    if len(tried.axes) == 1:
        (name,) = tried.axes
        points = sorted(tried.cells[cell][0] for cell in cells)
        runs: list[list[int]] = []
        for point in points:
            if runs and point == runs[-1][1] + 1:
                runs[-1][1] = point
            else:
                runs.append([point, point])
        return "; ".join(tried.span(name, first, last) for first, last in runs[:SHOWN])
    return "; ".join(tried.say(tried.cells[cell]) for cell in sorted(cells)[:SHOWN])


def _doubt(
    context: Context, place: Place, code: str, message: Text, paths: Sequence[Place]
) -> None:
    """Warn, or only tell where a clause of one of the paths has a reading."""
    find = context.find
    for path in paths:
        if find.text(*path, "clause") in context.read:
            find.tell(place, code, message, _l("The reading of the clause settles it."))
            return
    find.warn(
        place,
        code,
        message,
        _l("Let the bands meet, or put a reading of the clause at the path."),
    )
