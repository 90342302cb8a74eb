"""Turn the flows of a pack into what the engine runs: the one builder, for every caller.

It reads plain values (``dict``, ``list``, ``str`` …) that passed lint, so nothing is checked here.
:mod:`zhidu.policy.flows_export` writes a flow back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from zhidu.durations import Duration
from zhidu.policy import definitions
from zhidu.policy.schema_flows import PERSON_CHAIN, QUOTAS
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
    Step,
    Timeout,
    Urgent,
    Verb,
    Window,
    Withdraw,
    walk,
)

Plain = Mapping[str, Any]
Apart = tuple[tuple[str, str], ...]
"""Pairs of nodes that one person may not decide both."""


def of(content: Plain) -> dict[str, Flow]:
    """Build all flows of a pack, by kind, with its definitions and its segregation of duties."""
    words = definitions.of(content.get("definitions") or ())
    return {
        kind: build(kind, data, words, apart(content, kind))
        for kind, data in (content.get("flows") or {}).items()
    }


def apart(content: Plain, kind: str) -> Apart:
    """Give the pairs of nodes of a kind that the pack's segregation of duties keeps apart."""
    found = []
    for pair in content.get("segregation") or ():
        sides = [side.get("node") for side in pair["between"]]
        if pair.get("kind") == kind and all(sides):
            found.append((sides[0], sides[1]))
    return tuple(found)


def build(
    kind: str, data: Plain, words: Mapping[str, str] | None = None, pairs: Apart = ()
) -> Flow:
    """Build one flow.

    :param words: conditions by the name of their definition.
    :param pairs: nodes to be kept apart.
    """
    builder = _Builder(words or {})
    nobody, stand_in = _nobody(data.get("nobody"))
    usual = Flow(kind=kind, manager=approver(data["manager"], words), nodes=())
    every = data.get("urge_every")
    urgent = data.get("urgent")
    return replace(
        usual,
        nodes=_kept_apart(builder.steps(data["nodes"]), pairs),
        cc=tuple(Cc(approver(copy, words), copy.get("at", "end")) for copy in data.get("cc") or ()),
        start=scope(data.get("start")),
        excepted=scope(data.get("except")),
        nobody=nobody or usual.nobody,
        stand_in=stand_in,
        merge=Merge(data.get("merge", usual.merge)),
        watched=tuple(data.get("watched") or ()),
        withdraw=Withdraw(data.get("withdraw", usual.withdraw)),
        urge_every=Duration.parse(every) if every else usual.urge_every,
        void=builder.steps(data.get("void") or ()),
        windows=tuple(_window(window) for window in data.get("windows") or ()),
        urgent=builder.urgent(urgent, pairs) if urgent else None,
    )


def approver(data: Plain, words: Mapping[str, str] | None = None) -> Approver:
    """Build who is asked, and who in turn where nobody is found."""
    way = next(key for key in data if key not in (PERSON_CHAIN, "at"))
    others = tuple(approver(other, words) for other in data.get(PERSON_CHAIN) or ())
    return Approver(way, definitions.expand_within(jsonable(data[way]), words or {}), others)


def scope(data: Plain | None) -> Scope:
    """Build whom a rule is for; nothing stated is everybody."""
    return Scope(**{key: tuple(values) for key, values in (data or {}).items()})


def timeouts(entries: Any) -> tuple[Timeout, ...]:
    """Build clocks."""
    return tuple(
        Timeout(
            Duration.parse(entry["after"]),
            OnTimeout(entry["do"]),
            entry.get("most", 1),
            entry.get("clause", ""),
        )
        for entry in entries or ()
    )


def jsonable(value: Any) -> Any:
    """Give a value as JSON holds it: a number with decimals is a text, exactly."""
    match value:
        case Mapping():
            return {key: jsonable(entry) for key, entry in value.items()}
        case list() | tuple():
            return [jsonable(entry) for entry in value]
        case Decimal():
            return str(value)
    return value


def _nobody(data: Any) -> tuple[Nobody | None, Approver | None]:
    if isinstance(data, Mapping):
        return Nobody.USER, approver(data)
    return (Nobody(data) if data else None), None


def _mode(data: Any) -> tuple[Mode, int]:
    if isinstance(data, Mapping):
        word = next(word for word in QUOTAS if word in data)
        return Mode(word), data[word]
    return Mode(data or Mode.ANY), 0


def _window(data: Plain) -> Window:
    def edge(value: Any) -> int | Duration | None:
        return Duration.parse(value) if isinstance(value, str) else value

    return Window(
        clause=data["clause"],
        opens=edge(data.get("opens")),
        closes=edge(data.get("closes")),
        field=data.get("field", ""),
        after=data.get("after", False),
        late=data.get("late", "refuse"),
        applies_to=scope(data.get("applies_to")),
        excepted=scope(data.get("except")),
    )


class _Builder:
    """Builds steps, with the words that the pack defines."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = words

    def steps(self, entries: Any) -> tuple[Step, ...]:
        return tuple(
            self.branch(entry) if "branch" in entry else self.node(entry) for entry in entries or ()
        )

    def when(self, data: Plain) -> str:
        return definitions.expand(data.get("when", ""), self.words)

    def branch(self, data: Plain) -> Branch:
        ident = data["branch"]
        paths = tuple(
            Path(
                id=path["id"],
                name=path.get("name", path["id"]),
                steps=self.steps(path.get("nodes")),
                when=self.when(path),
                default=path.get("default", False),
                clause=path.get("clause", ""),
            )
            for path in data["paths"]
        )
        return Branch(ident, data.get("name", ident), paths, Split(data.get("split", "first")))

    def node(self, data: Plain) -> Node:
        usual = Node(id=data["id"], name=data["name"], clause=data["clause"])
        mode, quota = _mode(data.get("mode"))
        nobody, stand_in = _nobody(data.get("nobody"))
        window = data.get("window")
        return replace(
            usual,
            approver=approver(data["approver"], self.words) if "approver" in data else NOBODY,
            kind=NodeKind(data.get("kind", usual.kind)),
            verb=Verb(data.get("verb", usual.verb)),
            mode=mode,
            quota=quota,
            when=self.when(data),
            transition=data.get("transition", ""),
            result=data.get("result", ""),
            reason=data.get("reason", ""),
            opinion=Opinion(data.get("opinion", usual.opinion)),
            sign=data.get("sign", False),
            attachment=data.get("attachment", False),
            fields={name: FieldRight(right) for name, right in (data.get("fields") or {}).items()},
            acts=tuple(Act(act) for act in data["allow"]) if "allow" in data else None,
            resume=Resume(data.get("resume", usual.resume)),
            on_reject=data.get("on_reject", ""),
            timeouts=timeouts(data.get("timeouts")),
            nobody=nobody,
            stand_in=stand_in,
            window=Duration.parse(window) if window else None,
            audience=scope(data.get("audience")),
            circulation=data.get("circulation", True),
            not_same_as=tuple(data.get("not_same_as") or ()),
            authority=data.get("authority", ""),
        )

    def urgent(self, data: Plain, pairs: Apart) -> Urgent:
        return Urgent(
            clause=data["clause"],
            reasons=tuple(data["reasons"]),
            consent=approver(data["consent"], self.words),
            deadline=Duration.parse(data["deadline"]),
            consequence=data.get("consequence", ""),
            steps=_kept_apart(self.steps(data.get("nodes")), pairs),
        )


def _kept_apart(steps: tuple[Step, ...], pairs: Apart) -> tuple[Step, ...]:
    """Let the later node of each pair refuse whoever decided the earlier one."""
    if not pairs:
        return steps
    order = {node.id: place for place, node in enumerate(walk(steps))}
    order["applicant"] = -1
    against: dict[str, list[str]] = {}
    for pair in pairs:
        if all(one in order for one in pair):
            first, second = sorted(pair, key=order.__getitem__)
            against.setdefault(second, []).append(first)

    def again(step: Step) -> Step:
        if isinstance(step, Node):
            more = [one for one in against.get(step.id, ()) if one not in step.not_same_as]
            return replace(step, not_same_as=(*step.not_same_as, *more)) if more else step
        paths = (replace(path, steps=tuple(map(again, path.steps))) for path in step.paths)
        return replace(step, paths=tuple(paths))

    return tuple(map(again, steps))
