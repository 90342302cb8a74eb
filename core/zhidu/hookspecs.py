"""Every hook of Zhidu: when it fires, what to return, in which order.

A name says what a hook is: ``provide_*`` returns values, ``before_*`` may veto by raising
``ValidationError`` or ``Refused``, ``after_*`` may not, ``resolve_*`` takes the first answer that
is not None. Call them through ``zhidu.hooks`` only: it names a failing addon, keeps the others
going and leaves out addons that are not active in the company.

Order: implementations run in the order of ``requires`` (core first), for all hooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import click

    from zhidu.access.declarations import Permission, Resource, RoleTemplate
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
    from zhidu.exchange.printing import PrintPart
    from zhidu.health import HealthCheck
    from zhidu.jobs.declarations import JobType, ScheduleSpec
    from zhidu.notify.channels import Channel
    from zhidu.policy.capabilities import Capability
    from zhidu.records.kinds import RecordKind
    from zhidu.settings import Setting
    from zhidu.values import DueItem, Fact, StartCard
    from zhidu.web.declarations import View
    from zhidu.workflow.definition import Flow
    from zhidu.workflow.resolvers import Resolver

hookspec = pluggy.HookspecMarker("zhidu")
hookimpl = pluggy.HookimplMarker("zhidu")


class BootSpecs:
    """Asked once when an app, a worker or a command starts."""

    @hookspec
    def provide_permissions(self) -> Iterable[Permission]:  # type: ignore[empty-body]
        """Declare the permissions that this addon checks."""

    @hookspec
    def provide_roles(self) -> Iterable[RoleTemplate]:  # type: ignore[empty-body]
        """Offer roles with their permissions; a company gets them when the addon is activated."""

    @hookspec
    def provide_resources(self) -> Iterable[Resource]:  # type: ignore[empty-body]
        """Say which models people may reach, whose row a row is, and which fields are guarded."""

    @hookspec
    def provide_settings(self) -> Iterable[Setting]:  # type: ignore[empty-body]
        """Declare the settings that a policy may state, with type and default."""

    @hookspec
    def provide_record_kinds(self) -> Iterable[RecordKind]:  # type: ignore[empty-body]
        """Declare the business documents: model, facts for conditions, execution states."""

    @hookspec
    def provide_capabilities(self) -> Iterable[Capability]:  # type: ignore[empty-body]
        """Name what this addon really carries out of a policy, with the settings that it takes."""

    @hookspec
    def provide_resolvers(self) -> Iterable[Resolver]:  # type: ignore[empty-body]
        """Offer ways to find an approver; the name is the key in a policy's ``approver``."""

    @hookspec
    def provide_jobs(self) -> Iterable[JobType]:  # type: ignore[empty-body]
        """Declare the background jobs that this addon enqueues."""

    @hookspec
    def provide_schedules(self) -> Iterable[ScheduleSpec]:  # type: ignore[empty-body]
        """Declare when jobs fire by the clock; stopped where the addon is not active."""

    @hookspec
    def provide_channels(self) -> Iterable[Channel]:  # type: ignore[empty-body]
        """Offer ways to bring a notice to a person; the in-app inbox is one."""

    @hookspec
    def provide_views(self) -> Iterable[View]:  # type: ignore[empty-body]
        """Offer pages with their place in the menu; called anew for each app that is built."""

    @hookspec
    def provide_commands(self) -> Iterable[click.Command]:  # type: ignore[empty-body]
        """Offer commands for the ``zhidu`` command line."""

    @hookspec
    def provide_health_checks(self) -> Iterable[HealthCheck]:  # type: ignore[empty-body]
        """Offer checks for ``zhidu doctor``, each with the way to mend what it finds."""


class PageSpecs:
    """Asked while a page is made, once per page."""

    @hookspec
    def provide_task_facts(  # type: ignore[empty-body]
        self, query: TaskFactsQuery
    ) -> Mapping[int, Sequence[Fact]]:
        """Give facts by record id (days, balance after, who else is away) for a list of tasks."""

    @hookspec
    def provide_start_cards(self, query: StartCardsQuery) -> Iterable[StartCard]:  # type: ignore[empty-body]
        """Offer what the person may start, with a hint such as the balance left."""

    @hookspec
    def provide_due_items(self, query: StartCardsQuery) -> Iterable[DueItem]:  # type: ignore[empty-body]
        """Tell what falls due for the person: inspections, corrections, expiring papers."""

    @hookspec
    def provide_print_parts(self, query: PrintQuery) -> Iterable[PrintPart]:  # type: ignore[empty-body]
        """Add grids, tables and notes to the printed sheet of a record, or replace the form's."""


class RecordSpecs:
    """Fired inside the transaction of the act."""

    @hookspec
    def before_submit(self, event: RecordEvent) -> None:
        """Veto a submit by raising; fires before number and tasks exist."""

    @hookspec
    def after_submit(self, event: RecordEvent) -> None:
        """React to a submit or re-submit; the first tasks exist."""

    @hookspec
    def before_decision(self, event: DecisionEvent) -> None:
        """Veto a decision by raising; state, right and segregation are already checked."""

    @hookspec
    def after_decision(self, event: DecisionEvent) -> None:
        """React to a decision that has been written."""

    @hookspec
    def after_approved(self, event: RecordEvent) -> None:
        """React to the last approve node; fires exactly once per record."""

    @hookspec
    def after_returned(self, event: RecordEvent) -> None:
        """React to a return to the applicant, who may submit again."""

    @hookspec
    def after_rejected(self, event: RecordEvent) -> None:
        """React to a rejection; the record is at its end."""

    @hookspec
    def after_withdrawn(self, event: RecordEvent) -> None:
        """React to a withdrawal by the applicant."""

    @hookspec
    def after_transition(self, event: ExecutionEvent) -> None:
        """React to a change of the execution status (filed, stamped …)."""

    @hookspec
    def after_comment(self, event: CommentEvent) -> None:
        """React to a remark on a record; who is named in it may read the record already."""


class CompanySpecs:
    """Fired inside the transaction of the act."""

    @hookspec
    def after_company_created(self, event: CompanyEvent) -> None:
        """React to a new company."""

    @hookspec
    def after_activated(self, event: CompanyEvent) -> None:
        """Create what a company needs to begin (types, series); must be repeatable."""

    @hookspec
    def after_deactivated(self, event: CompanyEvent) -> None:
        """React to an addon switched off; keep every row."""

    @hookspec
    def before_member_leaves(self, event: LeavingEvent) -> None:
        """Hand on what the person holds, or veto; roles and posts are still there."""

    @hookspec
    def after_calendar_changed(self, event: CalendarEvent) -> None:
        """Recompute what counts working days."""


class PolicySpecs:
    """What lower parts ask of higher ones (policy, organisation) without knowing them."""

    @hookspec
    def resolve_setting(self, query: SettingQuery) -> SettingAnswer | None:
        """Answer what the policy or the company says for a setting, or None."""

    @hookspec
    def provide_absences(self, query: AbsenceQuery) -> Iterable[int]:  # type: ignore[empty-body]
        """Name those of the members asked about who are away at that moment."""

    @hookspec
    def resolve_flow(self, query: FlowQuery) -> Flow | None:
        """Answer which flow governs a kind of record, or None."""

    @hookspec
    def resolve_companies(self, query: CompaniesQuery) -> Sequence[WorkingCompany] | None:
        """Answer which companies work (are not archived), for what fires by the clock."""

    @hookspec
    def resolve_policy_version(self, query: SettingQuery) -> int | None:
        """Answer the id of the policy version in force for the session's company (key unused)."""


SPECS = (BootSpecs, PageSpecs, RecordSpecs, CompanySpecs, PolicySpecs)
