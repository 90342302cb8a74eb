"""How an approver is found; addons may offer more by ``provide_resolvers``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from zhidu.texts import Text

if TYPE_CHECKING:
    from zhidu.db import Session
    from zhidu.records.kinds import RecordKind
    from zhidu.records.models import Record
    from zhidu.workflow.definition import Approver


@dataclass(frozen=True, slots=True)
class Question:
    """Who acts on a node of a record?

    :param record: the header; in a preview it may never have been saved.
    :param detail: the addon's own row.
    :param facts: reads the record's facts, once.
    :param node_id: the node; empty for the flow's manager, for copies and the like.
    :param available: tells whether somebody may be asked here and now: works here, is not away,
        is not kept apart by a duty. Resolvers that choose one out of many choose by it.
    :param chosen: what the applicant chooses just now, by node; before it is saved.
    :param takes: whether the answer is acted on: only then somebody's turn is used up.
    """

    session: Session
    kind: RecordKind
    record: Record
    detail: Any
    facts: Callable[[], Mapping[str, Any]]
    node_id: str = ""
    available: Callable[[int], bool] = lambda _member_id: True
    chosen: Mapping[str, Sequence[int]] = field(default_factory=dict)
    takes: bool = False


class Named(StrEnum):
    """What an argument may name that a company has or has not."""

    USER = "user"
    ROLE = "role"
    POST = "post"
    GROUP = "group"
    DEPARTMENT = "department"
    MATTER = "matter"
    COMPANY = "company"


Reference = tuple[Named, str]


@dataclass(frozen=True, slots=True)
class Lint:
    """What a resolver may know of the flow in which its argument stands.

    :param resolvers: all that are known, by name, for approvers within an argument.
    """

    kind: RecordKind
    resolvers: Mapping[str, Resolver]


@dataclass(frozen=True, slots=True)
class Resolver:
    """A way to find people.

    :param name: the key under ``approver`` in a policy.
    :param find: gets the question and the argument; returns member ids in order. Who has left and
        duplicates are taken out behind it.
    :param check: gets the argument; returns what is wrong with it, for lint, or nothing.
    :param check_kind: gets, besides, the kind of record: fields and facts that it does not have.
    :param names: gives what the argument names of the company, for lint in a company.
    :param nested: gives the approvers that stand within the argument.
    :param shape: JSON schema of the argument, for editors; ``{}`` fits anything.
    """

    name: str
    title: Text | str
    find: Callable[[Question, Any], Sequence[int]]
    check: Callable[[Any], str]
    check_kind: Callable[[Lint, Any], str] = lambda _lint, _argument: ""
    names: Callable[[Any], Iterable[Reference]] = lambda _argument: ()
    nested: Callable[[Any], Iterable[Approver]] = lambda _argument: ()
    shape: Mapping[str, Any] = field(default_factory=dict)
