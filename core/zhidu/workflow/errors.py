"""Every refusal of the approval engine: its rule, its source and its cure.

The source is always the engine: a clause says who decides, never that others may not.
"""

from __future__ import annotations

from enum import StrEnum

from zhidu.errors import Conflict, Refused, ValidationError
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l


class Waiting(StrEnum):
    """Why a step waits and nobody is asked; ``FlowStep.waiting_reason``."""

    NOBODY = "nobody"
    ONLY_APPLICANT = "only_applicant"
    SEGREGATED = "segregated"
    ABSENT = "absent"
    UNAUTHORIZED = "unauthorized"
    NO_APPROVAL = "no_approval"
    WINDOW = "window"
    """Not a want: a published record stays open for objections."""

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
            case Waiting.ABSENT:
                return _l("Who could act at this step is away, and nobody stands in.")
            case Waiting.UNAUTHORIZED:
                return _l("Nobody found for this step has the written authority that it demands.")
            case Waiting.NO_APPROVAL:
                return _l("No approving step applies any more, and nobody has approved.")
            case Waiting.WINDOW:
                return _l(
                    "It is shown to those concerned, who may object until the end of the time."
                )

    @property
    def cure(self) -> Text:
        """Say what an administrator does about it."""
        match self:
            case Waiting.NO_APPROVAL:
                return _l("The applicant may withdraw it and submit it again.")
            case Waiting.ABSENT:
                return _l(
                    "It goes on by itself when one of them is back, or lets somebody stand in."
                )
            case Waiting.UNAUTHORIZED:
                return _l(
                    "Enter who may decide it into the register of written authority: it goes on by"
                    " itself then."
                )
            case Waiting.WINDOW:
                return _l("It goes on by itself when the time is over.")
            case _:
                pass
        return _l("Name a superior of the applicant, or another manager of the flow.")


HELPED_BY_PEOPLE = frozenset(
    {
        Waiting.NOBODY,
        Waiting.ONLY_APPLICANT,
        Waiting.SEGREGATED,
        Waiting.ABSENT,
        Waiting.UNAUTHORIZED,
    }
)
"""Reasons that end when other people work here, lead, or are back."""


class NoFlow(Refused):
    """The policy in force has no flow for this kind of record."""

    def __init__(self, kind: Text | str) -> None:
        super().__init__(
            _l("No flow says who approves “%(kind)s”.", kind=kind),
            rule="workflow.no_flow",
            cure=_l("Ask your company's administrator to apply a policy with a flow for it."),
        )


class NotForYou(Refused):
    """The policy says who may start this flow."""

    def __init__(self, kind: Text | str) -> None:
        super().__init__(
            _l("The policy does not let you request “%(kind)s”.", kind=kind),
            rule="workflow.start",
            cure=_l("Somebody whom the policy names may request it for your department."),
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


class OpinionOnly(Refused):
    """Whoever is asked for an opinion gives one; deciding is for others."""

    def __init__(self) -> None:
        super().__init__(
            _l("You are asked for your opinion: it can be neither rejected nor returned here."),
            rule="workflow.opinion_only",
            cure=_l("Write what you think of it; those who decide read it."),
        )


class NotAllowedHere(Refused):
    """The policy does not allow this act at this step."""

    def __init__(self, node: str) -> None:
        super().__init__(
            _l("The policy does not allow this at the step “%(node)s”.", node=node),
            rule="workflow.act",
            cure=_l("Decide, or ask your company's administrator to change the flow."),
        )


class KeptApart(Refused):
    """Whoever decided one of two steps that the policy keeps apart does not decide the other."""

    def __init__(self, node: str) -> None:
        super().__init__(
            _l(
                "You have already decided a step of this request that must be decided by another"
                " person than “%(node)s”.",
                node=node,
            ),
            rule="workflow.segregation",
            cure=_l("Another person is to decide this step; tell your company's administrator."),
        )


class FieldLocked(Refused):
    """The step lets its people read this field, not change it."""

    def __init__(self, field: str, node: str) -> None:
        super().__init__(
            _l("The step “%(node)s” does not let you change “%(field)s”.", node=node, field=field),
            rule="workflow.field",
            cure=_l("Return the request, so that the applicant changes it."),
        )
        self.field = field


class NotAPlaceToReturn(Refused):
    """A return goes to a step that was passed before, one after the other."""

    def __init__(self) -> None:
        super().__init__(
            _l("The request cannot be returned to this step."),
            rule="workflow.return",
            cure=_l("Choose the applicant, or a step before this one that was passed."),
        )


class ResumeIsSet(Refused):
    """The policy says where a returned request goes on; nobody chooses."""

    def __init__(self) -> None:
        super().__init__(
            _l("The policy says how a request goes on that is returned from this step."),
            rule="workflow.resume",
            cure=_l("Return it without choosing."),
        )


class TooLateToTakeBack(Refused):
    """Somebody after the person has acted, or the decision has had its effect."""

    def __init__(self) -> None:
        super().__init__(
            _l("Somebody has acted after you: your decision can no longer be taken back."),
            rule="workflow.take_back",
            cure=_l("Ask the person whose turn it is to return the request."),
        )


class NotTheManager(Refused):
    """Only the flow's manager jumps, ends and hands over."""

    def __init__(self) -> None:
        super().__init__(
            _l("Only the manager of this flow can do this."),
            rule="workflow.manager",
            cure=_l("The policy names the manager; ask that person."),
        )


class JumpTooFar(Refused):
    """A jump may leave out steps, but never all that approve."""

    def __init__(self) -> None:
        super().__init__(
            _l("No approving step would be left: nothing is approved by a jump."),
            rule="workflow.never_auto_pass",
            cure=_l("Jump to an approving step, or end the request."),
        )


class NoPlace(Refused):
    """The flow has no such step, or it cannot be gone to now."""

    def __init__(self) -> None:
        super().__init__(
            _l("The flow of this request has no such step to go to."),
            rule="workflow.jump",
            cure=_l("Reload the page and choose one of the steps shown."),
        )


class NotByCirculation(Refused):
    """The policy wants the body to meet."""

    def __init__(self) -> None:
        super().__init__(
            _l("This body decides in a meeting, not by opinions sent around."),
            rule="workflow.circulation",
            cure=_l("Hold the meeting and attach its signed resolution."),
        )


class NoVoiding(Refused):
    """The policy has no way to void such a document, or the document is not in force."""

    def __init__(self, message: Text) -> None:
        super().__init__(
            message,
            rule="workflow.void",
            cure=_l("Start a request that corrects it."),
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
    """The request has had its effect, or the policy says that it is too late."""

    def __init__(self, message: Text | None = None, *, cure: Text | str = "") -> None:
        super().__init__(
            message or _l("The request is approved and can no longer be withdrawn."),
            rule="workflow.withdraw",
            cure=cure or _l("Start a request that corrects it, or ask who handles it."),
        )


class WrongTransition(Refused):
    """The execution status does not allow this step, or only a task performs it."""

    def __init__(self, message: Text, *, cure: Text | str = "") -> None:
        super().__init__(message, rule="workflow.transition", cure=cure)


class OpinionWanted(ValidationError):
    """Whoever rejects or returns says why; at some steps everybody does."""

    def __init__(self, text: Text | None = None) -> None:
        text = text or _l("Please say why.")
        super().__init__(text, fields={"opinion": text})


class SignatureWanted(ValidationError):
    """This step is signed."""

    def __init__(self) -> None:
        text = _l("This step is to be signed: add your signature.")
        super().__init__(text, fields={"signature": text})


class AttachmentWanted(ValidationError):
    """This step needs a file."""

    def __init__(self, *, resolution: bool = False) -> None:
        text = (
            _l("Attach the signed resolution.")
            if resolution
            else _l("This step needs a file: attach it.")
        )
        super().__init__(text, fields={"attachments": text})


class OpinionTooLong(ValidationError):
    """An opinion is a few sentences."""

    def __init__(self, limit: int) -> None:
        text = _l("The opinion is longer than %(limit)s characters.", limit=limit)
        super().__init__(text, fields={"opinion": text})


class AlreadyDecided(Conflict):
    """Another person, or the same one in another window, was first."""

    def __init__(self, message: Text) -> None:
        super().__init__(message, cure=_l("Reload the page to see how it stands."))
