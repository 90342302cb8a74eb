"""Roles, the audit trail, and the list of every address with its right."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select
from tests.core.pages_desk import House, plain
from werkzeug.test import Client

from zhidu.access import roles
from zhidu.access.models import Role, Scope
from zhidu.audit import trail
from zhidu.audit.models import AuditEntry
from zhidu.db import Database
from zhidu.testing.factories import MadeCompany
from zhidu.web.routes import list_routes

pytestmark = pytest.mark.sqlite


@pytest.fixture
def house(db: Database, client: Client, company: MadeCompany) -> House:
    return House(db, client, company)


def role_id(house: House, code: str) -> int:
    with house.db.read(house.company.system) as session:
        return session.scalars(select(Role.id).where(Role.code == code)).one()


def test_a_role_is_made_filled_given_and_archived(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    nameless = desk.post("/org/roles/new", {"code": "clerk"}, 422)
    assert "Please enter a name." in nameless
    desk.post("/org/roles/new", {"code": "clerk", "name_en": "Clerk", "name_zh_Hans_CN": "文员"})
    pk = role_id(house, "clerk")
    desk.get(f"/org/roles/{pk}/grants")
    desk.post(
        f"/org/roles/{pk}/grants",
        {
            "core.member.read": "department",
            "core.calendar.edit": "company",
            "core.post.edit": "none",
        },
    )
    with house.db.read(house.company.system) as session:
        held = {g.permission: g.scope for g in roles.find_role(session, "clerk").grants}
    assert held == {"core.member.read": Scope.DEPARTMENT, "core.calendar.edit": Scope.COMPANY}
    desk.post(f"/org/roles/{pk}/grants", {"core.calendar.edit": "none", "core.member.read": "own"})
    page = plain(desk.get(f"/org/roles/{pk}"))
    assert "Read all people" in page
    assert "Edit the company's working calendar" not in page
    person = house.person("林小满")
    desk.post(f"/org/roles/{pk}/give", {"member_id": ""}, 422)
    desk.post(f"/org/roles/{pk}/give", {"member_id": person.id})
    assert "林小满" in desk.get(f"/org/roles/{pk}")
    assert "Someone has the role" in desk.post(f"/org/roles/{pk}/archive", {"confirmed": "1"})
    desk.post(f"/org/members/{person.id}/roles", {"roles": role_id(house, "staff")})
    desk.post(f"/org/roles/{pk}/archive", {"confirmed": "1"})
    assert "clerk" in desk.get("/org/roles/?tab=archived")


def test_an_administrator_cannot_lock_the_company_out(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    pk, me = role_id(house, "admin"), house.people["周静"].id
    told = desk.post(f"/org/roles/{pk}/grants", {"core.role.edit": "none"}, 422)
    assert "The administrator always may edit all roles." in told
    told = desk.post(f"/org/members/{me}/roles", {"roles": role_id(house, "staff")}, 422)
    assert "only administrator" in told
    staff = house.sit("林小满")
    for path in ("/org/roles/", f"/org/roles/{pk}", f"/org/roles/{pk}/grants"):
        staff.get(path, 403)
    staff.post(f"/org/roles/{pk}/grants", {"core.role.edit": "company"}, 403)


@pytest.mark.addons("hr")
def test_the_trail_is_filtered_masked_and_exported(house: House) -> None:
    desk = house.sit("严明", "auditor", "staff")
    with house.db.write(house.company.system) as session:
        private = {"id_number": ["11010519491231002X", "110105194912310038"], "phone": ["1", "2"]}
        trail.log(session, "update", "hr.employee", 7, changes=private)
    page = plain(desk.get("/admin/audit/?about=hr.employee"))
    assert "Phone 1 → 2" in page
    assert "110105" not in page
    assert "***" in page
    for query in (
        "?action=update",
        "?source=web",
        "?at_from=2020-01-01&at_to=2099-12-31",
        "?member=1",
    ):
        desk.get(f"/admin/audit/{query}")
    with house.db.read(house.company.system) as session:
        pk = session.scalars(
            select(AuditEntry.id).where(AuditEntry.kind == "hr.employee", AuditEntry.row_id == 7)
        ).one()
    assert "110105" not in desk.get(f"/admin/audit/{pk}")
    sent = {"csrf_token": desk.token}
    address = f"{desk.base}/admin/audit/export/xlsx?about=hr.employee"
    with desk.client.post(address, data=sent) as answer:
        rows = list(load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert len(rows) == 2
    assert "Identity number: *** → ***" in str(rows[1])
    house.sit("林小满").get("/admin/audit/", 403)


TECHNICAL_NAME = re.compile(r"\b(?:core|hr)\.[a-z_.]+|\b[a-z]+_[a-z_]+\b")


@pytest.mark.addons("hr")
def test_no_page_of_the_trail_shows_a_technical_name(house: House) -> None:
    """Columns, kinds, codes and keys stand there as words and names."""
    desk = house.sit("严明", "auditor", "admin", "hr", "staff")
    who = house.person("林小满")
    values = {"member_id": who.id, "employment": "part_time", "hired_on": "2026-01-05"}
    desk.post("/hr/employee/new", values)
    desk.post(f"/org/members/{who.id}/roles", {"roles": role_id(house, "hr")})
    lists = [desk.get("/admin/audit/?size=100")]
    while found := re.search(r'href="([^"]*after=[^"]*)"', lists[-1]):
        lists.append(unescape(desk.client.get(found[1]).get_data(as_text=True)))
    with house.db.read(house.company.system) as session:
        kinds = dict(
            session.execute(select(AuditEntry.kind, func.max(AuditEntry.id)).group_by("kind")).all()
        )
    assert {"core.member", "core.grant", "hr.employee", "hr.leave_type"} <= set(kinds)
    acts = [desk.get(f"/admin/audit/{key}") for key in kinds.values()]
    pages = [desk.get(f"/org/members/{who.id}"), desk.get(f"/org/roles/{role_id(house, 'hr')}")]
    logs = [page[page.index("Before → after") :] for page in pages]
    for page in (*lists, *acts, *logs):
        assert not TECHNICAL_NAME.findall(plain(page))
    told = plain("".join(lists))
    assert "Person 林小满 Role Human resources" in told, "keys are told as names"
    assert "Employment Part time" in told
    assert "Hired on 2026-01-05" in told


def test_every_address_says_which_right_it_needs(app: Flask) -> None:
    routes = list_routes(app)
    assert len(routes) == len(list(app.url_map.iter_rules()))
    for route in routes:
        assert route.get("public") is True or route["permission"], route
        assert route["scope"] in ("company", "global")
    by_endpoint = {route["endpoint"]: route for route in routes}
    assert by_endpoint["static"]["public"] is True
    assert by_endpoint["members.new_view"]["permission"] == "core.member.edit"
    assert by_endpoint["departments.index_view"]["permission"] == "member"
    assert by_endpoint["system.index_view"]["permission"] == "system"
    assert by_endpoint["system.index_view"]["scope"] == "global"
    registry = app.extensions["zhidu"].registry
    known = {"member", "system", "login", *registry.permissions}
    assert {route["permission"] for route in routes if "permission" in route} <= known
