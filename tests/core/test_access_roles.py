"""Roles: how they are filled, given, and kept apart from other duties."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.core.access_stage import LAW, acting, company, house, paper, role_with  # noqa: F401 -- fixtures

from zhidu import clock
from zhidu.access import administrators, check, duties, profile, roles, scope
from zhidu.access.models import DutyPair, Role, Scope
from zhidu.access.users import create_user
from zhidu.actor import Actor
from zhidu.db import Database
from zhidu.errors import PermissionDenied, ValidationError
from zhidu.org import members
from zhidu.org.companies import inside
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.testing.factories import MadeCompany, make_member

# -- roles


def test_templates_fill_roles_once(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        actor = session.actor
        assert {role.code for role in session.scalars(select(Role))} == {
            *("staff", "leader", "hr", "custodian", "finance", "manager", "admin", "auditor"),
            "clerk",
        }
        staff = roles.find_role(session, "staff")
        assert {grant.permission for grant in staff.grants} == {
            "core.policy.read",
            "core.authority.read",
            "core.deadline.read",
            "core.duty.read",
            "probe.paper.read",
        }
        roles.revoke(session, actor, staff, "probe.paper.read")
        roles.grant(session, actor, "clerk", "probe.paper.read", Scope.OWN)
        roles.grant(session, actor, "clerk", "probe.paper.edit", Scope.OWN)
        roles.edit_role(session, actor, staff, name={"zh_Hans_CN": "同事"})
        roles.archive_role(session, actor, "auditor")
        roles.ensure_roles(session, actor)
        roles.ensure_roles(session, actor)
        assert {grant.permission for grant in staff.grants} == {
            "core.policy.read",
            "core.authority.read",
            "core.deadline.read",
            "core.duty.read",
        }
        assert staff.name["zh_Hans_CN"] == "同事"
        clerk = {row.permission: row.scope for row in roles.find_role(session, "clerk").grants}
        assert clerk == {"probe.paper.read": Scope.OWN, "probe.paper.edit": Scope.OWN}
        assert roles.find_role(session, "auditor").archived_at is not None


def test_an_archived_role_grants_nothing(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        actor = session.actor
        person = make_member(session, "张三", roles=("clerk",))
        with pytest.raises(ValidationError):
            roles.archive_role(session, actor, "clerk")
        clerk = roles.find_role(session, "clerk")
        clerk.archived_at = clock.now()  # as it may come from another system
        with acting(session, person.id) as own:
            assert not check.can(own, "probe.paper.edit")
            assert check.grants(own) == {}
        roles.take_role(session, actor, person.id, "clerk")
        roles.archive_role(session, actor, "clerk")
        with pytest.raises(ValidationError):
            roles.give_role(session, actor, person.id, "clerk")
        with pytest.raises(ValidationError):
            roles.archive_role(session, actor, "admin")
        with pytest.raises(ValidationError):
            roles.revoke(session, actor, "admin", "core.role.edit")
        with pytest.raises(ValidationError):
            roles.grant(session, actor, "admin", "core.role.edit", Scope.OWN)
        with pytest.raises(ValidationError):
            roles.grant(session, actor, "staff", "probe.paper.fly", Scope.OWN)
        for code, name in (("clerk", {"en": "C"}), ("Bad", {"en": "B"}), ("empty", {"en": " "})):
            with pytest.raises(ValidationError):
                roles.create_role(session, actor, code, name)


def test_rights_follow_at_once(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        admin = make_member(session, "周静", roles=("admin",))
        other = make_member(session, "张三")
    with house.write(admin.actor) as session:
        actor = session.actor
        assert not check.can(session, "probe.paper.edit")
        roles.create_role(session, actor, "editor", {"zh_Hans_CN": "编辑"})
        roles.grant(session, actor, "editor", "probe.paper.edit", Scope.DEPARTMENT)
        roles.give_role(session, actor, admin.id, "editor")
        roles.give_role(session, actor, admin.id, "editor")
        assert check.grants(session)["probe.paper.edit"] is Scope.DEPARTMENT
        roles.grant(session, actor, "editor", "probe.paper.edit", Scope.COMPANY)
        assert check.grants(session)["probe.paper.edit"] is Scope.COMPANY
        roles.take_role(session, actor, admin.id, "editor")
        assert not check.can(session, "probe.paper.edit")
        with pytest.raises(ValidationError):
            roles.take_role(session, actor, admin.id, "admin")
        with pytest.raises(ValidationError):
            members.leave(session, actor, admin.id)
        roles.give_role(session, actor, other.id, "admin")
        roles.take_role(session, actor, admin.id, "admin")
        with pytest.raises(PermissionDenied):
            roles.take_role(session, actor, other.id, "admin")


def test_the_widest_of_several_grants_counts(house: Database, company: MadeCompany) -> None:
    @settings(max_examples=20)
    @given(st.lists(st.sampled_from(Scope), min_size=1, max_size=3))
    def widest(scopes: list[Scope]) -> None:
        with house.write(company.system) as session:
            person = make_member(session, "张三", roles=())
            for reach in scopes:
                role_with(session, person.id, paper__edit=reach)
            with acting(session, person.id) as own:
                found = check.grants(own)["probe.paper.edit"]
                assert found is max(scopes, key=list(Scope).index)
            session.rollback()

    widest()


# -- the first administrator


def test_a_company_gets_one_administrator_from_outside(
    house: Database, company: MadeCompany
) -> None:
    with house.write(Actor.system()) as session:
        actor = session.actor
        user = create_user(session, actor, "周静", "a good secret")
        member_id = administrators.appoint_admin(session, actor, "acme", user, "周 静")
        with pytest.raises(ValidationError):
            administrators.appoint_admin(session, actor, company.id, user)
        with inside(session, company.id) as within:
            member = within.get_one(Member, member_id)
            assert (member.name, member.user_id) == ("周 静", user.id)
    actor = Actor(user_id=user.id, member_id=member_id, company_id=company.id)
    with house.write(actor) as session:
        assert check.can(session, "core.role.edit")
        with pytest.raises(check.NotSystemAdministrator):
            administrators.appoint_admin(session, session.actor, company.id, user)


# -- duties


def test_two_duties_are_never_given_to_one_hand(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        actor = session.actor
        person = make_member(session, "钱进")
        for code, permission in (("payer", "pay"), ("booker", "book")):
            roles.create_role(session, actor, code, {"en": code})
            roles.grant(session, actor, code, f"probe.money.{permission}", Scope.COMPANY)
        roles.give_role(session, actor, person.id, "payer")
        for act in (
            lambda: roles.give_role(session, actor, person.id, "booker"),
            lambda: roles.grant(session, actor, "staff", "probe.money.book", Scope.OWN),
            lambda: roles.grant(session, actor, "payer", "probe.money.book", Scope.OWN),
        ):
            with pytest.raises(duties.DutiesClash) as caught:
                act()
            assert caught.value.rule == "access.segregation"
            assert caught.value.source == LAW
        assert duties.violations(session) == []
        roles.take_role(session, actor, person.id, "payer")
        roles.give_role(session, actor, person.id, "booker")


def test_duties_that_a_new_policy_parts_are_not_used(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        person = make_member(session, "钱进", roles=("clerk",))
        role_with(session, person.id, paper__edit=Scope.COMPANY)
        paper(session, person, None)
        with acting(session, person.id) as own:
            assert check.can(own, "probe.paper.edit")
        duties.state_pairs(
            session, session.actor, {("probe.paper.read", "probe.paper.edit"): "PN-5.1"}
        )
        [violation] = duties.violations(session)
        assert violation.member.id == person.id
        with acting(session, person.id) as own:
            assert not check.can(own, "probe.paper.edit")
            assert own.scalars(select(Record).where(scope.visible(own, "probe.paper"))).all() == []
            with pytest.raises(duties.DutiesClash) as caught:
                check.require(own, "probe.paper.read")
            assert "PN-5.1" in str(caught.value)
        duties.state_pairs(session, session.actor, {})
        assert session.scalars(select(DutyPair)).all() == []
        with acting(session, person.id) as own:
            assert check.can(own, "probe.paper.edit")


def test_a_profile_is_read_once(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        person = make_member(session, "张三")
    with house.read(person.actor) as session:
        assert profile.profile(session) is profile.profile(session)
        profile.forget(session)
        assert profile.profile(session).member_id == person.id
