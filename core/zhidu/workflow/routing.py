"""Who is asked on a node: resolvers, then the rules for nobody, the applicant and the duties.

A task is never made for the applicant on a deciding node, never for someone who has left or
cannot log in, and never passed by itself unless the policy says so: superior of the applicant,
else the flow's manager, else it waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select

from zhidu import expressions
from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import Refused
from zhidu.org import queries as org
from zhidu.org.models import Member
from zhidu.records import windows
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Record
from zhidu.workflow import authority, find, needs, scopes
from zhidu.workflow.absence import Presence, Rule
from zhidu.workflow.definition import Approver, Flow, Nobody, Node, Path
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import FlowStep, Origin, StepStatus, Task
from zhidu.workflow.resolvers import Question

APPLICANT = "applicant"
"""In ``not_same_as`` the person who requests."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A person to be asked, and why this one.

    :param owner_id: on whose behalf, where somebody acts for another person.
    """

    member_id: int
    origin: Origin = Origin.RESOLVED
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The people of a node, or the reason why there are none.

    :param passes: nobody was found, and the policy says that the node is passed then.
    """

    people: tuple[Asked, ...]
    reason: Waiting | None = None
    passes: bool = False


class Router:
    """Finds the people of one record's nodes; facts are read once.

    :param detail: the addon's own row.
    :param takes: whether the answers are acted on; not in a preview.
    :param chosen: whom the applicant chooses just now, by node; before it is kept.
    """

    def __init__(
        self,
        session: Session,
        kind: RecordKind,
        record: Record,
        detail: Any,
        *,
        takes: bool = False,
        chosen: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        self.session = session
        self.kind = kind
        self.record = record
        self.detail = detail
        self.takes = takes
        self.chosen = chosen or {}
        self._facts: Mapping[str, Any] | None = None
        self._deciders: dict[str, set[int]] | None = None
        self._authorized: dict[str, frozenset[int]] = {}
        self.presence = Presence(session, kind.name, record.policy_version_id)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Give the record's facts as they are now."""
        if self._facts is None:
            self._facts = windows.facts_of(self.session, self.kind, self.detail)
        return self._facts

    def forget(self) -> None:
        """Read the facts and the deciders anew at the next question: an act may change them."""
        self._facts = None
        self._deciders = None
        self._authorized = {}

    def applies(self, step: Node | Path) -> bool:
        """Tell whether the condition of a node or a path holds.

        :raises ExpressionError: the condition cannot be decided: never guessed.
        """
        if not step.when:
            return True
        return expressions.compile_condition(step.when, self.kind.facts).matches(self.facts)

    def route(self, flow: Flow, node: Node) -> Route:
        """Find who is asked on a node."""
        found = [
            one
            for one in self.find(node.approver, node, flow)
            if scopes.covers(self.session, one, node.applies_to, node.excepted)
        ]
        fit = [
            one
            for one in self._without_applicant(flow, node, found)
            if self._fits(flow, node, one.member_id) and self.authorized(node, one.member_id)
        ]
        seated = self._seated(flow, node, fit)
        if seated is not None and not seated:
            rule = node.nobody or flow.nobody
            if rule is Nobody.PASS and not found and not self.kind.guarded:
                return Route((), passes=True)
            seated = self._seated(flow, node, self._nobody(flow, node, rule))
        if not seated and self.presence.rule is Rule.IF_NOBODY_ELSE:
            seated = fit
        people = tuple({one.member_id: one for one in reversed(seated or ())}.values())[::-1]
        return Route(people) if people else Route((), self._reason(flow, node, found))

    def find(
        self, approver: Approver, node: Node | None = None, flow: Flow | None = None
    ) -> list[int]:
        """Ask the resolver, and those who stand in for it; gives who can act, each once."""
        return self.able(find.people(self.question(node, flow), approver))

    def question(self, node: Node | None = None, flow: Flow | None = None) -> Question:
        """Make what a resolver is asked; without a node for the flow's manager, copies and the like."""
        return Question(
            self.session,
            self.kind,
            self.record,
            self.detail,
            lambda: self.facts,
            node_id=node.id if node else "",
            available=partial(self._available, flow, node),
            chosen=self.chosen,
            takes=self.takes,
        )

    def able(self, found: Iterable[int]) -> list[int]:
        """Keep those who work here now and can log in, each once, in order."""
        people = org.working(self.session, found)
        if not people:
            return []
        disabled = set(
            self.session.scalars(
                select(Member.id)
                .join(User, User.id == Member.user_id)
                .where(Member.id.in_(people), User.active.is_(False))
            )
        )
        return [one for one in people if one not in disabled]

    def may_decide(self, flow: Flow, node: Node, member_id: int) -> bool:
        """Tell whether somebody may be asked on a node: not the applicant, not kept apart.

        Where the node demands a written authority, only those whose entry covers the record: whoever
        could not sign is not asked to.
        """
        own = needs.decides(node.kind) and member_id == self.record.applicant_id
        return not own and self._fits(flow, node, member_id) and self.authorized(node, member_id)

    def authorized(self, node: Node, member_id: int) -> bool:
        """Tell whether the written authority that a node demands, if any, covers the person."""
        if not node.authority:
            return True
        if node.authority not in self._authorized:
            asked = authority.asked_by(self.session, self.kind, self.facts, node.authority)
            found = authority.holders(self.session, asked) if asked else ()
            self._authorized[node.authority] = frozenset(found)
        return member_id in self._authorized[node.authority]

    def kept_apart(self, flow: Flow, node: Node, member_id: int) -> bool:
        """Tell whether the policy keeps the person from a node because of what they decided."""
        nodes = _apart(flow, node)
        if APPLICANT in nodes and member_id == self.record.applicant_id:
            return True
        return any(member_id in self.deciders.get(name, ()) for name in nodes)

    @property
    def deciders(self) -> dict[str, set[int]]:
        """Give who decided which node in what still counts, and on whose behalf."""
        if self._deciders is None:
            self._deciders = {}
            rows = self.session.execute(
                select(Task.node_id, Task.member_id, Task.owner_id)
                .join(FlowStep, FlowStep.id == Task.step_id)
                .where(
                    Task.record_id == self.record.id,
                    Task.decision != "",
                    FlowStep.status != StepStatus.CLEARED,
                )
            )
            for row in rows:
                people = self._deciders.setdefault(row.node_id, set())
                people |= {one for one in (row.member_id, row.owner_id) if one is not None}
        return self._deciders

    def _may_be_asked(self, flow: Flow, node: Node, member_id: int) -> bool:
        """Tell whether somebody may decide here, and can be asked now."""
        return self.presence.reachable(member_id) and self.may_decide(flow, node, member_id)

    def _available(self, flow: Flow | None, node: Node | None, member_id: int) -> bool:
        """Tell a resolver whether somebody may be asked here and now."""
        if not self.able([member_id]) or not self.presence.reachable(member_id):
            return False
        return flow is None or node is None or self.may_decide(flow, node, member_id)

    def _seated(self, flow: Flow, node: Node, asked: list[Asked]) -> list[Asked] | None:
        """Put those in the seats of others who stand in for them now; see ``absence``."""

        def above(member_id: int) -> Iterator[int]:
            yield from self.able(org.superiors(self.session, member_id))
            yield from self.find(flow.manager)

        return self.presence.seated(asked, node.mode, partial(self.may_decide, flow, node), above)

    def _without_applicant(self, flow: Flow, node: Node, found: list[int]) -> list[Asked]:
        """Put the applicant's superior in the applicant's place."""
        asked = []
        for one in found:
            if needs.decides(node.kind) and one == self.record.applicant_id:
                asked += self._superior(flow, node)
            else:
                asked.append(Asked(one))
        return asked

    def _superior(self, flow: Flow, node: Node) -> list[Asked]:
        """Give the nearest superior of the applicant who may be asked."""
        above = self.able(org.superiors(self.session, self.record.applicant_id))
        fit = [one for one in above if self._may_be_asked(flow, node, one)]
        return [Asked(one, Origin.SUPERIOR) for one in fit[:1]]

    def _nobody(self, flow: Flow, node: Node, rule: Nobody) -> list[Asked]:
        """Say who is asked where nobody was found: as the policy has it, else the flow's manager."""
        fit: list[Asked] = []
        if rule is Nobody.USER:
            named = node.stand_in or flow.stand_in
            found = self.find(named, node, flow) if named else []
            fit = [Asked(one, Origin.STAND_IN) for one in found if self.may_decide(flow, node, one)]
        elif rule is not Nobody.MANAGER:
            fit = self._superior(flow, node)
        return fit or [
            Asked(one, Origin.MANAGER)
            for one in self.find(flow.manager)
            if self._may_be_asked(flow, node, one)
        ]

    def instead(self, flow: Flow, node: Node) -> list[Asked]:
        """Say who is asked where nobody of those named may be any more."""
        return self._seated(flow, node, self._nobody(flow, node, node.nobody or flow.nobody)) or []

    def _fits(self, flow: Flow, node: Node, member_id: int) -> bool:
        return not self.kept_apart(flow, node, member_id) and self._duty(node, member_id)

    def _duty(self, node: Node, member_id: int) -> bool:
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
            *self.find(flow.manager),
        }
        if not known:
            return Waiting.NOBODY
        if known == {self.record.applicant_id} and needs.decides(node.kind):
            return Waiting.ONLY_APPLICANT
        if any(
            self.may_decide(flow, node, one) and self.presence.is_away(one)
            for one in self.able(known)
        ):
            return Waiting.ABSENT
        if any(
            self._fits(flow, node, one) and not self.authorized(node, one)
            for one in self.able(known)
        ):
            return Waiting.UNAUTHORIZED
        return Waiting.SEGREGATED


def _apart(flow: Flow, node: Node) -> set[str]:
    """Name the nodes whose deciders may not decide this one: the rule holds both ways."""
    names = set(node.not_same_as)
    return names | {other.id for other in flow.every_node() if node.id in other.not_same_as}
