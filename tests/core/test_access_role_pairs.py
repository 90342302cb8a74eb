"""Roles that the policy keeps apart: never given to one person, and worth nothing to who has both."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.core.access_stage import acting, company, house  # noqa: F401 -- fixtures

from zhidu.access import check, duties, roles
from zhidu.access.duties import DutiesClash, role_side
from zhidu.access.models import Scope
from zhidu.db import Database, Session
from zhidu.policy.content import EMPTY
from zhidu.policy.versions import Content
from zhidu.testing.factories import MadeCompany, make_member
from zhidu.texts import use_locale

FINANCE, AUDITOR = role_side("finance"), role_side("auditor")


def stated(session: Session, *pair: str) -> None:
    duties.state_pairs(session, session.actor, {(pair[0], pair[1]): "GO-4"} if pair else {})


def test_two_roles_are_never_given_to_one_person(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        person = make_member(session, "钱进", roles=("finance",))
        stated(session, FINANCE, AUDITOR)
        with use_locale("en"), pytest.raises(DutiesClash) as caught:
            roles.give_role(session, session.actor, person.id, "auditor")
        assert caught.value.rule == "access.segregation"
        assert "钱进" in str(caught.value)
        assert "GO-4" in str(caught.value)
        assert FINANCE not in str(caught.value)  # by its title
        roles.give_role(session, session.actor, person.id, "hr")
        roles.take_role(session, session.actor, person.id, "finance")
        roles.give_role(session, session.actor, person.id, "auditor")
        assert duties.violations(session) == []


def test_who_has_both_can_use_neither_until_one_is_taken(
    house: Database, company: MadeCompany
) -> None:
    """What a third role grants as well stays; a role that grants nothing counts, too."""
    with house.write(company.system) as session:
        actor = session.actor
        person = make_member(session, "钱进", roles=("clerk",))
        for code, grants in (("editor", ("probe.paper.edit", "probe.paper.read")), ("bare", ())):
            roles.create_role(session, actor, code, {"en": code})
            for permission in grants:
                roles.grant(session, actor, code, permission, Scope.COMPANY)
            roles.give_role(session, actor, person.id, code)
        roles.take_role(session, actor, person.id, "clerk")
        staff = {one.code for one in roles.roles_of(session, person.id)} & {"staff"}
        roles_kept = {"editor", "bare", *staff}
        assert {one.code for one in roles.roles_of(session, person.id)} == roles_kept
        with acting(session, person.id) as own:
            assert check.can(own, "probe.paper.edit")
        stated(session, role_side("editor"), role_side("bare"))
        [violation] = duties.violations(session)
        assert violation.member.id == person.id
        with acting(session, person.id) as own:
            assert not check.can(own, "probe.paper.edit")
            with pytest.raises(DutiesClash) as caught:
                check.require(own, "probe.paper.edit")
            assert "GO-4" in str(caught.value)
        roles.create_role(session, actor, "third", {"en": "third"})
        roles.grant(session, actor, "third", "probe.paper.edit", Scope.OWN)
        roles.give_role(session, actor, person.id, "third")
        with acting(session, person.id) as own:
            assert check.grants(own)["probe.paper.edit"] is Scope.OWN
        roles.take_role(session, actor, person.id, "bare")
        with acting(session, person.id) as own:
            assert check.grants(own)["probe.paper.edit"] is Scope.COMPANY
        assert duties.violations(session) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda s, who: roles.give_role(s, s.actor, who, "editor"),
        lambda s, _who: roles.grant(s, s.actor, "finance", "probe.paper.edit", Scope.OWN),
        lambda s, _who: roles.grant(s, s.actor, "staff", "probe.paper.edit", Scope.OWN),
    ],
)
def test_a_role_is_kept_from_a_permission(
    house: Database, company: MadeCompany, act: Callable[[Session, int], object]
) -> None:
    with house.write(company.system) as session:
        roles.create_role(session, session.actor, "editor", {"en": "editor"})
        roles.grant(session, session.actor, "editor", "probe.paper.edit", Scope.OWN)
        person = make_member(session, "钱进", roles=("staff", "finance"))
        stated(session, FINANCE, "probe.paper.edit")
        with pytest.raises(DutiesClash):
            act(session, person.id)


def test_a_policy_states_pairs_of_permissions_and_roles() -> None:
    def pair(*sides: dict[str, str]) -> dict[str, object]:
        return {"id": "s", "between": list(sides), "clause": "GO-4"}

    role, other = {"role": "finance"}, {"role": "auditor"}
    permission, node = {"permission": "probe.paper.edit"}, {"node": "n"}
    capability = {"capability": "core.node.approve"}
    for between, expected in (
        ((role, other), {(FINANCE, AUDITOR): "GO-4"}),
        ((permission, role), {("probe.paper.edit", FINANCE): "GO-4"}),
        ((node, {"node": "m"}), {}),
        ((role, node), {}),
        ((role, capability), {}),
    ):
        assert Content({**EMPTY, "segregation": [pair(*between)]}).kept_apart == expected
