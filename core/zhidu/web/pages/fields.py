"""Inputs that several of the core's own forms share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select
from wtforms import Field, SelectMultipleField, ValidationError

from zhidu.db import Session
from zhidu.org.models import Department, Member
from zhidu.texts import gettext
from zhidu.web.forms import OfficeForm


class PeopleField(Field):
    """Several people in an order, chosen by a typed look-up; the data is a list of keys."""

    def process_data(self, value: Any) -> None:
        """Take the keys of the row."""
        self.data = list(value or ())

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the keys in their order, each once."""
        texts = [text.strip() for text in valuelist if text.strip()]
        if not all(text.isdecimal() for text in texts):
            self.data = []
            raise ValidationError(gettext("Choose entries of the list."))
        self.data = list(dict.fromkeys(int(text) for text in texts))


class ChecksField(SelectMultipleField):
    """Several of a few choices; what is unknown is refused by its own words."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is no choice."""
        known = {value for value, *_ in self.iter_choices()}
        if any(value not in known for value in self.data or ()):
            raise ValidationError(gettext("Choose entries of the list."))


class EmptyForm(OfficeForm):
    """A form without inputs: a question with a button."""


def choose_people(session: Session, *fields: Any) -> None:
    """Give person fields their look-up and the names of what is chosen."""
    wanted: set[int] = set()
    for field in fields:
        data = field.data if isinstance(field.data, list) else [field.data]
        wanted |= {key for key in data if key}
    names = dict(
        iter(session.execute(select(Member.id, Member.name).where(Member.id.in_(sorted(wanted)))))
    )
    for field in fields:
        data = field.data if isinstance(field.data, list) else [field.data]
        chosen = [{"id": key, "text": names[key]} for key in data if key in names]
        field.ui = {
            **field.ui,
            "kind": "person",
            "lookup_url": url_for("people.lookup_view"),
            "chosen": chosen,
            "multiple": isinstance(field, PeopleField),
        }


def department_choices(session: Session, *, keep: Sequence[int] = ()) -> list[tuple[int, str]]:
    """Offer the departments in the order of the tree, lower ones indented.

    :param keep: archived departments that are chosen already.
    """
    rows = session.scalars(select(Department).order_by(Department.sort, Department.id)).all()
    below: dict[int | None, list[Department]] = {}
    for row in rows:
        if row.archived_at is None or row.id in keep:
            below.setdefault(row.parent_id, []).append(row)
    made: list[tuple[int, str]] = []

    def walk(parent: int | None, depth: int) -> None:
        for row in below.get(parent, ()):
            made.append((row.id, "\u3000" * depth + row.name))
            walk(row.id, depth + 1)

    walk(None, 0)
    shown = {key for key, _ in made}
    made += [(row.id, row.name) for rows in below.values() for row in rows if row.id not in shown]
    return made
