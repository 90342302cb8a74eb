"""A small house for tests of the policy: two addons with a document each, people, a pack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from zhidu.access.declarations import RoleTemplate
from zhidu.access.models import Scope
from zhidu.events import CompanyEvent
from zhidu.expressions import FactType
from zhidu.hookspecs import hookimpl
from zhidu.records.kinds import Execution, RecordKind, Transition
from zhidu.registry import CORE_PLUGINS, Registry
from zhidu.settings import Setting
from zhidu.workflow.resolvers import Resolver

PACK = """\
format: 1
policy:
  id: test-norms
  title: 试行规范
  version: "1"
  effective: 2026-01-01
clauses:
  - {id: T-1, section: 请假, title: 申请, summary: 先申请。}
  - {id: T-2, section: 请假, title: 审批, summary: 负责人审批。}
  - {id: T-3, section: 用印, title: 盖章, summary: 保管人盖章。}
addons:
  - leave
  - stamps
settings:
  leave.notice_days: 3
  leave.longest: {value: 15.5, clause: T-1}
flows:
  leave.request:
    manager: {role: admin}
    cc:
      - {role: hr, at: submit}
    nodes:
      - id: lead
        name: 负责人
        approver: {dept_leader: {level: 1}}
        clause: T-2
      - id: boss
        name: 总经理
        approver: {superior: true}
        when: days > 3
        clause: T-2
      - id: file
        name: 备案
        kind: handle
        approver: {role: hr}
        clause: T-1
  stamps.use:
    manager: {role: admin}
    nodes:
      - {id: approve, name: 审批, approver: {field: approver}, clause: T-3}
      - id: stamp
        name: 盖章
        kind: handle
        approver: {field: seal.custodian}
        transition: stamp
        clause: T-3
"""


def line(text: str, part: str) -> int:
    """Tell on which line ``part`` begins."""
    return text[: text.index(part)].count("\n") + 1


def _step(name: str, *, by_task: bool = True) -> Transition:
    return Transition(name, name, ("none",), name, f"x.{name}", by_task=by_task)


class _Apart(DeclarativeBase):
    """Models that no database of ours has: only their attributes are asked."""


class StampUse(_Apart):
    """A document with two people in it."""

    __tablename__ = "stamp_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    approver_id: Mapped[int]
    seal_id: Mapped[int]


def _kind(name: str, facts: dict[str, FactType], *steps: Transition) -> RecordKind:
    return RecordKind(
        name=name,
        title=name.title(),
        model=StampUse,
        series="X-{seq}",
        facts=facts,
        read_facts=lambda _session, _row: {},
        endpoint="x",
        execution=Execution(transitions=steps),
    )


@dataclass
class House:
    """The addons ``leave`` and ``stamps`` and what they heard; ``plus`` requires ``leave``."""

    heard: list[str]
    failing: set[str]
    registry: Registry


def _heard(name: str, heard: list[str], failing: set[str]) -> tuple[Any, Any]:
    @hookimpl
    def after_activated(event: CompanyEvent) -> None:
        if event.addon == name and name in failing:
            raise RuntimeError(name)
        if event.addon == name:
            heard.append(f"+{name}")

    @hookimpl
    def after_deactivated(event: CompanyEvent) -> None:
        if event.addon == name:
            heard.append(f"-{name}")

    return after_activated, after_deactivated


def _leave(heard: list[str], failing: set[str]) -> SimpleNamespace:
    days = FactType.number("Days", "days")
    kind = FactType.choice(["annual", "sick"], "Type")

    @hookimpl
    def provide_record_kinds() -> Iterable[RecordKind]:
        return [_kind("leave.request", {"days": days, "type": kind}, _step("file"))]

    @hookimpl
    def provide_settings() -> Iterable[Setting]:
        return [
            Setting("leave.notice_days", int, 1, "Notice", minimum=0, maximum=30),
            Setting("leave.longest", Decimal, Decimal(30), "Longest leave", unit="days"),
            Setting("leave.half_days", bool, True, "Half days"),
            Setting("leave.rounding", str, "up", "Rounding", choices=("up", "down")),
        ]

    @hookimpl
    def provide_roles() -> Iterable[RoleTemplate]:
        return [RoleTemplate("hr", {"en": "HR"}, {"core.policy.read": Scope.COMPANY})]

    started, stopped = _heard("leave", heard, failing)
    return SimpleNamespace(
        provide_record_kinds=provide_record_kinds,
        provide_settings=provide_settings,
        provide_roles=provide_roles,
        after_activated=started,
        after_deactivated=stopped,
    )


def _stamps(heard: list[str], failing: set[str]) -> SimpleNamespace:
    copies = FactType.number("Copies")

    @hookimpl
    def provide_record_kinds() -> Iterable[RecordKind]:
        steps = (_step("stamp"), _step("return"), _step("scan", by_task=False))
        return [_kind("stamps.use", {"copies": copies}, *steps)]

    @hookimpl
    def provide_resolvers() -> Iterable[Resolver]:
        def check(argument: Any) -> str:
            return "" if argument in ("east", "west") else "A site is wanted."

        return [Resolver("site_keeper", "Keeper of a site", lambda *_: [], check)]

    started, stopped = _heard("stamps", heard, failing)
    return SimpleNamespace(
        provide_record_kinds=provide_record_kinds,
        provide_resolvers=provide_resolvers,
        after_activated=started,
        after_deactivated=stopped,
    )


def house() -> House:
    """Build the house without a database."""
    heard: list[str] = []
    failing: set[str] = set()
    plugins = {"leave": _leave(heard, failing), "stamps": _stamps(heard, failing)}
    return House(heard, failing, Registry.of(plugins, core_plugins=CORE_PLUGINS))
