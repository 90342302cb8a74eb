"""Copies that the flow sends by itself: at a submit, at the end, at a node that notifies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select

from zhidu.clock import now
from zhidu.records import services as records
from zhidu.records.models import ReaderReason
from zhidu.workflow.definition import Node
from zhidu.workflow.models import Copy, TrailAction

if TYPE_CHECKING:
    from zhidu.workflow.run import Run


def at(run: Run, moment: str) -> None:
    """Send the copies of a moment: ``submit`` or ``end``."""
    wanted = [cc for cc in run.flow.cc if cc.at == moment]
    send(run, [one for cc in wanted for one in run.router.find(cc.approver)])


def send(run: Run, people: Iterable[int], node: Node | None = None) -> None:
    """Send copies, one per person and record; the applicant needs none.

    :param node: the step that sends them.
    """
    known = set(run.session.scalars(select(Copy.member_id).where(Copy.record_id == run.record.id)))
    known.add(run.record.applicant_id)
    fresh = [one for one in dict.fromkeys(people) if one not in known]
    for member_id in fresh:
        run.session.add(
            Copy(
                record_id=run.record.id,
                kind=run.record.kind,
                member_id=member_id,
                node_id=node.id if node else "",
                clause=node.clause if node else "",
                at=now(),
            )
        )
        records.add_reader(run.session, run.record.id, member_id, ReaderReason.CC)
        run.write(TrailAction.CC, node=node, note=str(member_id), other=member_id)
    if fresh:
        run.session.flush()
        run.notices.copied(fresh)
