"""What changes in a flow: steps that come, go and move, and who decides what, when and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from zhidu.policy import phrases
from zhidu.policy.diff import Change, Sign, differs
from zhidu.texts import Text, enumerate_texts
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import (
    Approver,
    Branch,
    Flow,
    Node,
    Path,
    Scope,
    Step,
    Timeout,
    Window,
)

if TYPE_CHECKING:
    from zhidu.expressions import FactType
    from zhidu.registry import Registry

_WHAT: Mapping[str, Text] = {
    "name": _l("name"),
    "clause": _l("clause"),
    "approver": _l("who is asked"),
    "kind": _l("what happens"),
    "verb": _l("what is asked for"),
    "mode": _l("how several people act"),
    "when": _l("only if"),
    "transition": _l("what is carried out"),
    "result": _l("result"),
    "reason": _l("reason"),
    "opinion": _l("opinion wanted"),
    "sign": _l("signature wanted"),
    "attachment": _l("file wanted"),
    "fields": _l("rights on fields"),
    "acts": _l("what else may be done"),
    "resume": _l("after a return"),
    "on_reject": _l("a reject goes back to"),
    "timeouts": _l("clocks"),
    "nobody": _l("where nobody is found"),
    "window": _l("open for"),
    "audience": _l("shown to"),
    "circulation": _l("circulated opinions allowed"),
    "not_same_as": _l("not the same person as"),
    "split": _l("which paths are taken"),
    "default": _l("otherwise taken"),
    "manager": _l("who helps on"),
    "start": _l("who may ask"),
    "excepted": _l("who may not ask"),
    "merge": _l("whoever approved already"),
    "watched": _l("fields whose change asks everybody again"),
    "withdraw": _l("how long it may be withdrawn"),
    "urge_every": _l("may be urged once in"),
    "windows": _l("time for handing in"),
    "urgent": _l("urgent requests"),
    "cc": _l("copies to"),
}
_WITH_OTHERS = {"quota", "stand_in"}
"""Fields that are told together with another one."""


def changes(registry: Registry, kind: str, old: Flow | None, new: Flow | None) -> list[Change]:
    """Give every change of the flow of one kind of record."""
    title = phrases.kind_title(registry, kind)
    say = _Words(registry, kind)
    if old is None and new is not None:
        way = " → ".join(node.name for node in new.every_node())
        text = _("%(kind)s: is now approved on this way: %(way)s", kind=title, way=way)
        return [Change(Sign.ADDED, "flows", kind, text, say.applicants(new), kind)]
    if new is None and old is not None:
        text = _("%(kind)s: can no longer be handed in, no flow is left for it", kind=title)
        return [Change(Sign.REMOVED, "flows", kind, text, say.applicants(old), kind)]
    if old is None or new is None:
        return []
    return list(_Compare(say, title, old, new).all())


@dataclass(frozen=True, slots=True)
class Seat:
    """A step and where it stands.

    :param inside: the ids of branch and path around it, from outside in.
    """

    step: Step
    inside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """The steps of a flow by id, in the order of the page, and its branch paths by id."""

    seats: dict[str, Seat]
    paths: dict[tuple[str, str], tuple[int, Path]]

    @classmethod
    def of(cls, steps: tuple[Step, ...]) -> Way:
        way = cls({}, {})
        way._add(steps, ())
        return way

    def _add(self, steps: tuple[Step, ...], inside: tuple[str, ...]) -> None:
        for step in steps:
            self.seats[step.id] = Seat(step, inside)
            for place, path in enumerate(step.paths if isinstance(step, Branch) else ()):
                self.paths[step.id, path.id] = (place, path)
                self._add(path.steps, (*inside, step.id, path.id))

    def behind(self, ident: str, known: Mapping[str, Any]) -> str:
        """Name the nearest step before one that ``known`` holds, too; empty at the beginning."""
        before = ""
        for other, seat in self.seats.items():
            if other == ident:
                return before
            if seat.inside == self.seats[ident].inside and other in known:
                before = seat.step.name
        return before


class _Words:
    """Puts the parts of a flow into words."""

    def __init__(self, registry: Registry, kind: str) -> None:
        self.registry = registry
        declared = registry.kinds.get(kind)
        self.facts: Mapping[str, FactType] = declared.facts if declared else {}
        self.kind = kind

    def applicants(self, flow: Flow) -> str:
        """Say who may ask; nothing for everybody."""
        said = phrases.scope(flow.start) if flow.start != Scope() else ""
        if flow.excepted == Scope():
            return said
        but = phrases.scope(flow.excepted)
        return _("%(whom)s, but not %(others)s", whom=said or _("everybody"), others=but)

    def value(self, name: str, found: Any, owner: Any) -> str:
        """Say what one part of a node, path or flow is."""
        match name, found:
            case "when", str():
                return phrases.condition(found, self.facts)
            case "mode", _:
                return phrases.mode(found, owner.quota)
            case "timeouts", _:
                return enumerate_texts(map(_clock, found)) if found else _("none")
            case "nobody", None:
                return _("as for the whole flow")
            case "nobody", _ if owner.stand_in is not None:
                return phrases.approver(self.registry, owner.stand_in)
            case (("window" | "urge_every"), _) if found is not None:
                return phrases.duration(found)
            case "acts", None:
                return _("what is usual")
            case (("acts" | "not_same_as" | "watched"), _):
                return enumerate_texts(map(phrases.word, found)) if found else _("nothing")
            case "fields", _:
                return enumerate_texts(
                    f"{key}: {phrases.word(right)}" for key, right in found.items()
                ) or _("nothing")
            case "windows", _:
                return "; ".join(map(self.window, found)) or _("always")
            case "urgent", _ if found is not None:
                reasons = enumerate_texts(found.reasons)
                length = phrases.duration(found.deadline)
                said = _("%(reasons)s; the paper within %(time)s", reasons=reasons, time=length)
                consent = phrases.approver(self.registry, found.consent)
                more = [_("consent: %(who)s", who=consent), found.consequence, found.clause]
                return "; ".join([said, *filter(None, more)])
            case _, Approver():
                return phrases.approver(self.registry, found)
            case _, Scope():
                return phrases.scope(found)
        return phrases.word(found)

    def window(self, one: Window) -> str:
        def edge(found: Any) -> str:
            return str(found) if isinstance(found, int) else phrases.duration(found)

        parts = []
        if one.opens is not None:
            parts.append(_("opens %(when)s", when=edge(one.opens)))
        if one.closes is not None:
            parts.append(_("closes %(when)s", when=edge(one.closes)))
        if one.field:
            title = str(self.facts[one.field].title) if one.field in self.facts else one.field
            side = _("after %(day)s", day=title) if one.after else _("before %(day)s", day=title)
            parts.append(side)
        if one.late != "refuse":
            parts.append(_("late: %(what)s", what=one.late.replace("_", " ")))
        parts += [phrases.scope(who) for who in (one.applies_to, one.excepted) if who != Scope()]
        return _("%(what)s (%(more)s)", what=enumerate_texts(parts), more=one.clause)

    def who(self, step: Step) -> str:
        """Say who acts at a step; of a branch, nothing."""
        return phrases.approver(self.registry, step.approver) if isinstance(step, Node) else ""


class _Compare:
    """Compares two flows of one kind."""

    def __init__(self, say: _Words, title: str, old: Flow, new: Flow) -> None:
        self.say, self.title, self.old, self.new = say, title, old, new
        self.whom = say.applicants(new)

    def all(self) -> Iterator[Change]:
        yield from self.parts(self.old, self.new, "", self.title, ("nodes", "void", "cc"))
        yield from self.copies()
        yield from self.steps(Way.of(self.old.nodes), Way.of(self.new.nodes), self.title)
        voiding = _("%(kind)s, voiding", kind=self.title)
        yield from self.steps(Way.of(self.old.void), Way.of(self.new.void), voiding, "void/")
        if self.old.urgent and self.new.urgent:
            urgent = _("%(kind)s, urgent", kind=self.title)
            was, now = Way.of(self.old.urgent.steps), Way.of(self.new.urgent.steps)
            yield from self.steps(was, now, urgent, "urgent/")

    def parts(
        self, was: Any, now: Any, place: str, title: str, skip: tuple[str, ...], whom: str = ""
    ) -> Iterator[Change]:
        """Compare node with node, path with path, flow with flow, part by part."""
        for part in fields(now):
            name = part.name
            if name in {"id", "paths", "steps", *skip, *_WITH_OTHERS}:
                continue
            if _told(was, name) == _told(now, name):
                continue
            before = self.say.value(name, getattr(was, name), was)
            after = self.say.value(name, getattr(now, name), now)
            label = _("%(where)s, %(what)s", where=title, what=_WHAT.get(name, name))
            if before != after:
                yield self.change(f"{place}{name}", label, before, after, whom)
            elif name != "urgent":  # whose steps are compared one by one
                text = _("%(what)s: changed", what=label)
                kind, found = self.say.kind, whom or self.whom
                yield Change(
                    Sign.CHANGED, "flows", f"{kind}/{place}{name}", text, found, kind, before, after
                )

    def change(self, place: str, label: str, before: str, after: str, whom: str = "") -> Change:
        kind = self.say.kind
        found = whom or self.whom
        return differs("flows", f"{kind}/{place}", label, before, after, whom=found, kind=kind)

    def steps(self, was: Way, now: Way, title: str, place: str = "") -> Iterator[Change]:
        for ident, seat in was.seats.items():
            if ident not in now.seats:
                text = _(
                    "%(kind)s: the step “%(step)s” falls away", kind=title, step=seat.step.name
                )
                yield self.seat(Sign.REMOVED, f"{place}{ident}", text, seat.step)
        moved = _moved(was, now)
        for ident, seat in now.seats.items():
            step = seat.step
            where = _("%(kind)s, step “%(step)s”", kind=title, step=step.name)
            if ident not in was.seats:
                text = _("%(kind)s: new step “%(step)s”", kind=title, step=step.name)
                yield self.seat(Sign.ADDED, f"{place}{ident}", self.after(text, now, ident), step)
                continue
            if ident in moved:
                text = _("%(kind)s: the step “%(step)s” has moved", kind=title, step=step.name)
                text = self.after(text, now, ident)
                yield self.seat(Sign.CHANGED, f"{place}{ident}", text, step)
            other = was.seats[ident].step
            if isinstance(step, Node) and isinstance(other, Node):
                whom = self.say.who(step)
                yield from self.parts(other, step, f"{place}{ident}/", where, (), whom)
            elif isinstance(step, Branch) and isinstance(other, Branch):
                yield from self.branch(other, step, f"{place}{ident}/", title)

    def after(self, text: str, way: Way, ident: str) -> str:
        """Add where a step stands, and who acts there."""
        seat = way.seats[ident]
        who = self.say.who(seat.step)
        if who:
            text = _("%(what)s, %(who)s", what=text, who=who)
        before = way.behind(ident, way.seats)
        place = _("after “%(step)s”", step=before) if before else _("at the beginning")
        if seat.inside:
            _number, path = way.paths[seat.inside[-2], seat.inside[-1]]
            place = _("%(place)s of the path “%(path)s”", place=place, path=path.name)
        text = _("%(what)s, %(where)s", what=text, where=place)
        if isinstance(seat.step, Node) and seat.step.when:
            when = phrases.condition(seat.step.when, self.say.facts)
            text = _("%(what)s, only if %(condition)s", what=text, condition=when)
        return text

    def seat(self, sign: Sign, place: str, text: str, step: Step) -> Change:
        kind, whom = self.say.kind, self.say.who(step) or self.whom
        return Change(sign, "flows", f"{kind}/{place}", text, whom, kind)

    def branch(self, was: Branch, now: Branch, place: str, title: str) -> Iterator[Change]:
        """Compare a branch's paths: which there are, and when each is taken."""
        where = _("%(kind)s, branch “%(branch)s”", kind=title, branch=now.name)
        yield from self.parts(was, now, place, where, ())
        old, new = ({path.id: path for path in one.paths} for one in (was, now))
        kind = self.say.kind
        for ident in dict.fromkeys([*new, *old]):
            path = new.get(ident) or old[ident]
            label = _("%(where)s, path “%(path)s”", where=where, path=path.name)
            if ident in new and ident in old:
                yield from self.parts(old[ident], path, f"{place}{ident}/", label, ())
                continue
            when = self.say.value("when", path.when, path)
            if path.default:
                when = _("otherwise")
            sign = Sign.ADDED if ident in new else Sign.REMOVED
            text = (
                _("%(where)s is new: %(when)s", where=label, when=when)
                if ident in new
                else _("%(where)s falls away: %(when)s", where=label, when=when)
            )
            yield Change(sign, "flows", f"{kind}/{place}{ident}", text, self.whom, kind)
        kept = [ident for ident in old if ident in new]
        order = [ident for ident in new if ident in old]
        if kept != order and now.split.value == "first":  # the first that fits is taken
            names = [" → ".join(new[ident].name for ident in ids) for ids in (kept, order)]
            label = _("%(where)s, order of the paths", where=where)
            yield self.change(f"{place}paths", label, *names)

    def copies(self) -> Iterator[Change]:
        """Compare who gets a copy, and when."""
        kind = self.say.kind
        for sign, mine, others in (
            (Sign.REMOVED, self.old.cc, self.new.cc),
            (Sign.ADDED, self.new.cc, self.old.cc),
        ):
            for copy in mine:
                if copy in others:
                    continue
                who = phrases.approver(self.say.registry, copy.approver)
                values = {"kind": self.title, "who": who}
                match sign, copy.at:
                    case Sign.ADDED, "submit":
                        text = _("%(kind)s: a copy at submit goes to %(who)s", **values)
                    case Sign.ADDED, _:
                        text = _("%(kind)s: a copy at the end goes to %(who)s", **values)
                    case _, "submit":
                        text = _("%(kind)s: no copy at submit to %(who)s any more", **values)
                    case _:
                        text = _("%(kind)s: no copy at the end to %(who)s any more", **values)
                yield Change(sign, "flows", f"{kind}/cc", text, who, kind)


def _clock(one: Timeout) -> str:
    said = phrases.timeout(one)
    return _("%(what)s (%(more)s)", what=said, more=one.clause) if one.clause else said


def _told(one: Any, name: str) -> Any:
    """Give a part with what is told together with it."""
    found = getattr(one, name)
    if name == "mode":
        return found, one.quota
    if name == "nobody":
        return found, one.stand_in
    return found


def _moved(was: Way, now: Way) -> set[str]:
    """Name the fewest steps that must have moved, so that all others stand in the same order.

    Steps that stand inside another path than before have moved; of those that stayed in their
    list, all but a longest run in the same order have.
    """
    moved = {
        ident
        for ident, seat in now.seats.items()
        if ident in was.seats and was.seats[ident].inside != seat.inside
    }
    lists: dict[tuple[str, ...], list[str]] = {}
    for ident, seat in now.seats.items():
        if ident in was.seats and ident not in moved:
            lists.setdefault(seat.inside, []).append(ident)
    order = {ident: place for place, ident in enumerate(was.seats)}
    for idents in lists.values():
        moved |= set(idents) - _longest_run(idents, order)
    return moved


def _longest_run(idents: list[str], order: Mapping[str, int]) -> set[str]:
    """Give a longest part of a list whose old places rise."""
    best: list[list[str]] = []
    for ident in idents:
        before = [run for run in best if order[run[-1]] < order[ident]]
        best.append([*_longest(before), ident])
    return set(_longest(best))


def _longest(runs: list[list[str]]) -> list[str]:
    return max(runs, key=lambda run: len(run)) if runs else []
