"""The organisation keeps its promises: one tree, one chain of ranks, one primary department."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.core.org_stage import company, session  # noqa: F401 -- fixtures

from zhidu import hooks
from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.errors import NotFound, Refused, ValidationError
from zhidu.org import companies, departments, members, queries
from zhidu.org.models import Company, Department, Post
from zhidu.org.naming import clean_name, name_key
from zhidu.testing.factories import MadeCompany, make_member

# -- names


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("张三", "zhangsan zs"),
        ("曾国强", "zengguoqiang zgq"),
        ("尉迟恭", "yuchigong ycg"),
        ("長孫無忌", "zhangsunwuji zswj"),
        ("O'Neil Li", "oneilli onl"),
        ("Ａlice", "alice a"),
        ("曾", "ceng c"),
        ("王5", "wang5 w5"),
    ],
)
def test_names_are_spelled_as_surnames_are_read(name: str, key: str) -> None:
    assert name_key(name) == key


@given(st.text(max_size=40))
def test_every_name_has_a_key_of_two_lower_words(name: str) -> None:
    key = name_key(name)
    assert key == key.lower().strip()
    assert len(key.split()) in {0, 2}


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\u200bb", "a\x00b"])
def test_a_name_is_visible_and_short(name: str) -> None:
    with pytest.raises(ValidationError):
        clean_name(name)


# -- companies


@pytest.mark.parametrize("code", ["", "a", "Acme", "9a", "a_b", "甲", "a" * 33, "-a", "a b"])
def test_a_company_code_is_ascii_and_lower(db: Database, code: str) -> None:
    with db.write(Actor.system()) as session, pytest.raises(ValidationError) as caught:
        companies.create_company(session, session.actor, code, "某公司")
    assert "code" in caught.value.fields


@pytest.mark.parametrize(
    "bad", [{"locale": "fr"}, {"timezone": "Mars/Base"}, {"currency": "RMB"}, {"name": " "}]
)
def test_a_company_speaks_and_counts_as_we_can(db: Database, bad: dict[str, str]) -> None:
    values: dict[str, Any] = {"name": "某公司", **bad}
    with db.write(Actor.system()) as session, pytest.raises(ValidationError) as caught:
        companies.create_company(session, session.actor, "acme", **values)
    assert set(caught.value.fields) == set(bad)


def test_a_company_begins_with_a_root_and_roles(db: Database, company: MadeCompany) -> None:
    with db.read(company.system) as session:
        [root] = session.scalars(select(Department)).all()
        assert (root.id, root.path, root.name) == (company.root_id, f"/{root.id}/", company.name)
        assert not hooks.failures(session)
    with db.write(Actor.system()) as session, pytest.raises(ValidationError, match="acme"):
        companies.create_company(session, session.actor, "acme", "另一家")


def test_a_birth_that_fails_leaves_nothing(db: Database) -> None:
    def begin() -> None:
        with db.write(Actor.system()) as session:
            companies.create_company(session, session.actor, "gone", "没有")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        begin()
    with db.read(Actor.system()) as session:
        assert session.scalars(select(Company)).all() == []


def test_only_the_system_administrator_opens_companies(db: Database, company: MadeCompany) -> None:
    with db.write(company.system) as session:
        admin = make_member(session, "周静", roles=("admin",), user=True)
    with db.write(admin.actor) as session, pytest.raises(Refused) as caught:
        companies.create_company(session, session.actor, "other", "别家")
    assert caught.value.rule == "access.system_administrator"
    with db.write(company.system) as session, pytest.raises(NotFound):
        companies.create_company(session, session.actor, "other", "别家")


# -- departments


def test_paths_follow_a_move(session: Session, company: MadeCompany) -> None:
    actor = session.actor
    a = departments.create_department(session, actor, "甲", company.root_id)
    b = departments.create_department(session, actor, "乙", a)
    c = departments.create_department(session, actor, "丙", b)
    other = departments.create_department(session, actor, "丁")
    departments.move_department(session, actor, b, other)
    assert b.path == f"/{other.id}/{b.id}/"
    assert c.path == f"/{other.id}/{b.id}/{c.id}/"
    assert b.parent is other
    assert queries.department_full_name(session, c.id) == "丁 / 乙 / 丙"
    departments.move_department(session, actor, b, None)
    assert c.path == f"/{b.id}/{c.id}/"


def test_a_department_never_goes_below_itself(session: Session, company: MadeCompany) -> None:
    actor = session.actor
    a = departments.create_department(session, actor, "甲", company.root_id)
    b = departments.create_department(session, actor, "乙", a)
    for target in (a, b):
        with pytest.raises(ValidationError):
            departments.move_department(session, actor, a, target)


def test_random_moves_keep_every_path(db: Database, company: MadeCompany) -> None:
    @settings(max_examples=20)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        with db.write(company.system) as session:
            made = [session.get_one(Department, company.root_id)]
            for n in range(data.draw(st.integers(1, 5))):
                above = data.draw(st.sampled_from([None, *made]))
                made.append(departments.create_department(session, session.actor, f"部{n}", above))
            for _ in range(data.draw(st.integers(1, 6))):
                row, target = data.draw(st.sampled_from(made)), data.draw(st.sampled_from(made))
                inside = target.path.startswith(row.path)
                try:
                    departments.move_department(session, session.actor, row, target)
                except ValidationError:
                    assert inside
                else:
                    assert not inside
            for row in made:
                above = session.get(Department, row.parent_id) if row.parent_id else None
                assert row.path == f"{above.path if above else '/'}{row.id}/"
            session.rollback()

    check()


def test_sisters_have_different_names(session: Session, company: MadeCompany) -> None:
    actor = session.actor
    a = departments.create_department(session, actor, "甲", company.root_id)
    with pytest.raises(ValidationError):
        departments.create_department(session, actor, "甲", company.root_id)
    b = departments.create_department(session, actor, "甲", a)
    with pytest.raises(ValidationError):
        departments.move_department(session, actor, b, company.root_id)
    departments.archive_department(session, actor, b)
    departments.archive_department(session, actor, a)
    departments.create_department(session, actor, "甲", company.root_id)
    with pytest.raises(ValidationError):
        departments.restore_department(session, actor, a)


def test_a_department_in_use_is_not_archived(session: Session, company: MadeCompany) -> None:
    actor = session.actor
    a = departments.create_department(session, actor, "甲", company.root_id)
    person = make_member(session, "张三", a.id)
    with pytest.raises(ValidationError):
        departments.archive_department(session, actor, a)
    with pytest.raises(ValidationError):
        departments.archive_department(session, actor, company.root_id)
    members.leave(session, actor, person.id)
    departments.archive_department(session, actor, a)
    with pytest.raises(ValidationError):
        make_member(session, "李四", a.id)
    with pytest.raises(ValidationError):
        departments.create_department(session, actor, "乙", a)
    with pytest.raises(ValidationError):
        members.rejoin(session, actor, person.id)


def test_leaders_stand_in_their_order_and_work_here(session: Session, company: MadeCompany) -> None:
    actor = session.actor
    one, two = make_member(session, "一"), make_member(session, "二")
    departments.set_leaders(session, actor, company.root_id, [two.id, one.id])
    assert queries.department_leaders(session, company.root_id) == [two.id, one.id]
    departments.set_leaders(session, actor, company.root_id, [one.id, two.id])
    assert queries.department_leaders(session, company.root_id) == [one.id, two.id]
    members.leave(session, actor, one.id)
    assert queries.department_leaders(session, company.root_id) == [two.id]
    with pytest.raises(ValidationError):
        departments.set_leaders(session, actor, company.root_id, [one.id])
    with pytest.raises(ValidationError):
        departments.set_in_charge(session, actor, company.root_id, one.id)


def test_posts_have_codes_and_are_archived_when_free(session: Session) -> None:
    actor = session.actor
    person = make_member(session, "张三", posts=("cashier",))
    assert queries.people_by_post(session, "cashier") == [person.id]
    post = session.scalars(select(Post)).one()
    for code in ("cashier", "Cashier", "出纳", ""):
        with pytest.raises(ValidationError):
            departments.create_post(session, actor, code, "出纳")
    with pytest.raises(ValidationError):
        departments.archive_post(session, actor, post)
    members.set_posts(session, actor, person.id, [])
    departments.archive_post(session, actor, post)
    with pytest.raises(ValidationError):
        members.set_posts(session, actor, person.id, [post])
    departments.restore_post(session, actor, post)
    members.set_posts(session, actor, person.id, [post, post.id])
    assert queries.people_by_post(session, "cashier") == [person.id]
