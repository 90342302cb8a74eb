"""What can be wrong with a record, a file or a comment."""

from __future__ import annotations

from zhidu.errors import NotFound, Refused, ValidationError
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l


class NotTheApplicant(Refused):
    """Only the person whose request it is may do this."""

    def __init__(self) -> None:
        super().__init__(
            _l("Only the applicant may do this."),
            rule="records.applicant",
            cure=_l("Ask the applicant to do it."),
        )


class DraftsOnly(Refused):
    """Something that was submitted is never deleted."""

    def __init__(self) -> None:
        super().__init__(
            _l("Only a draft that was never submitted can be deleted."),
            rule="records.draft_only",
            cure=_l("Withdraw it instead; it stays in the archive as withdrawn."),
        )


class AddonOff(Refused):
    """The addon of this kind of record is not active in the company."""

    def __init__(self, kind: str) -> None:
        addon = kind.partition(".")[0]
        super().__init__(
            _l("The addon “%(addon)s” is not active in this company.", addon=addon),
            rule="records.addon_off",
            cure=_l("Ask your company's administrator to activate it; nothing was lost."),
        )
        self.kind = kind


class UnknownKind(NotFound):
    """No loaded addon declares this kind of record."""

    def __init__(self, kind: str) -> None:
        super().__init__(_l("No enabled addon knows the kind of record “%(kind)s”.", kind=kind))


class FileRefused(ValidationError):
    """A file that may not be kept: too large, of a type not allowed, or not what its name says."""

    def __init__(self, message: Text, *, cure: Text | str = "", name: str = "") -> None:
        super().__init__(message, cure=cure, fields={"file": message})
        self.name = name
