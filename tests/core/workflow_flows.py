"""Random flows of any shape, for tests of what holds in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count

from hypothesis import strategies as st
from tests.core.workflow_house import KIND, LEADER, node

from zhidu.workflow.definition import (
    Approver,
    Branch,
    FieldRight,
    Flow,
    Merge,
    Mode,
    Nobody,
    Node,
    NodeKind,
    Path,
    Resume,
    Split,
    Step,
    Withdraw,
    walk,
)

# mostly roles of several people: there the modes differ
ROLES = st.sampled_from(["finance", "finance", "leader", "leader", "manager", "no_such_role"])
PEOPLE = (
    "salesman", "team_head", "sales_head", "deputy", "general_manager", "finance_head",
    "accountant", "cashier", "hr_head", "admin",
)  # fmt: skip
NAMES = st.sampled_from(PEOPLE)
CONDITIONS = st.sampled_from(["amount > 3", "amount > 6", "sort == '服务'"])
APPROVERS = st.one_of(ROLES.map(lambda code: Approver("role", code)), st.just(LEADER))
AMOUNTS = st.sampled_from([Decimal(1), Decimal(5), Decimal(8)])


@st.composite
def a_node(draw: st.DrawFn, name: str, earlier: Sequence[str]) -> Node:
    """Make a node of any kind that needs no file, signature or clock."""
    kinds = [NodeKind.APPROVE] * 5 + [NodeKind.HANDLE, NodeKind.FILE_WITH]
    kind = draw(st.sampled_from([*kinds, NodeKind.AUTO, NodeKind.NOTIFY]))
    mode = draw(st.sampled_from(Mode))
    quota = {Mode.RATIO: 60, Mode.COUNT: 2}.get(mode, 0)
    before = st.sampled_from(earlier) if earlier else st.just("")
    return node(
        name,
        draw(APPROVERS),
        mode=mode,
        kind=kind,
        quota=quota,
        when=draw(st.one_of(st.just(""), st.just(""), CONDITIONS)),
        result=draw(st.sampled_from(["approve", "approve", "reject"])),
        reason="规则",
        resume=draw(st.sampled_from(Resume)),
        on_reject=draw(st.one_of(st.just(""), st.just(""), before)),
        not_same_as=tuple(one for one in [draw(st.one_of(st.just(""), before))] if one),
        nobody=draw(st.sampled_from([None, None, Nobody.MANAGER, Nobody.PASS])),
        fields={"note": FieldRight.EDIT} if draw(st.booleans()) else {},
    )


@st.composite
def lists(draw: st.DrawFn, counter: Iterator[int], depth: int) -> tuple[Step, ...]:
    """Make a list of steps, with branches inside."""
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.integers(0, 2)) == 0:
            split = draw(st.sampled_from(Split))
            paths = []
            for _ in range(draw(st.integers(1, 2))):
                name = f"p{next(counter)}"
                inner = draw(lists(counter, depth - 1))
                paths.append(Path(name, name, inner, draw(CONDITIONS)))
            rest = draw(lists(counter, depth - 1)) if draw(st.booleans()) else ()
            name = f"p{next(counter)}"
            paths.append(Path(name, name, rest, default=True))
            name = f"b{next(counter)}"
            steps.append(Branch(name, name, tuple(paths), split))
        else:
            earlier = [one.id for one in walk(tuple(steps))]
            steps.append(draw(a_node(f"n{next(counter)}", earlier)))
    return tuple(steps)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Make a flow in which at least one node approves without a condition."""
    counter = count()
    steps = draw(lists(counter, 2))
    sure = any(
        isinstance(one, Node) and one.kind is NodeKind.APPROVE and not one.when for one in steps
    )
    if not sure:
        steps = (*steps, node("must", draw(ROLES)))
    manager = draw(st.sampled_from(["admin", "admin", "no_such_role"]))
    return Flow(
        KIND,
        Approver("role", manager),
        steps,
        merge=draw(st.sampled_from(Merge)),
        watched=("amount",) if draw(st.booleans()) else (),
        withdraw=draw(st.sampled_from([Withdraw.RUNNING, *Withdraw])),
        void=(node("v1", draw(ROLES), mode=draw(st.sampled_from([Mode.ALL, Mode.ANY]))),)
        if draw(st.booleans())
        else (),
    )
