"""Who is asked on a node: resolvers, then the rules for nobody, the applicant and the duties.

A task is never made for the applicant on an approve node, never for someone who has left, and
never passed by itself: superior of the applicant, else the flow's manager, else it waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from zhidu import expressions
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import Refused
from zhidu.org import queries as org
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Record
from zhidu.workflow.definition import Approver, Flow, Node, NodeKind
from zhidu.workflow.errors import Waiting
from zhidu.workflow.find import people_in
from zhidu.workflow.models import Origin


@dataclass(frozen=True, slots=True)
class Asked:
    """A person to be asked, and why this one."""

    member_id: int
    origin: Origin = Origin.RESOLVED


@dataclass(frozen=True, slots=True)
class Route:
    """The people of a node, or the reason why there are none."""

    people: tuple[Asked, ...]
    reason: Waiting | None = None


class Router:
    """Finds the people of one record's nodes; facts are read once.

    :param detail: the addon's own row.
    """

    def __init__(self, session: Session, kind: RecordKind, record: Record, detail: Any) -> None:
        self.session = session
        self.kind = kind
        self.record = record
        self.detail = detail
        self._facts: dict[str, Any] | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """Give the record's facts as they are now."""
        if self._facts is None:
            self._facts = dict(self.kind.read_facts(self.session, self.detail))
        return self._facts

    def forget(self) -> None:
        """Read the facts anew at the next question: an effect may have changed them."""
        self._facts = None

    def applies(self, node: Node) -> bool:
        """Tell whether the node's condition holds.

        :raises ExpressionError: the condition cannot be decided: never guessed.
        """
        if not node.when:
            return True
        return expressions.compile_condition(node.when, self.kind.facts).matches(self.facts)

    def route(self, flow: Flow, node: Node) -> Route:
        """Find who is asked on a node."""
        found = self.working(self.find(node.approver))
        asked = self._without_applicant(node, found)
        fit = [one for one in asked if self._fit(node, one.member_id)]
        if not fit:
            fit = self._stand_in(node)
        if not fit:
            fit = [
                Asked(one, Origin.MANAGER)
                for one in self.working(self.find(flow.manager))
                if self._may_be_asked(node, one)
            ]
        people = tuple({one.member_id: one for one in reversed(fit)}.values())[::-1]
        return Route(people) if people else Route((), self._reason(flow, node, found))

    def find(self, approver: Approver) -> list[int]:
        """Ask the resolver; one whose addon is gone finds nobody."""
        if approver.resolver == "field":  # from the row at hand, which a preview has not saved
            return people_in(self.detail, str(approver.argument))
        resolver = self.session.registry.resolvers.get(approver.resolver)
        if resolver is None:
            return []
        return list(resolver.find(self.session, self.record, approver.argument))

    def working(self, found: Iterable[int]) -> list[int]:
        """Keep those who work here now, each once, in order."""
        return [one for one in dict.fromkeys(found) if org.works_here(self.session, one)]

    def _without_applicant(self, node: Node, found: list[int]) -> list[Asked]:
        """Put the applicant's superior in the applicant's place."""
        asked = []
        for one in found:
            if node.kind is NodeKind.APPROVE and one == self.record.applicant_id:
                asked += self._stand_in(node)[:1]
            else:
                asked.append(Asked(one))
        return asked

    def _stand_in(self, node: Node) -> list[Asked]:
        """Give the nearest superior of the applicant who may be asked."""
        return [
            Asked(one, Origin.SUPERIOR)
            for one in org.superiors(self.session, self.record.applicant_id)
            if self._may_be_asked(node, one)
        ][:1]

    def _may_be_asked(self, node: Node, member_id: int) -> bool:
        own = node.kind is NodeKind.APPROVE and member_id == self.record.applicant_id
        return not own and self._fit(node, member_id)

    def _fit(self, node: Node, member_id: int) -> bool:
        """Tell whether the kind's own separation of duties lets the person act."""
        if self.kind.check_actor is None:
            return True
        person = Actor(member_id=member_id, company_id=self.session.company)
        try:
            self.kind.check_actor(self.session, person, self.detail, node.kind.value)
        except Refused:
            return False
        return True

    def _reason(self, flow: Flow, node: Node, found: list[int]) -> Waiting:
        known = {
            *found,
            *org.superiors(self.session, self.record.applicant_id),
            *self.working(self.find(flow.manager)),
        }
        if not known:
            return Waiting.NOBODY
        if known == {self.record.applicant_id} and node.kind is NodeKind.APPROVE:
            return Waiting.ONLY_APPLICANT
        return Waiting.SEGREGATED
