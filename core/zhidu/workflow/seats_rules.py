"""Pure rules of added seats: what an act of one of them means for the others and for the node.

The people whom a node asks, and those asked beside them, are its roots: among them its mode
decides. Around each person stands a small tree of those whom that person asked for more: before
the own decision, after it, or for an opinion. A person is through when those asked before have
agreed, the person has, and those asked after have; a root that is through has agreed in the sense
of the mode. Whoever of a tree rejects or returns does it for the root.

A seat may have a twin: the superior who is asked as well because the person did not decide in
time. Whichever of the two acts first, acts for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from zhidu.workflow.decisions import Action, Outcome, Seat, Verdict, decide
from zhidu.workflow.definition import Mode
from zhidu.workflow.models import Sign, TaskStatus

PENDING = frozenset({TaskStatus.OPEN, TaskStatus.WAITING})


@dataclass(frozen=True, slots=True)
class Chair:
    """One person's task on a node.

    :param key: the task's id.
    :param parent: key of the one who asked for it before, after, or for an opinion; None for a root.
    :param twin_of: key of the seat in which this one may decide as well.
    """

    key: int
    status: TaskStatus
    position: int = 1
    sign: Sign = Sign.OWN
    parent: int | None = None
    twin_of: int | None = None
    agreed: bool = True

    @property
    def pends(self) -> bool:
        """Tell whether it is still to act."""
        return self.status in PENDING


class Table:
    """All seats of one visit of a node."""

    def __init__(self, chairs: Iterable[Chair]) -> None:
        self.chairs = {chair.key: chair for chair in chairs}

    def below(self, key: int, *signs: Sign) -> list[Chair]:
        """List whom one person asked for, in the order of asking; all of them without a sign."""
        return [
            chair
            for chair in self.chairs.values()
            if chair.parent == key and chair.twin_of is None and (not signs or chair.sign in signs)
        ]

    def twins(self, key: int) -> list[Chair]:
        """List who may decide in a seat as well."""
        return [chair for chair in self.chairs.values() if chair.twin_of == key]

    def tree(self, key: int) -> Iterator[Chair]:
        """Walk a seat with its twins and all that was asked for around it."""
        yield self.chairs[key]
        for chair in (*self.twins(key), *self.below(key, Sign.BEFORE, Sign.AFTER, Sign.CONSULT)):
            yield from self.tree(chair.key)

    def root(self, key: int) -> Chair:
        """Give the seat among which the mode decides, to which a seat belongs."""
        chair = self.chairs[key]
        if chair.twin_of is not None:
            return self.root(chair.twin_of)
        return chair if chair.parent is None else self.root(chair.parent)

    def roots(self) -> list[Chair]:
        """List the seats among which the mode decides."""
        return [chair for chair in self.chairs.values() if self.root(chair.key) is chair]

    def pending(self, keys: Iterable[int]) -> tuple[int, ...]:
        """Give who in the trees of these seats is still to act."""
        found = (chair for key in keys for chair in self.tree(key))
        return tuple(dict.fromkeys(chair.key for chair in found if chair.pends))

    def everybody(self) -> tuple[int, ...]:
        """Give who is still to act at all."""
        return tuple(chair.key for chair in self.chairs.values() if chair.pends)

    def turns(self, mode: Mode) -> set[int]:
        """Give whose turn it is, told by who has acted and who asked for whom alone."""
        left = [root for root in self.roots() if _open_ended(self, root)]
        if mode is Mode.SEQUENTIAL and left:
            left = [min(left, key=lambda root: root.position)]
        return {key for root in left for key in self._turns(root)}

    def _turns(self, chair: Chair) -> Iterator[int]:
        if not chair.pends:
            for one in _after(self, chair):
                yield from self._turns(one)
            return
        for twin in self.twins(chair.key):
            if twin.pends:
                yield from self._turns(twin)
        before = self.below(chair.key, Sign.BEFORE, Sign.CONSULT)
        asked = [one for one in before if _open_ended(self, one)]
        if not asked:
            yield chair.key
        for one in asked:
            yield from self._turns(one)

    def as_seat(self, root: Chair) -> Seat:
        """See a root with all around it as the mode does."""
        states = {chair.status for chair in self.tree(root.key) if chair.pends}
        root = next((one for one in self.twins(root.key) if one.status is TaskStatus.DONE), root)
        status = root.status
        if TaskStatus.OPEN in states:
            status = TaskStatus.OPEN
        elif states:
            status = TaskStatus.WAITING
        return Seat(root.key, status, root.position, root.agreed)


def settle(mode: Mode, quota: int, action: Action, acting: int, chairs: Sequence[Chair]) -> Outcome:
    """Say what follows from an act: for the node, and for whom it takes or brings the turn.

    :param acting: key of the seat that acts; its status does not matter.
    :param chairs: all seats of the visit.
    """
    table = Table(chairs)
    seat = table.chairs[acting].twin_of or acting
    agreed = action not in {Action.REJECT, Action.RETURN}
    # a twin decides for the seat: whatever was asked for before the seat's own decision is idle
    idle = {
        chair.key
        for chair in table.tree(seat)
        if chair.pends and not _comes_after(table, chair, seat)
    } - {acting}
    for key in (acting, seat):
        table.chairs[key] = replace(table.chairs[key], status=TaskStatus.DONE, agreed=agreed)
    for key in idle - {seat}:
        table.chairs[key] = replace(table.chairs[key], status=TaskStatus.CANCELLED)
    outcome = _of_node(table, mode, quota, action, seat)
    return replace(outcome, cancel=tuple(dict.fromkeys((*sorted(idle), *outcome.cancel))))


def _comes_after(table: Table, chair: Chair, seat: int) -> bool:
    """Tell whether somebody in a seat's tree was asked for after the seat's own decision."""
    while chair.key != seat:
        if chair.twin_of is not None:
            up = chair.twin_of
        elif chair.parent is None:
            return False
        elif chair.parent == seat or table.chairs[chair.parent].twin_of == seat:
            return chair.sign is Sign.AFTER
        else:
            up = chair.parent
        chair = table.chairs[up]
    return False


def _of_node(table: Table, mode: Mode, quota: int, action: Action, seat: int) -> Outcome:
    root = table.root(seat)
    if action in {Action.REJECT, Action.RETURN}:
        own = table.pending([root.key])
        outcome = _among_roots(table, mode, quota, action, root)
        return replace(outcome, cancel=tuple(dict.fromkeys((*own, *outcome.cancel))))
    return _through(table, mode, quota, action, table.chairs[seat])


def _through(table: Table, mode: Mode, quota: int, action: Action, chair: Chair) -> Outcome:
    """Go on behind a person who agreed: those asked after, then the one who asked for the person."""
    if chair.twin_of is not None:
        chair = table.chairs[chair.twin_of]
    after = _after(table, chair)
    if after:
        turn = tuple(one.key for one in after if not _asked(table, one))
        others: tuple[int, ...] = ()
        if mode is Mode.ANY and chair is table.root(chair.key):
            # the first to act has decided for all, once those asked after agree
            others = table.pending(one.key for one in table.roots() if one is not chair)
        return Outcome(Verdict.STAYS, cancel=others, open=turn)
    if chair.sign in {Sign.BEFORE, Sign.AFTER} and chair.parent is not None:
        parent = table.chairs[chair.parent]
        if chair.sign is Sign.BEFORE:
            return Outcome(Verdict.STAYS, open=back_to(table, parent))
        return _through(table, mode, quota, action, parent)
    return _among_roots(table, mode, quota, action, chair)


def _after(table: Table, chair: Chair) -> list[Chair]:
    """List who is still to act after a person, or after the twin who acted for the person."""
    hands = (chair, *table.twins(chair.key))
    found = [one for hand in hands for one in table.below(hand.key, Sign.AFTER)]
    return [one for one in found if _open_ended(table, one)]


def back_to(table: Table, parent: Chair) -> tuple[int, ...]:
    """Give the seat whose turn comes again when nobody asked before it is to answer any more."""
    asked = table.below(parent.key, Sign.BEFORE, Sign.CONSULT)
    if parent.status is not TaskStatus.WAITING or any(_open_ended(table, one) for one in asked):
        return ()
    return (parent.key,)


def _asked(table: Table, chair: Chair) -> bool:
    """Tell whether it is anybody's turn in a seat's tree."""
    return any(one.status is TaskStatus.OPEN for one in table.tree(chair.key))


def _open_ended(table: Table, chair: Chair) -> bool:
    """Tell whether somebody in a seat's tree is still to act."""
    return any(one.pends for one in table.tree(chair.key))


def _among_roots(table: Table, mode: Mode, quota: int, action: Action, root: Chair) -> Outcome:
    """Let the mode decide among the roots, each with all around it."""
    others = [table.as_seat(one) for one in table.roots() if one.key != root.key]
    outcome = decide(mode, action, others, quota)
    if outcome.verdict is not Verdict.STAYS:
        return replace(outcome, cancel=table.everybody())
    return replace(outcome, cancel=table.pending(outcome.cancel))
