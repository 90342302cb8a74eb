"""Every error that a user may see has one root, a rule, a source and a cure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l


class SourceKind(StrEnum):
    """Where a rule is written down."""

    CLAUSE = "clause"
    LAW = "law"
    ADDON = "addon"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Source:
    """The place that states a rule: a clause of the company, a law, or a default of ours.

    :param ref: the clause id, the law's article, or the addon's name; empty for the engine.
    :param title: what readers call the addon; without it the name is shown.
    """

    kind: SourceKind
    ref: str = ""
    title: Text | str = field(default="", compare=False)

    @property
    def label(self) -> Text:
        """Say it in the reader's language, e.g. «clause PN-5.1.2-2» or «default of the engine»."""
        match self.kind:
            case SourceKind.CLAUSE:
                return _l("clause %(ref)s", ref=self.ref)
            case SourceKind.LAW:
                return _l("law: %(ref)s", ref=self.ref)
            case SourceKind.ADDON:
                return _l("default of the addon %(ref)s", ref=self.title or self.ref)
            case SourceKind.ENGINE:
                return _l("default of the engine")


ENGINE = Source(SourceKind.ENGINE)


def clause(ref: str) -> Source:
    """Name a clause of the company's policy as the source."""
    return Source(SourceKind.CLAUSE, ref)


def law(ref: str) -> Source:
    """Name an article of a law as the source."""
    return Source(SourceKind.LAW, ref)


def addon_default(name: str, title: Text | str = "") -> Source:
    """Name an addon's safe default as the source: no clause says it."""
    return Source(SourceKind.ADDON, name, title)


class ZhiduError(Exception):
    """The root of all errors of ours; the text is for the user and already translated lazily.

    :param message: one sentence that says what is wrong.
    :param cure: one sentence that says what helps, or nothing.
    """

    status: ClassVar[int] = 400
    """The HTTP status; the web maps it in one place."""

    def __init__(self, message: Text | str, *, cure: Text | str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        text = str(self.message)
        return f"{text} {self.cure}" if self.cure else text


class ValidationError(ZhiduError):
    """Input that breaks a rule; ``fields`` maps a field's name to what is wrong with it."""

    status = 422

    def __init__(
        self,
        message: Text | str,
        *,
        cure: Text | str = "",
        fields: Mapping[str, Text | str] | None = None,
        source: Source | None = None,
    ) -> None:
        super().__init__(message, cure=cure)
        self.fields = dict(fields or {})
        self.source = source

    def __str__(self) -> str:
        text = super().__str__()
        return f"{text} ({self.source.label})" if self.source else text


class Refused(ZhiduError):
    """A rule forbids this act to this person or in this state.

    :param rule: the rule's id, e.g. ``workflow.self_approval``; stable, for logs and tests.
    :param source: who says so.
    """

    status = 403

    def __init__(
        self, message: Text | str, *, rule: str, source: Source = ENGINE, cure: Text | str = ""
    ) -> None:
        super().__init__(message, cure=cure)
        self.rule = rule
        self.source = source

    def __str__(self) -> str:
        return f"{super().__str__()} ({self.source.label})"


class PermissionDenied(Refused):
    """The person's roles do not grant the permission."""

    def __init__(self, permission: str) -> None:
        super().__init__(
            _l("You lack the permission “%(permission)s”.", permission=permission),
            rule="access.permission",
            cure=_l("Ask your company's administrator for a role that has it."),
        )
        self.permission = permission


class NotFound(ZhiduError):
    """There is no such thing, or the person may not know of it: both look alike."""

    status = 404

    def __init__(self, message: Text | str = "") -> None:
        super().__init__(message or _l("There is no such page or record."))


class Conflict(ZhiduError):
    """The thing changed in between, or another act came first."""

    status = 409


@dataclass(frozen=True, slots=True)
class FieldClash:
    """One field that two people changed: at first, now saved, and now typed."""

    name: str
    label: Text | str
    was: str
    theirs: str
    yours: str


class StaleRecord(Conflict):
    """Someone saved this record after the form was opened."""

    def __init__(
        self,
        clashes: tuple[FieldClash, ...] = (),
        version: int = 0,
        who: str = "",
        at: datetime | None = None,
    ) -> None:
        super().__init__(
            _l("Someone changed this record since you opened it."),
            cure=_l("Compare the values and save again."),
        )
        self.clashes = clashes
        self.version = version
        self.who = who
        self.at = at


class Busy(Conflict):
    """The database was locked for longer than a person waits."""

    status = 503

    def __init__(self) -> None:
        super().__init__(_l("The system is busy."), cure=_l("Nothing was saved; please try again."))


class ConfigError(ZhiduError):
    """A file, addon or setting is wrong; the text names it and the cure."""

    status = 500
