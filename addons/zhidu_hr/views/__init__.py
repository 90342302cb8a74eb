"""The pages of the addon, and their places in the menu."""

from __future__ import annotations

from zhidu.texts import lazy_gettext as _l
from zhidu.web.declarations import View
from zhidu_hr.views.corrections import CorrectionView
from zhidu_hr.views.employees import EmployeeView
from zhidu_hr.views.grants import GrantView
from zhidu_hr.views.leave_request import LeaveRequestView
from zhidu_hr.views.leave_types import LeaveTypeView
from zhidu_hr.views.statistics import LeaveStatisticsView

GROUP = _l("People and leave")

VIEWS = (
    View(
        lambda: LeaveRequestView("hr_leave_request", "/hr/leave-request", _l("Leave requests")),
        _l("Leave requests"),
        GROUP,
        "leave",
        200,
    ),
    View(
        lambda: GrantView("hr_leave_grant", "/hr/leave-grant", _l("Leave entitlements")),
        _l("Leave entitlements"),
        GROUP,
        "wallet",
        210,
    ),
    View(
        lambda: LeaveStatisticsView(
            "hr_leave_statistics", "/hr/leave-statistics", _l("Leave statistics")
        ),
        _l("Leave statistics"),
        GROUP,
        "chart",
        215,
    ),
    View(
        lambda: EmployeeView("hr_employee", "/hr/employee", _l("Staff files")),
        _l("Staff files"),
        GROUP,
        "people",
        220,
    ),
    View(
        lambda: CorrectionView("hr_leave_correction", "/hr/leave-correction", _l("Corrections")),
        _l("Corrections"),
        GROUP,
        "alert",
        230,
    ),
    View(
        lambda: LeaveTypeView("hr_leave_type", "/hr/leave-type", _l("Kinds of leave")),
        _l("Kinds of leave"),
        GROUP,
        "sliders",
        240,
    ),
)
