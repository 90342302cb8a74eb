"""Switch an addon on or off in a company: by hand, or because a policy says so.

Nothing is ever deleted: the addon's pages, jobs and tasks are hidden and the clocks of its open
tasks stand still (the approval engine hears the hooks); on again, all goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from zhidu import clock, hooks
from zhidu.access import check, duties, roles
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.db.activation import CompanyAddon, active_addons, forget_active
from zhidu.events import CompanyEvent
from zhidu.policy import publish, versions
from zhidu.policy.errors import AddonNeeded, AddonNotEnabled, CoreStays, OpenTasks
from zhidu.policy.models import PolicyVersion, VersionOrigin
from zhidu.workflow.models import Task, TaskStatus

SWITCH = "core.addon.switch"


def activate(session: Session, actor: Actor, addon: str) -> PolicyVersion | None:
    """Switch an addon on, and what it requires; return the small version that says so.

    Already active: nothing changes, the version in force is returned.

    :raises AddonNotEnabled: the database does not load it.
    """
    check.require(session, SWITCH)
    versions.hold(session)
    wanted = active_addons(session) | _with_needs(session, [addon])
    return _switch_by_hand(session, actor, wanted)


def deactivate(
    session: Session, actor: Actor, addon: str, *, confirmed: bool = False
) -> PolicyVersion | None:
    """Switch an addon off; return the small version that says so.

    :param confirmed: open tasks may be hidden until the addon is active again.
    :raises OpenTasks: there are some, and it was not confirmed.
    :raises AddonNeeded: another active addon requires it.
    """
    check.require(session, SWITCH)
    versions.hold(session)
    if addon == "core":
        raise CoreStays
    active = active_addons(session)
    if addon in active:
        users = [name for name in _ordered(session, active) if addon in _needs(session, name)]
        if users:
            raise AddonNeeded(addon, users)
        ask(session, [addon], confirmed=confirmed)
    return _switch_by_hand(session, actor, active - {addon})


def impact(session: Session, addon: str) -> dict[str, int]:
    """Count the open tasks that would be hidden, by kind of record; kinds without are left out."""
    kinds = _kinds(session, addon)
    counted = (
        select(Task.kind, func.count())
        .where(Task.status == TaskStatus.OPEN, Task.kind.in_(kinds))
        .group_by(Task.kind)
        .order_by(Task.kind)
    )
    return dict(iter(session.execute(counted))) if kinds else {}


def ask(session: Session, addons: Iterable[str], *, confirmed: bool) -> None:
    """Stop for a confirmation when open tasks of these addons would be hidden.

    :raises OpenTasks: there are some, and it was not confirmed.
    """
    counts = {kind: n for name in addons for kind, n in impact(session, name).items()}
    if counts and not confirmed:
        kinds = session.registry.kinds
        raise OpenTasks(counts, {kind: kinds[kind].title for kind in counts if kind in kinds})


def bring_into_line(session: Session, actor: Actor, wanted: frozenset[str]) -> None:
    """Make exactly these addons active, and tell those that changed; roles follow.

    :raises AddonNotEnabled: the database does not load one of them.
    """
    active = active_addons(session)
    starts = _ordered(session, wanted - active)
    for name in starts:
        if name not in session.registry.names:
            raise AddonNotEnabled(name)
    now = clock.now()
    rows = {row.addon: row for row in session.scalars(select(CompanyAddon))}
    for name in reversed(_ordered(session, active - wanted)):
        rows[name].active, rows[name].changed_at = False, now
        forget_active(session)
        session.flush()
        hooks.after_deactivated(session, CompanyEvent(session, actor, session.company, name))
    for name in starts:
        row = rows.get(name)
        if row is None:
            session.add(CompanyAddon(addon=name, active=True, changed_at=now))
        else:
            row.active, row.changed_at = True, now
        session.flush()
        forget_active(session)
    if starts:
        roles.ensure_roles(session, actor)
    for name in starts:
        hooks.after_activated(session, CompanyEvent(session, actor, session.company, name))


def bring_into_force(session: Session, actor: Actor) -> None:
    """Let addons and separated permissions follow the version in force today; repeatable."""
    versions.hold(session)
    version = versions.current(session)
    if version is not None:
        content = versions.content(version)
        bring_into_line(session, actor, content.addons)
        duties.state_pairs(session, actor, content.kept_apart)


def _switch_by_hand(session: Session, actor: Actor, wanted: frozenset[str]) -> PolicyVersion | None:
    base = versions.current(session)
    before = active_addons(session)
    if wanted == before:
        return base
    stated = {**publish.stated_content(base), "addons": sorted(wanted)}
    changes = [f"+{name}" for name in _ordered(session, wanted - before)]
    changes += [f"-{name}" for name in _ordered(session, before - wanted)]
    bring_into_line(session, actor, wanted)
    return publish.write(
        session,
        actor,
        stated,
        VersionOrigin.ACTIVATION,
        versions.today(session),
        note=" ".join(changes),
        base=base,
    )


def _kinds(session: Session, addon: str) -> list[str]:
    registry = session.registry
    return [kind for kind in registry.kinds if registry.owner(kind) == addon]


def _needs(session: Session, addon: str) -> tuple[str, ...]:
    """Name what an addon requires; an addon that is not loaded is no obstacle to anything."""
    if addon not in session.registry.names:
        return ()
    return session.registry.addon(addon).addon.needed_names


def _with_needs(session: Session, addons: Iterable[str]) -> frozenset[str]:
    """Add what the addons require, and what that requires."""
    found: set[str] = set()
    left = [name for name in addons if name != "core"]
    while left:
        name = left.pop()
        if name in found:
            continue
        if name not in session.registry.names:
            raise AddonNotEnabled(name)
        found.add(name)
        left += _needs(session, name)
    return frozenset(found)


def _ordered(session: Session, addons: Iterable[str]) -> list[str]:
    """Put addons in the order of ``requires``; those that are not loaded come last."""
    order = {name: place for place, name in enumerate(session.registry.names)}
    return sorted(addons, key=lambda name: (order.get(name, len(order)), name))
