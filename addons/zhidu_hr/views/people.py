"""What the views share: look-ups of people and the choices of kinds of leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select

from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.texts import localize
from zhidu.web import context
from zhidu_hr import queries


def type_options() -> list[tuple[str, str]]:
    """Offer the kinds of leave in use."""
    return [(str(t.id), localize(t.name)) for t in queries.leave_types(context.session())]


def limited_types() -> list[tuple[str, str]]:
    """Offer the kinds that have entitlements."""
    return [
        (str(t.id), localize(t.name)) for t in queries.leave_types(context.session()) if t.limited
    ]


def people_lookup() -> str:
    """Give the address of the look-up of colleagues."""
    return url_for("people.lookup_view")


def member_name(session: Session, member_id: int) -> str:
    """Name a member."""
    return session.scalar(select(Member.name).where(Member.id == member_id)) or ""


def choose_person(field: Any, session: Session) -> None:
    """Give a person field its look-up and the name of what is chosen."""
    field.ui = {**field.ui, "lookup_url": people_lookup()}
    if field.data:
        field.ui["chosen"] = [{"id": field.data, "text": member_name(session, field.data)}]


def shown(options: Sequence[tuple[str, object]], value: object) -> str:
    """Give the title of a stored choice."""
    key = str(getattr(value, "value", value))
    return str(dict(options).get(key, key))
