"""What is done to a person beside editing: roles, log-in, leaving, coming back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, request
from sqlalchemy import select

from zhidu.access import roles as access
from zhidu.access.models import MemberRole, Role
from zhidu.access.user import User
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.org import members
from zhidu.org.models import Member, MemberStatus
from zhidu.texts import Text, gettext, localize
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import door, say
from zhidu.web.pages.core_view import CoreView
from zhidu.web.pages.fields import choose_people
from zhidu.web.pages.member_forms import LeaveForm, LoginForm, RolesForm, find_user
from zhidu.web.pages.parts import confirmed, place, question


class MemberActs(CoreView):
    """The verbs on a person, each a small form of its own."""

    def to_row(self, pk: int) -> Any:
        """Go to a person's page."""
        raise NotImplementedError

    def _form(self, row: Member, form: Any, title: Text, label: Text, **extra: Any) -> str:
        here = self.link("row_view", pk=row.id)
        return self.form_shown(
            form,
            title,
            cancel_url=here,
            sections=[{"items": [f for f in form if f.type != "HiddenField"]}],
            crumbs=self.crumbs((row.name, here)),
            label=label,
            **extra,
        )

    def _try(
        self, row: Member, form: Any, act: Callable[[], None], show: Callable[[Any], str]
    ) -> Any:
        """Act, or show the form again with what was refused."""
        try:
            act()
            context.session().flush()
        except ZhiduError as error:
            return self._again(row.id, form, error, show)
        return self.to_row(row.id)

    def _again(self, pk: int, form: Any, error: ZhiduError, show: Callable[[Any], str]) -> Any:
        place(form, error)
        return show(self.load(context.session(), pk)), error.status

    # --- roles

    @door("/<int:pk>/roles", "GET", "POST", needs=".roles")
    def roles_view(self, pk: int) -> Any:
        """Give and take roles."""
        session = context.session()
        row = self.load(session, pk)
        held = {role.id for role in access.roles_of(session, pk)}
        form = RolesForm(request.form if request.method == "POST" else None, roles=sorted(held))
        form.roles.choices = _role_choices(session)

        def show(member: Member) -> str:
            title = _l("Roles of %(name)s", name=member.name)
            return self._form(member, form, title, _l("Save"))

        if request.method != "POST" or not form.validate():
            return show(row), (422 if form.errors else 200)

        def act() -> None:
            actor, wanted = context.actor(), set(form.roles.data or ())
            for role in held - wanted:
                access.take_role(session, actor, row, role)
            for role in sorted(wanted - held):
                access.give_role(session, actor, row, role)
            flash(gettext("The roles of %(name)s were saved.", name=row.name), "success")

        return self._try(row, form, act, show)

    # --- log-in

    @door("/<int:pk>/login", "GET", "POST", needs=".edit")
    def login_view(self, pk: int) -> Any:
        """Link a log-in, or take it away."""
        session = context.session()
        row = self.load(session, pk, "edit")
        now = session.get(User, row.user_id) if row.user_id else None
        form = LoginForm(
            request.form if request.method == "POST" else None,
            username=now.username if now else "",
        )

        def show(member: Member) -> str:
            title = _l("Log-in of %(name)s", name=member.name)
            note = _l("New log-ins are made by the system administrator; here they are linked.")
            return self._form(
                member, form, title, _l("Save"), note={"text": str(note), "tone": "info"}
            )

        if request.method != "POST" or not form.validate():
            return show(row), (422 if form.errors else 200)

        def act() -> None:
            user = find_user(session, form.username.data)
            members.link_user(session, context.actor(), row, user)
            if user is None:
                flash(gettext("%(name)s has no log-in any more.", name=row.name), "success")
            else:
                names = {"name": row.name, "user": user.username}
                flash(gettext("%(name)s logs in as %(user)s.", **names), "success")

        return self._try(row, form, act, show)

    # --- leave and come back

    @door("/<int:pk>/leave", "GET", "POST", needs=".edit")
    def leave_view(self, pk: int) -> Any:
        """Let a person leave, with a successor."""
        session = context.session()
        row = self.load(session, pk, "edit")
        form = LeaveForm(request.form if request.method == "POST" else None)
        choose_people(session, form.successor_id)

        def show(member: Member) -> str:
            title = _l("%(name)s leaves the company", name=member.name)
            note = _l("Everything that this person did stays; open tasks must be taken over.")
            return self._form(
                member,
                form,
                title,
                _l("Let leave"),
                tone="danger",
                note={"text": str(note), "tone": "warn"},
            )

        if request.method != "POST" or not form.validate():
            return show(row), (422 if form.errors else 200)

        def act() -> None:
            members.leave(session, context.actor(), row, form.successor_id.data)
            flash(gettext("%(name)s does not work here any more.", name=row.name), "success")

        return self._try(row, form, act, show)

    @door("/<int:pk>/rejoin", "POST", needs=".edit")
    def rejoin_view(self, pk: int) -> Any:
        """Take a person who left in again."""
        session = context.session()
        row = self.load(session, pk, "edit")
        if row.status is MemberStatus.LEFT and not confirmed():
            return question(
                self,
                row.name,
                _l("Take %(name)s in again, without log-in, posts or roles?", name=row.name),
                _l("Take in again"),
                cancel_url=self.link("row_view", pk=pk),
                tone="primary",
            )
        try:
            members.rejoin(session, context.actor(), row)
        except ZhiduError as error:
            context.start_over()
            say(error)
            return self.to_row(pk)
        flash(gettext("%(name)s works here again.", name=row.name), "success")
        return self.to_row(pk)


def _role_choices(session: Session) -> list[tuple[int, str]]:
    """Offer the roles in use, by code; how many have each is said behind the name."""
    rows = session.execute(
        select(Role.id, Role.name, Role.code).where(Role.archived_at.is_(None)).order_by(Role.code)
    )
    return [(key, localize(name) or code) for key, name, code in rows]


def holders(session: Session, role_id: int) -> list[Member]:
    """List who has a role and works here, by name."""
    return list(
        session.scalars(
            select(Member)
            .join(MemberRole, MemberRole.member_id == Member.id)
            .where(MemberRole.role_id == role_id, Member.status == MemberStatus.ACTIVE)
            .order_by(Member.name_key, Member.id)
        )
    )
