"""No page shows a technical name: every audited column, kind, enum and act has a word."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, select

import zhidu
from zhidu.audit.changes import shape_of
from zhidu.audit.labels import COLUMNS, KINDS, TECHNICAL, is_technical, kind_label, stated_label
from zhidu.audit.queries import FieldChange
from zhidu.db import Base, Database
from zhidu.policy.models import PolicyVersion
from zhidu.policy.settings import set_setting
from zhidu.registry import import_core_models
from zhidu.testing.counting import QueryCounter
from zhidu.testing.factories import MadeCompany, make_member
from zhidu.texts import LOCALES, use_locale
from zhidu.web.pages.audit_values import Values, choices_of, enum_word, kind_title
from zhidu.web.pages.audit_words import action_title
from zhidu.web.pages.version_names import version_name


def models() -> Iterator[type[Base]]:
    """Give the core's audited models."""
    import_core_models()
    for mapper in Base.registry.mappers:
        model = mapper.class_
        inside = model.__module__.startswith("zhidu.") and ".testing." not in model.__module__
        if inside and model.__audited__:
            yield model


def columns() -> Iterator[tuple[type[Base], str]]:
    """Give the columns that the core's trail can show."""
    for model in models():
        for name in shape_of(inspect(model)).secret:
            yield model, name


def test_every_kind_of_row_has_a_title() -> None:
    bare = [model.__kind__ for model in models() if not kind_label(model.__kind__)]
    assert not bare


@pytest.mark.sqlite
@pytest.mark.addons("hr", "seals")
def test_every_thing_that_people_reach_has_a_title(
    app: Flask, db: Database, company: MadeCompany
) -> None:
    """Exports name it, whether or not its rows are audited."""
    with app.app_context(), db.read(company.system) as session:
        reached = session.registry.resources
        assert not {kind for kind in reached if kind_title(session, kind) == kind}


def test_every_column_has_a_label() -> None:
    bare = [
        f"{model.__kind__}.{name}"
        for model, name in columns()
        if not is_technical(model.__kind__, name) and not stated_label(model, name)
    ]
    assert not bare, "say it in zhidu.audit.labels, or in the model's __labels__"


def test_every_choice_has_a_word() -> None:
    bare = set()
    for model, name in columns():
        choices = choices_of(model.__kind__, name, inspect(model).column_attrs[name].columns[0])
        bare |= {f"{type(one).__name__}.{one.name}" for one in choices or () if not enum_word(one)}
    assert not bare, "give the enum a label, or say the value in zhidu.web.pages.audit_values"


def test_the_vocabulary_has_no_word_too_many() -> None:
    used = {name for _model, name in columns()} | {key for _act, keys in logged() for key in keys}
    assert not {*COLUMNS, *TECHNICAL} - used
    read = {"core.audit", "core.deadline"}  # not audited themselves, but exported
    assert not set(KINDS) - {model.__kind__ for model in models()} - read


LOG = {"kind", "row_id", "record_id", "changes", "clause", "policy_version_id", "action"}
"""Arguments of ``log`` that are no fields."""


def logged() -> Iterator[tuple[str, set[str]]]:
    """Give what the core's code logs apart from changed rows: the act and its fields."""
    for path in Path(zhidu.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr != "log":
                continue
            texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
            act = next((one for one in texts if isinstance(one, str) and one.isidentifier()), "")
            fields = {one.arg for one in node.keywords if one.arg} - LOG
            for one in node.keywords:
                if one.arg == "changes" and isinstance(one.value, ast.Dict):
                    keys = [key for key in one.value.keys if isinstance(key, ast.Constant)]
                    fields |= {str(key.value) for key in keys}
            yield act, fields


def test_every_act_that_changes_no_row_has_a_title_and_its_fields_labels() -> None:
    found = list(logged())
    assert {"export", "download", "amend"} <= {act for act, _fields in found}, "the scan sees them"
    assert not {act for act, _fields in found if act and action_title(act) == act}
    bare = {key for _act, fields in found for key in fields} - {*COLUMNS, *TECHNICAL}
    assert not sorted(bare)


@pytest.mark.parametrize(
    "action", ["insert", "update", "delete", "login", "submit", "all_companies"]
)
def test_an_act_is_no_code(action: str) -> None:
    assert action_title(action) != action


@pytest.mark.sqlite
@pytest.mark.addons("hr")
def test_values_are_told_in_words(app: Flask, db: Database, company: MadeCompany) -> None:
    """States, transitions, instants, numbers, keys: a code whose meaning is gone stays a code."""
    with db.write(company.system) as session:
        who = make_member(session, "林小满")
    at = "2020-02-17T01:30:00.000000+00:00"
    with app.app_context(), db.read(company.system) as session, use_locale("en"):
        values = Values(session, "Asia/Shanghai")
        for kind, name, stored, word in (
            ("hr.leave_request", "after", "filed", "Filed"),
            ("hr.leave_request", "name", "file", "Put on file"),
            ("hr.leave_request", "name", "unheard_of", "unheard_of"),
            ("hr.leave_request", "days", "1.5000", "1.5"),
            ("hr.leave_request", "first_half", "pm", "Afternoon"),
            ("hr.leave_request", "first_half", "noon", "noon"),
            ("hr.leave_request", "provisional", True, "yes"),
            ("hr.leave_correction", "settled_at", at, "2020-02-17 09:30"),
            ("hr.leave_correction", "settled_by", who.id, "林小满"),
            ("hr.leave_correction", "settled_by", 10**9, f"no. {10**9}"),
            ("core.grant", "permission", "hr.employee.edit", "Edit staff files"),
            ("core.grant", "scope", "department_tree", "department and below"),
            ("core.role", "name", {"en": "Clerk", "zh_Hans_CN": "文员"}, "Clerk"),
            ("core.record", "execution", "filed", "Filed"),
            ("core.record", "kind", "hr.leave_request", "Leave request"),
            ("core.user", "locale", "zh_Hant_TW", "繁體中文"),
            ("core.comment", "text", "x" * 500, "x" * 200 + "…"),
            ("gone.thing", "amount", ["a", "b"], "a, b"),
            ("gone.thing", "amount", None, None),
        ):
            assert values.shown(kind, name, stored) == word


@pytest.mark.sqlite
def test_the_names_of_a_page_are_read_together(
    db: Database, company: MadeCompany, query_counter: Callable[[], QueryCounter]
) -> None:
    with db.write(company.system) as session:
        people = [make_member(session, name).id for name in ("甲一", "乙二", "丙三")]
    acts = [("core.department", [FieldChange("in_charge_id", None, key)]) for key in people]
    with db.read(company.system) as session:
        values = Values(session, "Asia/Shanghai")
        with query_counter() as sent:
            values.prepare(acts)
            names = [values.shown("core.department", "in_charge_id", key) for key in people]
    assert names == ["甲一", "乙二", "丙三"]
    assert sent.count == 1


def test_a_version_of_the_policy_is_named_alike_on_both_databases(
    db: Database, company: MadeCompany
) -> None:
    """What the database puts together is what a page of it says."""
    with db.write(company.system) as session:
        set_setting(session, company.system, "core.file_max_mb", 10)
    for locale in LOCALES:
        with db.read(company.system) as session, use_locale(locale):
            version = session.scalars(select(PolicyVersion)).one()
            told = Values(session, "Asia/Shanghai").shown(
                "core.record", "policy_version_id", version.id
            )
            assert told == version_name(version)
            assert version.effective_from.isoformat() in told
