"""The policy, its settings and the addons' switches, through their pages."""

from __future__ import annotations

import re
from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import func, select
from tests.core.pages_desk import House, plain
from werkzeug.test import Client

from zhidu.audit import trail
from zhidu.audit.models import AuditEntry
from zhidu.db import Database
from zhidu.db.activation import active_addons
from zhidu.policy import queries, settings
from zhidu.policy.models import PolicyVersion
from zhidu.policy.settings import Explained, Level
from zhidu.settings import Setting
from zhidu.testing.factories import MadeCompany
from zhidu.texts import use_locale
from zhidu.web.pages.settings import read as read_setting
from zhidu.web.pages.settings import setting_field
from zhidu.web.pages.version_names import version_name, version_name_column
from zhidu.workflow.models import Task, TaskStatus

pytestmark = [pytest.mark.sqlite, pytest.mark.addons("hr")]

PACK = """\
format: 1
policy: {id: leave-rules, title: 请假制度, version: "1", effective: 2020-01-01}
clauses:
  - {id: L-1, section: 请假, title: 审批, summary: 由部门负责人审批。}
  - {id: L-2, section: 请假, title: 备案, summary: 由人事备案。}
addons: [hr]
settings:
  workflow.remind_hours: {value: 12, clause: L-1}
flows:
  hr.leave_request:
    manager: {role: admin}
    nodes:
      - {id: lead, name: 负责人审批, approver: {dept_leader: {level: 1}}, clause: L-1}
      - {id: file, name: 备案, kind: handle, approver: {role: hr}, transition: file, clause: L-2}
"""


@pytest.fixture
def house(db: Database, client: Client, company: MadeCompany) -> House:
    return House(db, client, company)


@pytest.fixture
def pack(house: House) -> str:
    """Give a pack that states a setting which really exists."""
    key = number_setting(house)
    return PACK.replace("workflow.remind_hours", key)


def number_setting(house: House) -> str:
    found = house.db.registry.settings
    return next(key for key, one in sorted(found.items()) if one.type is int)


def test_a_pack_is_checked_with_lines_then_applied_and_read(house: House, pack: str) -> None:
    desk = house.sit("周静", "admin", "staff")
    assert "no policy" in plain(desk.get("/admin/policy/"))
    desk.post("/admin/policy/apply/", {"do": "check"}, 422)
    wrong = pack.replace("clause: L-2}", "clause: L-9}")
    page = plain(desk.post("/admin/policy/apply/", {"do": "check", "text": wrong}, 422))
    line = wrong.splitlines().index(next(x for x in wrong.splitlines() if "L-9" in x)) + 1
    assert f"policy.yaml:{line}" in page
    assert "L-9" in page
    desk.post("/admin/policy/apply/", {"do": "apply", "text": wrong}, 422)
    file = (BytesIO(pack.encode("utf-8")), "rules.yaml")
    page = plain(desk.post("/admin/policy/apply/", {"do": "check", "file": file}, 200))
    assert "The policy can be applied" in page
    assert "What applying does" in page
    with house.db.read(house.company.system) as session:
        assert session.scalars(select(PolicyVersion.pack_id)).all()[-1:] != ["leave-rules"]
    desk.post("/admin/policy/apply/", {"do": "apply", "text": pack})
    with house.db.read(house.company.system) as session:
        version = queries.history(session)[0]
        assert version.pack_id == "leave-rules"
    page = plain(desk.get(f"/admin/policy/{version.id}"))
    for text in ("in force", "负责人审批", "Leader of the department", "由人事备案。", "L-1"):
        assert text in page
    assert desk.ask(f"/admin/policy/{version.id}/source.yaml").data.decode() == pack
    again = desk.post("/admin/policy/apply/", {"do": "apply", "text": pack})
    assert "says the same already" in again
    assert "says the same" in desk.post("/admin/policy/apply/", {"do": "check", "text": pack}, 200)
    refused = desk.post(
        "/admin/policy/apply/", {"do": "apply", "text": pack, "effective": "2020-01-01"}, 422
    )
    assert "is over" in refused
    garbage = (BytesIO(b"\xff\xfe\x00"), "x.yaml")
    assert "UTF-8" in desk.post("/admin/policy/apply/", {"do": "check", "file": garbage}, 422)
    staff = house.sit("林小满")
    staff.get(f"/admin/policy/{version.id}")
    staff.get("/admin/policy/apply/", 403)
    staff.get("/admin/policy/9999", 404)


def test_versions_are_named_not_numbered(house: House, pack: str) -> None:
    """Title, number and first day, the same in the list, in a page of the trail, in its values."""
    desk = house.sit("周静", "admin", "auditor", "staff")
    desk.post(f"/admin/settings/{number_setting(house)}", {"value": "36"})
    desk.post("/admin/policy/apply/", {"do": "apply", "text": pack})
    with house.db.read(house.company.system) as session, use_locale("en"):
        newest, oldest = queries.history(session)[0], queries.history(session)[-1]
        for version in (newest, oldest):
            told = session.scalar(
                select(version_name_column()).where(PolicyVersion.id == version.id)
            )
            assert told == version_name(version)
        names = [version_name(one) for one in (newest, oldest)]
    assert names[0] == f"{newest.title}, version {newest.number}, from {newest.effective_from}"
    assert names[1].startswith("Own choices of the company, version ")
    page = desk.get("/admin/policy/")
    for version, name in zip((newest, oldest), names, strict=True):
        assert re.search(rf'<a href="[^"]*/admin/policy/{version.id}">{re.escape(name)}</a>', page)
    with house.db.write(house.company.system) as session:
        trail.log(session, "approve", "core.record", 1, policy_version_id=newest.id)
    with house.db.read(house.company.system) as session:
        act = session.scalar(select(func.max(AuditEntry.id)))
    assert f">{names[0]}</a>" in desk.get(f"/admin/audit/{act}")


def test_settings_show_who_states_them_and_take_a_choice(house: House, pack: str) -> None:
    desk = house.sit("周静", "admin", "staff")
    key = number_setting(house)
    wrong = desk.post(f"/admin/settings/{key}", {"value": "many"}, 422)
    assert "takes a whole number" in wrong
    desk.post(f"/admin/settings/{key}", {"value": "36"})
    with house.db.read(house.company.system) as session:
        found = settings.explain(session, key)
        assert (found.value, found.level) == (36, Level.COMPANY)
        versions = queries.count(session)
    assert "the company's own setting" in plain(desk.get("/admin/settings/"))
    desk.post(f"/admin/settings/{key}", {"value": ""})
    with house.db.read(house.company.system) as session:
        assert settings.explain(session, key).level is Level.DEFAULT
        assert queries.count(session) == versions + 1
    desk.post("/admin/policy/apply/", {"do": "apply", "text": pack})
    page = plain(desk.get("/admin/settings/"))
    assert "clause L-1" in page
    assert "The policy states it" in page
    told = desk.post(f"/admin/settings/{key}", {"value": "36"})
    assert "states the setting" in told
    desk.post("/admin/settings/core.nonsense", {"value": "1"}, 404)
    staff = house.sit("林小满")
    staff.get("/admin/settings/")
    staff.post(f"/admin/settings/{key}", {"value": "1"}, 403)


def test_an_addon_is_switched_off_after_a_question_and_on_again(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    page = desk.get("/admin/addons/")
    assert "People and leave" in page
    assert 'aria-checked="true"' in page
    assert "People and leave" not in plain(desk.get("/admin/addons/?q=zzz")).split("Addons")[-1]
    asked = desk.post("/admin/addons/hr", {"on": "0"}, 200)
    assert 'name="confirmed" value="1"' in asked
    with house.db.read(house.company.system) as session:
        assert "hr" in active_addons(session)
    desk.post("/admin/addons/hr", {"on": "0", "confirmed": "1"})
    with house.db.read(house.company.system) as session:
        assert "hr" not in active_addons(session)
        assert queries.history(session)[0].note == "-hr"
    desk.get("/hr/leave-request/", 404)
    desk.post("/admin/addons/hr", {"on": "1"})
    desk.get("/hr/leave-type/")
    desk.post("/admin/addons/core", {"on": "0", "confirmed": "1"}, 404)
    desk.post("/admin/addons/nothing", {"on": "1"}, 404)
    house.sit("林小满").get("/admin/addons/", 403)


def test_open_tasks_are_named_before_an_addon_is_hidden(house: House, pack: str) -> None:
    desk = house.sit("周静", "admin", "staff")
    desk.post("/admin/policy/apply/", {"do": "apply", "text": pack})
    with house.db.read(house.company.system) as session:
        assert not session.scalars(select(Task.id).where(Task.status == TaskStatus.OPEN)).all()
    without = pack.replace("addons: [hr]", "addons: []").partition("settings:")[0] + "flows: {}\n"
    page = plain(desk.post("/admin/policy/apply/", {"do": "check", "text": without}, 200))
    assert "Switches off People and leave" in page


def test_a_setting_is_drawn_and_read_by_its_type() -> None:
    with use_locale("en"):
        for setting, typed, value in (
            (Setting("core.a", bool, True, "A"), "no", False),
            (Setting("core.b", str, "x", "B", choices=("x", "y")), "y", "y"),
            (Setting("core.c", Decimal, Decimal("1.5"), "C"), "1,000.25", Decimal("1000.25")),
            (Setting("core.d", int, 3, "D", unit="days"), "7", 7),
        ):
            found = Explained(setting, setting.default, Level.DEFAULT, addon="core")
            drawn = setting_field(setting, found)
            assert "Default: " in str(drawn())
            assert read_setting(setting, typed) == value
            assert read_setting(setting, "?!") == "?!"
