"""What the addon carries out of a policy on leave and staff files."""

from __future__ import annotations

from zhidu.policy.capabilities import Capability, Sort
from zhidu.texts import lazy_gettext as _l

CAPABILITIES = (
    Capability(
        "hr.leave_request.count",
        _l("Count a leave in working days"),
        summary=_l("By the company's calendar, in half days; again when the calendar changes."),
    ),
    Capability(
        "hr.leave_request.hold",
        _l("Keep one person's leaves apart"),
        summary=_l("No half day is taken by two leaves of the same person."),
    ),
    Capability(
        "hr.leave_request.file",
        _l("Put approved leave on file"),
        summary=_l("A step that whoever keeps the files does after the approval."),
    ),
    Capability(
        "hr.leave_request.report",
        _l("Add up leave by kind, department and month"),
        sort=Sort.REPORT,
    ),
    Capability(
        "hr.leave_grant.reserve",
        _l("Keep the balance of each kind of leave"),
        summary=_l(
            "Reserved when it is asked for, used when it is approved, given back otherwise; never"
            " below zero."
        ),
    ),
    Capability(
        "hr.leave_type.limit",
        _l("Say which kinds of leave there are, and their limits"),
    ),
    Capability(
        "hr.employee.guard",
        _l("Show private data of staff files only to whoever may see it"),
        sort=Sort.ACCESS,
    ),
)
