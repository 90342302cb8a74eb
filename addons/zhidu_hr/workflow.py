"""A leave request as a business document: facts for conditions, and its states after approval.

What the outcomes of an approval do (``services.effects``) is wired in ``addon.py``: a declaration
stands below the services.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhidu.db import Session
from zhidu.expressions import FactType
from zhidu.records.kinds import Execution, RecordKind, Transition
from zhidu.texts import lazy_gettext as _l
from zhidu.texts import show_number
from zhidu_hr.models import LeaveRequest

FACTS = {
    "days": FactType.number(_l("Days"), unit=_l("days")),
    "type": FactType.text(_l("Kind of leave (code)")),
    "first_day": FactType.date(_l("First day")),
    "last_day": FactType.date(_l("Last day")),
}


def facts(_session: Session, request: LeaveRequest) -> Mapping[str, Any]:
    """Read what conditions of a flow may ask."""
    return {
        "days": request.days,
        "type": request.leave_type.code,
        "first_day": request.first_day,
        "last_day": request.last_day,
    }


def summary(_session: Session, request: LeaveRequest) -> Mapping[str, Any]:
    """Give what lists across addons show of a request."""
    ends = [request.first_day.isoformat(), request.last_day.isoformat()]
    return {
        "type": request.leave_type.code,
        "days": show_number(request.days),
        "period": " – ".join(dict.fromkeys(ends)),
    }


EXECUTION = Execution(
    initial="none",
    states={"none": _l("Not filed"), "filed": _l("Filed")},
    transitions=(
        Transition(
            "file",
            _l("Put on file"),
            sources=("none",),
            target="filed",
            permission="hr.leave_request.file",
            by_task=True,
        ),
    ),
)

LEAVE_REQUEST = RecordKind(
    name="hr.leave_request",
    title=_l("Leave request"),
    model=LeaveRequest,
    series="QJ-{yyyymm}-{seq:04d}",
    facts=FACTS,
    read_facts=facts,
    endpoint="hr_leave_request",
    icon="leave",
    execution=EXECUTION,
    summarize=summary,
)
