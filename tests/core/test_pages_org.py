"""People, departments, posts: what a browser asks for and what the services then hold."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from tests.core.pages_desk import House, plain
from werkzeug.test import Client

from zhidu.access.users import create_user
from zhidu.audit.models import AuditEntry
from zhidu.db import Database
from zhidu.org import queries as org
from zhidu.org.models import Department, Member, MemberStatus, Post
from zhidu.testing.factories import PASSWORD, MadeCompany


@pytest.fixture
def house(db: Database, client: Client, company: MadeCompany) -> House:
    return House(db, client, company)


def test_people_are_listed_found_and_exported(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    house.person("林小满")
    desk.post("/org/posts/new", {"code": "cashier", "name": "出纳"})
    page = plain(desk.get("/org/members/"))
    assert "周静" in page
    assert "Company administrator, Staff" in page
    assert "林小满" in plain(desk.get("/org/members/?q=lxm"))
    assert "林小满" not in plain(desk.get("/org/members/?q=zhou"))
    for query in ("?sort=-name", "?sort=number", "?post=1", "?role=1", "?tab=left", "?tab=all"):
        desk.get(f"/org/members/{query}")
    sent = {"csrf_token": desk.token}
    with desk.client.post(f"{desk.base}/org/members/export/xlsx?q=lxm", data=sent) as answer:
        rows = list(load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["Full name", "林小满"]
    with house.db.read(house.company.system) as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == "export")).one()
        assert found.kind == "core.member"


@pytest.mark.sqlite
def test_a_person_is_taken_in_moved_and_gets_a_log_in(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    root = house.company.root_id
    desk.post("/org/departments/new", {"name": "销售部", "parent_id": root, "sort": "10"})
    with house.db.write(house.company.system) as session:
        sales = session.scalars(select(Department.id).where(Department.name == "销售部")).one()
        create_user(session, session.actor, "lxm", PASSWORD)
    values = {"name": "林小满", "number": "D003", "department_id": sales, "username": "nobody"}
    assert "There is no log-in “nobody”." in desk.post("/org/members/new", values, 422)
    desk.post("/org/members/new", values | {"username": "ＬＸＭ".lower()})
    with house.db.read(house.company.system) as session:
        member = session.scalars(select(Member).where(Member.number == "D003")).one()
        assert member.user_id is not None
        pk = member.id
    taken = desk.post("/org/members/new", values | {"username": ""}, 422)
    assert "The staff number D003 is 林小满's." in taken
    boss = house.people["周静"].id
    desk.post(
        f"/org/members/{pk}/edit",
        {
            "name": "林小满",
            "number": "",
            "department_id": root,
            "departments": sales,
            "superior_id": boss,
        },
    )
    page = plain(desk.get(f"/org/members/{pk}"))
    assert "销售部" in page
    assert "周静" in page
    with house.db.read(house.company.system) as session:
        assert org.superior(session, pk) == boss
    cycle = {"name": "周静", "department_id": root, "superior_id": pk}
    assert "stands below" in desk.post(f"/org/members/{boss}/edit", cycle, 422)
    desk.post(f"/org/members/{pk}/login", {"username": ""})
    with house.db.read(house.company.system) as session:
        assert session.get_one(Member, pk).user_id is None


@pytest.mark.sqlite
def test_somebody_leaves_with_a_successor_and_comes_back(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    one, other = house.person("褚亮"), house.person("卫东")
    path = f"/org/members/{one.id}"
    desk.post(f"{path}/leave", {"successor_id": other.id}, 422)  # not confirmed by its tick
    desk.post(f"{path}/leave", {"successor_id": other.id, "sure": "1"})
    with house.db.read(house.company.system) as session:
        assert session.get_one(Member, one.id).status is MemberStatus.LEFT
    asked = desk.post(f"{path}/rejoin", status=200)
    assert 'name="confirmed" value="1"' in asked
    desk.post(f"{path}/rejoin", {"confirmed": "1"})
    with house.db.read(house.company.system) as session:
        assert session.get_one(Member, one.id).status is MemberStatus.ACTIVE
    me = house.people["周静"].id
    refused = desk.post(f"/org/members/{me}/leave", {"sure": "1"}, 422)
    assert "only administrator" in refused


@pytest.mark.sqlite
def test_the_tree_is_open_to_all_and_changed_by_few(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    root = house.company.root_id
    leader, deputy = house.person("褚亮"), house.person("卫东")
    desk.post(
        "/org/departments/new",
        {
            "name": "销售部",
            "parent_id": root,
            "leaders": [leader.id, deputy.id],
            "in_charge_id": house.people["周静"].id,
        },
    )
    with house.db.read(house.company.system) as session:
        sales = session.scalars(select(Department).where(Department.name == "销售部")).one()
        assert [row.member_id for row in sales.leaders] == [leader.id, deputy.id]
        pk = sales.id
    desk.post(
        f"/org/departments/{pk}/edit",
        {"name": "市场部", "parent_id": "", "leaders": [deputy.id], "sort": "5"},
    )
    with house.db.read(house.company.system) as session:
        moved = session.get_one(Department, pk)
        assert (moved.name, moved.parent_id, moved.path) == ("市场部", None, f"/{pk}/")
    assert 'name="confirmed"' in desk.post(f"/org/departments/{root}/archive", status=200)
    told = desk.post(f"/org/departments/{root}/archive", {"confirmed": "1"})
    assert "work" in plain(told)  # people are in it
    desk.post(f"/org/departments/{pk}/archive", {"confirmed": "1"})
    desk.get("/org/departments/?archived=1")
    staff = house.sit("林小满")
    page = staff.get("/org/departments/")
    assert "周静" in page
    assert "/org/departments/new" not in page
    staff.get("/org/departments/new", 403)
    staff.get("/org/members/", 403)
    assert "/org/members" not in page


@pytest.mark.sqlite
def test_posts_keep_their_code_and_are_archived_when_nobody_holds_them(house: House) -> None:
    desk = house.sit("周静", "admin", "staff")
    assert "Code" in desk.post("/org/posts/new", {"code": "Cashier 1", "name": "出纳"}, 422)
    desk.post("/org/posts/new", {"code": "cashier", "name": "出纳"})
    with house.db.read(house.company.system) as session:
        pk = session.scalars(select(Post.id)).one()
    desk.post(f"/org/posts/{pk}/edit", {"name": "出纳员", "code": "other", "do": "save"})
    holder = house.people["周静"].id
    values = {"name": "周静", "department_id": house.company.root_id, "posts": pk}
    desk.post(f"/org/members/{holder}/edit", values)
    second = house.person("安宁").id
    desk.post(f"/org/members/{second}/edit", values | {"name": "安宁"})
    assert "周静, 安宁" in desk.get("/org/posts/"), "side by side, as English does it"
    desk.post(f"/org/members/{second}/edit", values | {"name": "安宁", "posts": []})
    assert "Someone holds the post" in desk.post(f"/org/posts/{pk}/edit", {"do": "archive"})
    desk.post(f"/org/members/{holder}/edit", values | {"posts": []})
    desk.post(f"/org/posts/{pk}/edit", {"do": "archive"})
    with house.db.read(house.company.system) as session:
        post = session.get_one(Post, pk)
        assert (post.code, post.name) == ("cashier", "出纳员")
        assert post.archived_at is not None
