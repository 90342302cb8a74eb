"""What is refused about seats: delegations, additions, transfers, urging, phrases, signatures."""

from __future__ import annotations

from zhidu.errors import Refused, ValidationError
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l


class ReasonWanted(ValidationError):
    """Whoever moves a task, or acts for somebody else, says why."""

    def __init__(self) -> None:
        text = _l("Please say why.")
        super().__init__(text, fields={"reason": text})


class DelegationOverlap(ValidationError):
    """At any moment a person's tasks of one kind go to one person."""

    def __init__(self, name: str) -> None:
        text = _l("For a part of this time the tasks already go to %(name)s.", name=name)
        super().__init__(
            text,
            cure=_l("Revoke that delegation first, or choose another time or other kinds."),
            fields={"starts_at": text},
        )


class AnswerOnly(Refused):
    """Who was asked for an opinion gives it; the one who asked decides."""

    def __init__(self) -> None:
        super().__init__(
            _l("You were asked for your opinion: the decision is another person's."),
            rule="seats.answer_only",
            cure=_l("Write your answer; it goes back to the one who asked."),
        )


class SeatRefused(Refused):
    """A task may not be given to this person, or not by this one.

    :param rule: the part of the rule's id behind ``seats.``.
    """

    def __init__(self, message: Text, rule: str, *, cure: Text | str = "") -> None:
        super().__init__(message, rule=f"seats.{rule}", cure=cure)
