"""What only a company can answer about a pack: names, holders, who is left out, whose packs it extends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.policy_stage import NOTICE, PLAIN, REGISTRY, line
from tests.core.policy_trees import TREES, dumped, places

from zhidu.access.roles import give_role
from zhidu.clock import frozen_at
from zhidu.db import Database, Session
from zhidu.org.companies import create_company
from zhidu.org.departments import create_post
from zhidu.org.groups import create_group
from zhidu.policy import flows
from zhidu.policy.apply import apply_pack, plan
from zhidu.policy.lint import read
from zhidu.policy.loader import load
from zhidu.policy.people import check
from zhidu.policy.problems import PolicyProblem, Severity
from zhidu.policy.tree import plain
from zhidu.testing.factories import Org, make_company, make_org
from zhidu.texts import use_locale

PACK = (
    PLAIN.replace("{post: vp}", "{post: deputy_manager}")
    .replace("{post: gm}", "{post: general_manager}")
    .replace("{role: cashier}", "{role: finance}")
    .replace("{role: board}", "{role: leader}")
)
"""The plain pack with posts and roles that the company has and somebody holds."""


PLACES = places(plain(load(PACK, "p.yaml")[0]))


@pytest.fixture
def session(db: Database) -> Iterator[Session]:
    with frozen_at(datetime(2026, 1, 5, tzinfo=UTC)), use_locale("en"):
        housed = db.with_registry(REGISTRY)
        made = make_company(housed)
        with Session(housed.engine, made.system, REGISTRY) as opened:
            yield opened


@pytest.fixture
def org(session: Session) -> Org:
    return make_org(session)


def told(session: Session, text: str) -> list[PolicyProblem]:
    reading = read(REGISTRY, text, "p.yaml")
    assert [str(one) for one in reading.errors] == []
    return check(session, reading)


def test_a_pack_that_fits_the_company_is_clean(session: Session, org: Org) -> None:
    assert [str(one) for one in told(session, PACK)] == []


# fmt: off
UNKNOWN = {
    "post inside a branch": ("post: deputy_manager", "post: deputy", "post “deputy”"),
    "role": ("role: finance", "role: finanz", "role “finanz”"),
    "person": ("{superior: true}, clause: W-4", "{user: nobody}, clause: W-4", "log-in name “nobody”"),
    "group": ("{superior: true}, clause: W-4", "{group: club}, clause: W-4", "group “club”"),
    "standing deputy": ("{superior: true}, clause: W-4", "{superior: true, else: [{post: none}]}, clause: W-4", "post “none”"),
    "manager": ("manager: {role: admin}\n    nodes:\n      - {id: check", "manager: {role: adm}\n    nodes:\n      - {id: check", "role “adm”"),
    "who stands in": ("{superior: true}, clause: W-4", "{superior: true}, nobody: {post: xx}, clause: W-4", "post “xx”"),
    "department of a scope": ("  works.claim:\n", "  works.claim:\n    start: {departments: [船队]}\n", "department “船队”"),
    "grade of a scope": ("  works.claim:\n", "  works.claim:\n    except: {grades: [P9]}\n", "grade “P9”"),
    "site of a scope": ("  works.claim:\n", "  works.claim:\n    start: {sites: [moon]}\n", "site “moon”"),
    "matter": ("{id: head, ", "{id: head, authority: contracts, ", "business matter “contracts”"),
    "who has a duty": ("flows:\n", "duties: [{id: D, title: 甲, every: day, who: {post: guard}, clause: W-1}]\nflows:\n", "post “guard”"),
    "who sets aside": ("flows:\n", "waivers: [{rule: W-1, approver: {post: guard}, most: 1 day}]\nflows:\n", "post “guard”"),
    "who reads": ("flows:\n", "confidentiality: [{level: a, title: 甲, readers: [{post: guard}], clause: W-1}]\nflows:\n", "post “guard”"),
    "end of a chain": ("{superior: true}, clause: W-4", "{superiors: {to: {post: chief}}}, clause: W-4", "post “chief”"),
}
# fmt: on


def test_what_the_company_does_not_have_is_an_error(session: Session, org: Org) -> None:
    for case, (old, new, message) in UNKNOWN.items():
        assert PACK.count(old) >= 1, case
        text = PACK.replace(old, new, 1)
        (found,) = [one for one in told(session, text) if one.is_error]
        assert found.code == "person_unknown", case
        assert message in str(found.message), case
        where = text[text.index(new) :].index(message.split("“")[1].rstrip("”"))
        assert found.line == text[: text.index(new) + where].count("\n") + 1, case
        assert str(found.cure)


def test_names_of_fields_and_facts_are_no_people(session: Session, org: Org) -> None:
    text = PACK.replace("{id: head, ", "{id: head, fields: {reason: edit}, ").replace(
        "flows:\n",
        "tests: [{name: 甲, kind: works.claim, given: {applicant: {user: li}}, expect: {path: [head]}}]\nflows:\n",
    )
    assert told(session, text) == []


def test_what_nobody_holds_is_a_note(session: Session, org: Org) -> None:
    create_post(session, session.actor, "guard", "门卫")
    create_group(session, session.actor, "club", "委员会")
    for way in ("{post: guard}", "{group: club}", "{role: board}"):
        text = PACK.replace("{superior: true}, clause: W-4", f"{way}, clause: W-4")
        (found,) = told(session, text)
        assert (found.code, found.severity) == ("nobody_holds", Severity.NOTE)
        assert found.line == line(text, "{id: check")


def test_one_person_on_two_sides_is_a_warning(session: Session, org: Org) -> None:
    """The same post alone would check and pay; the pair may be of nodes, or of roles."""
    nodes = PACK.replace("approver: {role: finance}", "approver: {post: deputy_manager}").replace(
        "{id: pay, ", "{id: pay, not_same_as: [vp], "
    )
    (found,) = told(session, nodes)
    assert (found.code, found.severity, found.line) == (
        "one_person",
        Severity.WARNING,
        line(nodes, "{id: pay"),
    )
    assert "赵敏" in str(found.message)
    pair = "segregation: [{id: S, between: [{node: vp}, {node: pay}], kind: works.claim, clause: W-3}]\n"
    (found,) = told(session, nodes.replace("not_same_as: [vp], ", "") + pair)
    assert found.code == "one_person"
    roles = (
        PACK + "segregation: [{id: S, between: [{role: finance}, {role: admin}], clause: W-3}]\n"
    )
    assert told(session, roles) == []
    give_role(session, session.actor, org.admin.id, "finance")
    (found,) = told(session, roles)
    assert (found.code, found.line) == ("one_person", line(roles, "segregation:"))
    assert org.admin.name in str(found.message)


def test_who_is_left_out_is_told(session: Session, org: Org) -> None:
    text = PACK.replace(
        "  works.claim:\n", "  works.claim:\n    start: {departments: [销售部, 财务部]}\n"
    )
    (found,) = told(session, text)
    assert (found.code, found.severity) == ("left_out", Severity.NOTE)
    assert "行政部" in str(found.message)
    assert "销售一部" not in str(found.message)
    posts = PACK.replace(
        "  works.claim:\n", "  works.claim:\n    start: {posts: [deputy_manager]}\n"
    )
    (found,) = told(session, posts)
    assert "总经理" in str(found.message)


def test_no_tree_breaks_the_questions_to_a_company(session: Session, org: Org) -> None:
    @settings(max_examples=80, deadline=None)
    @given(st.sampled_from(PLACES), TREES)
    def holds(way: tuple[Any, ...], tree: Any) -> None:
        data = plain(load(PACK, "p.yaml")[0])
        at = data
        for step in way[:-1]:
            at = at[step]
        at[way[-1]] = tree
        for problem in check(session, read(REGISTRY, dumped(data), "p.yaml")):
            assert str(problem)

    holds()


# -- packs of the company and of its parents


OWN = """\
format: 1
policy: {id: site-norms, title: 分公司规范, version: "1", effective: 2026-01-01}
extends: works-norms
"""


def test_a_pack_may_extend_one_that_the_company_published(session: Session, org: Org) -> None:
    assert [one.code for one in plan(session, OWN).errors] == ["extends_unknown"]
    apply_pack(session, session.actor, PACK)
    planned = plan(session, OWN + f"flows:\n{NOTICE.replace('check', 'look')}")
    assert [str(one) for one in planned.errors] == []
    content = planned.reading.content
    assert content is not None
    assert content["based_on"] == ["works-norms"]
    nodes = flows.of(content)["works.notice"].every_node()
    assert [node.id for node in nodes] == ["check", "look"]


def test_a_branch_may_extend_the_pack_of_its_group(db: Database) -> None:
    with frozen_at(datetime(2026, 1, 5, tzinfo=UTC)), use_locale("en"):
        housed = db.with_registry(REGISTRY)
        group = make_company(housed, "group")
        with housed.write(group.system) as there:
            make_org(there)
            apply_pack(there, there.actor, PACK)
        from zhidu.actor import Actor

        with housed.write(Actor.system()) as session:
            below = create_company(session, session.actor, "site", "分公司", parent=group.id).id
            beside = create_company(session, session.actor, "other", "别家").id
        with housed.read(Actor.system(below)) as session:
            codes = {one.code for one in plan(session, OWN).problems}
            assert "extends_unknown" not in codes
        with housed.read(Actor.system(beside)) as session:
            assert "extends_unknown" in {one.code for one in plan(session, OWN).problems}
