"""Staff files: the register, and the page of one file."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, func

from zhidu.access import check, scope
from zhidu.db import Session
from zhidu.org import queries as org
from zhidu.org.models import Department, Member, MemberDepartment
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.listing import Column, Filter
from zhidu.web.service_view import ServiceView
from zhidu_hr.forms import EmployeeForm, employment_titles
from zhidu_hr.models import Employee, EmploymentType
from zhidu_hr.services import employees
from zhidu_hr.views.people import choose_person


class EmployeeView(ServiceView):
    """Staff files."""

    kind = "hr.employee"
    model = Employee
    can_new = True
    new_label = _l("New staff file")
    form_class = EmployeeForm
    empty_title = _l("No staff files yet.")
    empty_icon = "people"
    columns = (
        Column("name", _l("Full name"), Member.name, "link", phone="title"),
        Column("number", _l("Staff number"), func.coalesce(Member.number, ""), sort=True),
        Column("department", _l("Department"), func.coalesce(Department.name, "")),
        Column(
            "employment", _l("Employment"), Employee.employment, "tag", lambda v: employment_tag(v)
        ),
        Column("hired_on", _l("Hired on"), Employee.hired_on, "date"),
        Column("phone", _l("Phone"), Employee.phone),
        Column("birthday", _l("Birthday"), Employee.birthday, "date", phone="hide"),
        Column("id_number", _l("Identity number"), Employee.id_number, phone="hide"),
    )
    search_columns = (Member.name, Member.name_key, Member.number, Employee.phone)
    search_hint = _l("Name, pinyin, number or phone")
    filters_of = (
        Filter(
            "employment",
            _l("Employment"),
            Employee.employment,
            "choice",
            lambda: [(v, str(t)) for v, t in employment_titles()],
        ),
        Filter("hired", _l("Hired on"), Employee.hired_on, "dates"),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Join person and primary department."""
        return (
            statement.select_from(Employee)
            .join(Member, Member.id == Employee.id)
            .outerjoin(
                MemberDepartment,
                (MemberDepartment.member_id == Member.id) & MemberDepartment.is_primary,
            )
            .outerjoin(Department, Department.id == MemberDepartment.department_id)
        )

    def form_for(self, session: Session, row: Employee | None, data: Any) -> Any:
        """Bind the form; guarded fields that the person may not read are not in it."""
        form = EmployeeForm(data, obj=row)
        hidden = set(scope.hidden_fields(session, self.kind, row))
        if row is not None:
            hidden.add("member_id")
        for name in hidden:
            if name in form:
                del form[name]
        if row is None:
            choose_person(form.member_id, session)
        return form

    def _values(self, form: Any) -> dict[str, Any]:
        return {f.name: f.data for f in form if f.name != "member_id"}

    def create(self, session: Session, form: Any) -> Any:
        """Open a file."""
        return employees.create(session, context.actor(), form.member_id.data, **self._values(form))

    def save(self, session: Session, row: Employee, form: Any, version: int | None) -> None:
        """Save a file."""
        employees.change(session, context.actor(), row, version=version, **self._values(form))

    def form_title(self, row: Employee | None) -> str:
        """Name the page."""
        return str(self.new_label) if row is None else row.member.name

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> Any:
        """Show a file; what the person may not see of it is left out."""
        session = context.session()
        row: Employee = self.load(session, pk)
        hidden = scope.hidden_fields(session, self.kind, row)
        fields = [
            {
                "label": str(Employee.__labels__[name]),
                "value": read(getattr(row, name)),
                "wide": False,
            }
            for name in employees.TYPED
            if name not in hidden
        ]
        link = {"label": gettext("Edit"), "url": self.link("change_view", pk=pk), "icon": "edit"}
        may_edit = check.can(session, "hr.employee.edit", row)
        department = org.primary_department(session, row.id)
        page = {
            "kind": gettext("Staff file"),
            "icon": "people",
            "tags": [],
            "meta": [row.member.number or "", department.name if department else ""],
            "links": [{**link, "tone": "primary"}] if may_edit else [],
            "here": self.link("row_view", pk=pk),
            "panes": [
                {
                    "id": "file",
                    "label": gettext("Staff file"),
                    "blocks": [{"type": "sheet", "columns": 2, "fields": fields}],
                }
            ],
        }
        return self.show(
            "zhidu/detail.html",
            row.member.name,
            page=page,
            crumbs=[{"label": str(self.title), "url": self.link("index_view")}],
        )


def employment_tag(value: Any) -> dict[str, str]:
    """Name a kind of employment."""
    return present.tag(EmploymentType(value).label)


def read(value: Any) -> str:
    """Write a column of the file as people read it."""
    if isinstance(value, EmploymentType):
        return str(value.label)
    return value.isoformat() if isinstance(value, date) else str(value or "")
