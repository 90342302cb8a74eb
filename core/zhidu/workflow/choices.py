"""Whom the applicant chooses at submit: which steps ask for it, who may be chosen, what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.records.models import Record
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Approver, Node
from zhidu.workflow.find_chosen import candidates, most
from zhidu.workflow.models_people import Choice, ChosenBy
from zhidu.workflow.resolvers import Question

CHOSEN = "chosen"

Ask = Callable[[Node], Question]
"""Makes the question of a node: the engine's router knows how."""


@dataclass(frozen=True, slots=True)
class Need:
    """A step whose people the applicant chooses.

    :param candidates: member ids, in the order of the form.
    :param most: how many may be chosen.
    :param optional: others stand in where nobody is chosen.
    """

    node: Node
    candidates: tuple[int, ...]
    most: int
    optional: bool

    @property
    def field(self) -> str:
        """Name the form's field."""
        return f"{CHOSEN}-{self.node.id}"


class NotChosen(ValidationError):
    """The applicant must choose who acts on a step, or chose somebody who may not."""

    def __init__(self, fields: Mapping[str, Text]) -> None:
        super().__init__(
            _l("Please choose who acts on the steps that leave it to you."), fields=fields
        )


def needs(nodes: Iterable[Node], ask: Ask) -> Iterator[Need]:
    """Give what the applicant has to choose for these steps."""
    for node in nodes:
        way = _chosen(node)
        if way is not None:
            yield Need(
                node,
                tuple(candidates(ask(node), way.argument)),
                most(way.argument),
                optional=way is not node.approver or bool(way.otherwise),
            )


def leaves_choice(node: Node) -> bool:
    """Tell whether a step leaves it to the applicant who acts."""
    return _chosen(node) is not None


def choose(
    session: Session,
    record: Record,
    nodes: Iterable[Node],
    chosen: Mapping[str, Sequence[int]],
    ask: Ask,
) -> None:
    """Keep whom the applicant chose, in place of an earlier choice, before the record goes on.

    :param nodes: the steps that the record will come to, as far as that is known now.
    :param chosen: member ids by node id; what is chosen for other steps is left alone.
    :raises NotChosen: nobody is chosen for a step that has no stand-in, too many are, or one who
        is not in the range; ``fields`` says it for each (``chosen-<node id>``).
    """
    wrong: dict[str, Text] = {}
    wanted: dict[str, list[int]] = {}
    for need in needs(nodes, ask):
        people = list(dict.fromkeys(chosen.get(need.node.id, ())))
        if not people and not need.optional:
            wrong[need.field] = _l("Please choose somebody for “%(step)s”.", step=need.node.name)
        elif len(people) > need.most:
            wrong[need.field] = _l(
                "At most %(most)s people may be chosen for “%(step)s”.",
                most=need.most,
                step=need.node.name,
            )
        elif set(people) - set(need.candidates):
            wrong[need.field] = _l(
                "Somebody of those cannot be chosen for “%(step)s”.", step=need.node.name
            )
        wanted[need.node.id] = people
    if wrong:
        raise NotChosen(wrong)
    before = session.scalars(
        select(Choice).where(
            Choice.record_id == record.id,
            Choice.by == ChosenBy.APPLICANT,
            Choice.node_id.in_(wanted),
        )
    )
    for row in before:
        session.delete(row)
    session.flush()
    session.add_all(
        Choice(record_id=record.id, node_id=node_id, member_id=one, sort=place)
        for node_id, people in wanted.items()
        for place, one in enumerate(people, start=1)
    )
    session.flush()


def chosen_for(session: Session, record: Record) -> dict[str, list[int]]:
    """Give whom the applicant chose so far, by node id, to fill the form of a returned record."""
    found: dict[str, list[int]] = {}
    rows: Any = session.scalars(
        select(Choice)
        .where(Choice.record_id == record.id, Choice.by == ChosenBy.APPLICANT)
        .order_by(Choice.node_id, Choice.sort)
    )
    for row in rows:
        found.setdefault(row.node_id, []).append(row.member_id)
    return found


def _chosen(node: Node) -> Approver | None:
    """Find the way of a step that leaves it to the applicant: the first one, or a stand-in."""
    ways = (node.approver, *node.approver.otherwise)
    return next((way for way in ways if way.resolver == CHOSEN), None)
