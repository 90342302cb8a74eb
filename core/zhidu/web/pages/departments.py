"""The department tree: who leads what, who works where; open to all, changed by a few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy import func, select
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.org import departments as org
from zhidu.org.models import (
    Department,
    DepartmentLeader,
    Member,
    MemberDepartment,
    MemberPost,
    MemberStatus,
    Post,
)
from zhidu.org.queries import primary_department
from zhidu.texts import enumerate_texts, gettext, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import MEMBER, door, say
from zhidu.web.forms import OfficeForm, PersonField
from zhidu.web.pages.core_view import CoreView
from zhidu.web.pages.fields import PeopleField, choose_people, department_choices
from zhidu.web.pages.member_forms import key_or_none
from zhidu.web.pages.parts import confirmed, question

WORKS = Member.status == MemberStatus.ACTIVE


class DepartmentForm(OfficeForm):
    """A department: name, place in the tree, who leads it."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=100)])
    code = StringField(
        _l("Code"),
        [Optional(), Length(max=32)],
        description=_l("Policies name the department by it; without one by its name."),
        render_kw={"autocomplete": "off"},
    )
    parent_id = SelectField(_l("Belongs to"), [Optional()], coerce=key_or_none)
    leaders = PeopleField(
        _l("Leaders"),
        description=_l("In their order; the first is the head."),
        ui={"kind": "person", "width": "full"},
    )
    in_charge_id = PersonField(
        _l("Leader in charge"),
        [Optional()],
        description=_l("A senior who oversees the department without leading it."),
        ui={"kind": "person"},
    )
    sort = IntegerField(
        _l("Order"),
        [Optional(), NumberRange(0, 9999)],
        default=100,
        description=_l("Smaller stands first among its sisters."),
    )


class DepartmentsView(CoreView):
    """The tree with a panel for the chosen department."""

    verbs = {
        ".read": MEMBER,
        ".create": "core.department.edit",
        ".edit": "core.department.edit",
    }
    kind = "core.department"
    model = Department
    can_new = True
    new_label = _l("New department")

    @door("/", needs=".read")
    def index_view(self) -> str:
        """Show the tree, at the root or at the person's own department."""
        session = context.session()
        own = primary_department(session, context.member_id())
        first = (
            own.id
            if own is not None
            else session.scalar(
                select(Department.id)
                .where(Department.archived_at.is_(None))
                .order_by(func.length(Department.path), Department.sort, Department.id)
                .limit(1)
            )
        )
        return self._tree(session, first)

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> str:
        """Show the tree at one department."""
        session = context.session()
        self.load(session, pk)
        return self._tree(session, pk)

    def _tree(self, session: Session, pk: int | None) -> str:
        archived = self.may(".edit") and request.args.get("archived") == "1"
        rows = session.scalars(select(Department).order_by(Department.sort, Department.id)).all()
        here = next((row for row in rows if row.id == pk), None)
        open_path = here.path if here is not None else ""
        counts, heads = self._counts(session), self._heads(session)
        below: dict[int | None, list[Department]] = {}
        for row in rows:
            if row.archived_at is None or archived or row is here:
                below.setdefault(row.parent_id, []).append(row)

        def node(row: Department, depth: int) -> dict[str, Any]:
            total = counts.get(row.id, 0)
            return {
                "title": row.name,
                "url": self.link("row_view", pk=row.id),
                "current": row.id == pk,
                "open": depth < 2 or open_path.startswith(row.path),
                "count": ngettext("%(num)s person", "%(num)s people", total) if total else "",
                "lead": heads.get(row.id, ""),
                "archived": row.archived_at is not None,
                "children": [node(child, depth + 1) for child in below.get(row.id, ())],
            }

        more = []
        if self.may(".edit"):
            url = self.link("index_view") if archived else self.link("index_view", archived=1)
            label = gettext("Hide archived") if archived else gettext("Show archived")
            more.append({"label": label, "url": url, "icon": "archive"})
        page = {
            "primary": self._new(pk),
            "more": more,
            "nodes": [node(row, 0) for row in below.get(None, ())],
            "panel": self._panel(session, here) if here is not None else None,
            "empty": {"title": gettext("No departments yet."), "action": self._new(None)},
        }
        return self.show("zhidu/tree.html", self.title, page=page)

    def _new(self, parent: int | None) -> dict[str, str] | None:
        if not self.may(".create"):
            return None
        url = self.link("new_view", parent=parent) if parent else self.link("new_view")
        return {"label": str(self.new_label), "url": url}

    def _counts(self, session: Session) -> Mapping[int, int]:
        rows = session.execute(
            select(MemberDepartment.department_id, func.count())
            .join(Member, Member.id == MemberDepartment.member_id)
            .where(WORKS)
            .group_by(MemberDepartment.department_id)
        )
        return dict(rows.all())

    def _heads(self, session: Session) -> Mapping[int, str]:
        rows = session.execute(
            select(DepartmentLeader.department_id, Member.name)
            .join(Member, Member.id == DepartmentLeader.member_id)
            .where(WORKS)
            .order_by(DepartmentLeader.sort.desc(), DepartmentLeader.member_id.desc())
        )
        return dict(rows.all())  # the first leader is written last

    def _panel(self, session: Session, row: Department) -> dict[str, Any]:
        people = self._people(session, row)
        leaders = [leader.member.name for leader in row.leaders]
        facts = [
            {"label": gettext("Leaders"), "value": enumerate_texts(leaders) or "–"},
            {
                "label": gettext("In charge"),
                "value": row.in_charge.name if row.in_charge else "–",
            },
        ]
        panel: dict[str, Any] = {
            "title": row.name,
            "tags": [present.tag(gettext("archived"))] if row.archived_at else [],
            "facts": facts,
            "members": people,
            "empty": gettext("Nobody works here."),
        }
        if self.may(".edit"):
            url = self.link("archive_view", pk=row.id)
            if row.archived_at is None:
                ask = gettext("Take “%(name)s” out of use?", name=row.name)
                post = {"label": gettext("Archive"), "url": url, "icon": "archive", "confirm": ask}
            else:
                post = {"label": gettext("Use again"), "url": url, "icon": "undo"}
            panel["posts"] = [post]
            edit = self.link("change_view", pk=row.id)
            panel["actions"] = [{"label": gettext("Edit"), "url": edit, "icon": "edit"}]
        return panel

    def _people(self, session: Session, row: Department) -> list[dict[str, Any]]:
        """List who works here, leaders first, with their posts."""
        titles: dict[int, list[str]] = {}
        held = session.execute(
            select(MemberPost.member_id, Post.name).join(Post, Post.id == MemberPost.post_id)
        )
        for member_id, name in held:
            titles.setdefault(member_id, []).append(name)
        leads = {leader.member_id: place for place, leader in enumerate(row.leaders)}
        found = session.execute(
            select(Member.id, Member.name)
            .join(MemberDepartment, MemberDepartment.member_id == Member.id)
            .where(MemberDepartment.department_id == row.id, WORKS)
            .order_by(Member.name_key, Member.id)
        ).all()
        may_open = self.may("core.member.read")
        made = []
        for member_id, name in sorted(found, key=lambda r: leads.get(r[0], len(leads))):
            title = enumerate_texts(titles.get(member_id, ()))
            if member_id in leads:
                title = enumerate_texts(filter(None, (gettext("leader"), title)))
            url = url_for("members.row_view", pk=member_id) if may_open else ""
            made.append({**present.person(name, url=url), "title": title})
        return made

    # --- verbs

    def form_for(self, session: Session, row: Department | None, data: Any) -> DepartmentForm:
        """Bind the form."""
        parent = request.args.get("parent", "")
        values: dict[str, Any] = {"parent_id": int(parent) if parent.isdecimal() else None}
        if row is not None:
            values = {
                "name": row.name,
                "parent_id": row.parent_id,
                "leaders": [leader.member_id for leader in row.leaders],
                "in_charge_id": row.in_charge_id,
                "sort": row.sort,
            }
        form = DepartmentForm(data, data=values)
        keep = [row.parent_id] if row is not None and row.parent_id else []
        choices = department_choices(session, keep=keep)
        if row is not None:  # never below itself; the service holds the same
            own = self._subtree(session, row)
            choices = [(key, name) for key, name in choices if key not in own]
        form.parent_id.choices = [("", gettext("The top")), *choices]
        choose_people(session, form.leaders, form.in_charge_id)
        return form

    def _subtree(self, session: Session, row: Department) -> set[int]:
        below = select(Department.id).where(Department.path.startswith(row.path, autoescape=True))
        return set(session.scalars(below))

    def sections(self, form: Any) -> list[dict[str, Any]]:
        """Put the place first, then the people."""
        return [
            {
                "title": gettext("Department"),
                "items": [form.name, form.code, form.parent_id, form.sort],
            },
            {"title": gettext("Leadership"), "items": [form.leaders, form.in_charge_id]},
        ]

    def create(self, session: Session, form: Any) -> Department:
        """Add a department."""
        return org.create_department(
            session,
            context.actor(),
            form.name.data,
            form.parent_id.data,
            leaders=form.leaders.data or (),
            in_charge=form.in_charge_id.data,
            sort=100 if form.sort.data is None else form.sort.data,
            code=form.code.data or None,
        )

    def save(self, session: Session, row: Department, form: Any, _version: int | None) -> None:
        """Rename, move, and name the leaders."""
        actor = context.actor()
        sort = 100 if form.sort.data is None else form.sort.data
        if form.parent_id.data != row.parent_id:
            org.move_department(session, actor, row, form.parent_id.data)
        code = form.code.data or ""
        org.edit_department(session, actor, row, name=form.name.data, sort=sort, code=code)
        org.set_leaders(session, actor, row, form.leaders.data or ())
        org.set_in_charge(session, actor, row, form.in_charge_id.data)
        flash(gettext("“%(name)s” was saved.", name=row.name), "success")

    def form_title(self, row: Department | None) -> str:
        """Name the page."""
        return str(self.new_label) if row is None else row.name

    @door("/<int:pk>/archive", "POST", needs=".edit")
    def archive_view(self, pk: int) -> Any:
        """Take a department out of use, or into use again."""
        session = context.session()
        row = self.load(session, pk, "edit")
        here = self.link("row_view", pk=pk)
        if row.archived_at is None and not confirmed():
            text = _l("Take “%(name)s” out of use?", name=row.name)
            return question(self, row.name, text, _l("Archive"), cancel_url=here)
        try:
            if row.archived_at is None:
                org.archive_department(session, context.actor(), row)
            else:
                org.restore_department(session, context.actor(), row)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
        return redirect(here, code=303)
