"""What the kinds of nodes are, and what a node asks of a decision, told by its definition alone."""

from __future__ import annotations

from zhidu.workflow.decisions import Action
from zhidu.workflow.definition import Act, FieldRight, Node, NodeKind, Opinion, Verb

APPROVING = frozenset({NodeKind.APPROVE, NodeKind.MEETING, NodeKind.PUBLISH, NodeKind.AUTO})
"""Kinds that can stop a request: while one is ahead, it is not approved."""

BY_PEOPLE = frozenset(
    {NodeKind.APPROVE, NodeKind.HANDLE, NodeKind.FILE_WITH, NodeKind.MEETING, NodeKind.PUBLISH}
)
"""Kinds at which somebody can be asked."""

_ACTIONS = {
    NodeKind.APPROVE: frozenset({Action.APPROVE, Action.REJECT, Action.RETURN}),
    NodeKind.HANDLE: frozenset({Action.HANDLE}),
    NodeKind.FILE_WITH: frozenset({Action.HANDLE}),
    NodeKind.MEETING: frozenset({Action.APPROVE, Action.REJECT}),
    NodeKind.PUBLISH: frozenset({Action.APPROVE, Action.REJECT}),
}


def decides(kind: NodeKind) -> bool:
    """Tell whether people decide at a node of this kind; the applicant never does."""
    return kind in APPROVING


def actions(node: Node) -> frozenset[Action]:
    """Give the decisions that a person may take at a node."""
    if node.verb is Verb.OPINION and node.kind is NodeKind.APPROVE:
        return frozenset({Action.APPROVE})
    found = _ACTIONS.get(node.kind, frozenset())
    return found if allows(node, Act.RETURN) else found - {Action.RETURN}


def allows(node: Node, act: Act) -> bool:
    """Tell whether a node allows an act beside the decision; all, unless the policy lists them."""
    return node.acts is None or act in node.acts


def opinion(node: Node, action: Action) -> bool:
    """Tell whether a decision is refused without words."""
    if node.verb is Verb.OPINION and node.kind is NodeKind.APPROVE:
        return True
    if action in {Action.REJECT, Action.RETURN}:
        return True
    return node.opinion is Opinion.REQUIRED


def attachment(node: Node, action: Action) -> bool:
    """Tell whether a decision is refused without a file: a body's resolution always is one."""
    if action is Action.RETURN:
        return False
    return node.attachment or node.kind is NodeKind.MEETING


def by_hand(node: Node) -> bool:
    """Tell whether agreeing here takes more than a click, so that nothing may do it in passing."""
    return (
        opinion(node, Action.APPROVE)
        or node.sign
        or attachment(node, Action.APPROVE)
        or FieldRight.EDIT in node.fields.values()
    )
