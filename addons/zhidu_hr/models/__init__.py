"""The nouns of the addon."""

from zhidu_hr.models.base import Base
from zhidu_hr.models.employee import Employee, EmploymentType
from zhidu_hr.models.leave_balance import LeaveEntry, LeaveGrant
from zhidu_hr.models.leave_request import LeaveCorrection, LeaveRequest, LeaveSlot
from zhidu_hr.models.leave_type import DayCount, LeaveType

__all__ = [
    "Base",
    "DayCount",
    "Employee",
    "EmploymentType",
    "LeaveCorrection",
    "LeaveEntry",
    "LeaveGrant",
    "LeaveRequest",
    "LeaveSlot",
    "LeaveType",
]
