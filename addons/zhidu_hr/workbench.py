"""What the workbench shows of leave: facts beside a task, the card that starts, what falls due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from zhidu import clock
from zhidu.access import check
from zhidu.db import Session
from zhidu.events import AbsenceQuery, StartCardsQuery, TaskFactsQuery
from zhidu.org.models import Company, MemberDepartment
from zhidu.records.models import Approval
from zhidu.texts import enumerate_texts, localize, ngettext, show_number
from zhidu.texts import lazy_gettext as _l
from zhidu.values import DueItem, Fact, StartCard
from zhidu_hr import queries
from zhidu_hr.models import LeaveCorrection, LeaveRequest
from zhidu_hr.rules.days import Half

NAMES_SHOWN = 3

NOON = 12


def provide_task_facts(query: TaskFactsQuery) -> Mapping[int, Sequence[Fact]]:
    """Give days, period, balance afterwards and who else is away, in a fixed number of queries."""
    session = query.session
    records = {r.id: r for r in query.records if r.kind == "hr.leave_request"}
    if not records:
        return {}
    requests = session.scalars(select(LeaveRequest).where(LeaveRequest.id.in_(list(records)))).all()
    balances = queries.balances_for(session, requests)
    away = _away(session, requests)
    found: dict[int, Sequence[Fact]] = {}
    for request in requests:
        facts = [
            Fact(_l("Kind"), localize(request.leave_type.name)),
            Fact(_l("Days"), show_number(request.days)),
            Fact(_l("Period"), _period(request)),
        ]
        balance = balances.get(request.id)
        if balance is not None and request.header.approval is Approval.IN_APPROVAL:
            facts.append(Fact(_l("Left afterwards"), show_number(balance.available)))
        if request.provisional:
            facts.append(Fact(_l("Holidays"), _l("not announced yet"), "warn"))
        names = away.get(request.id, [])
        if names:
            facts.append(Fact(_l("Away too"), _some(names), "warn"))
        else:
            facts.append(Fact(_l("Away too"), _l("nobody of the department"), "good"))
        found[request.id] = facts
    return found


def provide_absences(query: AbsenceQuery) -> Sequence[int]:
    """Name who has approved leave at a moment; the afternoon begins at noon in the company's zone."""
    company = query.session.get_one(Company, query.session.company)
    local = query.at.astimezone(ZoneInfo(company.timezone))
    half = Half.MORNING if local.hour < NOON else Half.AFTERNOON
    return queries.on_leave(query.session, query.member_ids, local.date(), half)


def _period(request: LeaveRequest) -> str:
    first, last = request.first_day.isoformat(), request.last_day.isoformat()
    return first if first == last else f"{first} – {last}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    text = enumerate_texts(names[:NAMES_SHOWN])
    return f"{text} +{more}" if more > 0 else text


def _away(session: Session, requests: Sequence[LeaveRequest]) -> dict[int, list[str]]:
    """Name colleagues of the applicant's department who are away on a day of each request."""
    departments = {r.header.department_id for r in requests if r.header.department_id}
    people: dict[int, list[int]] = {}
    for department, member in session.execute(
        select(MemberDepartment.department_id, MemberDepartment.member_id).where(
            MemberDepartment.department_id.in_(departments)
        )
    ):
        people.setdefault(department, []).append(member)
    first = min(r.first_day for r in requests)
    last = max(r.last_day for r in requests)
    everyone = sorted({m for members in people.values() for m in members})
    days = queries.away_members(session, everyone, first, last)
    found: dict[int, list[str]] = {}
    for request in requests:
        near = set(people.get(request.header.department_id or 0, ()))
        near.discard(request.header.applicant_id)
        names: dict[str, None] = {}
        day = request.first_day
        while day <= request.last_day:
            names.update({name: None for member, name in days.get(day, ()) if member in near})
            day += timedelta(days=1)
        found[request.id] = list(names)
    return found


def provide_start_cards(query: StartCardsQuery) -> Iterable[StartCard]:
    """Offer to ask for leave, with the balance of limited kinds."""
    session = query.session
    if query.actor.member_id is None or not check.can(session, "hr.leave_request.create"):
        return ()
    balances = queries.balances(session, [query.actor.member_id], clock.today())
    types = {t.id: t for t in queries.leave_types(session)}
    left = [
        ngettext(
            "%(name)s %(num)s day",
            "%(name)s %(num)s days",
            b.available,
            name=localize(types[type_id].name),
        )
        for (_member, type_id), b in sorted(balances.items(), key=lambda item: item[0][1])
        if type_id in types
    ]
    return (
        StartCard(
            "hr.leave_request",
            _l("Leave"),
            "hr_leave_request.new_view",
            icon="leave",
            group=_l("Attendance and leave"),
            hint=_l("Left: %(balances)s", balances=enumerate_texts(left)) if left else "",
            sort=10,
        ),
    )


def provide_due_items(query: StartCardsQuery) -> Iterable[DueItem]:
    """Tell HR how many corrections wait."""
    session = query.session
    if not check.can(session, "hr.leave_correction.edit"):
        return ()
    count = session.scalar(
        select(func.count(LeaveCorrection.id)).where(LeaveCorrection.settled_at.is_(None))
    )
    if not count:
        return ()
    text = ngettext(
        "%(num)s approved leave has to be corrected: its days changed with the calendar.",
        "%(num)s approved leaves have to be corrected: their days changed with the calendar.",
        count,
    )
    return (DueItem(text, "hr_leave_correction.index_view"),)
