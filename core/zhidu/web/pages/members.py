"""The people of the company: who they are, where they work, what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from zhidu.access.models import MemberRole, Role
from zhidu.access.user import User
from zhidu.db import Session
from zhidu.org import members
from zhidu.org.models import (
    Department,
    Member,
    MemberDepartment,
    MemberPost,
    MemberStatus,
    Post,
)
from zhidu.texts import enumerate_texts, gettext, localize
from zhidu.texts import lazy_gettext as _l
from zhidu.web import cells, context, present
from zhidu.web.listing import Column, Filter, Query, Tab
from zhidu.web.pages.core_view import Among, names_of
from zhidu.web.pages.fields import choose_people, department_choices
from zhidu.web.pages.member_acts import MemberActs
from zhidu.web.pages.member_forms import TERMS, MemberForm
from zhidu.web.pages.member_page import MemberPage

Superior = aliased(Member, name="superior")


def _departments() -> list[tuple[str, str]]:
    found = department_choices(context.session())
    return [(str(key), name) for key, name in found]


def _roles() -> list[tuple[str, str]]:
    rows = context.session().execute(select(Role.id, Role.name, Role.code).order_by(Role.code))
    return [(str(key), localize(name) or code) for key, name, code in rows]


def _posts() -> list[tuple[str, str]]:
    return [(str(key), name) for key, name in names_of(context.session(), Post)]


HOLDS = Among(Member.id, MemberPost.member_id, MemberPost.post_id)
HAS = Among(Member.id, MemberRole.member_id, MemberRole.role_id)


class MembersView(MemberPage, MemberActs):
    """The register of people."""

    verbs = {
        ".read": "core.member.read",
        ".create": "core.member.edit",
        ".edit": "core.member.edit",
        ".export": "core.member.read",
        ".roles": "core.role.edit",
    }
    kind = "core.member"
    model = Member
    can_new = True
    exports = ("xlsx", "csv")
    sorted_by = "name_key"
    new_label = _l("New person")
    empty_title = _l("Nobody here.")
    empty_text = _l("Take people in; a log-in can be linked at once or later.")
    empty_icon = "users"
    search_columns = (Member.name, Member.name_key, Member.number, User.username)
    search_hint = _l("Name, pinyin, number or log-in")
    tabs = (
        Tab("active", _l("Working here"), lambda _s: Member.status == MemberStatus.ACTIVE),
        Tab("left", _l("Left"), lambda _s: Member.status == MemberStatus.LEFT),
        Tab("all", _l("All"), lambda _s: None),
    )
    filters_of = (
        Filter(
            "department", _l("Department"), MemberDepartment.department_id, "choice", _departments
        ),
        Filter("post", _l("Post"), HOLDS, "choice", _posts),
        Filter("role", _l("Role"), HAS, "choice", _roles),
        Filter("joined", _l("Taken in"), Member.created_at, "dates"),
    )

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]  # role names by language
        """Give the columns; roles are named in the reader's language."""
        names = dict(self._role_names())

        def roles(codes: str) -> dict[str, str]:
            found = [names.get(code, code) for code in sorted((codes or "").split(","))]
            return present.tag(enumerate_texts(name for name in found if name))

        return (
            Column("name", _l("Full name"), Member.name, "link", phone="title", sort=True),
            Column("number", _l("Staff number"), func.coalesce(Member.number, ""), sort=True),
            Column("department", _l("Department"), func.coalesce(Department.name, "")),
            Column("posts", _l("Posts"), POSTS, "words", cells.names),
            Column("superior", _l("Superior"), Superior.name, phone="hide"),
            Column("roles", _l("Roles"), ROLES, "words", roles),
            Column("login", _l("Log-in"), User.username),
            Column("status", _l("Status"), Member.status, "tag", status_tag, phone="tag"),
        )

    def _role_names(self) -> list[tuple[str, str]]:
        rows = context.session().execute(select(Role.code, Role.name))
        return [(code, localize(name) or code) for code, name in rows]

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Join the primary department, the superior and the log-in."""
        return (
            statement.select_from(Member)
            .outerjoin(
                MemberDepartment,
                (MemberDepartment.member_id == Member.id) & MemberDepartment.is_primary,
            )
            .outerjoin(Department, Department.id == MemberDepartment.department_id)
            .outerjoin(Superior, Superior.id == Member.superior_id)
            .outerjoin(User, User.id == Member.user_id)
        )

    def statement(self, session: Session, query: Query, columns: Sequence[Column]) -> Select[Any]:
        """Add the key by which names are ordered."""
        base = super().statement(session, query, columns)
        return base.add_columns(Member.name_key.label("name_key"))

    def _order(self, query: Query, columns: Any) -> tuple[Column | None, bool]:
        """Order names by their spelling."""
        order, descending = super()._order(query, columns)
        if order is None or order.key == "name":
            return Column("name_key", "", Member.name_key), descending and order is not None
        return order, descending

    def _head(
        self, column: Column, query: Query, order: Column | None, descending: bool
    ) -> dict[str, Any]:
        by_name = order is not None and order.key == "name_key" and column.key == "name"
        return super()._head(column, query, column if by_name else order, descending)

    # --- forms

    def form_for(self, session: Session, row: Member | None, data: Any) -> MemberForm:
        """Bind the form."""
        values: dict[str, Any] = {}
        if row is not None:
            primary = [d.department_id for d in row.departments if d.is_primary]
            values = {
                "name": row.name,
                "number": row.number or "",
                "department_id": primary[0] if primary else None,
                "departments": [d.department_id for d in row.departments if not d.is_primary],
                "posts": [p.post_id for p in row.posts],
                "superior_id": row.superior_id,
                **{name: getattr(row, name) for name in TERMS},
            }
        form = MemberForm(data, data=values)
        for name, model in TERMS.items():
            usable = names_of(session, model)
            now = None if row is None else getattr(row, name)
            if now is not None and now not in dict(usable):
                usable.append((now, session.get_one(model, now).name))
            if usable:
                form[name].choices = [("", "–"), *usable]
            else:
                del form[name]
        own = [d.department_id for d in row.departments] if row is not None else []
        choices = department_choices(session, keep=own)
        form.department_id.choices = [("", gettext("Choose …")), *choices]
        form.departments.choices = [(key, name.strip("\u3000")) for key, name in choices]
        held = [p.post_id for p in row.posts] if row is not None else []
        every = names_of(session, Post, archived=True)
        live = {key for key, _ in names_of(session, Post)}
        form.posts.choices = [(key, name) for key, name in every if key in live or key in held]
        choose_people(session, form.superior_id)
        if row is not None or not self.may(".edit"):
            del form["username"]
        if not form.posts.choices:
            del form["posts"]
        if len(choices) < 2:
            del form["departments"]
        return form

    def sections(self, form: Any) -> list[dict[str, Any]]:
        """Put the person first, then their place."""
        first = [f for f in (form.name, form.number) if f is not None]
        place = [
            form[name]
            for name in ("department_id", "superior_id", "departments", "posts", *TERMS)
            if name in form
        ]
        made = [
            {"title": gettext("Person"), "items": first},
            {"title": gettext("Place"), "items": place},
        ]
        if "username" in form:
            made.append({"title": gettext("Log-in"), "items": [form.username]})
        return made

    def create(self, session: Session, form: Any) -> Member:
        """Take a person in."""
        user = form.find_user(session)
        made = members.create_member(
            session,
            context.actor(),
            form.name.data,
            form.number.data,
            form.department_id.data,
            form.posts.data if "posts" in form else (),
            form.superior_id.data,
            user,
            departments=form.departments.data if "departments" in form else (),
        )
        self._set_terms(session, made, form)
        return made

    def _set_terms(self, session: Session, row: Member, form: Any) -> None:
        """Say grade, kind of contract and site, where the company keeps such lists."""
        if any(name in form for name in TERMS):
            wanted = {
                name.removesuffix("_id"): form[name].data if name in form else getattr(row, name)
                for name in TERMS
            }
            members.set_terms(session, context.actor(), row, **wanted)

    def save(self, session: Session, row: Member, form: Any, _version: int | None) -> None:
        """Change a person and their place."""
        actor = context.actor()
        members.edit_member(session, actor, row, name=form.name.data, number=form.number.data or "")
        others = form.departments.data if "departments" in form else ()
        members.set_departments(session, actor, row, form.department_id.data, others or ())
        if "posts" in form:
            members.set_posts(session, actor, row, form.posts.data or ())
        members.set_superior(session, actor, row, form.superior_id.data)
        self._set_terms(session, row, form)
        flash(gettext("%(name)s was saved.", name=row.name), "success")

    def form_title(self, row: Member | None) -> str:
        """Name the page."""
        return str(self.new_label) if row is None else row.name

    def to_row(self, pk: int) -> Any:
        """Go to a person's page."""
        return redirect(self.link("row_view", pk=pk), code=303)


POSTS = (
    select(func.aggregate_strings(Post.name, cells.BETWEEN))
    .join(MemberPost, MemberPost.post_id == Post.id)
    .where(MemberPost.member_id == Member.id)
    .correlate(Member)
    .scalar_subquery()
)
ROLES = (
    select(func.aggregate_strings(Role.code, ","))
    .join(MemberRole, MemberRole.role_id == Role.id)
    .where(MemberRole.member_id == Member.id, Role.archived_at.is_(None))
    .correlate(Member)
    .scalar_subquery()
)


def status_tag(value: Any) -> dict[str, str]:
    """Say whether a person works here."""
    if MemberStatus(value) is MemberStatus.ACTIVE:
        return present.tag(gettext("works here"), "good")
    return present.tag(gettext("left"))


def member_url(member_id: int) -> str:
    """Give the address of a person's page."""
    return url_for("members.row_view", pk=member_id)
