"""What is wrong with a pack: file, line, what, and what helps; all problems at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from zhidu.texts import Text, gettext
from zhidu.texts import lazy_gettext as _l


class Severity(StrEnum):
    """Whether a problem stops a pack from being applied."""

    ERROR = "error"
    WARNING = "warning"
    """It can be applied when somebody accepts the finding by its code, with a name to it."""
    NOTE = "note"
    """Good to know; nothing has to be done."""


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One finding in a pack.

    :param line: counted from 1; 0 where the finding is about the file as a whole.
    :param path: where it stands, e.g. ``flows/hr.leave_request/nodes/1/when``.
    :param code: stable name of the rule, for tests and for machines.
    """

    file: str
    line: int
    path: str
    message: Text | str
    cure: Text | str
    code: str
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Tell whether the pack cannot be applied with it."""
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        marks = {
            Severity.ERROR: "",
            Severity.WARNING: gettext("warning:") + " ",
            Severity.NOTE: gettext("note:") + " ",
        }
        mark = marks[self.severity]
        return f"{place}: {mark}{self.message} {self.cure}".rstrip()

    def to_json(self) -> dict[str, object]:
        """Give the finding as plain values, in the reader's language."""
        return {
            "file": self.file,
            "line": self.line,
            "path": self.path,
            "message": str(self.message),
            "cure": str(self.cure),
            "code": self.code,
            "severity": self.severity.value,
        }


def in_order(problems: Iterable[PolicyProblem]) -> list[PolicyProblem]:
    """Sort by file, line and path, each finding once."""
    unique = {(p.file, p.line, p.path, p.code, str(p.message)): p for p in problems}
    return [unique[key] for key in sorted(unique)]


def errors(problems: Iterable[PolicyProblem]) -> list[PolicyProblem]:
    """Keep those that stop a pack."""
    return [problem for problem in problems if problem.is_error]


def warnings(problems: Iterable[PolicyProblem]) -> list[PolicyProblem]:
    """Keep those that somebody must accept."""
    return [problem for problem in problems if problem.severity is Severity.WARNING]


def suggest(wrong: str, known: Iterable[str]) -> Text | str:
    """Say which known word was probably meant, or which words there are."""
    words = sorted(known)
    near = get_close_matches(wrong, words, n=1, cutoff=0.6)
    if near:
        return _l("Did you mean “%(word)s”?", word=near[0])
    if not words:
        return _l("None is known here.")
    shown = ", ".join(words[:12]) + (", …" if len(words) > 12 else "")
    return _l("Known are: %(words)s.", words=shown)
