"""A policy in force through its pages: clauses with what carries them out, versions compared."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from tests.core.pages_desk import House, PagesDesk, plain
from tests.core.policy_desk import PACK, desk, house, version_of  # noqa: F401 -- fixtures

from zhidu.audit.models import AuditEntry
from zhidu.testing.counting import QueryCounter

pytestmark = [pytest.mark.sqlite, pytest.mark.addons("hr")]


def shown(page: str) -> str:
    """Give the part of a version's page that shows its clauses."""
    return plain(page[page.index('id="clauses"') : page.index('id="flows"')])


def test_a_version_shows_its_clauses_by_what_carries_them_out(
    house: House, desk: PagesDesk
) -> None:
    number = version_of(house).id
    page = plain(desk.get(f"/admin/policy/{number}"))
    for text in (
        "请假",
        "考勤",
        "L-1",
        "step of a flow: 负责人审批",
        "由门卫登记。",
        "not covered yet",
    ):
        assert text in page
    only = shown(desk.get(f"/admin/policy/{number}?standing=open"))
    assert "旷工三日。" in only
    assert "由部门负责人审批。" not in only
    found = shown(desk.get(f"/admin/policy/{number}?q=门卫"))
    assert "每日打卡。" in found
    assert "旷工三日。" not in found
    assert "No clause matches." in plain(desk.get(f"/admin/policy/{number}?q=zzz"))
    assert "请假制度" in desk.get("/admin/policy/now")
    staff = house.sit("林小满")
    staff.get(f"/admin/policy/{number}")
    assert "Edit in a draft" not in staff.get("/admin/policy/now")


def test_the_flow_is_drawn_with_its_branch_and_its_people(house: House, desk: PagesDesk) -> None:
    page = desk.get("/admin/policy/now")
    assert page.count('<svg class="flowsvg"') == 1
    for text in ("长假: Days > 3", "otherwise", "按天数: one way", "Whoever has a role: "):
        assert text in page
    assert "style=" not in page[page.index("<svg class") : page.index("</svg></div>")]
    del house


def test_a_clause_has_a_page_with_what_names_it(house: House, desk: PagesDesk) -> None:
    number = version_of(house).id
    page = plain(desk.get(f"/admin/policy/{number}/clauses/L-1"))
    assert "负责人审批" in page
    assert "总经理审批" in page
    assert "No decision that you may read has named it yet." in page
    assert "由门卫登记。" in plain(desk.get(f"/admin/policy/{number}/clauses/L-3"))
    desk.get(f"/admin/policy/{number}/clauses/L-9", 404)
    desk.get("/admin/policy/records/?clause=L-1")


def test_the_tree_costs_as_many_statements_for_many_clauses_as_for_few(
    house: House, desk: PagesDesk
) -> None:
    def cost() -> int:
        desk.get("/admin/policy/now")
        with QueryCounter(house.db.engine) as sent:
            desk.get("/admin/policy/now")
        return sent.count

    desk.post("/admin/policy/apply/", {"do": "apply", "text": PACK.replace("三日", "五日")})
    few = cost()
    more = "".join(
        f"  - {{id: M-{n}, section: 更多, title: 第{n}条, summary: 内容。}}\n" for n in range(60)
    )
    desk.post(
        "/admin/policy/apply/",
        {"do": "apply", "text": PACK.replace("addons: [hr]", more + "addons: [hr]")},
    )
    assert cost() == few


def test_two_versions_are_compared_in_words_and_one_is_written_out(
    house: House, desk: PagesDesk
) -> None:
    old = version_of(house).id
    desk.post("/admin/policy/apply/", {"do": "apply", "text": PACK.replace("days > 3", "days > 5")})
    new = version_of(house).id
    page = plain(desk.get(f"/admin/policy/{new}/compare?with={old}"))
    assert "Version 1 → version 2" in page
    assert "Days > 3" in page
    assert "Days > 5" in page
    assert page == plain(desk.get(f"/admin/policy/{old}/compare?with={new}")) or "Days > 5" in page
    sent = {"csrf_token": desk.token}
    answer = desk.client.post(f"{desk.base}/admin/policy/{new}/export.yaml", data=sent)
    assert answer.status_code == 200
    assert "days > 5" in answer.get_data(as_text=True)
    with house.db.read(house.company.system) as session:
        acts = session.scalars(
            select(AuditEntry).where(
                AuditEntry.action == "export", AuditEntry.kind == "core.policy_version"
            )
        ).all()
        assert [act.row_id for act in acts] == [new]
