"""Forms over people."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from zhidu.access.user import User
from zhidu.access.users import normalized
from zhidu.db import Session
from zhidu.errors import NotFound, ValidationError
from zhidu.org import logins
from zhidu.org.models_lists import ContractType, Grade, Site
from zhidu.texts import lazy_gettext as _l
from zhidu.web.forms import OfficeForm, PersonField
from zhidu.web.pages.fields import ChecksField

TERMS = {"grade_id": Grade, "contract_id": ContractType, "site_id": Site}
"""The lists of which a person has one entry each, by the form's field."""


def key_or_none(value: Any) -> int | None:
    """Read a choice that may be left open."""
    return int(value) if value not in (None, "", "None") else None


def find_user(session: Session, username: str | None) -> User | None:
    """Find a log-in by its name; an empty name is none.

    :raises ValidationError: there is no such log-in.
    """
    name = normalized(username or "")
    if not name:
        return None
    try:
        return logins.find(session, name)
    except NotFound as error:
        message = _l("There is no log-in “%(name)s”.", name=name)
        raise ValidationError(
            message,
            cure=_l("The system administrator makes log-ins."),
            fields={"username": message},
        ) from error


class MemberForm(OfficeForm):
    """Who a person is and where they work."""

    name = StringField(_l("Full name"), [DataRequired(), Length(max=100)])
    number = StringField(
        _l("Staff number"), [Optional(), Length(max=32)], description=_l("Unique in the company.")
    )
    department_id = SelectField(_l("Department"), [InputRequired()], coerce=key_or_none)
    superior_id = PersonField(_l("Direct superior"), [Optional()], ui={"kind": "person"})
    departments = ChecksField(_l("Further departments"), coerce=int, ui={"kind": "checks"})
    posts = ChecksField(_l("Posts"), coerce=int, ui={"kind": "checks"})
    grade_id = SelectField(_l("Grade"), [Optional()], coerce=key_or_none)
    contract_id = SelectField(_l("Kind of contract"), [Optional()], coerce=key_or_none)
    site_id = SelectField(_l("Site"), [Optional()], coerce=key_or_none)
    username = StringField(
        _l("User name"),
        [Optional(), Length(max=64)],
        description=_l("An existing log-in; the system administrator makes new ones."),
        render_kw={"autocomplete": "off"},
    )

    def find_user(self, session: Session) -> User | None:
        """Give the log-in that was typed."""
        return find_user(session, self.username.data) if "username" in self else None


class LoginForm(OfficeForm):
    """Which log-in a person uses."""

    username = StringField(
        _l("User name"),
        [Optional(), Length(max=64)],
        description=_l("Leave it empty to take the log-in away."),
        render_kw={"autocomplete": "off"},
    )


class RolesForm(OfficeForm):
    """Which roles a person has."""

    roles = ChecksField(_l("Roles"), coerce=int, ui={"kind": "checks"})


class LeaveForm(OfficeForm):
    """A person leaves the company."""

    successor_id = PersonField(
        _l("Successor"),
        [Optional()],
        description=_l(
            "Takes over the people and departments that this person leads. Without one, people"
            " report to the superior, and departments lose this leader."
        ),
        ui={"kind": "person", "width": "full"},
    )
    sure = BooleanField(
        _l("Roles, posts and log-in end at once."), [InputRequired()], ui={"width": "full"}
    )


class GiveForm(OfficeForm):
    """Give a role to a person."""

    member_id = PersonField(_l("Person"), [InputRequired()], ui={"kind": "person"})
