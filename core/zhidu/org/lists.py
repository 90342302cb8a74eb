"""Keeping the company's own lists: grades, kinds of contract, sites, matters; one way for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from zhidu import clock
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.org.locking import fetch, lock_company
from zhidu.org.models import Member, MemberStatus
from zhidu.org.models_groups import InCharge
from zhidu.org.models_lists import ContractType, Grade, Listed, Site
from zhidu.org.naming import clean_code, clean_name, wrong
from zhidu.texts import lazy_gettext as _l

EDIT = "core.list.edit"

Entry = TypeVar("Entry", bound=Listed)

_HELD: dict[type[Listed], InstrumentedAttribute[int | None]] = {
    Grade: Member.grade_id,
    ContractType: Member.contract_id,
    Site: Member.site_id,
}


def create_entry(
    session: Session, actor: Actor, model: type[Entry], code: str, name: str, sort: int = 100
) -> Entry:
    """Add an entry; policies name it by its code.

    :param model: which list.
    :raises ValidationError: the code is malformed or taken, upper and lower case being the same.
    """
    check.require(session, EDIT)
    code = clean_code(code)
    if session.scalar(select(model.id).where(func.lower(model.code) == code.lower())) is not None:
        raise wrong("code", _l("There is an entry with the code “%(code)s”.", code=code))
    entry = model(code=code, name=clean_name(name), sort=sort)
    session.add(entry)
    session.flush()
    return entry


def edit_entry(
    session: Session,
    actor: Actor,
    model: type[Entry],
    entry: Entry | int,
    *,
    name: str | None = None,
    sort: int | None = None,
) -> Entry:
    """Rename an entry or move it; its code stays, because policies name it."""
    check.require(session, EDIT)
    found = fetch(session, model, entry)
    if name is not None:
        found.name = clean_name(name)
    if sort is not None:
        found.sort = sort
    return found


def archive_entry(session: Session, actor: Actor, model: type[Entry], entry: Entry | int) -> None:
    """Take an entry out of use; who had it before keeps it.

    :raises ValidationError: someone who works here has it, or has charge of the matter.
    """
    check.require(session, EDIT)
    lock_company(session)
    found = fetch(session, model, entry)
    held = _HELD.get(model)
    in_use = (
        select(InCharge.id).where(InCharge.matter_id == found.id)
        if held is None
        else select(Member.id).where(held == found.id, Member.status == MemberStatus.ACTIVE)
    )
    if session.scalar(in_use.limit(1)) is not None:
        raise ValidationError(
            _l("“%(name)s” is in use.", name=found.name),
            cure=_l("Give those people another entry first.")
            if held is not None
            else _l("Take it from the leaders in charge first."),
        )
    found.archived_at = found.archived_at or clock.now()


def restore_entry(session: Session, actor: Actor, model: type[Entry], entry: Entry | int) -> None:
    """Take an archived entry into use again."""
    check.require(session, EDIT)
    fetch(session, model, entry).archived_at = None


def entries(session: Session, model: type[Entry], *, archived: bool = False) -> Sequence[Entry]:
    """List the entries in their order, those in use or all."""
    found = select(model).order_by(model.sort, model.code)
    if not archived:
        found = found.where(model.archived_at.is_(None))
    return session.scalars(found).all()


def usable(session: Session, model: type[Entry], entry: Entry | int, field: str) -> Entry:
    """Give an entry that may be chosen now.

    :raises ValidationError: it is archived.
    """
    found = fetch(session, model, entry)
    if found.archived_at is not None:
        raise wrong(field, _l("“%(name)s” is archived.", name=found.name))
    return found
