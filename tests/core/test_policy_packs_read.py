"""Packs as a company writes them, for the addons hr and seals: good ones lint clean, ten broken do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from zhidu.clock import frozen_at
from zhidu.discovery import discover
from zhidu.policy import flows
from zhidu.policy.lint import read
from zhidu.registry import Registry
from zhidu.texts import use_locale
from zhidu.workflow.definition import Branch, Split

pytestmark = [
    pytest.mark.skipif(
        not {"hr", "seals"} <= set(discover().installed), reason="the addons are needed"
    ),
    pytest.mark.addons("hr", "seals"),
]

LEAVE = """\
format: 1
policy:
  id: harbour-norms
  title: 考勤与印章办法
  version: "2026.2"
  effective: 2026-03-01
  number: 港〔2026〕7号
  issuer: 总经理办公会
  owner: 人力资源部
addons: [hr, seals]
clauses:
  - {id: H-1, section: 请假, title: 申请, summary: 提前三个工作日申请。}
  - {id: H-2, section: 请假, title: 分级, summary: 三天以内部门批，十天以内分管批，其余总经理批。}
  - {id: H-3, section: 请假, title: 备案, summary: 批准后人事备案。}
  - {id: H-4, section: 请假, title: 急假, summary: 急病可先休后补。}
  - {id: H-5, section: 印章, title: 用印, summary: 用印须审批，法律文件先经法务。}
  - {id: H-6, section: 印章, title: 盖章, summary: 保管人盖章，不得由审批人盖章。}
  - {id: H-7, section: 印章, title: 检查, summary: 每季检查印章。}
  - {id: H-8, section: 印章, title: 公章, summary: 公章用印须公示三天。}
definitions:
  - {name: is_long, title: 长假, help: 超过十天, when: days > 10, kinds: [hr.leave_request], clause: H-2}
settings:
  core.remind_hours: 48
numbering:
  hr.leave_request: {pattern: "QJ{yyyy}-{seq:04d}", clause: H-3}
flows:
  hr.leave_request:
    manager: {role: admin}
    start: {departments: [总部]}
    except: {contracts: [intern]}
    withdraw: untouched
    merge: adjacent
    watched: [first_day, days]
    nobody: manager
    urge_every: 2 hours
    cc:
      - {superior: true, at: submit}
      - {role: hr}
    windows:
      - {clause: H-1, field: first_day, closes: 3 working days, late: refuse, except: {roles: [hr]}}
    urgent:
      clause: H-4
      reasons: [急病, 家中急事]
      consent: {dept_leader: {level: 1}}
      deadline: 2 working days
      consequence: 逾期按事假计
      nodes:
        - {id: head, name: 部门负责人, approver: {dept_leader: {level: 1}}, clause: H-4}
    void:
      - {id: head, name: 部门负责人, approver: {dept_leader: {level: 1}}, clause: H-2}
    nodes:
      - id: head
        name: 部门负责人
        verb: review
        approver: {dept_leader: {level: 1}, else: [{post: deputy}, {superior: true}]}
        opinion: required
        allow: [transfer, add, consult]
        fields: {reason: hide, leave_type_id: edit}
        resume: back
        timeouts:
          - {after: 1 working day, do: remind, most: 3}
          - {after: 3 working days, do: escalate, clause: H-2}
        clause: H-2
      - branch: length
        name: 按天数
        paths:
          - {id: short, name: 三天以内, when: days <= 3, clause: H-2}
          - id: middle
            when: days > 3 and not is_long
            clause: H-2
            nodes:
              - {id: vp, name: 分管领导, approver: {in_charge: true}, clause: H-2}
          - id: long
            default: true
            clause: H-2
            nodes:
              - {id: gm, name: 总经理, verb: ratify, approver: {post: gm}, on_reject: head, clause: H-2}
              - id: board
                name: 办公会
                mode: {ratio: 66}
                approver: {group: board}
                clause: H-2
      - {id: file, name: 备案, kind: handle, approver: {role: hr}, transition: file, not_same_as: [applicant, head], clause: H-3}
      - {id: told, name: 知会, kind: notify, approver: {superior: true}, clause: H-3}
  seals.use_request:
    manager: {role: admin}
    nodes:
      - branch: sort
        split: every
        paths:
          - id: legal
            when: document_type == 'contract'
            nodes:
              - {id: law, name: 法务, approver: {role: legal}, clause: H-5}
          - id: plain
            default: true
            nodes:
              - {id: office, name: 办公室, approver: {role: admin}, clause: H-5}
      - branch: both
        split: all
        paths:
          - id: boss
            nodes:
              - {id: approve, name: 审批, approver: {field: approver}, clause: H-5}
          - id: money
            nodes:
              - {id: finance, name: 财务, mode: {count: 1}, approver: {role: admin}, clause: H-5}
      - {id: show, name: 公示, kind: publish, when: copies > 10, window: 3 days, audience: {departments: [总部]}, clause: H-8}
      - {id: note, name: 备案, kind: file_with, approver: {role: admin}, clause: H-7}
      - {id: stamp, name: 盖章, kind: handle, approver: {field: custodian}, transition: stamp, not_same_as: [approve], clause: H-6}
duties:
  - {id: seals, title: 印章检查, every: quarter, on: {month: 3, day: 25}, who: {role: admin}, evidence: file, clause: H-7}
deadlines:
  - {id: file, of: hr.leave_request, from: approve, until: file, within: 1 working day, clause: H-3}
tests:
  - {name: 两天, kind: hr.leave_request, given: {facts: {days: 2}}, expect: {path: [head, file, told]}}
"""

SHORT = """\
format: 1
policy: {id: tiny, title: 小公司, version: "1", effective: 2026-01-01}
addons: [hr]
clauses: [{id: A, section: 一, title: 请假, summary: 负责人批。}]
flows:
  hr.leave_request:
    manager: {role: admin}
    nodes: [{id: head, name: 负责人, approver: {superior: true}, clause: A}]
"""


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with use_locale("en"), frozen_at(datetime(2026, 1, 5, tzinfo=UTC)):
        yield


def test_a_pack_that_uses_all_of_it_is_clean(registry: Registry) -> None:
    found = read(registry, LEAVE, "harbour.yaml")
    assert [str(one) for one in found.problems] == []
    assert found.content is not None
    built = flows.of(found.content)
    branch = built["hr.leave_request"].nodes[1]
    assert isinstance(branch, Branch)
    assert branch.paths[1].when == "days > 3 and not (days > 10)"
    ways = [step.split for step in built["seals.use_request"].nodes if isinstance(step, Branch)]
    assert ways == [Split.EVERY, Split.ALL]


def test_a_pack_that_says_little_is_clean(registry: Registry) -> None:
    assert read(registry, SHORT, "tiny.yaml").problems == ()


def test_a_branch_office_builds_on_a_pack_that_comes_with_zhidu(registry: Registry) -> None:
    text = """\
format: 1
policy: {id: branch, title: 分公司, version: "1", effective: 2026-01-01}
extends: process-norms
flows:
  hr.leave_request:
    nodes:
      - {id: department, approver: {post: site_head}}
"""
    found = read(registry, text, "branch.yaml")
    assert [str(one) for one in found.errors] == []
    assert found.content is not None
    node = next(iter(flows.of(found.content)["hr.leave_request"].every_node()))
    assert (node.id, node.approver.argument) == ("department", "site_head")


# ten packs, each broken in one place: what stands there, the change, and the whole complaint
# fmt: off
BROKEN = {
    "band left open": (
        "when: days >= 4",
        "when: days > 3 and not is_long", "when: days >= 4 and not is_long",
        "harbour.yaml:69: warning: “3 < days < 4” lies between the bands and fits none of them: the default is taken. Let the bands meet, or put a reading of the clause at the path.",
    ),
    "clock that stamps": (
        "{id: approve",
        "{id: approve, name: 审批,", "{id: approve, name: 审批, timeouts: [{after: 1 day, do: approve}],",
        "harbour.yaml:104: “seals.use_request” is about money or seals: no clock approves it. Write “do: escalate”, “do: manager” or “do: remind”.",
    ),
    "no default": (
        "- branch: sort",
        "            default: true\n            nodes:\n              - {id: office", "            when: copies > 1\n            nodes:\n              - {id: office",
        "harbour.yaml:88: No path of this branch is the default: what if no condition holds? Write “default: true” at one path instead of its condition.",
    ),
    "reject in a circle": (
        "{id: gm",
        "on_reject: head", "on_reject: gm",
        "harbour.yaml:77: The reject leads back to the node itself: it would never end. Name an earlier node of the same way: head.",
    ),
    "path that nobody takes": (
        "when: days < 2",
        "when: days > 3 and not is_long", "when: days < 2",
        "harbour.yaml:69: No request takes this path: the paths before it take all with “days < 2”. Put the narrower condition first, or correct it.",
    ),
    "misspelt field": (
        "fields: {reson",
        "reason: hide", "reson: hide",
        "harbour.yaml:58: The form of “hr.leave_request” has no field “reson”. Did you mean “reason”?",
    ),
    "step without a clause": (
        "{id: vp",
        "{id: vp, name: 分管领导, approver: {in_charge: true}, clause: H-2}", "{id: vp, name: 分管领导, approver: {in_charge: true}}",
        "harbour.yaml:72: “clause” is missing here. Add a line “clause: …”.",
    ),
    "unknown choice": (
        "contrakt",
        "document_type == 'contract'", "document_type == 'contrakt'",
        "harbour.yaml:92: “document_type == 'contrakt'”, at character 18: “contrakt” is no value of “document_type”. Possible values: contract,",
    ),
    "more than all": (
        "ratio: 166",
        "mode: {ratio: 66}", "mode: {ratio: 166}",
        "harbour.yaml:80: 166 is not possible for “ratio”. The limit is 100.",
    ),
    "question left open": (
        "- {id: H-7",
        "summary: 每季检查印章。}", "summary: 每季检查印章。, question: 季初还是季末？}",
        "harbour.yaml:18: The clause H-7 is unclear, and no reading is chosen. Add “readings:” with what was chosen, by whom and on which day.",
    ),
}
# fmt: on


@pytest.mark.parametrize("row", BROKEN.values(), ids=BROKEN.keys())
def test_ten_broken_packs_each_say_what_is_wrong(
    registry: Registry, row: tuple[str, str, str, str]
) -> None:
    where, old, new, complaint = row
    assert LEAVE.count(old) == 1
    text = LEAVE.replace(old, new)
    (said,) = read(registry, text, "harbour.yaml").problems
    assert str(said).startswith(complaint)
    assert where in text.splitlines()[said.line - 1]
