"""Zhidu (制度): the public names for authors of addons; all else may change.

Importing this package imports nothing else: a name is looked up when it is first used (PEP 562),
so that a rule that needs an error loads neither SQLAlchemy nor Flask. ``docs/integrators.md`` says
what each name is for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhidu import clock, money
    from zhidu.access import check, scope
    from zhidu.access.declarations import Permission, Resource, RoleTemplate
    from zhidu.access.models import Scope
    from zhidu.actor import Actor, Via
    from zhidu.addon import Addon
    from zhidu.audit import bulk
    from zhidu.audit.trail import log as audit_log
    from zhidu.db import (
        Base,
        CompanyOrGlobal,
        CompanyOwned,
        Database,
        Fixed,
        JSONText,
        Key,
        Session,
        Translated,
        UTCDateTime,
        company_key,
        enum_check,
        ledger,
        owned_by_company,
        pk,
        ref,
        same_company,
        table_args,
    )
    from zhidu.db.balance import BalanceMixin, EntryMixin, balance_checks, entry_constraints
    from zhidu.errors import (
        ENGINE,
        ConfigError,
        Conflict,
        NotFound,
        PermissionDenied,
        Refused,
        Source,
        SourceKind,
        StaleRecord,
        ValidationError,
        ZhiduError,
        addon_default,
        clause,
        law,
    )
    from zhidu.events import (
        AbsenceQuery,
        CalendarEvent,
        CommentEvent,
        CompaniesQuery,
        CompanyEvent,
        DecisionEvent,
        ExecutionEvent,
        FlowQuery,
        LeavingEvent,
        PrintQuery,
        RecordEvent,
        SettingAnswer,
        SettingQuery,
        StartCardsQuery,
        TaskFactsQuery,
        WorkingCompany,
    )
    from zhidu.exchange.exporter import Sheet, export
    from zhidu.exchange.printing import (
        PrintCell,
        PrintColumn,
        PrintGrid,
        PrintLines,
        PrintNote,
        PrintPart,
    )
    from zhidu.expressions import FactType
    from zhidu.health import Finding, HealthCheck
    from zhidu.hookspecs import hookimpl
    from zhidu.jobs import JobType, ScheduleSpec, enqueue, job_key
    from zhidu.notify.channels import Channel
    from zhidu.notify.models import Notice
    from zhidu.notify.service import send as send_notice
    from zhidu.org.calendar import add_working_days, count_working_days, is_workday, working_days
    from zhidu.org.models import Company, Department, Member
    from zhidu.org.queries import (
        department_leaders,
        people_by_role,
        primary_department,
        search_members,
        superior,
    )
    from zhidu.policy.capabilities import Capability
    from zhidu.records.attachments import attach as attach_file
    from zhidu.records.comments import comment as add_comment
    from zhidu.records.kinds import Execution, RecordKind, Transition
    from zhidu.records.models import Approval, Attachment, Comment, Record
    from zhidu.records.queries import detail as record_detail
    from zhidu.records.services import create as create_record
    from zhidu.records.services import delete_draft
    from zhidu.records.services import edit as edit_record
    from zhidu.settings import Setting
    from zhidu.settings import get as get_setting
    from zhidu.texts import (
        LOCALES,
        Text,
        enumerate_texts,
        gettext,
        lazy_gettext,
        lazy_ngettext,
        localize,
        ngettext,
        pgettext,
        show_number,
        use_locale,
    )
    from zhidu.values import DueItem, Fact, StartCard
    from zhidu.web import context, present
    from zhidu.web.base_view import MEMBER, OfficeView, door
    from zhidu.web.declarations import View
    from zhidu.web.forms import NumberField, OfficeForm, PersonField
    from zhidu.web.list_view import ListView
    from zhidu.web.listing import Column, Filter, Tab
    from zhidu.web.record_view import RecordView
    from zhidu.web.service_view import ServiceView
    from zhidu.workflow import engine
    from zhidu.workflow.definition import Approver, Cc, Flow, Mode, Node, NodeKind
    from zhidu.workflow.models import Task
    from zhidu.workflow.resolvers import Question, Resolver

__all__ = [
    "ENGINE",
    "LOCALES",
    "MEMBER",
    "AbsenceQuery",
    "Actor",
    "Addon",
    "Approval",
    "Approver",
    "Attachment",
    "BalanceMixin",
    "Base",
    "CalendarEvent",
    "Capability",
    "Cc",
    "Channel",
    "Column",
    "Comment",
    "CommentEvent",
    "CompaniesQuery",
    "Company",
    "CompanyEvent",
    "CompanyOrGlobal",
    "CompanyOwned",
    "ConfigError",
    "Conflict",
    "Database",
    "DecisionEvent",
    "Department",
    "DueItem",
    "EntryMixin",
    "Execution",
    "ExecutionEvent",
    "Fact",
    "FactType",
    "Filter",
    "Finding",
    "Fixed",
    "Flow",
    "FlowQuery",
    "HealthCheck",
    "JSONText",
    "JobType",
    "Key",
    "LeavingEvent",
    "ListView",
    "Member",
    "Mode",
    "Node",
    "NodeKind",
    "NotFound",
    "Notice",
    "NumberField",
    "OfficeForm",
    "OfficeView",
    "Permission",
    "PermissionDenied",
    "PersonField",
    "PrintCell",
    "PrintColumn",
    "PrintGrid",
    "PrintLines",
    "PrintNote",
    "PrintPart",
    "PrintQuery",
    "Question",
    "Record",
    "RecordEvent",
    "RecordKind",
    "RecordView",
    "Refused",
    "Resolver",
    "Resource",
    "RoleTemplate",
    "ScheduleSpec",
    "Scope",
    "ServiceView",
    "Session",
    "Setting",
    "SettingAnswer",
    "SettingQuery",
    "Sheet",
    "Source",
    "SourceKind",
    "StaleRecord",
    "StartCard",
    "StartCardsQuery",
    "Tab",
    "Task",
    "TaskFactsQuery",
    "Text",
    "Transition",
    "Translated",
    "UTCDateTime",
    "ValidationError",
    "Via",
    "View",
    "WorkingCompany",
    "ZhiduError",
    "add_comment",
    "add_working_days",
    "addon_default",
    "attach_file",
    "audit_log",
    "balance_checks",
    "bulk",
    "check",
    "clause",
    "clock",
    "company_key",
    "context",
    "count_working_days",
    "create_record",
    "delete_draft",
    "department_leaders",
    "door",
    "edit_record",
    "engine",
    "enqueue",
    "entry_constraints",
    "enum_check",
    "enumerate_texts",
    "export",
    "get_setting",
    "gettext",
    "hookimpl",
    "is_workday",
    "job_key",
    "law",
    "lazy_gettext",
    "lazy_ngettext",
    "ledger",
    "localize",
    "money",
    "ngettext",
    "owned_by_company",
    "people_by_role",
    "pgettext",
    "pk",
    "present",
    "primary_department",
    "record_detail",
    "ref",
    "same_company",
    "scope",
    "search_members",
    "send_notice",
    "show_number",
    "superior",
    "table_args",
    "use_locale",
    "working_days",
]

_MODULES = {
    "bulk": "zhidu.audit.bulk",
    "check": "zhidu.access.check",
    "clock": "zhidu.clock",
    "context": "zhidu.web.context",
    "engine": "zhidu.workflow.engine",
    "ledger": "zhidu.db.ledger",
    "money": "zhidu.money",
    "present": "zhidu.web.present",
    "scope": "zhidu.access.scope",
}
"""Names that are modules of functions, used as ``check.require(…)``."""

_PLACES = {
    "zhidu.addon": "Addon",
    "zhidu.hookspecs": "hookimpl",
    "zhidu.actor": "Actor Via",
    "zhidu.errors": "ENGINE ConfigError Conflict NotFound PermissionDenied Refused Source SourceKind "
    "StaleRecord ValidationError ZhiduError addon_default clause law",
    "zhidu.texts": "LOCALES Text enumerate_texts gettext lazy_gettext lazy_ngettext localize ngettext pgettext "
    "show_number use_locale",
    "zhidu.values": "DueItem Fact StartCard",
    "zhidu.expressions": "FactType",
    "zhidu.settings": "Setting get_setting=get",
    "zhidu.health": "Finding HealthCheck",
    "zhidu.events": "AbsenceQuery CalendarEvent CommentEvent CompaniesQuery CompanyEvent DecisionEvent "
    "ExecutionEvent FlowQuery LeavingEvent PrintQuery RecordEvent SettingAnswer SettingQuery "
    "StartCardsQuery TaskFactsQuery WorkingCompany",
    "zhidu.db": "Base CompanyOrGlobal CompanyOwned Database Fixed JSONText Key Session Translated "
    "UTCDateTime company_key enum_check owned_by_company pk ref same_company "
    "table_args",
    "zhidu.db.balance": "BalanceMixin EntryMixin balance_checks entry_constraints",
    "zhidu.audit.trail": "audit_log=log",
    "zhidu.jobs": "JobType ScheduleSpec enqueue job_key",
    "zhidu.org.models": "Company Department Member",
    "zhidu.org.calendar": "add_working_days count_working_days is_workday working_days",
    "zhidu.org.queries": "department_leaders people_by_role primary_department search_members superior",
    "zhidu.access.declarations": "Permission Resource RoleTemplate",
    "zhidu.access.models": "Scope",
    "zhidu.records.kinds": "Execution RecordKind Transition",
    "zhidu.records.models": "Approval Attachment Comment Record",
    "zhidu.records.services": "create_record=create delete_draft edit_record=edit",
    "zhidu.records.queries": "record_detail=detail",
    "zhidu.records.attachments": "attach_file=attach",
    "zhidu.records.comments": "add_comment=comment",
    "zhidu.notify.channels": "Channel",
    "zhidu.notify.models": "Notice",
    "zhidu.notify.service": "send_notice=send",
    "zhidu.workflow.definition": "Approver Cc Flow Mode Node NodeKind",
    "zhidu.workflow.models": "Task",
    "zhidu.workflow.resolvers": "Question Resolver",
    "zhidu.policy.capabilities": "Capability",
    "zhidu.exchange.exporter": "Sheet export",
    "zhidu.exchange.printing": "PrintCell PrintColumn PrintGrid PrintLines PrintNote PrintPart",
    "zhidu.web.declarations": "View",
    "zhidu.web.base_view": "MEMBER OfficeView door",
    "zhidu.web.forms": "NumberField OfficeForm PersonField",
    "zhidu.web.list_view": "ListView",
    "zhidu.web.listing": "Column Filter Tab",
    "zhidu.web.record_view": "RecordView",
    "zhidu.web.service_view": "ServiceView",
}
"""Names by the module that holds them; ``new=old`` where the name there would say too little."""

_FOUND = {
    public: (module, name or public)
    for module, names in _PLACES.items()
    for public, _, name in (one.partition("=") for one in names.split())
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if not TYPE_CHECKING:  # else a checker would take every misspelt name for known

    def __getattr__(name: str) -> object:
        """Find a public name where it lives, once."""
        if name in _MODULES:
            value: object = import_module(_MODULES[name])
        elif name in _FOUND:
            module, there = _FOUND[name]
            value = getattr(import_module(module), there)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value
