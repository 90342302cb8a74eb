"""The clauses that govern a record: chips beside steps, the «policy basis» of its page."""

from __future__ import annotations

from typing import Any

from flask import url_for

from zhidu.access import check
from zhidu.db import Session
from zhidu.policy import versions
from zhidu.records.models import Record
from zhidu.texts import enumerate_texts
from zhidu.workflow import engine


def clause_chips(session: Session, record: Record | None) -> dict[str, dict[str, str]]:
    """Give the clauses that bind a record (or one not yet written) by id, as chips."""
    version = bound_version(session, record) if record else versions.current(session)
    found = versions.clauses(version)
    return {
        c.id: {"id": c.id, "title": c.title, "summary": c.summary, "url": "#clauses"}
        for c in found.values()
    }


def bound_version(session: Session, record: Record) -> Any:
    """Give the policy version that binds a record: its own, or today's for a draft."""
    if record.policy_version_id is not None:
        return versions.get(session, record.policy_version_id)
    return versions.current(session)


def clauses(session: Session, record: Record) -> list[dict[str, Any]]:
    """List the clauses that govern the record, with the step each governs."""
    version = bound_version(session, record)
    if version is None:
        return []
    known = versions.clauses(version)
    steps: dict[str, list[str]] = {}
    for node in engine.nodes(session, record):
        if node.clause:
            steps.setdefault(node.clause, []).append(node.name)
    return [
        {
            "id": known[ref].id,
            "section": known[ref].section,
            "title": known[ref].title,
            "summary": known[ref].summary,
            "step": enumerate_texts(names) if names else None,
        }
        for ref, names in steps.items()
        if ref in known
    ]


def policy(session: Session, record: Record) -> dict[str, Any] | None:
    """Name the policy version that binds the record."""
    version = bound_version(session, record)
    if version is None:
        return None
    return {
        "title": version.title,
        "version": version.pack_version,
        "since": version.effective_from.isoformat(),
        "url": url_for("policy.row_view", pk=version.id)
        if check.can(session, "core.policy.read")
        else None,
    }
