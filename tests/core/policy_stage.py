"""An addon for tests of the wide pack format: a claim of money and a notice, with facts of each type."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from types import SimpleNamespace

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from zhidu.access.declarations import Permission, RoleTemplate
from zhidu.access.models import Scope
from zhidu.expressions import FactType
from zhidu.hookspecs import hookimpl
from zhidu.policy.capabilities import Capability
from zhidu.policy.lint import Reading, read
from zhidu.policy.problems import PolicyProblem
from zhidu.records.kinds import Execution, RecordKind, Transition
from zhidu.registry import CORE_PLUGINS, Registry
from zhidu.settings import Setting

HEAD = """\
format: 1
policy:
  id: works-norms
  title: 工程规范
  version: "1"
  effective: 2026-01-01
addons: [works]
clauses:
  - {id: W-1, section: 报销, title: 申请, summary: 先申请。}
  - {id: W-2, section: 报销, title: 审批, summary: 分级审批。}
  - {id: W-3, section: 报销, title: 支付, summary: 财务支付。}
  - {id: W-4, section: 公告, title: 公告, summary: 先审后发。}
"""
"""The head of a pack for these tests; its four clauses want to be named."""

CLAIM = """\
  works.claim:
    manager: {role: admin}
    nodes:
      - {id: head, name: 负责人, approver: {dept_leader: {level: 1}}, clause: W-1}
      - branch: amount
        name: 按金额
        paths:
          - {id: small, when: amount <= 5000, clause: W-2}
          - id: middle
            when: amount <= 50000
            clause: W-2
            nodes:
              - {id: vp, name: 分管领导, approver: {post: vp}, clause: W-2}
          - id: large
            default: true
            nodes:
              - {id: gm, name: 总经理, approver: {post: gm}, clause: W-2}
              - {id: board, name: 办公会, kind: meeting, approver: {role: board}, clause: W-2}
      - {id: pay, name: 支付, kind: handle, approver: {role: cashier}, transition: pay, clause: W-3}
"""

NOTICE = """\
  works.notice:
    manager: {role: admin}
    nodes:
      - {id: check, name: 审核, approver: {superior: true}, clause: W-4}
"""

PLAIN = f"{HEAD}flows:\n{CLAIM}{NOTICE}"
"""A pack without a finding."""


class _Apart(DeclarativeBase):
    """Models that no database of ours has: only their attributes are asked."""


class Claim(_Apart):
    """A claim of money."""

    __tablename__ = "works_claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int]
    amount: Mapped[Decimal]
    payee_id: Mapped[int]
    reason: Mapped[str]


class Notice(_Apart):
    """A notice."""

    __tablename__ = "works_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]


def _kind(name: str, model: type, facts: dict[str, FactType], **more: object) -> RecordKind:
    return RecordKind(
        name=name,
        title=name,
        model=model,
        series="X-{seq}",
        facts=facts,
        read_facts=lambda _session, _row: {},
        endpoint="x",
        **more,  # type: ignore[arg-type]
    )


def _step(name: str) -> Transition:
    return Transition(name, name, ("none",), name, f"works.claim.{name}", by_task=True)


@hookimpl
def provide_record_kinds() -> Iterable[RecordKind]:
    claim = {
        "amount": FactType.number("Amount", "CNY"),
        "days": FactType.number("Days", "days"),
        "grade": FactType.choice(["A", "B", "C"], "Grade"),
        "trip_on": FactType.date("Day of the trip"),
        "urgent": FactType.boolean("Urgent"),
        "budgeted": FactType.boolean("Budgeted", nullable=True),
        "note": FactType.text("Note"),
    }
    steps = Execution(transitions=(_step("pay"),))
    return [
        _kind("works.claim", Claim, claim, has_money=True, execution=steps),
        _kind("works.notice", Notice, {"pages": FactType.number("Pages")}),
    ]


@hookimpl
def provide_settings() -> Iterable[Setting]:
    return [
        Setting("works.leave_days", int, 10, "Days of leave", minimum=0, maximum=30),
        Setting("works.rate", Decimal, Decimal(1), "Rate"),
    ]


@hookimpl
def provide_permissions() -> Iterable[Permission]:
    return [
        Permission("works.claim.enter", "Enter"),
        Permission("works.claim.pay", "Pay"),
    ]


@hookimpl
def provide_roles() -> Iterable[RoleTemplate]:
    grants = {"core.policy.read": Scope.COMPANY}
    return [
        RoleTemplate("cashier", {"en": "Cashier"}, grants),
        RoleTemplate("board", {"en": "Board"}, grants),
    ]


@hookimpl
def provide_capabilities() -> Iterable[Capability]:
    return [Capability("works.claim.count", "Count claims")]


def registry() -> Registry:
    """Build the addon ``works`` beside the core, without a database."""
    works = SimpleNamespace(
        provide_record_kinds=provide_record_kinds,
        provide_settings=provide_settings,
        provide_permissions=provide_permissions,
        provide_roles=provide_roles,
        provide_capabilities=provide_capabilities,
    )
    return Registry.of({"works": works}, core_plugins=CORE_PLUGINS)


REGISTRY = registry()


def told(text: str, code: str = "") -> list[PolicyProblem]:
    """Give the findings of a pack; with a code only those."""
    return [one for one in reading(text).problems if code in ("", one.code)]


def reading(text: str) -> Reading:
    """Read a pack."""
    return read(REGISTRY, text, "p.yaml")


def line(text: str, part: str) -> int:
    """Tell on which line ``part`` begins."""
    return text[: text.index(part)].count("\n") + 1
