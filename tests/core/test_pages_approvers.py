"""Lists, groups, charges, written authority, and what people arrange for themselves: by browser."""

from __future__ import annotations

import struct
import zlib
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select
from tests.core.pages_desk import House, plain
from werkzeug.test import Client

from zhidu import clock
from zhidu.db import Database
from zhidu.org.models import Department
from zhidu.org.models_groups import Group, InCharge
from zhidu.org.models_lists import LISTS, Grade, Matter
from zhidu.testing.factories import MadeCompany
from zhidu.workflow import delegation
from zhidu.workflow.models_people import Authority
from zhidu.workflow.seat_models import Delegation, Phrase, Signature

pytestmark = pytest.mark.sqlite

PAGES = ("grades", "contracts", "sites", "matters")


@pytest.fixture
def house(db: Database, client: Client, company: MadeCompany) -> House:
    return House(db, client, company)


def matter(house: House) -> int:
    with house.db.read(house.company.system) as session:
        return session.scalars(select(Matter.id)).one()


@pytest.mark.parametrize(("page", "model"), list(zip(PAGES, LISTS, strict=True)))
def test_a_list_is_kept(house: House, page: str, model: type[Grade]) -> None:
    desk = house.sit("周静", "admin", "staff")
    assert "No entries yet." in desk.get(f"/org/{page}/")
    desk.post(f"/org/{page}/new", {"code": "A1", "name": "甲等", "sort": "10"})
    again = desk.post(f"/org/{page}/new", {"code": "a1", "name": "又一"}, 422)
    assert "There is an entry with the code “a1”." in again
    with house.db.read(house.company.system) as session:
        pk = session.scalars(select(model.id)).one()
    desk.post(f"/org/{page}/{pk}/edit", {"name": "甲级", "code": "B2", "sort": "20"})
    desk.post(f"/org/{page}/{pk}/edit", {"do": "archive"})
    with house.db.read(house.company.system) as session:
        row = session.get_one(model, pk)
        assert (row.code, row.name, row.sort) == ("A1", "甲级", 20)
        assert row.archived_at is not None
    assert "甲级" in desk.get(f"/org/{page}/?tab=archived")
    desk.post(f"/org/{page}/{pk}/edit", {"do": "archive"})
    assert "甲级" in desk.get(f"/org/{page}/")


def test_a_person_gets_a_grade_and_keeps_it_when_it_is_archived(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    root, holder = house.company.root_id, house.person("安宁").id
    values = {"name": "安宁", "department_id": root}
    assert 'name="grade_id"' not in desk.get(f"/org/members/{holder}/edit"), "no list, no question"
    desk.post("/org/grades/new", {"code": "G1", "name": "一级", "sort": "1"})
    with house.db.read(house.company.system) as session:
        grade = session.scalars(select(Grade.id)).one()
    desk.post(f"/org/members/{holder}/edit", values | {"grade_id": grade, "site_id": ""})
    assert "一级" in plain(desk.get(f"/org/members/{holder}"))
    assert "“一级” is in use." in desk.post(f"/org/grades/{grade}/edit", {"do": "archive"})
    desk.post(f"/org/members/{holder}/edit", values | {"grade_id": ""})
    desk.post(f"/org/grades/{grade}/edit", {"do": "archive"})
    assert 'name="grade_id"' not in desk.get(f"/org/members/{holder}/edit")


def test_a_department_gets_a_code_for_policies(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    root = house.company.root_id
    values = {"name": "销售部", "parent_id": root, "sort": "10"}
    desk.post("/org/departments/new", values | {"code": "sales"})
    with house.db.read(house.company.system) as session:
        row = session.scalars(select(Department).where(Department.name == "销售部")).one()
        assert row.code == "sales"
        pk = row.id
    again = {"name": "采购部", "parent_id": root, "sort": "20", "code": "sales"}
    assert "sales" in desk.post("/org/departments/new", again, 422)
    desk.post(f"/org/departments/{pk}/edit", values | {"code": ""})
    with house.db.read(house.company.system) as session:
        assert session.get_one(Department, pk).code is None


def test_staff_do_not_see_the_registers(house: House) -> None:
    staff = house.sit("林小满", "staff")
    for page in (*PAGES, "groups"):
        staff.get(f"/org/{page}/", 403)
    assert "No written authority yet." in staff.get("/org/authority/"), "others' is not shown"
    staff.get("/org/authority/new", 403)
    assert "Nobody is in charge of a matter yet." in staff.get("/org/charges/")
    staff.get("/org/charges/new", 403)


def test_a_group_keeps_its_people_in_order(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    first, second = house.person("安宁").id, house.person("白露").id
    desk.post("/org/groups/new", {"code": "buyers", "name": "采购小组", "people": [second, first]})
    with house.db.read(house.company.system) as session:
        pk = session.scalars(select(Group.id)).one()
    assert "白露" in plain(desk.get("/org/groups/"))
    page = desk.get(f"/org/groups/{pk}/edit")
    assert page.index(f'value="{second}"') < page.index(f'value="{first}"')
    desk.post(f"/org/groups/{pk}/edit", {"name": "采购组", "people": [first]})
    with house.db.read(house.company.system) as session:
        group = session.get_one(Group, pk)
        assert (group.name, [one.member_id for one in group.members]) == ("采购组", [first])


def test_a_leader_in_charge_is_named_changed_and_taken_back(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    first, second = house.person("安宁").id, house.person("白露").id
    assert "There are no matters yet" in desk.get("/org/charges/new")
    desk.post("/org/matters/new", {"code": "contract", "name": "合同"})
    place = {"department_id": house.company.root_id, "matter_id": matter(house)}
    desk.post("/org/charges/new", place | {"member_id": first})
    with house.db.read(house.company.system) as session:
        pk = session.scalars(select(InCharge.id)).one()
    assert "安宁" in plain(desk.get("/org/charges/?q=合同"))
    desk.post(f"/org/charges/{pk}/edit", place | {"member_id": second})
    assert "白露" in plain(desk.get("/org/charges/"))
    desk.post(f"/org/charges/{pk}/edit", place | {"member_id": ""})
    assert "Nobody is in charge of a matter yet." in desk.get("/org/charges/")


def test_written_authority_is_entered_and_revoked_never_rewritten(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    signer = house.person("安宁").id
    desk.post("/org/matters/new", {"code": "contract", "name": "合同"})
    values = {
        "member_id": signer,
        "matter_id": matter(house),
        "ceiling": "50000",
        "unit": "CNY",
        "exclusions": "loan | 担保",
        "starts_on": clock.today().isoformat(),
        "document": "授字 2026-3",
    }
    own = values | {"member_id": house.people["周静"].id}
    assert "Nobody keeps the entry of their own authority." in desk.post(
        "/org/authority/new", own, 403
    )
    assert "An amount needs its unit" in desk.post("/org/authority/new", values | {"unit": ""}, 422)
    desk.post("/org/authority/new", values)
    with house.db.read(house.company.system) as session:
        row = session.scalars(select(Authority)).one()
        pk = row.id
        assert row.exclusions == ["loan", "担保"]
    page = plain(desk.get(f"/org/authority/{pk}"))
    assert "50,000 CNY" in page
    assert "授字 2026-3" in page
    assert "安宁" in plain(desk.get("/org/authority/"))
    assert desk.post(f"/org/authority/{pk}/edit", {"reason": ""}, 422)
    desk.post(f"/org/authority/{pk}/edit", {"reason": "调离岗位"})
    assert "安宁" not in plain(desk.get("/org/authority/"))
    assert "revoked" in plain(desk.get("/org/authority/?tab=over"))
    assert "调离岗位" in plain(desk.get(f"/org/authority/{pk}"))


def test_a_stand_in_is_named_for_a_while(house: House) -> None:
    stranger = house.sit("安宁", "staff")
    other = house.people["安宁"].id
    desk = house.sit("林小满", "staff")
    assert "Nobody stands in for you." in desk.get("/mine/")
    first = clock.today() + timedelta(days=3)
    values = {
        "delegate_id": other,
        "first_day": first.isoformat(),
        "last_day": (first + timedelta(days=4)).isoformat(),
        "reason": "休假",
    }
    wrong = values | {"last_day": (first - timedelta(days=1)).isoformat()}
    assert "The end must be later" in desk.post("/mine/delegate", wrong, 422)
    desk.post("/mine/delegate", values)
    page = plain(desk.get("/mine/"))
    assert "安宁" in page
    assert "every kind of request" in page
    with house.db.read(house.company.system) as session:
        row = session.scalars(select(Delegation)).one()
        assert row.ends_at - row.starts_at == timedelta(days=5)
        pk = row.id
    stranger = house.sit("安宁", "staff")
    stranger.post(f"/mine/delegations/{pk}/end")
    with house.db.read(house.company.system) as session:
        assert session.get_one(Delegation, pk).revoked_at is None, "another's"
    desk = house.sit("林小满", "staff")
    desk.post(f"/mine/delegations/{pk}/end")
    with house.db.read(house.company.system) as session:
        assert delegation.of(session, row.owner_id) == []


def test_usual_opinions_are_kept_in_order(house: House) -> None:
    desk = house.sit("林小满", "staff")
    assert "Agreed" in plain(desk.get("/mine/"))
    for text in ("同意，按预算执行", "同意"):
        desk.post("/mine/phrases", {"kind": "approve", "text": text})
    with house.db.read(house.company.system) as session:
        ids = list(session.scalars(select(Phrase.id).order_by(Phrase.position)))
    desk.post(f"/mine/phrases/{ids[1]}/move/1")
    page = plain(desk.get("/mine/"))
    assert page.index("同意") < page.index("同意，按预算执行")
    desk.post(f"/mine/phrases/{ids[0]}/remove")
    with house.db.read(house.company.system) as session:
        assert session.scalars(select(Phrase.text)).all() == ["同意"]


def png() -> bytes:
    """Make the smallest picture there is."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\x00\x00"))
        + chunk(b"IEND", b"")
    )


def test_a_signature_is_kept_shown_and_removed(house: House) -> None:
    desk = house.sit("林小满", "staff")
    url = f"{desk.base}/mine/signature"

    def send(content: bytes) -> None:
        data = {"csrf_token": desk.token, "picture": (BytesIO(content), "签名.png")}
        with desk.client.post(url, data=data) as answer:
            assert answer.status_code == 303

    send(b"<svg/>")
    assert "not a plain PNG" in plain(desk.get("/mine/"))
    send(png())
    assert "Your signature" in desk.get("/mine/")
    with desk.client.get(f"{desk.base}/mine/signature.png") as answer:
        assert answer.data == png()
    desk.post("/mine/signature/remove")
    with house.db.read(house.company.system) as session:
        assert session.scalars(select(Signature)).one().removed_at is not None
    desk.get("/mine/signature.png", 404)
