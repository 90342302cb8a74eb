"""What a fact of a record is, and the one error that a condition can raise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from zhidu.errors import ValidationError
from zhidu.texts import Text


class FactKind(StrEnum):
    """The kinds of values that conditions know."""

    TEXT = "text"
    NUMBER = "number"
    """Decimal; never a float."""
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    """One of a fixed set of texts."""


@dataclass(frozen=True, slots=True)
class FactType:
    """The type of one fact, under an ASCII name in ``RecordKind.facts``.

    :param title: what people call it; shown by lint and in forms for rules.
    :param unit: shown behind the value, e.g. ``days``.
    :param choices: of a choice: its values; a literal outside them is refused by lint.
    :param nullable: may be empty; a condition must then say ``(fact ?? value)``.
    """

    kind: FactKind
    title: Text | str = field(compare=False)
    unit: Text | str = field(default="", compare=False)
    choices: tuple[str, ...] = ()
    nullable: bool = False

    @classmethod
    def text(cls, title: Text | str, *, nullable: bool = False) -> FactType:
        """Declare a free text."""
        return cls(FactKind.TEXT, title, nullable=nullable)

    @classmethod
    def number(
        cls, title: Text | str, unit: Text | str = "", *, nullable: bool = False
    ) -> FactType:
        """Declare a Decimal or a whole number: days, amounts, copies."""
        return cls(FactKind.NUMBER, title, unit, nullable=nullable)

    @classmethod
    def boolean(cls, title: Text | str, *, nullable: bool = False) -> FactType:
        """Declare a yes or no."""
        return cls(FactKind.BOOLEAN, title, nullable=nullable)

    @classmethod
    def date(cls, title: Text | str, *, nullable: bool = False) -> FactType:
        """Declare a day; conditions write one as ``d'2026-05-01'``."""
        return cls(FactKind.DATE, title, nullable=nullable)

    @classmethod
    def choice(
        cls, choices: type[StrEnum] | Iterable[str], title: Text | str, *, nullable: bool = False
    ) -> FactType:
        """Declare one of the values of an enum, or of a list of texts."""
        # a StrEnum member is unequal to its own value for the engine: keep plain texts
        values = tuple(str.__str__(getattr(choice, "value", choice)) for choice in choices)
        return cls(FactKind.CHOICE, title, choices=values, nullable=nullable)


class ExpressionError(ValidationError):
    """A condition that cannot be read, or cannot be decided for these facts.

    :param expression: the whole text of the condition.
    :param suggestion: what was probably meant, or nothing.
    :param position: characters from the start of the text, from 0; None where no place is known.
    """

    def __init__(
        self,
        message: Text | str,
        expression: str,
        *,
        suggestion: str = "",
        position: int | None = None,
        cure: Text | str = "",
    ) -> None:
        super().__init__(message, cure=cure)
        self.expression = expression
        self.suggestion = suggestion
        self.position = position
