"""The shape of what a pack states beside its flows: header, clauses, duties, clocks, classes, tests."""

from __future__ import annotations

from typing import Any

from zhidu.policy.shapes import (
    APPROVER,
    CODE,
    CONDITION,
    DAY,
    DURATION,
    NODE_ID,
    SCALAR,
    SCOPE,
    TEXT,
    WORD,
    YES,
    Schema,
    chosen,
    closed,
    either,
    listed,
    one_of,
    timeout,
    told,
)

PERIODS = ("day", "week", "month", "quarter", "half-year", "year")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVENTS = ("created", "submit", "approve", "end")
"""What a deadline or a retention period may count from, beside a day of the form."""
PACK_ID = r"^[a-z][a-z0-9-]{1,62}$"


def header() -> Schema:
    """Describe ``policy``."""
    return closed(
        {
            "id": {
                "type": "string",
                "pattern": PACK_ID,
                "description": "Stays the same from version to version.",
            },
            "title": TEXT,
            "version": {"type": "string", "minLength": 1, "maxLength": 32},
            "effective": told(DAY, "First day, e.g. 2026-01-01."),
            "until": told(DAY, "Last day of a trial or of a rule with an end."),
            "number": told(TEXT, "The document's own number."),
            "issuer": told(TEXT, "Who issues it."),
            "owner": told(TEXT, "Who explains it."),
            "supersedes": told(listed(TEXT), "What it replaces."),
            "annexes": listed(
                closed(
                    {
                        "title": TEXT,
                        "kind": told(WORD, "The record that the form became."),
                        "print": told(WORD, "The print of that record."),
                    },
                    required=("title",),
                )
            ),
        },
        required=("id", "title", "version", "effective"),
    )


def clause() -> Schema:
    """Describe one of ``clauses``."""
    return closed(
        {
            "id": CODE,
            "section": TEXT,
            "title": TEXT,
            "summary": TEXT,
            "manual": told(TEXT, "People do it without the software; says how."),
            "by": told(listed(WORD), "Capabilities that carry it out, e.g. core.task.remind."),
            "ambiguous": told({"const": True}, "It can be read in two ways: needs a reading."),
            "question": told(TEXT, "What is unclear about it: needs a reading."),
            "readings": listed(
                closed(
                    {"question": TEXT, "chosen": TEXT, "by": TEXT, "on": DAY},
                    required=("chosen", "by", "on"),
                )
            ),
        },
        required=("id", "section", "title", "summary"),
    )


def definition() -> Schema:
    """Describe one of ``definitions``."""
    return closed(
        {
            "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"},
            "title": TEXT,
            "help": TEXT,
            "when": told(CONDITION, "A yes or no over a record's facts."),
            "kinds": told(listed(WORD), "The records whose facts it asks for."),
            "clause": CODE,
        },
        required=("name", "title"),
    )


def duty() -> Schema:
    """Describe one of ``duties``."""
    return closed(
        {
            "id": CODE,
            "title": TEXT,
            "every": chosen(*PERIODS),
            "on": told(
                either(
                    closed(
                        {
                            "month": {"type": "integer", "minimum": 1, "maximum": 12},
                            "day": {"type": "integer", "minimum": 1, "maximum": 31},
                        },
                        required=("day",),
                    ),
                    {"type": ["string", "integer"], "minimum": 1, "maximum": 31},
                ),
                "Day of the week (mon), of the month (25; 31 = the last), or {month, day}.",
            ),
            "by": {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
            "who": APPROVER,
            "evidence": told(WORD, "text, file, or the kind of record that proves it."),
            "within": told(DURATION, "How long it may take once it is due."),
            "escalate": listed({"$ref": "#/$defs/escalation"}),
            "clause": CODE,
            "applies_to": SCOPE,
            "except": SCOPE,
        },
        required=("id", "title", "every", "who", "clause"),
    )


def deadline() -> Schema:
    """Describe one of ``deadlines``."""
    return closed(
        {
            "id": CODE,
            "title": TEXT,
            "of": told(WORD, "The kind of record."),
            "from": told(WORD, "created, submit (default), approve, end, a day or a step."),
            "until": told(WORD, "submit, approve, end (default) or a step: stops the clock."),
            "within": DURATION,
            "when": CONDITION,
            "escalate": listed({"$ref": "#/$defs/escalation"}),
            "clause": CODE,
            "applies_to": SCOPE,
            "except": SCOPE,
        },
        required=("id", "of", "within", "clause"),
    )


def retention() -> Schema:
    """Describe one of ``retention``."""
    return closed(
        {
            "class": CODE,
            "title": TEXT,
            "years": {"type": "integer", "minimum": 1, "maximum": 100},
            "permanent": {"const": True},
            "from": told(WORD, "created, submit, approve, end (default), or a day of the form."),
            "kinds": listed(WORD),
            "matter": told(WORD, "What the law calls it, e.g. accounting_voucher."),
            "clause": CODE,
        },
        required=("class", "clause"),
    )


def confidentiality() -> Schema:
    """Describe one of ``confidentiality``."""
    return closed(
        {
            "level": CODE,
            "title": TEXT,
            "readers": listed(APPROVER),
            "kinds": listed(WORD),
            "years": {"type": "integer", "minimum": 1, "maximum": 100},
            "clause": CODE,
        },
        required=("level", "title", "readers", "clause"),
    )


def numbering() -> Schema:
    """Describe one number pattern."""
    return either(closed({"pattern": TEXT, "clause": CODE}, required=("pattern",)), dict(TEXT))


def segregation() -> Schema:
    """Describe one of ``segregation``."""
    side = one_of({"node": NODE_ID, "role": WORD, "permission": WORD, "capability": WORD})
    return closed(
        {
            "id": CODE,
            "title": TEXT,
            "between": {**listed(side, least=2), "maxItems": 2},
            "kind": told(WORD, "The record whose nodes are meant."),
            "clause": CODE,
        },
        required=("id", "between", "clause"),
    )


def waiver() -> Schema:
    """Describe one of ``waivers``."""
    return closed(
        {
            "rule": told(CODE, "The clause, duty, deadline or segregation that may be set aside."),
            "title": TEXT,
            "approver": APPROVER,
            "most": told(DURATION, "The longest time for which it holds."),
            "reason_required": YES,
            "clause": CODE,
        },
        required=("rule", "approver", "most"),
    )


def test() -> Schema:
    """Describe one of ``tests``."""
    facts = {
        "type": "object",
        "additionalProperties": {**SCALAR, "type": [*SCALAR["type"], "null"]},
    }
    names: dict[str, Any] = {"user": WORD, "role": WORD, "post": WORD, "dept": WORD}
    people = {"type": "object", "additionalProperties": WORD}
    given = closed(
        {
            "applicant": one_of(names),
            "facts": facts,
            "people": told(people, "Who stands in a field of the form, by log-in name."),
            "on": DAY,
            "urgent": YES,
        }
    )
    expect = closed(
        {
            "path": told(listed(WORD, least=0), "The nodes in the order of the page."),
            "people": {"type": "object", "additionalProperties": listed(WORD)},
            "refuse": told(WORD, "The code of the refusal."),
            "deadline": {"type": "object", "additionalProperties": DURATION},
        }
    )
    return closed(
        {"name": TEXT, "kind": WORD, "given": given, "expect": {**expect, "minProperties": 1}},
        required=("name", "kind", "expect"),
    )


def escalation() -> Schema:
    """Describe a clock behind a deadline or a duty: it reminds or goes up, it decides nothing."""
    return timeout(("remind", "escalate", "manager"))
