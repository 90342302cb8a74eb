"""The shape of flows in a pack: how people are found, nodes, branches, windows, urgent requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhidu.policy.shapes import (
    APPROVER,
    CODE,
    CONDITION,
    DURATION,
    NODE_ID,
    SCOPE,
    STEPS,
    TEXT,
    TIMEOUT,
    WORD,
    YES,
    Schema,
    chosen,
    closed,
    either,
    listed,
    one_of,
    scope,
    timeout,
    told,
)
from zhidu.workflow import find
from zhidu.workflow.definition import (
    Act,
    FieldRight,
    Merge,
    Nobody,
    NodeKind,
    OnTimeout,
    Opinion,
    Resume,
    Split,
    Verb,
    Withdraw,
)

RESOLVERS: Mapping[str, Mapping[str, Any]] = {one.name: one.shape for one in find.RESOLVERS}
"""The arguments of the engine's own resolvers."""

PERSON_CHAIN = "else"
"""The key for those who are asked where the one before finds nobody."""

MODES = ("any", "all", "sequential")
QUOTAS = ("ratio", "count")
LATE = ("refuse", "next_period")
"""What a late submit means, beside the id of a node that is then added."""


def definitions(approvers: Mapping[str, Any]) -> dict[str, Schema]:
    """Give the named parts that flows are made of.

    :param approvers: the shape of each resolver's argument, by its name.
    """
    chain = {PERSON_CHAIN: told(listed(APPROVER), "Asked in turn where nobody is found.")}
    at = {"at": {"enum": ["submit", "end"], "default": "end"}}
    return {
        "approver": one_of(approvers, chain),
        "cc": one_of(approvers, {**chain, **at}),
        "scope": scope(),
        "timeout": timeout(OnTimeout),
        "nobody": _nobody(),
        "node": _node(),
        "branch": _branch(),
        "step": {
            "if": {"type": "object", "anyOf": [{"required": ["branch"]}, {"required": ["paths"]}]},
            "then": {"$ref": "#/$defs/branch"},
            "else": {"$ref": "#/$defs/node"},
        },
        "window": _window(),
        "urgent": _urgent(),
        "flow": _flow(),
    }


def _nobody() -> Schema:
    words = [one.value for one in Nobody if one is not Nobody.USER]
    return told(
        either(one_of({"user": WORD, "post": WORD}), {"enum": words}),
        "Where nobody is found: superior (default), manager, pass, or a named person.",
    )


def _node() -> Schema:
    return closed(
        {
            "id": NODE_ID,
            "name": TEXT,
            "kind": chosen(*NodeKind, default="approve", description="What happens here."),
            "verb": chosen(*Verb, default="approve", description="What the person is asked for."),
            "mode": either(
                one_of(
                    {
                        "ratio": {"type": "integer", "minimum": 1, "maximum": 100},
                        "count": {"type": "integer", "minimum": 1, "maximum": 99},
                    }
                ),
                chosen(*MODES, default="any", description="How several people act."),
            ),
            "approver": APPROVER,
            "when": CONDITION,
            "clause": CODE,
            "transition": told(WORD, "Of a handle node: the step that it performs."),
            "result": chosen("approve", "reject", description="Of an auto node."),
            "reason": TEXT,
            "opinion": chosen(*Opinion, default="negative", description="When one is wanted."),
            "sign": told(YES, "A signature image is wanted."),
            "attachment": told(YES, "A file is wanted."),
            "fields": told(
                {"type": "object", "additionalProperties": chosen(*FieldRight)},
                "Rights on the form's fields; a field not named is read.",
            ),
            "allow": told(listed(chosen(*Act), least=0), "What may be done beside deciding."),
            "resume": chosen(*Resume, default="again", description="After a return and the fix."),
            "on_reject": told(NODE_ID, "The node to which a reject goes back."),
            "timeouts": listed(TIMEOUT),
            "nobody": {"$ref": "#/$defs/nobody"},
            "window": told(DURATION, "Of publish: how long objections are taken."),
            "audience": SCOPE,
            "circulation": told(YES, "Of meeting: opinions may be circulated instead."),
            "authority": told(WORD, "A matter: who decides needs a written authority for it."),
            "not_same_as": told(listed(NODE_ID), "Nodes whose deciders may not act, applicant."),
        },
        required=("id", "name", "clause"),
    )


def _branch() -> Schema:
    path = closed(
        {
            "id": NODE_ID,
            "name": TEXT,
            "when": CONDITION,
            "default": {"const": True, "description": "Taken where no condition holds."},
            "clause": CODE,
            "nodes": {**STEPS, "minItems": 0},
        },
        required=("id",),
    )
    return closed(
        {
            "branch": told(NODE_ID, "The branch's id."),
            "name": TEXT,
            "split": chosen(*Split, default="first", description="Which paths are taken."),
            "paths": listed(path, least=2),
        },
        required=("branch", "paths"),
    )


def _window() -> Schema:
    edge = {
        "type": ["integer", "string"],
        "minimum": 1,
        "maximum": 31,
        "pattern": DURATION["pattern"],
        "description": "A day of the month, or a length before (after) the field's day.",
    }
    return closed(
        {
            "clause": CODE,
            "opens": edge,
            "closes": edge,
            "field": told(WORD, "The fact (a day) that both count from."),
            "after": told(YES, "Count after the field's day, not before it."),
            "late": told(WORD, "refuse (default), next_period, or the node that is added."),
            "applies_to": SCOPE,
            "except": SCOPE,
        },
        required=("clause",),
    )


def _urgent() -> Schema:
    return closed(
        {
            "clause": CODE,
            "reasons": listed(TEXT),
            "consent": APPROVER,
            "deadline": told(DURATION, "From the event until the paper is submitted."),
            "consequence": TEXT,
            "nodes": STEPS,
        },
        required=("clause", "reasons", "consent", "deadline"),
    )


def _flow() -> Schema:
    return closed(
        {
            "manager": told(APPROVER, "Helps where nobody is found; may jump and terminate."),
            "start": told(SCOPE, "Who may submit; default: everybody."),
            "except": told(SCOPE, "Who may not submit all the same."),
            "withdraw": chosen(*Withdraw, default="running"),
            "merge": chosen(*Merge, default="adjacent"),
            "watched": told(listed(WORD), "Fields whose change makes everybody be asked again."),
            "nobody": {"$ref": "#/$defs/nobody"},
            "urge_every": DURATION,
            "cc": {"type": "array", "items": {"$ref": "#/$defs/cc"}},
            "windows": listed({"$ref": "#/$defs/window"}),
            "urgent": {"$ref": "#/$defs/urgent"},
            "void": told(STEPS, "The steps by which a finished record is voided."),
            "nodes": STEPS,
        },
        required=("manager", "nodes"),
    )
