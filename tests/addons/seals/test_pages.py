"""The pages as a browser asks for them: from the card on the workbench to the register's file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from tests.addons.seals.house import PDF, House
from werkzeug.test import Client

from zhidu.access.users import create_user
from zhidu.org.members import link_user
from zhidu.org.models import Member
from zhidu.policy import activation
from zhidu.records.models import Approval
from zhidu.testing.factories import PASSWORD, MadeCompany
from zhidu.texts import use_locale
from zhidu_seals.models import Handover, Inspection, Seal, UseEntry, UseRequest
from zhidu_seals.rules.kinds import SealState
from zhidu_seals.services import custody, inspections
from zhidu_seals.views.register import RegisterView

pytestmark = [pytest.mark.addons("seals"), pytest.mark.sqlite]

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Desk:
    """Somebody at the browser, in the company of the tests."""

    def __init__(self, client: Client, company: MadeCompany, name: str) -> None:
        self.client, self.base = client, f"/c/{company.code}"
        self.client.delete_cookie("session")
        page = client.get("/auth/login").get_data(as_text=True)
        answer = client.post(
            "/auth/login",
            data={"username": name, "password": PASSWORD, "csrf_token": token(page)},
        )
        assert answer.status_code == 302, answer.get_data(as_text=True)[:2000]
        self.token = token(self.get("/notices/"))

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(f"{self.base}{path}")
        text = answer.get_data(as_text=True)
        assert answer.status_code == status, (path, answer.status_code, text[-3000:])
        return unescape(text)

    def post(self, path: str, data: Mapping[str, Any], status: int = 303) -> Any:
        answer = self.client.post(f"{self.base}{path}", data={"csrf_token": self.token, **data})
        assert answer.status_code == status, (
            path,
            answer.status_code,
            unescape(answer.get_data(as_text=True))[-4000:],
        )
        return answer


def token(page: str) -> str:
    """Find the token of a form."""
    found = TOKEN.search(page)
    assert found is not None
    return found.group(1)


@pytest.fixture
def sit(client: Client, company: MadeCompany, house: House) -> Any:
    """Let somebody sit down at the browser; a log-in is made for whoever comes first."""
    known: set[str] = set()

    def down(name: str) -> Desk:
        if name not in known:
            with house.db.write(company.system) as session:
                user = create_user(session, session.actor, name, PASSWORD)
                member = session.get_one(Member, house.people[name].id)
                link_user(session, session.actor, member, user)
            known.add(name)
        return Desk(client, company, name)

    return down


def wanted(seal_id: int, **values: Any) -> dict[str, Any]:
    """Fill in the request's form."""
    return {
        "seal_id": seal_id,
        "document_title": "",
        "document_type": "contract",
        "copies": "3",
        "do": "submit",
        "document": (BytesIO(PDF), "年度采购合同.pdf"),
        **values,
    }


def test_a_use_from_the_card_to_the_register(house: House, sit: Any) -> None:
    seal_id = house.made_seal()
    desk = sit("asker")
    assert "/seals/use-request/new" in desk.get("/")
    form = desk.get("/seals/use-request/new")
    assert "公章" in form
    assert "吴芳" in form
    preview = desk.post(
        "/seals/use-request/preview",
        {"seal_id": seal_id, "document_type": "tender", "copies": "3"},
        200,
    ).get_data(as_text=True)
    assert "王建国" in preview
    assert "吴芳" in preview
    assert "problem t-bad" in preview
    answer = desk.post("/seals/use-request/new", wanted(seal_id, document_type="tender"), 422)
    assert "field" in answer.get_data(as_text=True)
    answer = desk.post("/seals/use-request/new", wanted(seal_id))
    key = int(answer.location.rstrip("/").rsplit("/", 1)[1])
    page = desk.get(f"/seals/use-request/{key}")
    assert "年度采购合同" in page
    with house.db.read(house.company.system) as session:
        row = session.get_one(UseRequest, key)
        assert row.header.approval is Approval.IN_APPROVAL
        assert row.document_title == "年度采购合同"
        digest = row.document_sha256
    assert digest in page
    desk.post(f"/seals/use-request/{key}/files", {"files": (BytesIO(PDF), "b.pdf")}, 403)
    desk.get("/seals/use-entry/", 403)

    boss = sit("boss")
    assert digest[:12] in boss.get("/")
    boss.post(f"/seals/use-request/{key}/act", {"action": "approve"})

    keeper = sit("keeper")
    home = keeper.get("/")
    assert 'name="copies"' in home
    act = f"/seals/use-request/{key}/act"
    answer = keeper.post(act, {"action": "handle", "copies": "4"}, 422)
    assert "problem t-bad" in answer.get_data(as_text=True)
    keeper.post(act, {"action": "handle", "copies": "2", "opinion": "正本两份"})
    assert "stamp_rest" in keeper.get(f"/seals/use-request/{key}")
    keeper.post(act, {"action": "stamp_rest", "copies": "1"})
    assert "stamp_rest" not in keeper.get(f"/seals/use-request/{key}")
    register = keeper.get("/seals/use-entry/")
    assert register.count('href="/c/acme/seals/use-entry/') >= 2
    line = keeper.get("/seals/use-entry/1")
    assert digest in line
    assert "正本两份" in line
    keeper.get(f"/seals/seal/{seal_id}")


def test_the_register_is_exported_and_read_back(house: House, sit: Any) -> None:
    seal_id = house.made_seal()
    for copies in (1, 2):
        house.stamp(house.approved(seal_id, copies=copies), copies)
    desk = sit("auditor")
    answer = desk.post("/seals/use-entry/export/xlsx", {}, 200)
    sheet = load_workbook(BytesIO(answer.get_data())).active
    answer.close()
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    with use_locale("zh_Hans_CN"):
        heads = [str(c.label) for c in (*RegisterView.columns, *RegisterView.export_only)]
    assert rows[0] == heads
    found = [dict(zip(heads, row, strict=True)) for row in rows[1:]]
    columns = {
        c.key: str(h)
        for c, h in zip((*RegisterView.columns, *RegisterView.export_only), heads, strict=True)
    }
    assert [one[columns["copies"]] for one in found] == [2, 1]
    assert found[0][columns["keeper"]] == "吴芳"
    assert found[0][columns["approvers"]] == "王建国"
    assert len(found[0][columns["document_sha256"]]) == 64
    assert found[0][columns["stamped_at"]].year >= 2026
    sit("asker").post("/seals/use-entry/export/xlsx", {}, 403)


def test_self_approval_and_hand_made_posts_are_refused(house: House, sit: Any) -> None:
    key = house.submitted(house.made_seal())
    desk = sit("asker")
    for data in (
        {"action": "approve"},
        {"action": "handle", "copies": "1"},
        {"action": "stamp", "copies": "1"},
        {"action": "stamp_rest", "copies": "1"},
    ):
        answer = desk.post(f"/seals/use-request/{key}/act", data, 403)
        assert "problem t-bad" in answer.get_data(as_text=True)
    desk.post("/seals/use-request/bulk", {"action": "approve", "ids": str(key)}, 403)
    other = sit("other")
    other.get(f"/seals/use-request/{key}", 404)
    with house.db.read(house.company.system) as session:
        assert session.get_one(UseRequest, key).header.approval is Approval.IN_APPROVAL
        assert session.scalar(select(func.count(UseEntry.id))) == 0


def test_the_administrator_enters_a_seal_and_changes_it(house: House, sit: Any) -> None:
    desk = sit("admin")
    desk.get("/seals/seal/new")
    values = {
        "type": "finance",
        "name": "财务章",
        "number": "CW-01",
        "document_types": ["financial", "invoice"],
        "approver_id": house.boss.id,
        "custodian_id": house.boss.id,
        "backup_id": "",
        "entered_on": "2025-01-01",
    }
    desk.post("/seals/seal/new", values, 422)
    answer = desk.post("/seals/seal/new", {**values, "custodian_id": house.cashier.id})
    pk = int(answer.location.rstrip("/").rsplit("/", 1)[1])
    page = desk.get(f"/seals/seal/{pk}")
    assert "财务章" in page
    form = desk.get(f"/seals/seal/{pk}/edit")
    assert "custodian_id" not in form
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version is not None
    change = {k: v for k, v in values.items() if k not in ("custodian_id", "entered_on")}
    desk.post(f"/seals/seal/{pk}/edit", {**change, "name": "财务专用章", "version": version[1]})
    desk.post(f"/seals/seal/{pk}/edit", {**change, "name": "别名", "version": version[1]}, 409)
    answer = desk.post(
        "/seals/seal/new",
        {
            **values,
            "type": "legal_representative",
            "number": "FR-01",
            "custodian_id": house.cashier.id,
        },
        403,
    )
    assert "孙莉" in unescape(answer.get_data(as_text=True))
    desk.get(f"/seals/seal/{pk}/state")
    desk.post(f"/seals/seal/{pk}/state", {"state": "suspended", "reason": ""}, 422)
    desk.post(f"/seals/seal/{pk}/state", {"state": "suspended", "reason": "盘点"})
    assert "盘点" in desk.get(f"/seals/seal/{pk}")
    desk.post(f"/seals/seal/{pk}/appoint", {"member_id": house.other.id, "reason": "x"}, 403)
    staff = sit("asker")
    staff.get(f"/seals/seal/{pk}")
    staff.get(f"/seals/seal/{pk}/state", 403)
    staff.get(f"/seals/seal/{pk}/edit", 403)


def test_a_handover_is_signed_by_both_in_the_browser(house: House, sit: Any) -> None:
    seal_id = house.made_seal()
    sit("other").get(f"/seals/handover/new?seal={seal_id}", 403)
    keeper = sit("keeper")
    assert "/seals/handover/new" in keeper.get(f"/seals/seal/{seal_id}")
    keeper.get(f"/seals/handover/new?seal={seal_id}")
    keeper.post("/seals/handover/new", {"seal_id": seal_id, "reason": "轮岗"}, 422)
    answer = keeper.post(
        "/seals/handover/new",
        {"seal_id": seal_id, "receiver_id": house.other.id, "reason": "轮岗"},
    )
    pk = int(answer.location.rstrip("/").rsplit("/", 1)[1])
    keeper.post(f"/seals/handover/{pk}/accept", {}, 403)
    sit("asker").get(f"/seals/handover/{pk}", 404)
    other = sit("other")
    assert f"/seals/handover/{pk}" in other.get("/")
    other.get(f"/seals/handover/{pk}")
    other.get(f"/seals/handover/{pk}/refuse")
    other.post(f"/seals/handover/{pk}/accept", {})
    assert f"/seals/handover/{pk}" not in other.get("/")
    with house.db.write(house.company.system) as session:
        seal = session.get_one(Seal, seal_id)
        assert seal.custodian_id == house.other.id
    with house.db.write(house.other.actor) as session:
        seal = session.get_one(Seal, seal_id)
        second = custody.offer(session, session.actor, seal, house.asker.id, "再轮").id
    other.post(f"/seals/handover/{second}/take-back", {})
    sit("auditor").get("/seals/handover/")
    with house.db.read(house.company.system) as session:
        assert session.scalar(select(func.count(Handover.id))) == 2


def test_an_inspection_is_settled_from_the_workbench(house: House, sit: Any) -> None:
    seal_id = house.made_seal(entered_on=date(2025, 1, 1))
    with house.db.write(house.company.system) as session:
        pk = inspections.make_due(session)[0].id
    keeper = sit("keeper")
    assert "/seals/inspection/" in keeper.get("/")
    keeper.get("/seals/inspection/")
    keeper.get("/seals/inspection/?tab=done")
    keeper.get(f"/seals/inspection/{pk}/edit")
    keeper.post(f"/seals/inspection/{pk}/edit", {"result": "lost", "note": ""}, 422)
    keeper.post(f"/seals/inspection/{pk}/edit", {"result": "lost", "note": "保险柜内未见"})
    with house.db.read(house.company.system) as session:
        assert session.get_one(Seal, seal_id).state is SealState.LOST
    assert "保险柜内未见" in keeper.get(f"/seals/seal/{seal_id}")
    admin = sit("admin")
    admin.post(f"/seals/seal/{seal_id}/state", {"state": "in_use", "reason": "已找回"})
    admin.get(f"/seals/inspection/new?seal={seal_id}")
    admin.post("/seals/inspection/new", {"seal_id": seal_id, "result": "ok", "note": ""})
    with house.db.read(house.company.system) as session:
        assert session.scalar(select(func.count(Inspection.id))) == 2


def test_switched_off_nothing_is_there_and_no_row_is_lost(house: House, sit: Any) -> None:
    seal_id = house.made_seal(entered_on=date(2025, 1, 1))
    key = house.approved(seal_id)
    with house.db.write(house.company.system) as session:
        inspections.make_due(session)
    keeper = sit("keeper")
    paths = (
        "/seals/seal/",
        f"/seals/seal/{seal_id}",
        "/seals/use-entry/",
        "/seals/inspection/",
        "/seals/handover/",
        "/seals/use-request/",
        f"/seals/use-request/{key}",
    )
    before = keeper.get("/")
    for path in paths:
        keeper.get(path)
    with house.db.write(house.company.system) as session:
        activation.deactivate(session, session.actor, "seals", confirmed=True)
    assert "/seals/" not in keeper.get("/")
    for path in paths:
        keeper.get(path, 404)
    keeper.post(f"/seals/use-request/{key}/act", {"action": "handle", "copies": "1"}, 404)
    with house.db.write(house.company.system) as session:
        assert session.get_one(UseRequest, key).copies_stamped == 0
        activation.activate(session, session.actor, "seals")
    for path in paths:
        keeper.get(path)
    after = keeper.get("/")
    assert after.count("/seals/") == before.count("/seals/")
    keeper.post(f"/seals/use-request/{key}/act", {"action": "handle", "copies": "1"})
