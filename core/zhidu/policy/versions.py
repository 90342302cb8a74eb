"""Which policy version holds, and what it says. Versions are immutable, so reading is cached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from threading import Lock
from typing import Any

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import object_session

from zhidu import clock
from zhidu.access.duties import role_side
from zhidu.db import Session, canonical
from zhidu.db.activation import forget_active
from zhidu.org.locking import lock_company
from zhidu.org.models import Company
from zhidu.policy import definitions, flows
from zhidu.policy.deadlines_stated import StatedDeadline
from zhidu.policy.duties_stated import StatedDuty
from zhidu.policy.models import PolicyVersion
from zhidu.workflow.definition import Flow

_CURRENT = "policy_current"
_KEPT = 256

_LATEST = (
    select(PolicyVersion)
    .where(PolicyVersion.effective_from <= bindparam("day"))
    .order_by(PolicyVersion.effective_from.desc(), PolicyVersion.number.desc())
    .limit(1)
)
_CONTENT = select(PolicyVersion.content).where(PolicyVersion.id == bindparam("version"))
_LAST_NUMBER = select(PolicyVersion.number).order_by(PolicyVersion.number.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The reading of a clause that can be read in two ways: what was chosen, by whom, and when.

    :param on: a day, as 2026-01-01.
    """

    chosen: str
    by: str
    on: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of the company's policy, summed up in one line.

    :param manual: how people carry it out without the software; empty: it is not declared so.
    :param question: what is unclear about it.
    :param by: capabilities to which it is left.
    """

    id: str
    section: str
    title: str
    summary: str
    manual: str = ""
    question: str = ""
    ambiguous: bool = False
    by: tuple[str, ...] = ()
    readings: tuple[Chosen, ...] = ()

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Clause:
        """Read a clause of a version's content."""
        readings = tuple(Chosen(**reading) for reading in data.get("readings") or ())
        by = tuple(data.get("by") or ())
        return cls(**{**data, "by": by, "readings": readings})


def _side(side: Mapping[str, Any]) -> str:
    """Write a side of a pair as the rights do; nothing for what no right tells apart."""
    if "role" in side:
        return role_side(side["role"])
    return str(side.get("permission", ""))


@dataclass(frozen=True, slots=True)
class Stated:
    """A setting as the policy states it; the value as JSON."""

    value: Any
    clause: str = ""


class Content:
    """A version's content in typed values, read only once per process and checksum."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data

    @cached_property
    def clauses(self) -> Mapping[str, Clause]:
        """Give the clauses by id, in the order of the pack."""
        return {entry["id"]: Clause.of(entry) for entry in self.data["clauses"]}

    @cached_property
    def addons(self) -> frozenset[str]:
        """Name the active addons."""
        return frozenset(self.data["addons"])

    @cached_property
    def settings(self) -> Mapping[str, Stated]:
        """Give what the policy states, by key."""
        return {key: Stated(**entry) for key, entry in self.data["settings"].items()}

    @cached_property
    def kept_apart(self) -> Mapping[tuple[str, str], str]:
        """Give the pairs of permissions and roles that no one person may have, with their clauses."""
        pairs = {}
        for entry in self.data.get("segregation") or ():
            first, second = (_side(side) for side in entry["between"])
            if first and second:
                pairs[first, second] = entry["clause"]
        return pairs

    @cached_property
    def duties(self) -> Mapping[str, StatedDuty]:
        """Give the recurring duties by id."""
        words = definitions.of(self.data["definitions"])
        return {entry["id"]: StatedDuty.of(entry, words) for entry in self.data["duties"]}

    @cached_property
    def deadlines(self) -> Mapping[str, tuple[StatedDeadline, ...]]:
        """Give the deadlines by kind of record."""
        words = definitions.of(self.data["definitions"])
        found: dict[str, list[StatedDeadline]] = {}
        for entry in self.data["deadlines"]:
            found.setdefault(entry["of"], []).append(StatedDeadline.of(entry, words))
        return {kind: tuple(entries) for kind, entries in found.items()}

    @cached_property
    def flows(self) -> Mapping[str, Flow]:
        """Give the flows by kind of record."""
        return flows.of(self.data)


_contents: dict[str, Content] = {}
_lock = Lock()


def content(version: PolicyVersion) -> Content:
    """Read a version; equal checksums share one reading, also across companies."""
    found = _contents.get(version.checksum)
    if found is None:
        found = Content(_data(version))
        with _lock:
            while len(_contents) >= _KEPT:
                _contents.pop(next(iter(_contents)))
            _contents[version.checksum] = found
    return found


def _data(version: PolicyVersion) -> Mapping[str, Any]:
    """Read the deferred column by a statement of its own, which the session filters."""
    session = object_session(version)
    if session is None or "content" in inspect(version).dict:
        return version.content
    data: Mapping[str, Any] = session.scalars(_CONTENT, {"version": version.id}).one()
    return data


def checksum(data: Mapping[str, Any]) -> str:
    """Give the SHA-256 of the canonical content, in hexadecimal."""
    return sha256(canonical(data).encode()).hexdigest()


def today(session: Session) -> date:
    """Tell the present day in the company's time zone."""
    company = session.get_one(Company, session.company)
    return clock.today(company.timezone)


def current(session: Session, day: date | None = None) -> PolicyVersion | None:
    """Give the version in force on a day (default: today); None is version 0: no policy yet.

    Of several from the same day the later one holds. A version with a day to come takes over by
    itself when the day begins.
    """
    if session.company_id is None or session.everywhere:
        return None
    day = day or today(session)
    known: dict[tuple[int, date], PolicyVersion | None] = session.info.setdefault(_CURRENT, {})
    key = (session.company, day)
    if key not in known:
        known[key] = session.scalars(_LATEST, {"day": day}).one_or_none()
    return known[key]


def forget(session: Session) -> None:
    """Look again at the next question: a version was added in this unit of work."""
    session.info.pop(_CURRENT, None)


def get(session: Session, version_id: int) -> PolicyVersion | None:
    """Give a version of the session's company by its key, or None."""
    version = session.get(PolicyVersion, version_id)
    return version if version and version.company_id == session.company_id else None


def held(session: Session, version_id: int | None = None) -> PolicyVersion | None:
    """Give the version that a record is bound to, or the one in force where it is bound to none."""
    return current(session) if version_id is None else get(session, version_id)


def clauses(version: PolicyVersion | None) -> Mapping[str, Clause]:
    """Give a version's clauses by id; version 0 has none."""
    return content(version).clauses if version else {}


def flow(session: Session, kind: str, version_id: int | None = None) -> Flow | None:
    """Give the flow for a kind of record under a version, or None where it has none."""
    version = held(session, version_id)
    return content(version).flows.get(kind) if version else None


def hold(session: Session) -> None:
    """Hold the company until the unit of work ends, and look afresh: one change at a time."""
    lock_company(session)
    forget(session)
    forget_active(session)


def next_number(session: Session) -> int:
    """Give the number of the next version; the company is held."""
    return (session.scalar(_LAST_NUMBER) or 0) + 1
