"""Who is here to be asked, and who sits in the seat of one who is not.

A person who is away (an addon knows it, e.g. from an approved leave) never gets a task while the
setting ``core.absent_people`` stands at its default. In this order the seat goes

- to the one to whom the person delegated this kind of record, if that one may decide it;
- where one of several decides (或签): to nobody, the others are enough;
- where several decide together: to the person's nearest superior, else to the flow's manager, so
  that a countersign is never thinner because somebody is away; without one the step waits.

Where all are away it is as if nobody was found. A task that somebody has already stays with them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from zhidu import hooks, settings
from zhidu.clock import now
from zhidu.db import Session
from zhidu.events import AbsenceQuery
from zhidu.settings import Setting
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import delegation
from zhidu.workflow.definition import Mode
from zhidu.workflow.models import Origin

if TYPE_CHECKING:
    from zhidu.workflow.routing import Asked


class Rule(StrEnum):
    """What is done about people who are away."""

    PASS_OVER = "pass_over"  # noqa: S105 -- no password
    """They never get a task: the default."""
    IF_NOBODY_ELSE = "if_nobody_else"
    """They get one where neither a superior nor the flow's manager could be asked."""
    KEEP = "keep"
    """They are asked as if they were here."""


SETTING = Setting(
    "core.absent_people",
    str,
    Rule.PASS_OVER.value,
    _l("Steps of people who are away"),
    _l(
        "pass_over: somebody else is asked; if_nobody_else: they are asked where nobody else is"
        " found; keep: they are asked all the same."
    ),
    choices=tuple(rule.value for rule in Rule),
)


def away(session: Session, member_ids: Collection[int]) -> frozenset[int]:
    """Name those of the members who are away now, whatever the setting says."""
    wanted = frozenset(member_ids)
    if not wanted:
        return wanted
    return hooks.provide_absences(session, AbsenceQuery(session, wanted, now())) & wanted


class Presence:
    """Who can be asked about one kind of record now; each person is looked up once.

    :param kind: of the record, by which delegations go.
    """

    def __init__(self, session: Session, kind: str, policy_version_id: int | None) -> None:
        self._session = session
        self._kind = kind
        self._version = policy_version_id
        self._rule: Rule | None = None
        self._away: dict[int, bool] = {}
        self._helpers: dict[int, int | None] = {}

    @property
    def rule(self) -> Rule:
        """Give the company's rule about people who are away."""
        if self._rule is None:
            self._rule = Rule(settings.get(self._session, SETTING.key, self._version))
        return self._rule

    def look_up(self, member_ids: Iterable[int]) -> None:
        """Learn of several people at once; the questions below then cost nothing."""
        fresh = [one for one in dict.fromkeys(member_ids) if one not in self._away]
        if not fresh:
            return
        helpers = delegation.stand_ins(self._session, fresh, self._kind)
        both = dict.fromkeys([*fresh, *helpers.values()])
        gone = frozenset[int]() if self.rule is Rule.KEEP else away(self._session, both)
        for one in fresh:
            self._away[one] = one in gone
            helper = helpers.get(one)
            # one hop: a helper who is away passes nothing on
            self._helpers[one] = None if helper in gone else helper

    def is_away(self, member_id: int) -> bool:
        """Tell whether a person is away now, as far as the company's rule minds."""
        self.look_up([member_id])
        return self._away[member_id]

    def stand_in(self, member_id: int) -> int | None:
        """Give who is here and has the person's tasks of this kind now, if anybody."""
        self.look_up([member_id])
        return self._helpers[member_id]

    def reachable(self, member_id: int) -> bool:
        """Tell whether the person can be asked now, or somebody in the person's place."""
        return not self.is_away(member_id) or self.stand_in(member_id) is not None

    def seated(
        self,
        asked: Sequence[Asked],
        mode: Mode,
        may: Callable[[int], bool],
        above: Callable[[int], Iterable[int]],
    ) -> list[Asked] | None:
        """Put those who stand in into the seats of others; None where a seat cannot be filled.

        :param may: tells whether somebody may be asked on this node.
        :param above: gives who comes into question for one who is away, the nearest first.
        """
        self.look_up(one.member_id for one in asked)
        taken = {one.member_id for one in asked}
        made: list[Asked] = []
        for one in asked:
            helper = self.stand_in(one.member_id)
            if helper is not None and helper not in taken and may(helper):
                seat = replace(
                    one,
                    member_id=helper,
                    origin=Origin.DELEGATED,
                    owner_id=one.owner_id or one.member_id,
                )
            elif not self.is_away(one.member_id):
                seat = one
            elif mode is Mode.ANY:
                continue
            else:
                higher = next(
                    (
                        other
                        for other in above(one.member_id)
                        if other not in taken and not self.is_away(other) and may(other)
                    ),
                    None,
                )
                if higher is None:
                    return None
                seat = replace(one, member_id=higher, origin=Origin.SUPERIOR)
            taken.add(seat.member_id)
            made.append(seat)
        return made
