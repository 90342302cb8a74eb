"""Leaders in charge (分管领导): who oversees which matter in a department and those below it."""

from __future__ import annotations

from typing import Any

from flask import flash
from sqlalchemy import Select
from wtforms import SelectField
from wtforms.validators import InputRequired

from zhidu.db import Session
from zhidu.org import groups
from zhidu.org.departments import EDIT
from zhidu.org.models import Department, Member
from zhidu.org.models_groups import InCharge
from zhidu.org.models_lists import Matter
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import MEMBER
from zhidu.web.forms import OfficeForm, PersonField
from zhidu.web.listing import Column
from zhidu.web.pages.core_view import CoreView, names_of
from zhidu.web.pages.fields import choose_people, department_choices


class ChargeForm(OfficeForm):
    """Who is in charge of what, where."""

    department_id = SelectField(_l("Department"), [InputRequired()], coerce=int)
    matter_id = SelectField(
        _l("Matter"),
        [InputRequired()],
        coerce=int,
        description=_l("A leader in charge of everything else is named at the department itself."),
    )
    member_id = PersonField(
        _l("Leader in charge"),
        description=_l("Empty: nobody any more."),
        ui={"kind": "person"},
    )


class ChargesView(CoreView):
    """The register of leaders in charge; everybody may look, some may change it."""

    verbs = {".read": MEMBER, ".create": EDIT, ".edit": EDIT, ".export": EDIT}
    kind = "core.in_charge"
    model = InCharge
    form_class = ChargeForm
    can_new = True
    exports = ("xlsx", "csv")
    newest_first = False
    new_label = _l("New leader in charge")
    empty_title = _l("Nobody is in charge of a matter yet.")
    empty_text = _l("A policy can send contracts of a department to the leader in charge of them.")
    empty_icon = "shield"
    search_columns = (Department.name, Matter.name, Member.name)
    search_hint = _l("Department, matter or person")
    columns = (
        Column("department", _l("Department"), Department.name, "link", phone="title", sort=True),
        Column("matter", _l("Matter"), Matter.name, sort=True),
        Column("member", _l("Leader in charge"), Member.name, "person", sort=True),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Read the charges with their names."""
        return (
            statement.select_from(InCharge)
            .join(Department, Department.id == InCharge.department_id)
            .join(Matter, Matter.id == InCharge.matter_id)
            .join(Member, Member.id == InCharge.member_id)
        )

    def form_for(self, session: Session, row: InCharge | None, data: Any) -> ChargeForm:
        """Bind the form; what an entry is about never changes."""
        form = ChargeForm(data, obj=row)
        keep = () if row is None else (row.department_id,)
        form.department_id.choices = department_choices(session, keep=keep)
        form.matter_id.choices = names_of(session, Matter, archived=row is not None)
        if row is not None:
            for field, name in ((form.department_id, row.department), (form.matter_id, row.matter)):
                field.choices = [(name.id, name.name)]
                field.data = name.id
        if not form.matter_id.choices:
            form.matter_id.ui["lock"] = gettext("There are no matters yet: add one under Lists.")
        choose_people(session, form.member_id)
        return form

    def load(self, session: Session, pk: int, _action: str = "read") -> InCharge:
        """Give an entry: all members may read, the door asks for the right to edit."""
        found: InCharge = super().load(session, pk)
        return found

    def create(self, session: Session, form: Any) -> Any:
        """Name a leader in charge."""
        return self._set(session, form)

    def save(self, session: Session, _row: InCharge, form: Any, _version: int | None) -> None:
        """Name another one, or nobody."""
        self._set(session, form)

    def _set(self, session: Session, form: Any) -> Any:
        groups.set_in_charge_of(
            session,
            context.actor(),
            form.department_id.data,
            form.matter_id.data,
            form.member_id.data or None,
        )

    def form_title(self, row: InCharge | None) -> str:
        """Name the page."""
        return str(self.new_label if row is None else _l("Leader in charge"))

    def done_url(self, _row: Any) -> str:
        """Go back to the list."""
        flash(gettext("The leader in charge was saved."), "success")
        return self.link("index_view")
