"""Who may write a record's status and content: only the engine, and only while it says so.

The listeners in ``records.listeners`` refuse every other writer, whichever door it came through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from zhidu.errors import Refused
from zhidu.records.models import Approval, Record
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.db import Session

EDITABLE = frozenset({Approval.DRAFT, Approval.RETURNED, Approval.WITHDRAWN})
"""States in which the applicant may change the record, and submit it."""

_open: ContextVar[bool] = ContextVar("zhidu_records_open", default=False)


@contextmanager
def engine_writes(session: Session) -> Iterator[None]:
    """Let status and content of submitted records be written inside the block.

    Only the approval engine and ``records.services`` open it. Everything pending is flushed
    before the door closes, so that nothing written inside is judged outside.
    """
    if _open.get():
        yield
        return
    session.flush()  # what was changed before is judged by the rule for everybody
    token = _open.set(True)
    try:
        yield
        session.flush()
    finally:
        _open.reset(token)


def engine_is_writing() -> bool:
    """Tell whether the engine's door is open in this context."""
    return _open.get()


class StatusIsTheEngines(Refused):
    """A status or number was set past the engine."""

    def __init__(self, field: str) -> None:
        super().__init__(
            _l("“%(field)s” of a record is set by the approval engine only.", field=field),
            rule="records.status",
            cure=_l("Use the actions on the record's page."),
        )
        self.field = field


class RecordIsFixed(Refused):
    """The content of a record that is on its way, or at its end, was changed."""

    def __init__(self, record: Record) -> None:
        in_approval = record.approval is Approval.IN_APPROVAL
        super().__init__(
            _l("“%(title)s” was submitted and cannot be changed now.", title=record.title),
            rule="records.fixed",
            cure=_l(
                "Withdraw it, or ask the approver to return it; then change it and submit again."
            )
            if in_approval
            else _l("Start a new request that corrects it."),
        )
        self.record = record
