"""The roles that every company begins with; addons add their grants to the same codes."""

from __future__ import annotations

from zhidu.access.declarations import RoleTemplate
from zhidu.access.models import Scope

_ALL = Scope.COMPANY

_READS = ("core.duty.read", "core.deadline.read")
_OVERSEES = dict.fromkeys((*_READS, "core.duty.export", "core.deadline.export"), _ALL)


def _names(simplified: str, traditional: str, english: str) -> dict[str, str]:
    return {"zh_Hans_CN": simplified, "zh_Hant_TW": traditional, "en": english}


TEMPLATES = (
    RoleTemplate(
        "staff",
        _names("员工", "員工", "Staff"),
        {
            "core.policy.read": _ALL,
            "core.authority.read": Scope.OWN,
            **dict.fromkeys(_READS, Scope.OWN),
        },
    ),
    RoleTemplate(
        "leader",
        _names("部门负责人", "部門負責人", "Department leader"),
        dict.fromkeys(_READS, Scope.DEPARTMENT_TREE),
    ),
    RoleTemplate(
        "hr",
        _names("人事", "人事", "Human resources"),
        {
            "core.member.read": _ALL,
            "core.member.edit": _ALL,
            "core.department.edit": _ALL,
            "core.post.edit": _ALL,
            "core.calendar.edit": _ALL,
            "core.list.edit": _ALL,
            "core.group.edit": _ALL,
        },
    ),
    RoleTemplate("custodian", _names("保管员", "保管員", "Custodian")),
    RoleTemplate("finance", _names("财务", "財務", "Finance")),
    RoleTemplate(
        "manager",
        _names("总经理", "總經理", "General manager"),
        {"core.authority.read": _ALL, **_OVERSEES},
    ),
    RoleTemplate(
        "admin",
        _names("公司管理员", "公司管理員", "Company administrator"),
        {
            "core.member.read": _ALL,
            "core.member.edit": _ALL,
            "core.department.edit": _ALL,
            "core.post.edit": _ALL,
            "core.role.edit": _ALL,
            "core.calendar.edit": _ALL,
            "core.list.edit": _ALL,
            "core.group.edit": _ALL,
            "core.policy.read": _ALL,
            "core.policy.edit": _ALL,
            "core.addon.switch": _ALL,
            "core.flow.manage": _ALL,
            "core.authority.read": _ALL,
            "core.authority.edit": _ALL,
            **_OVERSEES,
        },
    ),
    RoleTemplate(
        "auditor",
        _names("审计", "稽核", "Auditor"),
        {
            "core.policy.read": _ALL,
            "core.audit.read": _ALL,
            "core.authority.read": _ALL,
            **_OVERSEES,
        },
    ),
)
