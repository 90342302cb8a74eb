"""People: departments, ranks, leaving, being found, other companies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.core.org_stage import company, session  # noqa: F401 -- fixtures

from zhidu.access.roles import give_role
from zhidu.access.user import User, UserCompany
from zhidu.access.users import create_user
from zhidu.actor import Actor
from zhidu.db import Database, ForeignCompany, Session
from zhidu.errors import NotFound, PermissionDenied, ValidationError
from zhidu.org import departments, members, queries
from zhidu.org.models import Department, Member, MemberDepartment, MemberStatus, Post
from zhidu.testing.concurrency import Act, Concurrently
from zhidu.testing.factories import PASSWORD, MadeCompany, make_company, make_member, make_org

# -- people


def test_everyone_has_exactly_one_primary_department(
    session: Session, company: MadeCompany
) -> None:
    actor = session.actor
    a = departments.create_department(session, actor, "甲", company.root_id)
    b = departments.create_department(session, actor, "乙", company.root_id)
    with pytest.raises(ValidationError):
        members.create_member(session, actor, "无处")
    person = make_member(session, "张三", a.id)

    def places() -> dict[int, bool]:
        rows = session.scalars(
            select(MemberDepartment).where(MemberDepartment.member_id == person.id)
        )
        return {row.department_id: row.is_primary for row in rows}

    assert places() == {a.id: True}
    members.set_departments(session, actor, person.id, b, [a, b])
    assert places() == {a.id: False, b.id: True}
    members.set_departments(session, actor, person.id, a, [b])
    assert places() == {a.id: True, b.id: False}
    members.set_departments(session, actor, person.id, company.root_id)
    assert places() == {company.root_id: True}
    primary = queries.primary_department(session, person.id)
    assert primary is not None
    assert primary.id == company.root_id


def test_staff_numbers_are_unique(session: Session) -> None:
    actor = session.actor
    one = make_member(session, "一", number="007")
    two = make_member(session, "二")
    with pytest.raises(ValidationError):
        members.edit_member(session, actor, two.id, number=" 007 ")
    members.edit_member(session, actor, one.id, number="")
    edited = members.edit_member(session, actor, two.id, number="007", name="曾二")
    assert (edited.number, edited.name_key) == ("007", "zenger ze")


def test_ranks_have_no_cycle(session: Session) -> None:
    actor = session.actor
    top = make_member(session, "上")
    middle = make_member(session, "中", superior=top)
    low = make_member(session, "下", superior=middle)
    assert queries.superiors(session, low.id) == [middle.id, top.id]
    for above in (top, middle, low):
        with pytest.raises(ValidationError):
            members.set_superior(session, actor, top.id, above.id)
    members.set_superior(session, actor, low.id, None)
    members.set_superior(session, actor, top.id, low.id)
    assert queries.superiors(session, middle.id) == [top.id, low.id]
    members.leave(session, actor, top.id)
    with pytest.raises(ValidationError):
        members.set_superior(session, actor, low.id, top.id)


def test_who_leaves_hands_on_what_they_led(session: Session, company: MadeCompany) -> None:
    actor = session.actor
    org = make_org(session)
    sales = org.departments["销售部"]
    members.leave(session, actor, org.sales_head.id, org.team_head.id)
    assert queries.department_leaders(session, sales) == [org.team_head.id]
    assert queries.superior(session, org.team_head.id) == org.deputy.id
    members.leave(session, actor, org.deputy.id)
    assert queries.superior(session, org.team_head.id) == org.general_manager.id
    assert queries.leaders_in_charge(session, sales) == []
    assert queries.people_by_role(session, "staff").count(org.deputy.id) == 0


def test_random_departures_leave_a_tree(db: Database, company: MadeCompany) -> None:
    @settings(max_examples=20)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        with db.write(company.system) as session:
            people: list[Member] = []
            for n in range(data.draw(st.integers(2, 6))):
                above = data.draw(st.sampled_from([None, *people]))
                people.append(
                    members.create_member(
                        session, session.actor, f"人{n}", None, company.root_id, (), above
                    )
                )
            goes = data.draw(st.sampled_from(people))
            heir = data.draw(st.sampled_from([None, *(p for p in people if p is not goes)]))
            members.leave(session, session.actor, goes, heir)
            session.flush()
            for person in people:
                seen = [person.id]
                above_id = person.superior_id
                while above_id is not None:
                    assert above_id not in seen
                    assert above_id != goes.id
                    seen.append(above_id)
                    above_id = session.get_one(Member, above_id).superior_id
            session.rollback()

    check()


def test_a_log_in_enters_the_companies_of_its_people(db: Database, company: MadeCompany) -> None:
    other = make_company(db, "other")
    with db.write(Actor.system()) as session:
        user = create_user(session, session.actor, "张三", "a good secret")
    with db.write(company.system) as session:
        one = make_member(session, "张三")
        two = make_member(session, "李四")
        members.link_user(session, session.actor, one.id, user.id)
        assert queries.member_of(session, user.id) is not None
        with pytest.raises(ValidationError):
            members.link_user(session, session.actor, two.id, user.id)
    with db.write(other.system) as session:
        three = make_member(session, "张三")
        members.link_user(session, session.actor, three.id, user.id)
        session.get_one(User, user.id).last_company_id = other.id

    def entered() -> list[int]:
        with db.read(Actor.system()) as session:
            return sorted(session.scalars(select(UserCompany.company_id)))

    assert entered() == [company.id, other.id]
    with db.write(other.system) as session:
        members.leave(session, session.actor, three.id)
        assert session.get_one(Member, three.id).status is MemberStatus.LEFT
        assert queries.member_of(session, user.id) is None
        assert session.get_one(User, user.id).last_company_id is None
        with pytest.raises(ValidationError):
            members.link_user(session, session.actor, three.id, user.id)
        members.rejoin(session, session.actor, three.id)
        members.link_user(session, session.actor, three.id, user.id)
    assert entered() == [company.id, other.id]
    with db.write(company.system) as session:
        members.link_user(session, session.actor, one.id, None)
    assert entered() == [other.id]


def test_questions_about_the_organisation(session: Session) -> None:
    org = make_org(session)
    team, sales = org.departments["销售一部"], org.departments["销售部"]
    assert [queries.department_leaders(session, team, level) for level in range(5)] == [
        [],
        [org.team_head.id],
        [org.sales_head.id],
        [org.general_manager.id],
        [],
    ]
    assert queries.leaders_in_charge(session, team) == [org.deputy.id]
    assert queries.people_by_role(session, "finance") == [
        org.finance_head.id,
        org.accountant.id,
        org.cashier.id,
    ]
    assert queries.people_of_department(session, sales) == [org.sales_head.id]
    assert len(queries.people_of_department(session, sales, with_lower=True)) == 4
    assert queries.department_full_name(session, team) == "销售部 / 销售一部", "without the company"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("王", ["王建国"]),
        ("wangj", ["王建国"]),
        ("wjg", ["王建国"]),
        ("WANG jian", ["王建国"]),
        ("%", []),
        ("_", []),
        ("建", ["王建国"]),
    ],
)
def test_people_are_found_as_they_are_typed(session: Session, text: str, names: list[str]) -> None:
    make_org(session)
    assert [found.name for found in queries.search_members(session, text)] == names
    assert len(queries.search_members(session, "", 3)) == 3


def test_best_hits_stand_first(session: Session) -> None:
    make_member(session, "安张三")
    make_member(session, "张三丰")
    exact = make_member(session, "张三")
    assert queries.search_members(session, "张三")[0].id == exact.id


# -- rights and companies


def test_without_a_grant_nothing_is_changed(db: Database, company: MadeCompany) -> None:
    with db.write(company.system) as session:
        staff, other = make_member(session, "张三"), make_member(session, "李四")
        post = departments.create_post(session, session.actor, "clerk", "文员")
    with db.write(staff.actor) as session:
        actor = session.actor
        for act in (
            lambda: members.create_member(session, actor, "新", None, company.root_id),
            lambda: members.edit_member(session, actor, staff.id, name="自己"),
            lambda: members.set_superior(session, actor, staff.id, other.id),
            lambda: members.set_departments(session, actor, staff.id, company.root_id),
            lambda: members.leave(session, actor, other.id),
            lambda: members.link_user(session, actor, other.id, None),
            lambda: departments.create_department(session, actor, "新", None),
            lambda: departments.move_department(session, actor, company.root_id, None),
            lambda: departments.set_leaders(session, actor, company.root_id, []),
            lambda: departments.create_post(session, actor, "boss", "老板"),
            lambda: departments.archive_post(session, actor, post.id),
            lambda: give_role(session, actor, staff.id, "admin"),
        ):
            with pytest.raises(PermissionDenied):
                act()


def test_another_companys_rows_are_out_of_reach(db: Database, company: MadeCompany) -> None:
    with db.write(company.system) as session:
        ours = make_org(session)
        theirs_post = session.scalars(select(Post.id).limit(1)).one()
    alien = make_company(db, "alien")
    with db.write(alien.system) as session:
        actor = session.actor
        mine = make_member(session, "外人")
        there, root = ours.salesman.id, ours.root_id
        for act in (
            lambda: members.edit_member(session, actor, there, name="改"),
            lambda: members.leave(session, actor, there),
            lambda: members.leave(session, actor, mine.id, there),
            lambda: members.set_superior(session, actor, mine.id, there),
            lambda: members.set_departments(session, actor, mine.id, root),
            lambda: members.set_posts(session, actor, mine.id, [theirs_post]),
            lambda: members.create_member(session, actor, "新", None, root),
            lambda: departments.create_department(session, actor, "新", root),
            lambda: departments.move_department(session, actor, alien.root_id, root),
            lambda: departments.move_department(session, actor, root, None),
            lambda: departments.set_leaders(session, actor, alien.root_id, [there]),
            lambda: departments.set_in_charge(session, actor, alien.root_id, there),
            lambda: departments.archive_post(session, actor, theirs_post),
            lambda: give_role(session, actor, there, "staff"),
        ):
            with pytest.raises(NotFound):
                act()
        assert queries.department_leaders(session, root) == []
        assert queries.superiors(session, there) == []
        assert queries.primary_department(session, there) is None
        assert queries.people_of_department(session, root, with_lower=True) == []
        assert queries.people_by_role(session, "finance") == []
        assert queries.people_by_post(session, "cashier") == []
        assert queries.search_members(session, "王建国") == []
        assert queries.department_full_name(session, root) == ""


def test_a_row_of_another_session_is_refused_too(db: Database, company: MadeCompany) -> None:
    alien = make_company(db, "alien")
    with db.write(company.system) as session:
        person = session.get_one(Member, make_member(session, "张三").id)
    with db.write(alien.system) as session, pytest.raises((NotFound, ForeignCompany)):
        members.edit_member(session, session.actor, person, name="改")


@pytest.mark.postgresql
def test_two_moves_at_once_make_no_cycle(
    db: Database, company: MadeCompany, two_sessions: Concurrently
) -> None:
    with db.write(company.system) as session:
        actor = session.actor
        a = departments.create_department(session, actor, "甲", company.root_id).id
        b = departments.create_department(session, actor, "乙", company.root_id).id

    def move(row: int, target: int) -> Act:
        def act(session: Session, meet: Callable[[], None]) -> None:
            meet()
            departments.move_department(session, session.actor, row, target)

        return act

    outcome = two_sessions(company.system, move(a, b), move(b, a))
    assert sum(isinstance(one.error, ValidationError) for one in outcome) == 1
    with db.read(company.system) as session:
        paths = dict(session.execute(select(Department.id, Department.path)).all())
        assert {paths[a].count("/"), paths[b].count("/")} == {3, 4}


def test_a_log_in_is_not_a_way_to_another_ones_roles(db: Database, company: MadeCompany) -> None:
    """Who edits people gives no log-in to a person with roles: that would be to give the roles."""
    with db.write(company.system) as session:
        hr = make_member(session, "何静", roles=("staff", "hr"), department=company.root_id)
        admin = make_member(session, "安平", roles=("admin",), department=company.root_id)
        plain = make_member(session, "林小满", roles=(), department=company.root_id)
    with db.write(Actor.system()) as session:
        free = create_user(session, session.actor, "free", PASSWORD).id
    with db.write(hr.actor) as session:
        with pytest.raises(PermissionDenied):
            members.link_user(session, session.actor, admin.id, free)
        members.link_user(session, session.actor, plain.id, free)
        assert session.get_one(Member, plain.id).user_id == free
