"""The administrator at the pages of a small policy: its versions, its drafts, what forms send."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.pages_desk import House, PagesDesk
from werkzeug.test import Client

from zhidu.db import Database
from zhidu.policy import drafts, queries
from zhidu.policy.models import DraftStatus, PolicyDraft, PolicyVersion
from zhidu.testing.factories import MadeCompany

KIND = "hr.leave_request"

PACK = """\
format: 1
policy: {id: leave-rules, title: 请假制度, version: "1", effective: 2020-01-01}
clauses:
  - {id: L-1, section: 请假, title: 审批, summary: 由部门负责人审批。}
  - {id: L-2, section: 请假, title: 备案, summary: 由人事备案。}
  - {id: L-3, section: 考勤, title: 打卡, summary: 每日打卡。, manual: 由门卫登记。}
  - {id: L-4, section: 考勤, title: 旷工, summary: 旷工三日。}
addons: [hr]
flows:
  hr.leave_request:
    manager: {role: admin}
    nodes:
      - {id: lead, name: 负责人审批, approver: {dept_leader: {level: 1}}, clause: L-1}
      - branch: length
        name: 按天数
        paths:
          - {id: long, name: 长假, when: days > 3, nodes: [{id: boss, name: 总经理审批, approver: {superior: true}, clause: L-1}]}
          - {id: short, default: true, nodes: []}
      - {id: file, name: 备案, kind: handle, approver: {role: hr}, transition: file, clause: L-2}
"""


@pytest.fixture
def house(db: Database, client: Client, company: MadeCompany) -> House:
    return House(db, client, company)


@pytest.fixture
def desk(house: House) -> PagesDesk:
    """Seat the administrator of a company whose policy is :data:`PACK`."""
    seat = house.sit("周静", "admin", "staff")
    seat.post("/admin/policy/apply/", {"do": "apply", "text": PACK})
    return seat


def version_of(house: House) -> PolicyVersion:
    with house.db.read(house.company.system) as session:
        return queries.history(session)[0]


def draft_of(house: House, ident: int) -> tuple[str, DraftStatus, int]:
    with house.db.read(house.company.system) as session:
        found = drafts.get(session, ident)
        return found.source, found.status, found.version


def begin(house: House, seat: PagesDesk) -> int:
    """Make a draft of the version in force."""
    page = seat.get("/admin/policy/drafts/new")
    start = re.findall(r'<option selected value="(\d+)"', page)[0]
    seat.post("/admin/policy/drafts/new", {"start": start})
    with house.db.read(house.company.system) as session:
        return session.scalars(select(PolicyDraft.id).order_by(PolicyDraft.id.desc())).first() or 0


def fields(page: str) -> dict[str, Any]:
    """Read the big form of a page as a browser would send it."""
    form = page[page.index('id="form"') :]
    form = form[: form.index("</form>")]
    form = re.sub(r"<template>.*?</template>", "", form, flags=re.DOTALL)
    sent: dict[str, Any] = {}
    was = re.search(
        r'<input type="hidden" name="was" value="(.*?)">(?:\s|<datalist)', form, re.DOTALL
    )
    if was:
        sent["was"] = was.group(1)
        form = form.replace(was.group(0), "")
    for tag in re.findall(r'<input\b(?:"[^"]*"|[^>"])*>', form):
        attrs = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        name = attrs.get("name", "")
        kind = attrs.get("type", "text")
        if not name or name == "csrf_token" or " disabled" in tag:
            continue
        if kind in ("checkbox", "radio") and " checked" not in tag:
            continue
        sent[name] = attrs.get("value", "y")
    for name, inside in re.findall(
        r'<select\b[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        values = re.findall(r'<option( selected)? value="([^"]*)"', inside)
        chosen = [value for mark, value in values if mark] or [value for _m, value in values[:1]]
        sent[name] = chosen[0] if chosen else ""
    return sent


def flow_url(draft: int, rest: str = "") -> str:
    return f"/admin/policy/flow/{draft}/{KIND}/{rest}"
