"""Files that come with a decision: who is asked may add them while the record is on its way."""

from __future__ import annotations

from typing import BinaryIO

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.records import attachments
from zhidu.records.files import FileStore
from zhidu.records.models import Attachment
from zhidu.workflow import seats
from zhidu.workflow.models import Task

PURPOSE = "decision"
"""Purpose of such a file."""


def attach(
    session: Session,
    actor: Actor,
    task: Task,
    stream: BinaryIO,
    filename: str,
    *,
    files: FileStore,
) -> Attachment:
    """Put a file on the record of an own open task; its key goes along with the decision.

    :raises NotYourTask: another person is asked.
    :raises AlreadyDecided: it is not asked any more.
    :raises FileRefused: too large, empty, or of a type not allowed.
    """
    with seats.moving(session, actor, task) as run:
        assert run is not None  # noqa: S101 -- without a key nothing was done before
        seats.require_holder(run, task)
        return attachments.attach(
            session, actor, run.record, stream, filename, PURPOSE, files=files
        )
