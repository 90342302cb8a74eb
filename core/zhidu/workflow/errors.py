"""Every refusal of the approval engine: its rule, its source and its cure.

The source is always the engine: a clause says who decides, never that others may not.
"""

from __future__ import annotations

from enum import StrEnum

from zhidu.errors import Conflict, Refused, ValidationError
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l


class Waiting(StrEnum):
    """Why an instance waits and nobody is asked; ``Instance.waiting_reason``."""

    NOBODY = "nobody"
    ONLY_APPLICANT = "only_applicant"
    SEGREGATED = "segregated"
    NO_APPROVAL = "no_approval"

    @property
    def label(self) -> Text:
        """Say it to administrators and the applicant."""
        match self:
            case Waiting.NOBODY:
                return _l("Nobody was found for this step, no superior and no flow manager.")
            case Waiting.ONLY_APPLICANT:
                return _l("The only person found for this step is the applicant.")
            case Waiting.SEGREGATED:
                return _l(
                    "Everybody found for this step is kept from it by the separation of duties."
                )
            case Waiting.NO_APPROVAL:
                return _l("No approving step applies any more, and nobody has approved.")

    @property
    def cure(self) -> Text:
        """Say what an administrator does about it."""
        if self is Waiting.NO_APPROVAL:
            return _l("The applicant may withdraw it and submit it again.")
        return _l("Name a superior of the applicant, or another manager of the flow.")


class NoFlow(Refused):
    """The policy in force has no flow for this kind of record."""

    def __init__(self, kind: Text | str) -> None:
        super().__init__(
            _l("No flow says who approves “%(kind)s”.", kind=kind),
            rule="workflow.no_flow",
            cure=_l("Ask your company's administrator to apply a policy with a flow for it."),
        )


class NoApproval(Refused):
    """No approve node of the flow applies: nothing is ever approved by nobody."""

    def __init__(self) -> None:
        super().__init__(
            _l("No approving step of the flow applies to this request."),
            rule="workflow.never_auto_pass",
            cure=_l("The policy needs an approving step whose condition covers this case."),
        )


class SelfApproval(Refused):
    """The applicant never decides the own request."""

    def __init__(self) -> None:
        super().__init__(
            _l("Nobody approves an own request."),
            rule="workflow.self_approval",
            cure=_l("The person asked instead is shown on the record; wait for that decision."),
        )


class NotYourTask(Refused):
    """The task is another person's."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _l("This step is asked of %(name)s, not of you.", name=name),
            rule="workflow.not_yours",
            cure=_l("Only the person asked may take it."),
        )


class PersonWanted(Refused):
    """Only people decide; the system and outsiders do not."""

    def __init__(self) -> None:
        super().__init__(
            _l("Only a member of the company can do this."),
            rule="workflow.person",
            cure=_l("Log in as the person who is asked."),
        )


class HandleOnly(Refused):
    """Whoever handles executes; approving and refusing are for approvers."""

    def __init__(self) -> None:
        super().__init__(
            _l("This step is to be handled: it can be neither approved, rejected nor returned."),
            rule="workflow.handle_only",
            cure=_l("Finish it, or leave a comment for the applicant."),
        )


class ApproveOnly(Refused):
    """An approving step is decided, not handled."""

    def __init__(self) -> None:
        super().__init__(
            _l("This step is to be decided, not handled."),
            rule="workflow.approve_only",
            cure=_l("Approve, reject or return it."),
        )


class WrongState(Refused):
    """The record's state does not allow this act."""

    def __init__(self, message: Text, *, cure: Text | str = "") -> None:
        super().__init__(message, rule="workflow.state", cure=cure)


class TooLateToWithdraw(Refused):
    """The last approving step is decided: the request has had its effect."""

    def __init__(self) -> None:
        super().__init__(
            _l("The request is approved and can no longer be withdrawn."),
            rule="workflow.withdraw",
            cure=_l("Start a request that corrects it, or ask who handles it."),
        )


class WrongTransition(Refused):
    """The execution status does not allow this step, or only a task performs it."""

    def __init__(self, message: Text, *, cure: Text | str = "") -> None:
        super().__init__(message, rule="workflow.transition", cure=cure)


class OpinionWanted(ValidationError):
    """Whoever rejects or returns says why."""

    def __init__(self) -> None:
        text = _l("Please say why.")
        super().__init__(text, fields={"opinion": text})


class OpinionTooLong(ValidationError):
    """An opinion is a few sentences."""

    def __init__(self, limit: int) -> None:
        text = _l("The opinion is longer than %(limit)s characters.", limit=limit)
        super().__init__(text, fields={"opinion": text})


class AlreadyDecided(Conflict):
    """Another person, or the same one in another window, was first."""

    def __init__(self, message: Text) -> None:
        super().__init__(message, cure=_l("Reload the page to see how it stands."))
