"""What the forms of the policy's editor are made of, each with its way from and to a pack's values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import FieldList, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from zhidu.db import Session
from zhidu.durations import Duration, Unit
from zhidu.policy import loader
from zhidu.policy.tree import plain
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web.forms import OfficeForm
from zhidu.web.pages.policy_people import People

Plain = dict[str, Any]

SCOPES = ("departments", "posts", "roles", "grades", "contracts", "sites", "people")
"""The parts of a scope, by their keys in a pack."""


class CodeField(HiddenField):
    """A clause (or another thing with a code) chosen by a typed look-up; typed text counts, too."""

    type = "CodeField"

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the code."""
        self.data = (valuelist[0] if valuelist else "").strip()


class CodesField(StringField):
    """Codes, separated by blanks or commas."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the codes."""
        text = (valuelist[0] if valuelist else "").replace("，", ",").replace("、", ",")
        self.data = [part for part in text.replace(",", " ").split() if part]

    def _value(self) -> str:
        return ", ".join(self.data or ())


def enum_choices(kinds: Iterable[Any], say: Any) -> list[tuple[str, str]]:
    """Give the choices of an enum with its words."""
    return [(one.value, say(one)) for one in kinds]


def unit_choices() -> list[tuple[str, str]]:
    """Give the units of a length of time."""
    titles = {
        Unit.MINUTES: gettext("minutes"),
        Unit.HOURS: gettext("hours"),
        Unit.WORKING_HOURS: gettext("working hours"),
        Unit.DAYS: gettext("calendar days"),
        Unit.WORKING_DAYS: gettext("working days"),
        Unit.MONTHS: gettext("months"),
        Unit.YEARS: gettext("years"),
    }
    return [(unit.value, titles[unit]) for unit in Unit]


def read_duration(text: Any) -> tuple[int | None, str]:
    """Give amount and unit of a length of time that a pack states."""
    try:
        found = Duration.parse(str(text))
    except ValueError:
        return None, Unit.WORKING_DAYS.value
    return found.amount, found.unit.value


def write_duration(amount: int | None, unit: str) -> str | None:
    """Write a length of time as a pack states it."""
    return str(Duration(amount, Unit(unit))) if amount else None


def number_field(label: Any, most: int = 99_999, **kwargs: Any) -> Any:
    """Make a field for a whole number from 1."""
    return IntegerField(label, [Optional(), NumberRange(1, most)], **kwargs)


def select_field(label: Any, **kwargs: Any) -> Any:
    """Make a field for one of some choices, which are set when the form is made."""
    return SelectField(label, choices=[], **kwargs)


# --- approvers


class WayForm(OfficeForm):
    """One way to find people, in a list of them."""

    way = SelectField(_l("Way"), choices=[], validate_choice=False)
    argument = StringField(_l("Who or what"), [Length(max=500)])


def ways(session: Session) -> list[tuple[str, str]]:
    """Give the ways to find people that the addons and the core offer."""
    return sorted(
        ((name, str(one.title)) for name, one in session.registry.resolvers.items()),
        key=lambda pair: pair[1],
    )


def codes(session: Session) -> list[tuple[str, str]]:
    """Give what may stand behind a way, with its name: roles, posts, groups, people …"""
    people = People(session)
    sorts = {
        "role": gettext("role"),
        "post": gettext("post"),
        "group": gettext("group"),
        "department": gettext("department"),
        "user": gettext("person"),
    }
    return [
        (code, f"{name} ({title})")
        for sort, title in sorts.items()
        for code, name in people.names(sort).items()
        if code
    ]


def read_way(data: Any) -> tuple[str, str]:
    """Give the way and, as text, what stands behind it."""
    if not isinstance(data, Mapping):
        return "", ""
    for key, value in data.items():
        if key not in ("else", "at"):
            return key, argument_text(value)
    return "", ""


def argument_text(value: Any) -> str:
    """Write what stands behind a way to find people, for a text field."""
    match value:
        case None | True:
            return ""
        case Mapping() if all(not isinstance(one, Mapping | list) for one in value.values()):
            return ", ".join(f"{key}: {_one(inner)}" for key, inner in value.items())
        case Mapping() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _one(value: Any) -> str:
    return "true" if value is True else "false" if value is False else str(value)


def write_way(session: Session, way: str, text: str) -> Plain | None:
    """Give a way with its argument as a pack states it; nothing where no way is chosen."""
    if not way:
        return None
    return {way: _argument(session, way, text.strip())}


def _argument(session: Session, way: str, text: str) -> Any:
    declared = session.registry.resolvers.get(way)
    if not text:
        return True
    if declared is not None and declared.shape.get("type") == "string":
        return text
    looks = "{" + text + "}" if ":" in text and not text.startswith(("{", "[")) else text
    found, problems = loader.load(f"x: {looks}", "")
    value = plain(found).get("x") if found is not None and not problems else text
    return value if isinstance(value, dict | list | int) else text


def read_chain(data: Any) -> list[Plain]:
    """Give the further ways of an approver, for a list of lines."""
    others = data.get("else") or () if isinstance(data, Mapping) else ()
    return [dict(zip(("way", "argument"), read_way(other), strict=True)) for other in others]


def write_approver(
    session: Session, way: str, text: str, lines: Iterable[Mapping[str, Any]] = ()
) -> Plain | None:
    """Give an approver with those who stand in for it."""
    found = write_way(session, way, text)
    if found is None:
        return None
    others = [
        other
        for line in lines
        if (other := write_way(session, line["way"] or "", line["argument"] or "")) is not None
    ]
    return {**found, "else": others} if others else found


# --- scopes


class ScopeForm(OfficeForm):
    """Whom a rule is for; an empty part does not limit."""

    departments = CodesField(_l("Departments"))
    posts = CodesField(_l("Posts"))
    roles = CodesField(_l("Roles"))
    grades = CodesField(_l("Grades"))
    contracts = CodesField(_l("Contract types"))
    sites = CodesField(_l("Sites"))
    people = CodesField(_l("People (log-in names)"))


def write_scope(values: Mapping[str, Any]) -> Plain | None:
    """Give a scope as a pack states it; nothing where it limits nothing."""
    found = {name: list(values[name]) for name in SCOPES if values.get(name)}
    return found or None


# --- lists of lines


def lines(
    form: Any, name: str, label: str, add_label: str, *, most: int = 20, hint: str = ""
) -> dict[str, Any]:
    """Show a list of short forms as a table that grows."""
    field: FieldList = form[name]
    blank = field.unbound_field.bind(
        form=None, name=f"{field.short_name}-__i__", prefix="", _meta=form.meta
    )
    blank.process(None)
    fill = getattr(form, "fill_line", None)
    if fill is not None:
        fill(name, blank.form)
    return {
        "group": "lines",
        "field": field,
        "blank": blank,
        "label": label,
        "add_label": add_label,
        "max": most,
        "hint": hint,
    }


def text_area(label: Any, rows: int = 3, **kwargs: Any) -> Any:
    """Make a field for a longer text."""
    return TextAreaField(label, [Length(max=4000)], ui={"rows": rows}, **kwargs)


def whole_id(_form: Any, field: Any) -> None:
    """See that an id has the shape that a pack wants."""
    text = str(field.data or "")
    good = text[:1].isascii() and text[:1].islower()
    good = good and all(c.isascii() and (c.islower() or c.isdigit() or c == "_") for c in text)
    if not good or len(text) > 63:
        raise ValidationError(gettext("Lower-case letters, digits and “_”, a letter first."))


def tidy(values: Mapping[str, Any], order: Sequence[str]) -> Plain:
    """Leave out what is empty; put the keys in the order of a pack."""
    kept = {key: value for key, value in values.items() if value not in (None, "", [], {}, False)}
    return {key: kept[key] for key in (*order, *(k for k in kept if k not in order)) if key in kept}
