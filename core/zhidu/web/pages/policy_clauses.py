"""The clauses of a policy as a tree: what carries each one out, and the records that it governed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import request, url_for

from zhidu.db import Session
from zhidu.policy.coverage import Coverage, Covered, Standing, coverage
from zhidu.policy.coverage_flows import Enforcement, Enforcer
from zhidu.policy.models import PolicyVersion
from zhidu.policy.versions import Clause, Content
from zhidu.policy.versions import content as content_of
from zhidu.texts import enumerate_texts, gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.pages import policy_counts as counts
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.parts import sheet, table
from zhidu.web.pages.policy_records import list_url, record_url
from zhidu.web.record_story import trail_title
from zhidu.workflow.models import TrailAction

TONES: Mapping[Standing, str] = {
    Standing.ENFORCED: "good",
    Standing.PART: "info",
    Standing.MANUAL: "plain",
    Standing.STATED: "warn",
    Standing.OPEN: "bad",
}
MOVES = {
    TrailAction.APPROVE: "good",
    TrailAction.HANDLE: "good",
    TrailAction.REJECT: "bad",
    TrailAction.RETURN: "warn",
}


def measure(session: Session, version: PolicyVersion) -> Coverage:
    """Find what carries out each clause of a version."""
    return coverage(content_of(version).data, session.registry)


def tree(session: Session, version: PolicyVersion, found: Coverage, url: str) -> dict[str, Any]:
    """Make the tree: counts as filters, sections, clauses; narrowed by ``q`` and ``standing``.

    :param url: of the page itself.
    """
    text, wanted = request.args.get("q", "").strip(), request.args.get("standing", "")
    content = content_of(version)
    governed = counts.governed(session)
    sections: dict[str, list[dict[str, Any]]] = {}
    for one in found.clauses:
        clause = content.clauses[one.id]
        if (wanted and one.standing.value != wanted) or not _matches(clause, one, text):
            continue
        sections.setdefault(one.section, []).append(
            {
                "id": one.id,
                "title": one.title,
                "summary": clause.summary,
                "url": words.clause_url(version, one.id),
                "tag": tag(one.standing),
                "by": enumerate_texts(_shortly(one.by)) or clause.manual,
                "unclear": bool(clause.question or clause.ambiguous) and not clause.readings,
                "records": governed.get(one.id, 0),
                "records_url": list_url(clause=one.id),
            }
        )
    every = {"label": gettext("All"), "count": len(found.clauses), "url": f"{url}#clauses"}
    return {
        "action": url,
        "q": text,
        "standing": wanted,
        "counts": [
            {**every, "tone": "plain", "current": not wanted},
            *(
                {
                    "label": str(standing.label),
                    "count": count,
                    "tone": TONES[standing],
                    "url": f"{url}?standing={standing.value}#clauses",
                    "current": standing.value == wanted,
                }
                for standing, count in found.counts.items()
                if count
            ),
        ],
        "open": bool(text or wanted) or len(found.clauses) <= FEW,
        "sections": [
            {"title": title, "clauses": rows, "counts": _short_counts(found.sections[title])}
            for title, rows in sections.items()
        ],
    }


FEW = 40
"""Clauses of a policy that are shown without unfolding a section."""


def tag(standing: Standing) -> dict[str, str]:
    """Make the tag of how far a clause is carried out."""
    return present.tag(standing.label, TONES[standing])


def _matches(clause: Clause, one: Covered, text: str) -> bool:
    """Tell whether every word stands somewhere in the clause or in what carries it out."""
    said = " ".join(
        (
            one.id,
            one.section,
            one.title,
            clause.summary,
            clause.manual,
            *(by.title for by in one.by),
        )
    ).casefold()
    return all(word in said for word in text.casefold().split())


def _shortly(by: Iterable[Enforcement]) -> list[str]:
    return [
        gettext("%(what)s: %(more)s", what=str(one.sort.label), more=one.title)
        for one in by
        if one.is_done
    ]


def _short_counts(found: Mapping[Standing, int]) -> list[dict[str, str]]:
    return [
        {"text": str(count), "tone": TONES[standing], "title": str(standing.label)}
        for standing, count in found.items()
        if count
    ]


# --- one clause


def blocks(
    session: Session, version: PolicyVersion, clause: Clause, one: Covered
) -> list[dict[str, Any]]:
    """Give what a clause's own page shows."""
    made: list[dict[str, Any]] = [
        sheet(
            (
                (_l("Section"), clause.section),
                {"label": gettext("Standing"), "tags": [tag(one.standing)], "value": None},
                {"label": gettext("In short"), "value": clause.summary, "wide": True},
                *(
                    [{"label": gettext("Done by people"), "value": clause.manual, "wide": True}]
                    if clause.manual
                    else []
                ),
            )
        )
    ]
    if clause.question or clause.ambiguous or clause.readings:
        made += _readings(clause)
    made.append(
        table(
            ((_l("What"), "text", "title"), (_l("Name"), "link"), (_l("Standing"), "tag", "tag")),
            [(place_url(version, by), [str(by.sort.label), by.title, _done(by)]) for by in one.by],
            title=gettext("What names it"),
            empty={
                "icon": "book",
                "title": gettext("Nothing names this clause."),
                "text": (clause.manual and gettext("The policy leaves it to people."))
                or gettext("Name it where it is carried out, or say how people do it."),
            },
        )
    )
    made.append(_decisions(session, clause.id))
    return made


def _readings(clause: Clause) -> list[dict[str, Any]]:
    question = clause.question or gettext("It can be read in two ways.")
    if not clause.readings:
        text = gettext("%(question)s No reading was chosen yet.", question=question)
        return [{"type": "note", "tone": "warn", "text": text}]
    rows = [("", [one.question or question, one.chosen, one.by, one.on]) for one in clause.readings]
    columns = (
        (_l("Question"), "text", "title"),
        (_l("Reading"), "text"),
        (_l("Chosen by"), "text"),
        (_l("On"), "date"),
    )
    return [table(columns, rows, title=gettext("How it is read"))]


def _done(by: Enforcement) -> dict[str, str]:
    if by.is_done:
        return present.tag(gettext("in force"), "good")
    return present.tag(gettext("stated, not enforced yet"), "warn")


def place_url(version: PolicyVersion, by: Enforcement) -> str:
    """Give the address of what names a clause; nothing where it has no place of its own."""
    page = url_for("policy.row_view", pk=version.id)
    part = by.place.partition("/")[0]
    match by.sort:
        case Enforcer.NODE | Enforcer.PATH | Enforcer.TIMEOUT | Enforcer.WINDOW | Enforcer.URGENT:
            return f"{page}#flows" if part == "flows" else f"{page}#parts"
        case Enforcer.SETTING | Enforcer.NUMBERING:
            return f"{page}#settings"
        case Enforcer.CAPABILITY | Enforcer.REPORT:
            return ""
    return f"{page}#parts"


def _decisions(session: Session, clause: str) -> dict[str, Any]:
    zone = context.here().timezone
    rows = [
        (
            record_url(session, one.kind, one.record_id),
            [
                one.title,
                one.number,
                one.step,
                present.tag(trail_title(one.action), MOVES.get(one.action, "plain")),
                present.person(one.who) if one.who else None,
                present.when(one.at, zone),
            ],
        )
        for one in counts.last_decisions(session, clause)
    ]
    return table(
        (
            (_l("Title"), "link", "title"),
            (_l("Number"), "text"),
            (_l("Step"), "text"),
            (_l("Decision"), "tag", "tag"),
            (_l("Who"), "person"),
            (_l("When"), "time"),
        ),
        rows,
        title=gettext("Last decisions that named it"),
        empty={"icon": "done", "title": gettext("No decision that you may read has named it yet.")},
    )


# --- the parts beside clauses, flows and settings


PARTS: Sequence[tuple[str, Any]] = (
    ("definitions", _l("Definitions")),
    ("duties", _l("Duties")),
    ("deadlines", _l("Deadlines")),
    ("retention", _l("Retention")),
    ("confidentiality", _l("Confidentiality")),
    ("segregation", _l("Separation of duties")),
    ("waivers", _l("Waivers")),
)
"""Lists of a policy, and what they are called."""


def parts(version: PolicyVersion, content: Content) -> list[dict[str, Any]]:
    """Give a table for each list of a version that has entries."""
    made = []
    for name, title in PARTS:
        entries = content.data.get(name) or ()
        if entries:
            made.append(
                table(
                    ((_l("Name"), "text", "title"), (_l("Rule"), "text"), (_l("Clause"), "clause")),
                    [("", _entry(version, one)) for one in entries],
                    title=str(title),
                )
            )
    return made


_KEYS: Mapping[str, Any] = {
    "every": _l("every"),
    "on": _l("on"),
    "by": _l("by"),
    "of": _l("of"),
    "from": _l("from"),
    "until": _l("until"),
    "within": _l("within"),
    "when": _l("when"),
    "years": _l("years"),
    "permanent": _l("for ever"),
    "kinds": _l("documents"),
    "evidence": _l("evidence"),
    "help": _l("meaning"),
    "most": _l("at most"),
    "kind": _l("document"),
}


def _entry(version: PolicyVersion, entry: Mapping[str, Any]) -> list[Any]:
    name = next(
        (
            str(entry[key])
            for key in ("title", "name", "id", "class", "level", "rule")
            if key in entry
        ),
        "",
    )
    said = []
    for key, label in _KEYS.items():
        if key in entry:
            value = entry[key]
            if isinstance(value, list):
                value = enumerate_texts(value)
            elif isinstance(value, Mapping):
                value = enumerate_texts(f"{k} {v}" for k, v in value.items())
            said.append(str(label) if value is True else f"{label} {value}")
    return [name, " · ".join(said), words.chip(str(entry.get("clause", "")), version)]
