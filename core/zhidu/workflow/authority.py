"""The register of written authority: who may decide which matter, up to which amount, until when.

Only what stands here counts at signing; a role or post alone gives no authority. An entry is never
rewritten: it ends on its day or is revoked, and a new letter makes a new entry.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_, select

from zhidu import clock
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import ENGINE, Refused, Source, ValidationError
from zhidu.expressions import FactKind
from zhidu.org.lists import usable
from zhidu.org.locking import fetch
from zhidu.org.models import Company, Member, MemberStatus
from zhidu.org.models_lists import Matter
from zhidu.org.naming import clean_name, wrong
from zhidu.org.queries import WORKS_HERE
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Record
from zhidu.texts import Text, enumerate_texts
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.models_people import Authority

EDIT = "core.authority.edit"


class OwnAuthority(Refused):
    """Somebody enters or revokes the own authority."""

    def __init__(self) -> None:
        super().__init__(
            _l("Nobody keeps the entry of their own authority."),
            rule="workflow.own_authority",
            cure=_l("Ask somebody else who keeps the register."),
        )


class Lacking(StrEnum):
    """Why nobody's entry covers a matter."""

    NO_ENTRY = "no_entry"
    OVER = "over"
    UNIT = "unit"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a record asks authority for.

    :param matter: its code.
    :param amount: None where it is not known: then no ceiling can hold it.
    :param unit: of the amount: a currency, or what the kind of record counts.
    :param topics: what the record says of itself, compared with what an entry excludes.
    """

    matter: str
    amount: Decimal | None = None
    unit: str = ""
    topics: frozenset[str] = frozenset()


class NotAuthorized(Refused):
    """The person's written authority does not cover this."""

    def __init__(self, asked: Asked, why: Lacking, others: Sequence[str], source: Source) -> None:
        super().__init__(
            _reason(asked, why),
            rule="workflow.authority",
            source=source,
            cure=_l("Who may decide this: %(names)s.", names=enumerate_texts(others))
            if others
            else _l(
                "Nobody's entry covers it; the register of written authority must be extended."
            ),
        )
        self.asked = asked
        self.why = why


def _reason(asked: Asked, why: Lacking) -> Text:
    amount = f"{(asked.amount or Decimal(0)).normalize():f} {asked.unit}".strip()
    match why:
        case Lacking.NO_ENTRY:
            return _l("You have no written authority for “%(matter)s”.", matter=asked.matter)
        case Lacking.OVER:
            return _l(
                "%(amount)s are more than your written authority for “%(matter)s” covers.",
                amount=amount,
                matter=asked.matter,
            )
        case Lacking.UNIT:
            return _l(
                "Your written authority for “%(matter)s” is not counted in %(unit)s.",
                matter=asked.matter,
                unit=asked.unit or "–",
            )
        case Lacking.EXCLUDED:
            return _l(
                "Your written authority for “%(matter)s” leaves out: %(topics)s.",
                matter=asked.matter,
                topics=enumerate_texts(sorted(asked.topics)),
            )


# -- keeping the register


def grant(
    session: Session,
    actor: Actor,
    member: Member | int,
    matter: Matter | int,
    *,
    document: str,
    starts_on: date,
    ends_on: date | None = None,
    ceiling: Decimal | None = None,
    unit: str = "",
    exclusions: Sequence[str] = (),
    record: Record | int | None = None,
    note: str = "",
) -> Authority:
    """Enter a letter of authority.

    :param document: its number or where it is kept; an entry without one is refused.
    :param ends_on: the first day on which it does not hold any more.
    :param ceiling: the largest amount of one decision, in ``unit``; None has no ceiling.
    :param unit: with a ceiling: a currency (CNY) or what the kind of record counts.
    :param exclusions: values of the record's choices and texts that it does not cover.
    :param record: a record that carries the signed letter.
    :raises ValidationError: a value breaks a rule.
    :raises OwnAuthority: the actor is the person.
    """
    check.require(session, EDIT)
    person = fetch(session, Member, member)
    if person.id == actor.member_id:
        raise OwnAuthority
    if person.status != MemberStatus.ACTIVE:
        raise wrong("member_id", _l("%(name)s does not work here any more.", name=person.name))
    about = usable(session, Matter, matter, "matter_id")
    if ends_on is not None and ends_on <= starts_on:
        raise wrong("ends_on", _l("It would end before it begins."))
    if ceiling is not None and ceiling <= 0:
        raise wrong("ceiling", _l("The largest amount is more than zero; leave it empty for none."))
    if ceiling is not None and not unit.strip():
        raise wrong("unit", _l("An amount needs its unit, e.g. CNY."))
    entry = Authority(
        member_id=person.id,
        matter_id=about.id,
        ceiling=ceiling,
        unit=unit.strip() if ceiling is not None else "",
        exclusions=sorted({word.strip() for word in exclusions} - {""}),
        starts_on=starts_on,
        ends_on=ends_on,
        document=clean_name(document, "document", longest=200),
        record_id=None if record is None else fetch(session, Record, record).id,
        note=note.strip(),
        granted_by=actor.member_id,
    )
    session.add(entry)
    session.flush()
    return entry


def revoke(session: Session, actor: Actor, entry: Authority | int, reason: str) -> None:
    """End an entry at once; what was decided under it stays.

    :raises ValidationError: no reason is given, or it is revoked already.
    :raises OwnAuthority: the actor is the person.
    """
    check.require(session, EDIT)
    found = fetch(session, Authority, entry)
    if found.member_id == actor.member_id:
        raise OwnAuthority
    if found.revoked_at is not None:
        raise ValidationError(_l("This entry is revoked already."))
    found.revoked_for = clean_name(reason, "reason", longest=500)
    found.revoked_at = clock.now()
    session.flush()


# -- asking it


def asked_by(
    session: Session, kind: RecordKind, facts: Mapping[str, Any], matter: str = ""
) -> Asked | None:
    """Say what a record asks authority for; None for a kind without a matter.

    :param matter: instead of the kind's own.
    """
    declared = kind.authority
    matter = matter or (declared.matter if declared else "")
    if not matter:
        return None
    amount = facts.get(declared.amount) if declared and declared.amount else None
    topics = frozenset(
        str.__str__(getattr(facts[name], "value", facts[name]))
        for name, fact in kind.facts.items()
        if fact.kind in (FactKind.CHOICE, FactKind.TEXT) and facts.get(name) is not None
    )
    unit = ""
    if declared and declared.unit:
        unit = declared.unit
    elif declared and declared.currency:
        unit = str(facts.get(declared.currency) or "")
    elif amount is not None:
        unit = session.get_one(Company, session.company).currency
    return Asked(matter, None if amount is None else Decimal(amount), unit, topics)


def covers(
    session: Session, member_id: int, asked: Asked, day: date | None = None
) -> Authority | Lacking:
    """Give the entry that covers a decision of this person, or why there is none.

    :param day: in the company's time zone; default: today.
    """
    found = session.scalars(_valid(session, asked, day).where(Authority.member_id == member_id))
    why = Lacking.NO_ENTRY
    for entry in found:
        lacking = _lacking(entry, asked)
        if lacking is None:
            return entry
        why = lacking
    return why


def holders(session: Session, asked: Asked, day: date | None = None) -> list[int]:
    """List whose authority covers it, the narrowest that does first: who is least above it."""
    entries = [
        entry
        for entry in session.scalars(_valid(session, asked, day))
        if _lacking(entry, asked) is None
    ]
    entries.sort(key=lambda entry: (entry.ceiling is None, entry.ceiling or 0, entry.id))
    return list(dict.fromkeys(entry.member_id for entry in entries))


def require(
    session: Session,
    member_id: int | None,
    kind: RecordKind,
    facts: Mapping[str, Any],
    *,
    matter: str = "",
    source: Source = ENGINE,
) -> Authority | None:
    """Go on only if the person's written authority covers the record; give the entry.

    Does nothing for a kind without a matter, unless one is named.

    :param matter: that the step demands; default: the kind's own.
    :param source: the clause that demands it.
    :raises NotAuthorized: it does not; the text says why and who may.
    """
    asked = asked_by(session, kind, facts, matter)
    if asked is None:
        return None
    found: Authority | Lacking = (
        Lacking.NO_ENTRY if member_id is None else covers(session, member_id, asked)
    )
    if isinstance(found, Authority):
        return found
    names = dict(
        session.execute(
            select(Member.id, Member.name).where(Member.id.in_(able := holders(session, asked)))
        ).all()
    )
    raise NotAuthorized(asked, found, [names[one] for one in able], source)


def _valid(session: Session, asked: Asked, day: date | None) -> Select[Authority]:
    zone = session.get_one(Company, session.company).timezone
    on = day or clock.today(zone)
    return (
        select(Authority)
        .join(Matter, Matter.id == Authority.matter_id)
        .join(Member, Member.id == Authority.member_id)
        .where(
            Matter.code == asked.matter,
            Authority.revoked_at.is_(None),
            Authority.starts_on <= on,
            or_(Authority.ends_on.is_(None), Authority.ends_on > on),
            WORKS_HERE,
        )
        .order_by(Authority.id)
    )


def _lacking(entry: Authority, asked: Asked) -> Lacking | None:
    excluded: Collection[str] = entry.exclusions
    if asked.topics & set(excluded):
        return Lacking.EXCLUDED
    if entry.ceiling is None:
        return None
    if asked.amount is None or asked.unit != entry.unit:
        return Lacking.UNIT
    return Lacking.OVER if asked.amount > entry.ceiling else None
