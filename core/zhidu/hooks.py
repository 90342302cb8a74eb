"""Call the addons: one typed function per hook, and the only place that walks pluggy's list.

pluggy stops everything when one implementation raises, and knows no company. Here a ``before_*``
raises through with the addon's name on it, an ``after_*`` runs in a SAVEPOINT of its own, so that
one failing addon undoes only itself, and addons that are not active in the company stay silent.
Order: that of ``requires``, core first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhidu.errors import Busy
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    import click
    import pluggy

    from zhidu.access.declarations import Permission, Resource, RoleTemplate
    from zhidu.db.session import Session
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

log = logging.getLogger("zhidu.hooks")

Failed = Callable[[str, str, Exception], None]
"""Told of an addon that failed: its name, the hook's name, the error."""

_FAILURES = "zhidu_hook_failures"


@dataclass(frozen=True, slots=True)
class HookFailure:
    """An addon that could not do its part; all else went on."""

    addon: str
    hook: str
    error: Exception

    @property
    def notice(self) -> Text:
        """Say it to the person whose act it was."""
        return _l(
            "Your work is saved, but the addon “%(addon)s” could not add its part."
            " Please tell your administrator; the reason stands in the log.",
            addon=self.addon,
        )


def failures(session: Session) -> tuple[HookFailure, ...]:
    """Give what failed in this unit of work, for the page to tell."""
    return tuple(session.info.get(_FAILURES, ()))


def owner_of(plugin_name: str) -> str:
    """Name the addon that registered a plugin as ``addon`` or ``addon:part``."""
    return plugin_name.partition(":")[0]


# -- walking


def _walk(
    pm: pluggy.PluginManager, hook: str, allowed: frozenset[str] | None
) -> Iterator[tuple[str, Callable[..., Any], Sequence[str]]]:
    """Give addon, function and the names of the arguments that it wants."""
    caller: pluggy.HookCaller = getattr(pm.hook, hook)
    for impl in reversed(caller.get_hookimpls()):
        addon = owner_of(impl.plugin_name)
        if allowed is None or addon in allowed:
            yield addon, impl.function, impl.argnames


def _call(addon: str, hook: str, function: Callable[..., Any], *values: Any) -> Any:
    """Call and put the addon's name on whatever it raises."""
    try:
        return function(*values)
    except Exception as error:
        error.add_note(f"raised by the addon “{addon}” in {hook}")
        raise


def _veto(session: Session, hook: str, event: Any) -> None:
    for addon, function, names in _walk(session.registry.pm, hook, session.active_addons):
        _call(addon, hook, function, *([event] if names else ()))


def _first(session: Session, hook: str, query: Any) -> Any:
    for addon, function, names in _walk(session.registry.pm, hook, session.active_addons):
        answer = _call(addon, hook, function, *([query] if names else ()))
        if answer is not None:
            return answer
    return None


def _apart(
    session: Session, hook: str, value: Any, read: Callable[[Any], Any], also: str = ""
) -> list[Any]:
    """Call each addon in a SAVEPOINT; note and log the ones that fail, and go on.

    A lock that never came free is nobody's fault: the whole act is tried again.

    :param read: makes a plain value of an answer, still inside the SAVEPOINT.
    """
    answers = []
    allowed = session.active_addons | {also} if also else session.active_addons
    for addon, function, names in _walk(session.registry.pm, hook, allowed):
        savepoint = session.begin_nested()  # first writes the caller's own changes
        try:
            answer = read(_call(addon, hook, function, *([value] if names else ())))
            savepoint.commit()
        except Busy:
            savepoint.rollback()
            raise
        except Exception as error:
            savepoint.rollback()
            log.exception("The addon %s failed in %s", addon, hook)
            session.info.setdefault(_FAILURES, []).append(HookFailure(addon, hook, error))
        else:
            answers.append(answer)
    return answers


def _tell(session: Session, hook: str, event: Any, also: str = "") -> None:
    _apart(session, hook, event, lambda _answer: None, also)


def _collect(pm: pluggy.PluginManager, hook: str, failed: Failed) -> list[tuple[str, Any]]:
    """Ask every plugin at boot; an addon that fails gives nothing and is told of."""
    found: list[tuple[str, Any]] = []
    for addon, function, _ in _walk(pm, hook, None):
        try:
            found += [(addon, item) for item in _call(addon, hook, function)]
        except Exception as error:
            failed(addon, hook, error)
    return found


# -- asked at boot, by the registry only


def provide_permissions(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, Permission]]:
    """Collect the permissions, each with its addon."""
    return _collect(pm, "provide_permissions", failed)


def provide_roles(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, RoleTemplate]]:
    """Collect the roles to begin with."""
    return _collect(pm, "provide_roles", failed)


def provide_resources(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, Resource]]:
    """Collect the models that people may reach."""
    return _collect(pm, "provide_resources", failed)


def provide_settings(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, Setting]]:
    """Collect the settings that a policy may state."""
    return _collect(pm, "provide_settings", failed)


def provide_record_kinds(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, RecordKind]]:
    """Collect the business documents."""
    return _collect(pm, "provide_record_kinds", failed)


def provide_capabilities(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, Capability]]:
    """Collect what the addons carry out of a policy."""
    return _collect(pm, "provide_capabilities", failed)


def provide_resolvers(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, Resolver]]:
    """Collect the ways to find an approver."""
    return _collect(pm, "provide_resolvers", failed)


def provide_jobs(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, JobType]]:
    """Collect the background jobs."""
    return _collect(pm, "provide_jobs", failed)


def provide_schedules(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, ScheduleSpec]]:
    """Collect what fires by the clock."""
    return _collect(pm, "provide_schedules", failed)


def provide_channels(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, Channel]]:
    """Collect the ways to bring a notice."""
    return _collect(pm, "provide_channels", failed)


def provide_views(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, View]]:
    """Collect fresh pages for one app."""
    return _collect(pm, "provide_views", failed)


def provide_commands(pm: pluggy.PluginManager, failed: Failed) -> list[tuple[str, click.Command]]:
    """Collect the commands."""
    return _collect(pm, "provide_commands", failed)


def provide_health_checks(
    pm: pluggy.PluginManager, failed: Failed
) -> list[tuple[str, HealthCheck]]:
    """Collect the checks of the installation."""
    return _collect(pm, "provide_health_checks", failed)


# -- asked while a page is made


def provide_task_facts(session: Session, query: TaskFactsQuery) -> dict[int, list[Fact]]:
    """Merge the facts of all addons by record id; a failing addon gives none."""
    merged: dict[int, list[Fact]] = {}
    for answer in _apart(session, "provide_task_facts", query, _fact_lists):
        for record_id, facts in answer.items():
            merged.setdefault(record_id, []).extend(facts)
    return merged


def _fact_lists(answer: Mapping[int, Sequence[Fact]] | None) -> dict[int, list[Fact]]:
    return {record_id: list(facts) for record_id, facts in (answer or {}).items()}


def provide_start_cards(session: Session, query: StartCardsQuery) -> list[StartCard]:
    """List what the person may start, by ``sort``; a failing addon gives none."""
    answers = _apart(session, "provide_start_cards", query, lambda cards: list(cards or ()))
    return sorted((card for cards in answers for card in cards), key=lambda card: card.sort)


def provide_due_items(session: Session, query: StartCardsQuery) -> list[DueItem]:
    """List what falls due for the person; a failing addon gives none."""
    answers = _apart(session, "provide_due_items", query, lambda items: list(items or ()))
    return [item for items in answers for item in items]


def provide_print_parts(session: Session, query: PrintQuery) -> list[PrintPart]:
    """List what addons put on a record's sheet; a failing addon gives none."""
    answers = _apart(session, "provide_print_parts", query, lambda parts: list(parts or ()))
    return [part for parts in answers for part in parts]


# -- fired in the transaction of the act


def before_submit(session: Session, event: RecordEvent) -> None:
    """Let addons veto a submit."""
    _veto(session, "before_submit", event)


def after_submit(session: Session, event: RecordEvent) -> None:
    """Tell of a submit."""
    _tell(session, "after_submit", event)


def before_decision(session: Session, event: DecisionEvent) -> None:
    """Let addons veto a decision."""
    _veto(session, "before_decision", event)


def after_decision(session: Session, event: DecisionEvent) -> None:
    """Tell of a decision."""
    _tell(session, "after_decision", event)


def after_approved(session: Session, event: RecordEvent) -> None:
    """Tell of the last approval."""
    _tell(session, "after_approved", event)


def after_returned(session: Session, event: RecordEvent) -> None:
    """Tell of a return."""
    _tell(session, "after_returned", event)


def after_rejected(session: Session, event: RecordEvent) -> None:
    """Tell of a rejection."""
    _tell(session, "after_rejected", event)


def after_withdrawn(session: Session, event: RecordEvent) -> None:
    """Tell of a withdrawal."""
    _tell(session, "after_withdrawn", event)


def after_transition(session: Session, event: ExecutionEvent) -> None:
    """Tell of a change of the execution status."""
    _tell(session, "after_transition", event)


def after_comment(session: Session, event: CommentEvent) -> None:
    """Tell of a remark."""
    _tell(session, "after_comment", event)


def after_company_created(session: Session, event: CompanyEvent) -> None:
    """Tell of a new company."""
    _tell(session, "after_company_created", event)


def after_activated(session: Session, event: CompanyEvent) -> None:
    """Tell of an addon that became active in the company."""
    _tell(session, "after_activated", event)


def after_deactivated(session: Session, event: CompanyEvent) -> None:
    """Tell of an addon that was switched off, that addon itself included."""
    _tell(session, "after_deactivated", event, also=event.addon)


def before_member_leaves(session: Session, event: LeavingEvent) -> None:
    """Let addons hand on what a person holds, or veto the leaving."""
    _veto(session, "before_member_leaves", event)


def after_calendar_changed(session: Session, event: CalendarEvent) -> None:
    """Tell of changed working days."""
    _tell(session, "after_calendar_changed", event)


# -- asked of whoever knows


def resolve_setting(session: Session, query: SettingQuery) -> SettingAnswer | None:
    """Ask what the policy or the company says for a setting."""
    answer: SettingAnswer | None = _first(session, "resolve_setting", query)
    return answer


def provide_absences(session: Session, query: AbsenceQuery) -> frozenset[int]:
    """Ask which of these members are away; a failing addon knows of none."""
    answers = _apart(session, "provide_absences", query, lambda found: frozenset(found or ()))
    return frozenset().union(*answers)


def resolve_flow(session: Session, query: FlowQuery) -> Flow | None:
    """Ask which flow governs a kind of record."""
    answer: Flow | None = _first(session, "resolve_flow", query)
    return answer


def resolve_companies(session: Session, query: CompaniesQuery) -> Sequence[WorkingCompany]:
    """Ask which companies work; none where nobody knows companies."""
    answer: Sequence[WorkingCompany] | None = _first(session, "resolve_companies", query)
    return answer or ()


def resolve_policy_version(session: Session, query: SettingQuery) -> int | None:
    """Ask for the id of the policy version in force."""
    answer: int | None = _first(session, "resolve_policy_version", query)
    return answer
