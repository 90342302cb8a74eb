"""What a flow is, apart from its running: pure values, read from a policy and kept immutable.

A flow is a list of steps. A step is a node, at which people (or the engine) act, or a branch,
whose paths are lists of steps again: every split has its join where the branch ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from cattrs.preconf.json import make_converter

from zhidu.durations import Duration, Unit


class NodeKind(StrEnum):
    """What happens at a node."""

    APPROVE = "approve"
    HANDLE = "handle"
    """办理: executes, cannot reject."""
    AUTO = "auto"
    """The engine decides by itself, with a logged reason."""
    NOTIFY = "notify"
    """传阅: sends copies and goes on; readers may add an opinion."""
    FILE_WITH = "file_with"
    """备案: a named recipient confirms; cannot reject."""
    PUBLISH = "publish"
    """公示: shown to an audience for a while; objections are collected; passes after the window."""
    MEETING = "meeting"
    """会议: waits for the signed resolution of a body."""


class Verb(StrEnum):
    """What an approving person is asked for; the word on screen and print."""

    REVIEW = "review"
    """审核."""
    APPROVE = "approve"
    """审批."""
    RATIFY = "ratify"
    """批准."""
    OPINION = "opinion"
    """会办意见: an opinion only; it can neither reject nor return."""


class Mode(StrEnum):
    """How several people act on one node."""

    ALL = "all"
    """会签: everybody approves; the first reject ends it."""
    ANY = "any"
    """或签: the first to act decides for all."""
    SEQUENTIAL = "sequential"
    """依次: one after the other."""
    RATIO = "ratio"
    """票签: passes at ``quota`` percent of the people, fails when that cannot be reached."""
    COUNT = "count"
    """票签: passes at ``quota`` approvals, fails when that cannot be reached."""


class Split(StrEnum):
    """Which paths of a branch are taken."""

    FIRST = "first"
    """条件: the first path whose condition holds, else the default."""
    EVERY = "every"
    """包容: every path whose condition holds, else the default."""
    ALL = "all"
    """并行: all paths."""


class OnTimeout(StrEnum):
    """What the clock does."""

    REMIND = "remind"
    ESCALATE = "escalate"
    """Asks the superior of the person as well, who may decide."""
    MANAGER = "manager"
    """Hands the task to the flow's manager."""
    APPROVE = "approve"
    """Never for money or seals."""
    REJECT = "reject"


class Nobody(StrEnum):
    """What to do where nobody is found."""

    SUPERIOR = "superior"
    """The applicant's superior, else the flow's manager: the default."""
    MANAGER = "manager"
    USER = "user"
    """The person of ``stand_in``."""
    PASS = "pass"  # noqa: S105 -- a step that is passed, no password
    """Passed with its reason logged; never for money or seals."""


class Withdraw(StrEnum):
    """How long the applicant may withdraw."""

    NEVER = "never"
    UNTOUCHED = "untouched"
    """While nobody has decided anything."""
    RUNNING = "running"
    """Until the last approve node is decided: the default."""


class Merge(StrEnum):
    """Whether a person who approved already is asked again."""

    NONE = "none"
    ADJACENT = "adjacent"
    """Not when the step before was theirs; off after a return or a change of watched fields."""


class Resume(StrEnum):
    """Where a returned record goes after the fix."""

    AGAIN = "again"
    """Through all steps between once more."""
    BACK = "back"
    """Straight to the one who returned it."""
    CHOICE = "choice"
    """The one who returns says which."""


class Opinion(StrEnum):
    """When an opinion must be written."""

    OPTIONAL = "optional"
    NEGATIVE = "negative"
    """At reject and return: the default."""
    REQUIRED = "required"


class FieldRight(StrEnum):
    """What the person of a node may do with a field of the form."""

    EDIT = "edit"
    READ = "read"
    HIDE = "hide"


class Act(StrEnum):
    """An act beside the decision that a node may allow."""

    TRANSFER = "transfer"
    ADD = "add"
    """Ask one more person: before, after or beside the own decision."""
    CONSULT = "consult"
    COPY = "copy"
    RETURN = "return"
    TAKE_BACK = "take_back"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Approver:
    """A resolver's name with its argument: ``role: hr``, ``dept_leader: {level: 1}``, ``field: x``.

    :param otherwise: asked in turn where the one before finds nobody (standing deputies).
    """

    resolver: str
    argument: Any = None
    otherwise: tuple[Approver, ...] = ()


NOBODY = Approver("nobody")
"""Of a node at which the engine acts alone."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a rule is for. An empty part does not limit; codes of departments include their tree."""

    departments: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    """Log-in names."""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeout:
    """A clock on a node's tasks, counted from when the person was asked.

    :param most: of reminders: at most so many, each ``after`` again.
    """

    after: Duration
    action: OnTimeout
    most: int = 1
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A step at which somebody acts.

    :param clause: the clause that demands it; every node names one.
    :param quota: of the modes ratio (percent) and count.
    :param when: condition over the kind's facts; empty means always.
    :param transition: of a handle node: the execution transition that it performs; empty means
        the only ``by_task`` transition that starts from the record's present state.
    :param result: of an auto node: ``approve`` or ``reject``; ``reason`` is what the trail says.
    :param fields: rights on the form's fields while this node is asked; a field not named is read.
    :param acts: what else is allowed here; None means what the engine allows by default.
    :param on_reject: id of the node to which a reject goes back; empty: a reject ends the request.
    :param window: of publish: how long objections are taken; of file_with: see ``timeouts``.
    :param circulation: of meeting: whether the body may decide by circulated opinions.
    :param authority: business matter for which who decides needs a written authority, or empty.
    :param applies_to: of the people found only these are asked; ``excepted`` are not.
    :param counts_from: the ISO instant before which ``timeouts`` do not begin to count, or empty.
    :param not_same_as: node ids whose deciders may not decide here, and ``applicant``.
    """

    id: str
    name: str
    clause: str
    approver: Approver = NOBODY
    kind: NodeKind = NodeKind.APPROVE
    verb: Verb = Verb.APPROVE
    mode: Mode = Mode.ANY
    quota: int = 0
    when: str = ""
    transition: str = ""
    result: str = ""
    reason: str = ""
    opinion: Opinion = Opinion.NEGATIVE
    sign: bool = False
    attachment: bool = False
    fields: Mapping[str, FieldRight] = field(default_factory=dict)
    acts: tuple[Act, ...] | None = None
    resume: Resume = Resume.AGAIN
    on_reject: str = ""
    timeouts: tuple[Timeout, ...] = ()
    nobody: Nobody | None = None
    stand_in: Approver | None = None
    window: Duration | None = None
    audience: Scope = Scope()
    circulation: bool = True
    not_same_as: tuple[str, ...] = ()
    authority: str = ""
    applies_to: Scope = Scope()
    excepted: Scope = Scope()
    counts_from: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """One way through a branch.

    :param when: its condition; empty on the default path and in a branch that takes all.
    """

    id: str
    name: str
    steps: tuple[Node | Branch, ...] = ()
    when: str = ""
    default: bool = False
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A split with its join: it is passed when every path taken is at its end."""

    id: str
    name: str
    paths: tuple[Path, ...]
    split: Split = Split.FIRST


Step = Node | Branch


@dataclass(frozen=True, slots=True)
class Cc:
    """Who gets a read-only copy, and when: ``submit`` or ``end``."""

    approver: Approver
    at: str = "end"


@dataclass(frozen=True, slots=True)
class Window:
    """When a form may be submitted, and what late means.

    ``opens`` and ``closes`` are days of the month (1-31, 31 = the last), or lengths before or
    after a date field: advance notice is ``closes`` n units before the field.

    :param field: the fact that both count from; empty: days of the month.
    :param late: ``refuse``, ``next_period`` or the id of the node that is then added.
    """

    clause: str
    opens: int | Duration | None = None
    closes: int | Duration | None = None
    field: str = ""
    after: bool = False
    late: str = "refuse"
    applies_to: Scope = Scope()
    excepted: Scope = Scope()


@dataclass(frozen=True, slots=True)
class Urgent:
    """先办后补: the thing may be done first, the paper follows.

    :param reasons: what counts as urgent; one is chosen.
    :param consent: who may have consented by word.
    :param deadline: from the event until the paper is submitted.
    :param consequence: what being late means, shown and reported.
    :param steps: the way of such a request; empty: the usual one.
    """

    clause: str
    reasons: tuple[str, ...]
    consent: Approver
    deadline: Duration
    consequence: str = ""
    steps: tuple[Node | Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """The way of one kind of record.

    :param manager: who helps where nobody is found; may jump, terminate and hand over.
    :param start: who may submit; ``excepted`` may not.
    :param watched: fields whose change makes everybody be asked again (see ``Merge``).
    :param urge_every: the applicant may urge once in this time.
    :param void: the steps by which a finished record is voided; empty: it cannot be.
    """

    kind: str
    manager: Approver
    nodes: tuple[Node | Branch, ...]
    cc: tuple[Cc, ...] = ()
    start: Scope = Scope()
    excepted: Scope = Scope()
    nobody: Nobody = Nobody.SUPERIOR
    stand_in: Approver | None = None
    merge: Merge = Merge.ADJACENT
    watched: tuple[str, ...] = ()
    withdraw: Withdraw = Withdraw.RUNNING
    urge_every: Duration = Duration(4, Unit.HOURS)  # noqa: RUF009 -- frozen
    void: tuple[Node | Branch, ...] = ()
    windows: tuple[Window, ...] = ()
    urgent: Urgent | None = None

    def every_node(self) -> Iterator[Node]:
        """Walk all nodes in the order of the page, those inside branches included."""
        return walk(self.nodes)

    def to_json(self) -> dict[str, Any]:
        """Give the immutable form that an instance keeps; what is left at its default is left out."""
        return dict(_converter().unstructure(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Flow:
        """Read what :meth:`to_json` wrote."""
        found: Flow = _converter().structure(data, cls)
        return found


def walk(steps: tuple[Node | Branch, ...]) -> Iterator[Node]:
    """Walk the nodes of a list of steps in order, those inside branches included."""
    for step in steps:
        if isinstance(step, Node):
            yield step
        else:
            for path in step.paths:
                yield from walk(path.steps)


@lru_cache(maxsize=1)
def _converter() -> Any:
    """Make the one converter between flows and JSON."""
    converter = make_converter(omit_if_default=True)
    converter.register_unstructure_hook(Duration, str)
    converter.register_structure_hook(Duration, lambda text, _type: Duration.parse(text))
    # told apart by hand: cattrs takes a field with a default_factory for one that is always there
    converter.register_structure_hook(
        Node | Branch,
        lambda data, _type: converter.structure(data, Branch if "paths" in data else Node),
    )
    converter.register_structure_hook(
        int | Duration | None,
        lambda value, _type: Duration.parse(value) if isinstance(value, str) else value,
    )
    return converter
