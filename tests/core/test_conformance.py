"""The structural suite can fail: an addon that does everything wrong is told so, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment

from zhidu.config import Config
from zhidu.registry import LoadedAddon, Registry, load_registry
from zhidu.testing import structure
from zhidu.testing.on_disk import config_for, forget_addons, write_addon

MODELS = """
from sqlalchemy import ForeignKey, ForeignKeyConstraint, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from zhidu import Base as Root, CompanyOwned, Record, pk, ref, table_args

class Base(Root):
    __abstract__ = True
    __addon__ = "wrong"

class Shared(Base):
    __tablename__ = "wrong_shared"
    id: Mapped[pk]

class Thing(CompanyOwned, Base):
    __tablename__ = "wrong_thing"
    __labels__ = {"whose": "Whose"}
    __table_args__ = table_args(sqlite_autoincrement=False)
    id: Mapped[pk]
    person_id: Mapped[ref] = mapped_column(ForeignKey("core_member.id", ondelete="CASCADE"))
"""
ADDON = """
import zhidu_hr.queries
from acme_wrong import services
from acme_wrong.models import Thing
from zhidu import *

@hookimpl
def provide_permissions():
    return [Permission("wrong.thing.read", "Read"), Permission("wrong.thing.eat", "Eat")]

@hookimpl
def provide_roles():
    return [RoleTemplate("staff", grants={"wrong.thing.drink": Scope.OWN})]

@hookimpl
def provide_resources():
    return [Resource("wrong.thing", Thing, owner="whose")]

@hookimpl
def provide_settings():
    return [Setting("wrong.many", int, 11, "", maximum=10)]

@hookimpl
def provide_record_kinds():
    steps = (Transition("go", "", ("none",), "nowhere", "wrong.thing.go"),)
    axis = Execution("none", {"none": "None", "never": "Never"}, steps)
    return [RecordKind("wrong.thing", "Thing", Thing, "T{seq}", {}, lambda s, r: {}, "x", execution=axis)]
"""


@pytest.fixture
def wrong(tmp_path: Path) -> Iterator[tuple[LoadedAddon, Registry]]:
    """Load the addon; nothing of what is wrong with it keeps it from running."""
    write_addon(
        tmp_path,
        "wrong",
        code=ADDON,
        files={
            "models.py": MODELS,
            "services.py": "from flask import request\nfrom zhidu import RecordView, check\n"
            "def eat(session):\n    check.require(session, 'wrong.thing.swallow')\n",
            "templates/list.html": "{% if %}",
        },
    )
    config: Config = config_for(tmp_path)
    registry = load_registry(config, ["wrong"])
    assert [problem for problem in registry.problems if problem.addon == "wrong"] == []
    yield registry.addon("wrong"), registry
    forget_addons()


def test_what_is_wrong_with_an_addon_is_told(wrong: tuple[LoadedAddon, Registry]) -> None:
    loaded, registry = wrong
    assert list(structure.company_faults(loaded, ())) == [
        "Shared: its rows belong to no company (CompanyOwned)"
    ]
    assert list(structure.company_faults(loaded, ("Shared", "Gone"))) == [
        "Gone: is called shared, but there is no such model"
    ]
    assert sorted(structure.key_faults(loaded)) == [
        "wrong_thing(person_id): ON DELETE CASCADE over another addon's rows",
        "wrong_thing(person_id): points at core_member without company_id (same_company)",
        "wrong_thing: no foreign key holds its company_id (owned_by_company)",
    ]
    assert set(structure.permission_faults(loaded, registry, ["wrong.door"])) == {
        "wrong.door: is checked, but no addon declares it",
        "wrong.thing.create: is checked, but no addon declares it",
        "wrong.thing.go: is checked, but no addon declares it",
        "wrong.thing.swallow: is checked, but no addon declares it",
        "wrong.thing.eat: is declared, but nothing checks it",
        "role staff: grants wrong.thing.drink, which no addon declares",
    }
    assert set(structure.execution_faults(loaded, registry)) == {
        "wrong.thing: nothing leads to the state “never”",
        "wrong.thing.go: names the state “nowhere”, which is not declared",
        "wrong.thing.go: its permission “wrong.thing.go” is not declared",
        "wrong.thing.go: has no title, so its button would be empty",
    }
    assert set(structure.resource_faults(loaded, registry)) == {
        "wrong.thing: Thing has no “whose”",
        "wrong.thing: no Resource(…, is_record=True) says who may read it",
        "wrong.thing: Thing has no relationship “header” to its record",
    }
    told = list(structure.setting_faults(loaded, registry))
    assert [line.partition(":")[0] for line in told] == ["wrong.many", "wrong.many"]
    assert [
        line.partition(": ")[2]
        for line in structure.import_faults(loaded, {"zhidu_hr": "hr", "acme_wrong": "wrong"})
    ] == [
        "imports zhidu_hr.queries of hr, which is not in requires",
        f"imports the web (flask); only {', '.join(structure.EDGE)} may",
        f"imports the web (zhidu); only {', '.join(structure.EDGE)} may",
    ]
    assert set(structure.label_faults(loaded)) == {
        "wrong.shared: the model has no __title__",
        "wrong.thing: the model has no __title__",
        "wrong.thing: __labels__ names “whose”, which the model does not have",
        "wrong.thing: __labels__ lacks “person_id”",
    }
    assert [
        line.partition(":")[0]
        for line in structure.template_faults(loaded, Environment(autoescape=True))
    ] == [
        "list.html",
        "list.html",
    ]
