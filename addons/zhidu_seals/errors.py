"""What the addon refuses, by name.

Each refusal is a safe default of the addon: the policy's clauses say who approves and who stamps,
not that these are different people. No clause is borrowed.
"""

from __future__ import annotations

from zhidu.errors import Conflict, Refused, ValidationError, addon_default
from zhidu.texts import Text, lazy_ngettext
from zhidu.texts import lazy_gettext as _l

SOURCE = addon_default("seals", _l("Seals"))


class SealNotUsable(Refused):
    """Only a seal in use is requested and stamped with."""

    def __init__(self, name: str, state: Text | str) -> None:
        super().__init__(
            _l("The seal “%(name)s” cannot be used: it is “%(state)s”.", name=name, state=state),
            rule="seals.state",
            source=SOURCE,
            cure=_l("Choose another seal, or wait until it is in use again."),
        )


class TypeNotPermitted(ValidationError):
    """A seal stands only under the types of documents that its file permits."""

    def __init__(self, seal: str, document: Text | str, permitted: str) -> None:
        super().__init__(
            _l(
                "The seal “%(seal)s” is not permitted for documents of the type “%(type)s”.",
                seal=seal,
                type=document,
            ),
            cure=_l("Permitted are: %(types)s.", types=permitted),
            fields={"document_type": _l("This seal is not permitted for this type.")},
            source=SOURCE,
        )


class DocumentWanted(ValidationError):
    """Exactly one document is stamped; nothing is stamped on blank paper."""

    def __init__(self, found: int) -> None:
        text = (
            _l("Attach the document that is to be stamped.")
            if not found
            else _l("Exactly one document is stamped; %(count)s are attached.", count=found)
        )
        super().__init__(
            text,
            cure=_l("Attach the final document; further papers go to the attachments."),
            fields={"document": text},
            source=SOURCE,
        )


class DocumentChanged(Refused):
    """The file on the record is not the one that was submitted and approved."""

    def __init__(self) -> None:
        super().__init__(
            _l("The document is not the one that was approved: its hash differs."),
            rule="seals.document",
            source=SOURCE,
            cure=_l("Do not stamp; tell the administrator."),
        )


class StampedAlready(Refused):
    """A request with which something was stamped stays in force: the paper is out of the house."""

    def __init__(self, copies: int) -> None:
        super().__init__(
            lazy_ngettext(
                "%(num)s copy was stamped with this request; it cannot be voided.",
                "%(num)s copies were stamped with this request; it cannot be voided.",
                copies,
            ),
            rule="seals.stamped",
            source=SOURCE,
            cure=_l("Take the stamped document back, and note it on the request."),
        )


class ThreePeople(Refused):
    """Applicant, approver and custodian of one use are three different people."""

    def __init__(self, message: Text, cure: Text) -> None:
        super().__init__(message, rule="seals.three_people", source=SOURCE, cure=cure)

    @classmethod
    def keeper_asks(cls, name: str) -> ThreePeople:
        """The applicant keeps the seal, and there is nobody else to stamp."""
        return cls(
            _l("%(name)s keeps this seal and cannot stamp the own request.", name=name),
            _l("Name a backup custodian for the seal, or let a colleague ask."),
        )

    @classmethod
    def keeper_gone(cls, name: str) -> ThreePeople:
        """The custodian has left, and there is nobody else to stamp."""
        return cls(
            _l("%(name)s, who keeps this seal, has left: nobody can stamp.", name=name),
            _l("Ask the administrator to appoint a custodian."),
        )

    @classmethod
    def keeper_approves(cls, name: str) -> ThreePeople:
        """Whoever would stamp approves, too."""
        return cls(
            _l("%(name)s would both approve and stamp this request.", name=name),
            _l("Name another approver or custodian for the seal."),
        )

    @classmethod
    def applicant_stamps(cls) -> ThreePeople:
        """The applicant tries to stamp."""
        return cls(
            _l("Nobody stamps an own request."),
            _l("The backup custodian stamps in your place."),
        )

    @classmethod
    def applicant_approves(cls) -> ThreePeople:
        """The applicant tries to approve."""
        return cls(
            _l("Nobody approves an own request."),
            _l("The person asked instead is shown on the record; wait for that decision."),
        )

    @classmethod
    def approver_stamps(cls) -> ThreePeople:
        """Somebody approved and tries to stamp."""
        return cls(
            _l("Whoever approved a request does not stamp it."),
            _l("Hand custody of the seal over; the new custodian is asked then."),
        )


class NotTheKeeper(Refused):
    """Only the custodian stamps."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _l("This seal is kept by %(name)s; nobody else stamps with it.", name=name),
            rule="seals.keeper",
            source=SOURCE,
            cure=_l("Ask the custodian."),
        )


class KeepersClash(Refused):
    """Finance seal and legal representative's seal are kept by different people."""

    def __init__(self, name: str, seal: str) -> None:
        super().__init__(
            _l(
                "%(name)s keeps “%(seal)s” already: finance seal and legal representative's seal"
                " have different custodians, backups included.",
                name=name,
                seal=seal,
            ),
            rule="seals.keepers_apart",
            source=SOURCE,
            cure=_l("Choose somebody else."),
        )


class CopiesWrong(ValidationError):
    """Never more copies are stamped than were approved."""

    def __init__(self, left: int) -> None:
        super().__init__(
            lazy_ngettext(
                "At most %(num)s copy can be stamped now.",
                "At most %(num)s copies can be stamped now.",
                left,
            ),
            cure=_l("For more copies a new request is needed."),
            fields={"copies": _l("At most %(left)s.", left=left)},
            source=SOURCE,
        )
        self.left = left


class NothingLeft(Refused):
    """All approved copies are stamped."""

    def __init__(self) -> None:
        super().__init__(
            _l("All approved copies are stamped."),
            rule="seals.copies",
            source=SOURCE,
            cure=_l("For more copies a new request is needed."),
        )


class StateNotPossible(Conflict):
    """A seal does not go from this state to that one."""

    def __init__(self, now: Text | str, then: Text | str) -> None:
        super().__init__(
            _l("A seal that is “%(now)s” cannot become “%(then)s”.", now=now, then=then),
            cure=_l("Reload the page to see how it stands."),
        )


class NotYourHandover(Refused):
    """A handover is signed by the two people themselves."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _l("Only %(name)s may sign here.", name=name),
            rule="seals.handover",
            source=SOURCE,
            cure=_l("Both people sign a handover themselves, each from the own log-in."),
        )


class HandoverImpossible(Refused):
    """This seal cannot be handed over to this person now."""

    def __init__(self, message: Text, cure: Text | str = "") -> None:
        super().__init__(message, rule="seals.handover", source=SOURCE, cure=cure)


class HandoverOver(Conflict):
    """The handover is signed, refused or taken back already, or another one is open."""

    def __init__(self, message: Text) -> None:
        super().__init__(message, cure=_l("Reload the page to see how it stands."))


class HandoverWanted(Refused):
    """A custodian who works here signs a handover; nobody is passed over."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _l("%(name)s keeps this seal and works here.", name=name),
            rule="seals.handover",
            source=SOURCE,
            cure=_l("Custody passes by a handover that both people sign."),
        )


class AlreadyInspected(Conflict):
    """The inspection has its result."""

    def __init__(self) -> None:
        super().__init__(
            _l("This inspection has a result already."),
            cure=_l("Inspect the seal anew if something changed since."),
        )
