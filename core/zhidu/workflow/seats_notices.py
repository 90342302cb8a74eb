"""Who is told what when seats change; whoever is asked anew is told by ``Notices.asked``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhidu.notify.service import send
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.notices import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhidu.workflow.models import Task
    from zhidu.workflow.run import Run


def removed(run: Run, task: Task, reason: str) -> None:
    """Tell somebody who was added that there is nothing left to do."""
    text = _l(
        "%(name)s no longer asks you about “%(title)s”: %(reason)s",
        name=run.actor.name or name_of(run.session, run.actor.member_id),
        title=run.record.title,
        reason=reason,
    )
    _tell(run, [task.member_id], text)


def answered(run: Run, parent: Task, opinion: str) -> None:
    """Tell the one who asked what the opinion is."""
    text = _l(
        "%(name)s on “%(title)s”: %(opinion)s",
        name=name_of(run.session, run.actor.member_id),
        title=run.record.title,
        opinion=opinion,
    )
    _tell(run, [parent.member_id], text)


def escalated(run: Run, task: Task, superior: int) -> None:
    """Tell somebody who did not decide in time who may do it as well now."""
    text = _l(
        "“%(title)s” waited too long: %(name)s may decide it now, as well as you (%(node)s).",
        title=run.record.title,
        name=name_of(run.session, superior),
        node=task.node_name,
    )
    _tell(run, [task.member_id], text)


def taken_away(run: Run, task: Task) -> None:
    """Tell somebody who did not decide in time that the task is not theirs any more."""
    text = _l(
        "“%(title)s” waited too long and is not yours to decide any more (%(node)s).",
        title=run.record.title,
        node=task.node_name,
    )
    _tell(run, [task.member_id], text)


def urged(run: Run, tasks: Iterable[Task], reason: str, key: int) -> None:
    """Tell who is asked that somebody waits for them.

    :param key: of the entry in the trail.
    """
    values = {
        "name": name_of(run.session, run.actor.member_id),
        "title": run.record.title,
        "reason": reason,
    }
    text = (
        _l("%(name)s asks you to decide “%(title)s” soon: %(reason)s", **values)
        if reason
        else _l("%(name)s asks you to decide “%(title)s” soon.", **values)
    )
    _tell(run, [task.member_id for task in tasks], text, f"urge:{key}")


def handed_over(run: Run, task: Task, reason: str) -> None:
    """Tell somebody whose task went to another person why."""
    text = _l(
        "“%(title)s” was taken over by %(name)s (%(node)s): %(reason)s",
        title=run.record.title,
        name=name_of(run.session, task.member_id),
        node=task.node_name,
        reason=reason,
    )
    _tell(run, [run.record.applicant_id], text)


def _tell(run: Run, people: list[int], text: Text, dedupe: str | None = None) -> None:
    send(run.session, people, text, record_id=run.record.id, dedupe=dedupe)
