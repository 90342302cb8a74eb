"""What an addon declares of a business document: its model, facts, numbers and execution states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zhidu.texts import Text

if TYPE_CHECKING:
    from zhidu.actor import Actor
    from zhidu.db import Session
    from zhidu.events import RecordEvent
    from zhidu.expressions import FactType
    from zhidu.records.windows import WindowFact


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed change of the execution status.

    :param sources: states from which it starts.
    :param permission: right that the actor needs; a handle node's task gives it, too.
    :param by_task: performed by finishing a handle node's task (and never apart from it).
    :param guard: raises ``Refused`` or ``ValidationError`` when it may not happen now.
    :param effect: does the work, in the same transaction; gets the form's values.
    """

    name: str
    title: Text | str
    sources: tuple[str, ...]
    target: str
    permission: str
    by_task: bool = False
    guard: Callable[[Session, Actor, Any, Mapping[str, Any]], None] | None = None
    effect: Callable[[Session, Actor, Any, Mapping[str, Any]], None] | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """The execution axis of a kind: its states with titles, and its transitions."""

    initial: str = "none"
    states: Mapping[str, Text | str] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()

    def named(self, name: str) -> Transition | None:
        """Give the transition of this name."""
        return next((step for step in self.transitions if step.name == name), None)

    def from_state(self, state: str) -> tuple[Transition, ...]:
        """List the transitions that start from a state."""
        return tuple(step for step in self.transitions if state in step.sources)


@dataclass(frozen=True, slots=True)
class AuthorityFacts:
    """What the register of written authority must know of a kind of record.

    :param matter: code of the business matter, e.g. ``contract``.
    :param amount: the numeric fact that a ceiling is compared with; empty: only an entry without
        a ceiling covers it.
    :param currency: the text or choice fact that holds the amount's currency; empty: the company's.
    :param unit: instead of a currency, what the amount counts, as the register writes it.
    """

    matter: str
    amount: str = ""
    currency: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A business document.

    The effects below belong to the kind itself: unlike ``after_*`` hooks they raise through, so
    that a leave whose balance cannot be reserved is not submitted.

    :param name: ``addon.noun``, e.g. ``hr.leave_request``.
    :param model: the detail model; its ``header`` is the record.
    :param series: number pattern that a policy may replace, e.g. ``QJ-{yyyymm}-{seq:04d}``.
    :param gapless: the series is a legal one.
    :param facts: typed facts for conditions, as ``fact name -> FactType``.
    :param read_facts: computes them for one detail row.
    :param windows: facts over a period, reckoned only when a condition asks for them; they join
        ``facts``. Read them all by ``records.windows.facts_of``.
    :param authority: where written authority is asked for this kind.
    :param has_money: never approved by a clock, and never passed because nobody was there.
    :param has_seals: likewise.
    :param assigned: the system submits it for somebody to carry out: nobody approves it, and it
        is no request of that person's own.
    :param summarize: gives up to three short texts by label for lists across addons, e.g.
        ``{"days": "2"}``; read again whenever the record is saved or submitted.
    :param endpoint: the Flask endpoint prefix of its pages.
    """

    name: str
    title: Text | str
    model: type[Any]
    series: str
    facts: Mapping[str, FactType]
    read_facts: Callable[[Session, Any], Mapping[str, Any]]
    endpoint: str
    icon: str = "file"
    gapless: bool = False
    has_money: bool = False
    has_seals: bool = False
    assigned: bool = False
    windows: tuple[WindowFact, ...] = ()
    authority: AuthorityFacts | None = None
    summarize: Callable[[Session, Any], Mapping[str, Any]] | None = None
    execution: Execution = Execution()
    on_submit: Callable[[RecordEvent], None] | None = None
    on_approved: Callable[[RecordEvent], None] | None = None
    on_returned: Callable[[RecordEvent], None] | None = None
    on_rejected: Callable[[RecordEvent], None] | None = None
    on_withdrawn: Callable[[RecordEvent], None] | None = None
    on_edited: Callable[[RecordEvent], None] | None = None
    """Somebody who is asked changed the form on its way: bring what is held into line."""
    on_terminated: Callable[[RecordEvent], None] | None = None
    """The flow's manager ended it; without one, ``on_withdrawn`` lets go what is held."""
    on_voided: Callable[[RecordEvent], None] | None = None
    """The finished document is void: undo its effect."""
    check_void: Callable[[Session, Any], None] | None = None
    """What keeps a finished document in force for good: gets the detail; raises ``Refused``."""
    on_delete: Callable[[RecordEvent], None] | None = None
    check_actor: Callable[[Session, Actor, Any, str], None] | None = None
    """The kind's own segregation rule at a decision: gets the detail and the node's kind; raises."""

    def __post_init__(self) -> None:
        """Let conditions know the facts over a window, too."""
        if self.windows:
            more = {window.name: window.as_fact(self.facts) for window in self.windows}
            if len(more) < len(self.windows) or more.keys() & self.facts.keys():
                raise ValueError(f"{self.name}: two facts have one name")
            object.__setattr__(self, "facts", {**self.facts, **more})

    @property
    def guarded(self) -> bool:
        """Tell whether only a person may approve it: money and seals never pass by themselves."""
        return self.has_money or self.has_seals
