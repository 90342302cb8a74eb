"""Values of the audit trail in words: enums by their titles, keys by the names they stand for.

What the database stores is a code; a page shows what people call it. The names behind keys are read
together, one query per table, however many rows a page has.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

from sqlalchemy import Enum as EnumType
from sqlalchemy import inspect as inspect_model
from sqlalchemy import select
from sqlalchemy.sql.elements import NamedColumn

from zhidu.access.models import Scope
from zhidu.audit.labels import is_technical, kind_label, model_of, model_of_table
from zhidu.audit.queries import FieldChange
from zhidu.db import Base, Fixed, Session, UTCDateTime
from zhidu.org.calendar import kind_label as day_label
from zhidu.org.models import DayKind
from zhidu.policy.models import PolicyVersion
from zhidu.records.models import Approval
from zhidu.texts import (
    LOCALES,
    Text,
    enumerate_texts,
    gettext,
    lazy_pgettext,
    localize,
    show_number,
)
from zhidu.web import context, present
from zhidu.web.pages.addons import title_of
from zhidu.web.pages.role_grants import SCOPES
from zhidu.web.pages.version_names import version_name_column
from zhidu.web.shell import LANGUAGE_NAMES
from zhidu.workflow.errors import Waiting

LONGEST = 200
"""Characters of a value on a page."""

NAMED_BY = ("name", "title", "username", "number")
"""The column by which people know a row, the first that a model has."""

CODES: Mapping[tuple[str, str], type[StrEnum]] = {
    ("core.flow_instance", "waiting_reason"): Waiting,
    ("core.flow_step", "waiting_reason"): Waiting,
}
"""Text columns whose values are an enum's. A model says it by ``info={"choices": ...}``."""

TITLES: Mapping[type[Enum], Mapping[Any, Text] | Callable[[Any], Text | str]] = {
    Approval: present.approval_title,
    Scope: SCOPES,
    DayKind: day_label,
}
"""Enums that other pages name already."""

VALUES: Mapping[str, Text] = {
    "pack": lazy_pgettext("value", "policy text"),
    "activation": lazy_pgettext("value", "addon switched"),
    "setting": lazy_pgettext("value", "setting changed"),
    "active": lazy_pgettext("value", "active"),
    "add": lazy_pgettext("value", "add a person"),
    "added": lazy_pgettext("value", "added"),
    "after": lazy_pgettext("value", "after the decision"),
    "answer": lazy_pgettext("value", "answer"),
    "applicant": lazy_pgettext("value", "applicant"),
    "approval": lazy_pgettext("value", "approval"),
    "approve": lazy_pgettext("value", "approve"),
    "archived": lazy_pgettext("value", "archived"),
    "auto": lazy_pgettext("value", "by itself"),
    "instead": lazy_pgettext("value", "instead of the other"),
    "before": lazy_pgettext("value", "before the decision"),
    "beside": lazy_pgettext("value", "beside the others"),
    "cancelled": lazy_pgettext("value", "cancelled"),
    "cc": lazy_pgettext("value", "copy"),
    "choose": lazy_pgettext("value", "choose people"),
    "clear": lazy_pgettext("value", "clear"),
    "cleared": lazy_pgettext("value", "cleared"),
    "consult": lazy_pgettext("value", "for an opinion"),
    "declined": lazy_pgettext("value", "declined"),
    "delegated": lazy_pgettext("value", "delegated"),
    "delegation": lazy_pgettext("value", "delegation"),
    "done": lazy_pgettext("value", "done"),
    "draft": lazy_pgettext("value", "draft"),
    "due": lazy_pgettext("value", "due"),
    "edit": lazy_pgettext("value", "edit"),
    "end": lazy_pgettext("value", "end"),
    "ended": lazy_pgettext("value", "ended"),
    "enter": lazy_pgettext("value", "step begins"),
    "escalated": lazy_pgettext("value", "escalated"),
    "file_with": lazy_pgettext("value", "file with"),
    "hand_over": lazy_pgettext("value", "hand over"),
    "handed_over": lazy_pgettext("value", "handed over"),
    "handle": lazy_pgettext("value", "handle"),
    "jump": lazy_pgettext("value", "jump"),
    "left": lazy_pgettext("value", "left"),
    "manager": lazy_pgettext("value", "manager of the flow"),
    "meeting": lazy_pgettext("value", "meeting"),
    "mention": lazy_pgettext("value", "mention"),
    "merge": lazy_pgettext("value", "merge"),
    "none": lazy_pgettext("value", "none"),
    "notify": lazy_pgettext("value", "inform"),
    "object": lazy_pgettext("value", "object"),
    "objections": lazy_pgettext("value", "objections"),
    "open": lazy_pgettext("value", "open"),
    "own": lazy_pgettext("value", "by the flow itself"),
    "pass": lazy_pgettext("value", "step passed"),
    "passed": lazy_pgettext("value", "passed"),
    "proposed": lazy_pgettext("value", "proposed"),
    "publish": lazy_pgettext("value", "publish"),
    "published": lazy_pgettext("value", "published"),
    "read": lazy_pgettext("value", "read"),
    "reject": lazy_pgettext("value", "reject"),
    "remove": lazy_pgettext("value", "remove a person"),
    "resolved": lazy_pgettext("value", "by the flow"),
    "resubmit": lazy_pgettext("value", "submit again"),
    "resume": lazy_pgettext("value", "go on"),
    "return": lazy_pgettext("value", "return"),
    "returned": lazy_pgettext("value", "returned"),
    "rotation": lazy_pgettext("value", "rotation"),
    "running": lazy_pgettext("value", "running"),
    "skip": lazy_pgettext("value", "skip"),
    "skipped": lazy_pgettext("value", "skipped"),
    "stand_in": lazy_pgettext("value", "stand-in"),
    "submit": lazy_pgettext("value", "submit"),
    "successor": lazy_pgettext("value", "successor"),
    "superior": lazy_pgettext("value", "superior"),
    "take_back": lazy_pgettext("value", "take back"),
    "task": lazy_pgettext("value", "task"),
    "terminate": lazy_pgettext("value", "terminate"),
    "timeout": lazy_pgettext("value", "time ran out"),
    "transfer": lazy_pgettext("value", "transfer"),
    "transferred": lazy_pgettext("value", "transferred"),
    "transition": lazy_pgettext("value", "step taken"),
    "urge": lazy_pgettext("value", "urge"),
    "hurry": lazy_pgettext("value", "done first"),
    "late": lazy_pgettext("value", "came late"),
    "void": lazy_pgettext("value", "voiding"),
    "wait": lazy_pgettext("value", "wait"),
    "waiting": lazy_pgettext("value", "waiting"),
    "withdraw": lazy_pgettext("value", "withdraw"),
    "withdrawn": lazy_pgettext("value", "withdrawn"),
}
"""What the values of the core's other enums are called: one word means the same in each of them."""


def enum_word(member: Enum) -> Text | str | None:
    """Say a member of an enum; None where nobody has said what it is called."""
    own = getattr(member, "label", None)
    if own is not None:
        return own  # type: ignore[no-any-return]  # a property of StrEnums
    titles = TITLES.get(type(member))
    if titles is not None:
        return titles(member) if callable(titles) else titles[member.value]
    return VALUES.get(member.value)


def choices_of(kind: str, name: str, column: NamedColumn[Any]) -> type[Enum] | None:
    """Give the enum whose values a column holds, or whose values its list holds."""
    if isinstance(column.type, EnumType):
        return column.type.enum_class
    return column.info.get("choices") or CODES.get((kind, name))


def target_of(column: NamedColumn[Any]) -> str:
    """Name the table whose row a column's key stands for; empty for none."""
    for key in column.foreign_keys:
        target: str = key.target_fullname
        table, _, name = target.rpartition(".")
        if name == "id" and column.name != "company_id":
            return table
    return ""


class Values:
    """Knows what the values of one page mean.

    :param zone: time zone in which instants are told.
    """

    def __init__(self, session: Session, zone: str) -> None:
        self._session, self._zone = session, zone
        self._columns: dict[str, Mapping[str, NamedColumn[Any]]] = {}
        self._names: dict[tuple[str, int], str] = {}

    def prepare(self, acts: Iterable[tuple[str, Iterable[FieldChange]]]) -> None:
        """Read the names behind all keys of some acts, one query per table.

        :param acts: kind and fields of each.
        """
        wanted: dict[str, set[int]] = defaultdict(set)
        for kind, fields in acts:
            for one in fields:
                column = self._of(kind).get(one.name)
                table = target_of(column) if column is not None else ""
                if table and not is_technical(kind, one.name):
                    pair = (one.before, one.after)
                    wanted[table] |= {key for key in pair if isinstance(key, int)}
        for table, keys in wanted.items():
            self._read(table, keys)

    def shown(self, kind: str, name: str, value: Any) -> str | None:
        """Write one value for people, in one line; None for no value."""
        if value is None or value == "":
            return value  # type: ignore[no-any-return]  # None or empty text
        column = self._of(kind).get(name)
        text = self._word(kind, name, column, value)
        text = plain(value) if text is None else str(text)
        return text if len(text) <= LONGEST else text[:LONGEST] + "…"

    def _word(
        self, kind: str, name: str, column: NamedColumn[Any] | None, value: Any
    ) -> Text | str | None:
        """Say what a value means, or None where it says it itself."""
        if column is not None:
            table = target_of(column)
            if table and isinstance(value, int):
                return self._name(table, value)
            choices = choices_of(kind, name, column)
            if choices is not None:
                codes = value if isinstance(value, list) else [value]
                return enumerate_texts(_code_word(choices, code) for code in codes)
            if isinstance(column.type, UTCDateTime) and isinstance(value, str):
                made = present.when(datetime.fromisoformat(value), self._zone)
                return made["text"] if made else None
            if isinstance(column.type, Fixed) and isinstance(value, str):
                return show_number(Decimal(value))
        if column is None and name == "people":
            self._read("core_member", set(value))
            return enumerate_texts(self._name("core_member", key) for key in value)
        read = _BY_NAME.get(name) or (_OF_ACTS.get(name) if column is None else None)
        return read(self._session, value) if read is not None else None

    def _name(self, table: str, key: int) -> str:
        if (table, key) not in self._names:
            self._read(table, {key})
        return self._names[table, key]

    def _read(self, table: str, keys: set[int]) -> None:
        missing = {key for key in keys if (table, key) not in self._names}
        model = model_of_table(table)
        name = None if model is None else _name_column(model)
        if missing and model is not None and name is not None:
            identity = model.__mapper__.primary_key[0]
            found = self._session.execute(select(identity, name).where(identity.in_(missing)))
            self._names |= {(table, key): localize(name) for key, name in found}
        for key in missing:  # deleted since, or nobody gave it a name
            self._names.setdefault((table, key), gettext("no. %(key)s", key=key))

    def _of(self, kind: str) -> Mapping[str, NamedColumn[Any]]:
        found = self._columns.get(kind)
        if found is None:
            model = model_of(kind)
            attributes = inspect_model(model).column_attrs if model is not None else ()
            found = self._columns[kind] = {one.key: one.columns[0] for one in attributes}
        return found


def plain(value: Any) -> str:
    """Write a value that needs no translation."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict) and value and set(value) <= set(LOCALES):
        return localize(value)
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return enumerate_texts(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _code_word(choices: type[Enum], code: Any) -> Text | str:
    with suppress(ValueError):  # an older version of the addon knew it
        word = enum_word(choices(code))
        if word is not None:
            return word
    return str(code)


def _name_column(model: type[Base]) -> Any:
    """Give what people call a row of a model, or nothing where it has no name."""
    if model is PolicyVersion:
        return version_name_column()
    name = next((one for one in NAMED_BY if one in model.__mapper__.attrs), "")
    return getattr(model, name, None)


def _right(session: Session, value: Any) -> str:
    names = value if isinstance(value, list) else [value]
    known = session.registry.permissions
    return enumerate_texts(known[one].title if one in known else one for one in names)


def _progress(session: Session, value: Any) -> Text | str:
    """Say a state of the execution axis; kinds that share a state's name share its meaning."""
    states = (kind.execution.states for kind in session.registry.kinds.values())
    return next((one[value] for one in states if value in one), value)


def _transition(session: Session, value: Any) -> Text | str:
    kinds = session.registry.kinds.values()
    found = (step for kind in kinds if (step := kind.execution.named(value)) is not None)
    return next((step.title for step in found), value)


def _setting(session: Session, value: Any) -> Text | str:
    declared = session.registry.settings.get(value)
    return declared.title if declared is not None else value


_BY_NAME: Mapping[str, Callable[[Session, Any], Text | str]] = {
    "permission": _right,
    "first": _right,
    "second": _right,
    "offered": _right,
    "execution": _progress,
    "key": _setting,
    "kind": lambda session, value: kind_title(session, value),
    "kinds": lambda session, value: enumerate_texts(kind_title(session, one) for one in value),
    "decision": lambda _session, value: VALUES.get(value, value),
    "addon": lambda session, value: title_of(session.registry, value),
    "locale": lambda _session, value: LANGUAGE_NAMES.get(value, value),
}
"""Columns of text whose values are names of something that is declared."""

_OF_ACTS: Mapping[str, Callable[[Session, Any], Text | str]] = {
    "sign": lambda _session, value: VALUES.get(value, value),
    "before": _progress,
    "after": _progress,
    "name": _transition,
}
"""What acts note apart from columns: the step taken, in what place somebody else was asked."""


def kind_title(session: Session, kind: str) -> str:
    """Name what an act was about; what nobody names keeps its technical name."""
    declared = session.registry.kinds.get(kind)
    if declared is not None:
        return str(declared.title)
    said = kind_label(kind)
    if said is not None:
        return str(said)
    pages = context.extension("views").values()
    return next((str(page.title) for page in pages if page.kind == kind), kind)
