"""The pure rules of added seats: whoever acts, somebody is asked until the node is decided, once."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from zhidu.workflow.decisions import Action, Outcome, Verdict
from zhidu.workflow.definition import Mode
from zhidu.workflow.models import Sign, TaskStatus
from zhidu.workflow.seats_rules import Chair, Table, back_to, settle

OPEN, WAITING, DONE, CANCELLED = (
    TaskStatus.OPEN, TaskStatus.WAITING, TaskStatus.DONE, TaskStatus.CANCELLED,
)  # fmt: skip


class Play:
    """A node at which people sit down, act, and ask for more people."""

    def __init__(self, mode: Mode, people: int, quota: int = 0) -> None:
        self.mode, self.quota = mode, quota
        self.chairs = {
            key: Chair(key, OPEN if mode is not Mode.SEQUENTIAL or key == 1 else WAITING, key)
            for key in range(1, people + 1)
        }
        self.verdict = Verdict.STAYS

    def add(self, parent: int, sign: Sign, *, twin: bool = False) -> int:
        key = len(self.chairs) + 1
        one = self.chairs[parent]
        if twin:
            self.chairs[key] = Chair(key, OPEN, one.position, Sign.INSTEAD, None, parent)
            return key
        around = sign in {Sign.BEFORE, Sign.AFTER, Sign.CONSULT}
        status = WAITING if sign is Sign.AFTER else OPEN
        position = one.position
        if sign is Sign.BESIDE and self.mode is Mode.SEQUENTIAL:
            status, position = WAITING, one.position + 1
            for other in list(self.chairs.values()):
                if other.position > one.position:
                    self._set(other.key, position=other.position + 1)
        self.chairs[key] = Chair(key, status, position, sign, parent if around else None)
        if sign in {Sign.BEFORE, Sign.CONSULT}:
            self._set(parent, status=WAITING)
        return key

    def act(self, key: int, action: Action = Action.APPROVE) -> Outcome:
        outcome = settle(self.mode, self.quota, action, key, list(self.chairs.values()))
        self._set(key, status=DONE, agreed=action is Action.APPROVE)
        for gone in outcome.cancel:
            self._set(gone, status=CANCELLED)
        for come in outcome.open:
            assert self.chairs[come].status is WAITING
            self._set(come, status=OPEN)
        self.verdict = outcome.verdict
        return outcome

    def answer(self, key: int) -> None:
        self._set(key, status=DONE)
        table = Table(self.chairs.values())
        for come in back_to(table, table.chairs[self.chairs[key].parent or 0]):
            self._set(come, status=OPEN)

    def open(self) -> list[int]:
        return [chair.key for chair in self.chairs.values() if chair.status is OPEN]

    def pending(self) -> list[int]:
        return [chair.key for chair in self.chairs.values() if chair.pends]

    def _set(self, key: int, **values: object) -> None:
        self.chairs[key] = replace(self.chairs[key], **values)  # type: ignore[arg-type]


def test_before_then_the_own_turn_comes_again() -> None:
    play = Play(Mode.ANY, 1)
    first, second = play.add(1, Sign.BEFORE), 0
    play.chairs[1] = replace(play.chairs[1], status=OPEN)
    second = play.add(1, Sign.BEFORE)
    assert play.act(first).open == ()
    assert play.act(second) == Outcome(Verdict.STAYS, open=(1,))
    assert play.act(1).verdict is Verdict.PASSES


def test_after_must_agree_before_the_flow_leaves() -> None:
    play = Play(Mode.ANY, 2)
    after = play.add(1, Sign.AFTER)
    # the first to act has decided for all: the other is not asked any more
    assert play.act(1) == Outcome(Verdict.STAYS, cancel=(2,), open=(after,))
    assert play.act(after).verdict is Verdict.PASSES


def test_the_other_of_any_decides_for_all_whoever_was_added() -> None:
    play = Play(Mode.ANY, 2)
    before = play.add(1, Sign.BEFORE)
    assert play.act(2) == Outcome(Verdict.PASSES, cancel=(1, before))


def test_all_waits_for_those_added_beside_and_after() -> None:
    play = Play(Mode.ALL, 2)
    beside, after = play.add(1, Sign.BESIDE), play.add(1, Sign.AFTER)
    for key in (2, 1, beside):
        assert play.act(key).verdict is Verdict.STAYS
    assert play.open() == [after]
    assert play.act(after).verdict is Verdict.PASSES


def test_in_turn_those_added_come_before_the_next() -> None:
    play = Play(Mode.SEQUENTIAL, 2)
    beside, after = play.add(1, Sign.BESIDE), play.add(1, Sign.AFTER)
    asked = []
    for key in (1, after, beside, 2):
        asked.append(play.open())
        outcome = play.act(key)
    assert asked == [[1], [after], [beside], [2]]
    assert outcome.verdict is Verdict.PASSES


def test_who_was_added_refuses_for_the_one_who_asked() -> None:
    for mode, verdict in ((Mode.ANY, Verdict.ENDS), (Mode.ALL, Verdict.ENDS)):
        play = Play(mode, 2)
        before = play.add(1, Sign.BEFORE)
        outcome = play.act(before, Action.REJECT)
        assert (outcome.verdict, play.pending()) == (verdict, [])
    play = Play(Mode.COUNT, 3, quota=2)
    before = play.add(1, Sign.BEFORE)
    assert play.act(before, Action.REJECT) == Outcome(Verdict.STAYS, cancel=(1,))
    assert play.act(2).verdict is Verdict.STAYS
    assert play.act(3).verdict is Verdict.PASSES


def test_a_twin_decides_for_both() -> None:
    for mode in (Mode.ALL, Mode.SEQUENTIAL, Mode.RATIO):
        play = Play(mode, 2, quota=100)
        twin = play.add(1, Sign.OWN, twin=True)
        before, after = play.add(1, Sign.BEFORE), play.add(1, Sign.AFTER)
        outcome = play.act(twin)
        assert set(outcome.cancel) == {1, before}
        assert after in outcome.open
        play.act(after)
        assert play.open() == [2]
        assert play.act(2).verdict is Verdict.PASSES, mode


def test_the_one_who_was_late_decides_for_the_twin() -> None:
    play = Play(Mode.ALL, 2)
    twin = play.add(1, Sign.OWN, twin=True)
    assert play.act(1) == Outcome(Verdict.STAYS, cancel=(twin,))


@given(st.data())
def test_somebody_is_asked_until_it_is_decided(data: st.DataObject) -> None:
    """Whatever people add and decide: it ends, and until then somebody is asked."""
    mode = data.draw(st.sampled_from(Mode))
    people = data.draw(st.integers(1, 4))
    quota = data.draw(st.integers(1, 100 if mode is Mode.RATIO else people))
    play = Play(mode, people, quota)
    signs = st.sampled_from([Sign.BEFORE, Sign.AFTER, Sign.BESIDE, Sign.CONSULT, Sign.INSTEAD])
    refusals = 0
    for _round in range(60):
        assert play.open(), play.chairs
        assert set(play.open()) == Table(play.chairs.values()).turns(mode)
        key = data.draw(st.sampled_from(play.open()))
        chair = play.chairs[key]
        if chair.sign is Sign.CONSULT:
            play.answer(key)
            continue
        adds = len(play.chairs) < 12 and data.draw(st.booleans())
        if adds:
            sign = data.draw(signs)
            if sign is Sign.INSTEAD:
                if chair.twin_of is None:
                    play.add(key, sign, twin=True)
            elif sign is not Sign.BESIDE or (chair.parent is None and chair.twin_of is None):
                play.add(key, sign)
            continue
        action = data.draw(st.sampled_from([Action.APPROVE] * 4 + [Action.REJECT]))
        refusals += action is Action.REJECT
        play.act(key, action)
        if play.verdict is not Verdict.STAYS:
            break
    else:
        raise AssertionError("it never ends")
    assert play.pending() == []
    if not refusals:
        assert play.verdict is Verdict.PASSES
    if play.verdict is Verdict.ENDS:
        assert refusals
