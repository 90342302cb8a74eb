"""Who may read and do what with leave, file and entitlement, by role; another company learns nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from tests.addons.hr.office import Office, period

from zhidu.access import check, scope
from zhidu.db import Session
from zhidu.errors import Conflict, NotFound, PermissionDenied, StaleRecord, ValidationError
from zhidu.testing.factories import MadeMember
from zhidu_hr.models import Employee, LeaveGrant, LeaveRequest, LeaveType
from zhidu_hr.services import employees, grants, leave, leave_types

pytestmark = pytest.mark.addons("hr")


def _read(session: Session, kind: str) -> set[int]:
    model = session.registry.resources[kind].model
    return set(session.scalars(select(model.id).where(scope.visible(session, kind))))


def test_who_reads_which_request(office: Office) -> None:
    """Own ones, those of one's department and below, all: by role; and by a task."""
    org = office.org
    sales = office.ask(org.salesman, period("2026-03-02"), "sick")
    accounting = office.ask(org.accountant, period("2026-03-02"), "sick")
    draft = office.draft(org.cashier, period("2026-03-03"), "sick")
    everything = {sales, accounting, draft}
    expected: list[tuple[MadeMember, set[int]]] = [
        (org.salesman, {sales}),
        (org.other_salesman, set()),
        (org.accountant, {accounting}),
        (org.team_head, {sales}),
        (org.sales_head, {sales}),
        (org.finance_head, {accounting, draft}),
        (org.admin, set()),
        (org.custodian, set()),
        (org.hr_head, everything),
        (org.general_manager, everything),
        (org.auditor, everything),
        (office.made.outsider, set()),
    ]
    for who, wanted in expected:
        with office.db.read(who.actor) as session:
            assert _read(session, "hr.leave_request") == wanted, who.name
            for key in everything:
                if key in wanted:
                    assert scope.get(session, "hr.leave_request", key).id == key
                else:
                    with pytest.raises(NotFound):
                        scope.get(session, "hr.leave_request", key)


def test_whoever_was_asked_keeps_reading(office: Office) -> None:
    """A superior who stands in for the applicant who leads the department himself."""
    org = office.org
    key = office.ask(org.team_head, period("2026-03-02"), "sick")
    with office.db.read(org.sales_head.actor) as session:
        assert key in _read(session, "hr.leave_request")
    office.reject(key, org.sales_head)
    with office.db.read(org.sales_head.actor) as session:
        assert key in _read(session, "hr.leave_request")


def test_who_reads_which_entitlement(office: Office) -> None:
    """One's own; all for HR and the auditor."""
    org = office.org
    mine, theirs = office.grant(org.salesman), office.grant(org.accountant)
    for who, wanted in (
        (org.salesman, {mine}),
        (org.team_head, set()),
        (org.hr_head, {mine, theirs}),
        (org.auditor, {mine, theirs}),
        (org.general_manager, set()),
        (office.made.outsider, set()),
    ):
        with office.db.read(who.actor) as session:
            assert _read(session, "hr.leave_grant") == wanted, who.name


def _file(office: Office, member: MadeMember) -> None:
    with office.db.write(office.org.hr_head.actor) as session:
        employees.create(
            session,
            session.actor,
            member.id,
            phone="13800000000",
            id_number="11010519491231002x",
            emergency_contact="母亲 13900000000",
        )


def test_private_data_of_a_file_show_to_the_person_and_to_hr_only(office: Office) -> None:
    """The manager reads the file without them; the columns come masked from the query."""
    org = office.org
    _file(office, org.salesman)
    private = {"id_number", "birthday", "emergency_contact"}
    for who, hidden in (
        (org.hr_head, set()),
        (org.salesman, set()),
        (org.general_manager, private),
    ):
        with office.db.read(who.actor) as session:
            row = scope.get(session, "hr.employee", org.salesman.id)
            assert scope.hidden_fields(session, "hr.employee", row) == hidden
            shown = session.scalar(
                select(scope.masked(session, "hr.employee", "id_number")).where(
                    Employee.id == org.salesman.id
                )
            )
            assert shown == (None if hidden else "11010519491231002X")
    for who in (org.other_salesman, org.team_head, org.auditor, office.made.outsider):
        with office.db.read(who.actor) as session:
            assert _read(session, "hr.employee") == set()


def test_a_file_is_kept_with_care(office: Office) -> None:
    """Wrong values name their field; a stale form is told of the other's value."""
    org = office.org
    _file(office, org.salesman)
    with pytest.raises(Conflict):
        _file(office, org.salesman)

    def change(version: int | None, **values: object) -> None:
        with office.db.write(org.hr_head.actor) as session:
            row = session.get_one(Employee, org.salesman.id)
            wanted = row.version if version is None else version
            employees.change(session, session.actor, row, version=wanted, **values)

    for name, value in (
        ("phone", "call me"),
        ("id_number", "110105194912310021"),
    ):
        with pytest.raises(ValidationError) as raised:
            change(None, **{name: value})
        assert set(raised.value.fields) == {name}
    change(None, phone="13811111111")
    with pytest.raises(StaleRecord) as stale:
        change(1, phone="13822222222")
    assert [(c.name, c.theirs, c.yours) for c in stale.value.clashes] == [
        ("phone", "13811111111", "13822222222")
    ]
    assert stale.value.who == org.hr_head.name


def test_the_services_check_rights_themselves(office: Office) -> None:
    """Whichever door leads to them."""
    org = office.org
    grant = office.grant(org.salesman)
    with office.db.read(org.team_head.actor) as session:
        actor = session.actor
        annual = session.get_one(LeaveType, office.types["annual"])
        row = session.get_one(LeaveGrant, grant)
        ends = row.expires_on
        acts: list[Callable[[], object]] = [
            lambda: grants.grant(
                session,
                actor,
                member_id=org.salesman.id,
                leave_type_id=annual.id,
                days=row.days,
                starts_on=ends,
                expires_on=ends,
            ),
            lambda: grants.change(
                session, actor, row, days=row.days, expires_on=ends, note="", version=row.version
            ),
            lambda: leave_types.create(session, actor, code="x", name={"en": "X"}),
            lambda: leave_types.change(session, actor, annual, version=annual.version, sort=1),
            lambda: leave_types.archive(session, actor, annual, archived=True),
            lambda: employees.create(session, actor, org.salesman.id),
        ]
        for act in acts:
            with pytest.raises(PermissionDenied):
                act()
    with office.db.read(office.system.within(office.made.other.id)) as session:
        assert session.get(LeaveGrant, grant) is None


def test_nobody_asks_for_leave_without_the_right(office: Office) -> None:
    """A member without any role neither drafts nor reads."""
    from zhidu.testing.factories import make_member

    with office.db.write(office.system) as session:
        nobody = make_member(session, "无角色", roles=())
    with pytest.raises(PermissionDenied):
        office.draft(nobody, period("2026-03-02"), "sick")
    with office.db.read(nobody.actor) as session:
        assert not check.can(session, "hr.leave_request.create")
        assert _read(session, "hr.leave_request") == set()


def test_another_company_s_kind_of_leave_is_unknown(office: Office) -> None:
    """Its id is refused like one that does not exist."""
    with office.db.read(office.made.other.system) as session:
        theirs = session.scalars(select(LeaveType.id).where(LeaveType.code == "sick")).one()
    assert theirs != office.types["sick"]
    me = office.org.salesman
    with pytest.raises(ValidationError) as raised, office.db.write(me.actor) as session:
        leave.draft(
            session,
            session.actor,
            leave_type_id=theirs,
            period=period("2026-03-02"),
            reason="试试",
        )
    assert set(raised.value.fields) == {"leave_type_id"}
    with office.db.read(me.actor) as session:
        assert session.scalars(select(LeaveRequest.id)).all() == []


def test_kinds_of_leave_in_use_keep_their_way_of_counting(office: Office) -> None:
    """Balances and days would no longer be right; names and order may change."""
    org = office.org
    office.grant(org.salesman)
    office.ask(org.salesman, period("2026-03-02"), "sick")

    def change(code: str, **values: object) -> None:
        with office.db.write(org.hr_head.actor) as session:
            row = session.get_one(LeaveType, office.types[code])
            leave_types.change(session, session.actor, row, version=row.version, **values)

    with pytest.raises(Conflict):
        change("annual", limited=False)
    with pytest.raises(Conflict):
        change("sick", limited=True)
    with pytest.raises(Conflict):
        change("sick", counts="calendar")
    change("sick", name={"zh_Hans_CN": "病休", "en": "Sick leave"}, limited=False, sort=5)
    change("bereavement", limited=True)
    with pytest.raises(ValidationError):
        change("sick", name={})
    for code in ("Annual", "annual", "年假", "a b", ""):
        with (
            pytest.raises(ValidationError) as raised,
            office.db.write(org.hr_head.actor) as session,
        ):
            leave_types.create(session, session.actor, code=code, name={"en": "X"})
        assert set(raised.value.fields) == {"code"}
