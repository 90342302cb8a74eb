"""The page of one person: place, roles, who reports to them, and what was changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from zhidu.access import check
from zhidu.access.models import Role
from zhidu.access.roles import roles_of
from zhidu.access.user import User
from zhidu.db import Session
from zhidu.org import queries as org
from zhidu.org.models import Department, DepartmentLeader, Member, MemberStatus
from zhidu.texts import enumerate_texts, gettext, localize
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.pages.audit_words import row_log
from zhidu.web.pages.core_view import CoreView
from zhidu.web.pages.parts import sheet, table


class MemberPage(CoreView):
    """Draws the page."""

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> str:
        """Show a person."""
        session = context.session()
        row: Member = self.load(session, pk)
        here = self.link("row_view", pk=pk)
        active = row.status is MemberStatus.ACTIVE
        roles = roles_of(session, pk)
        panes = [
            {
                "id": "about",
                "label": gettext("Person"),
                "blocks": [self._about(session, row), *self._leads(session, row)],
            },
            {
                "id": "roles",
                "label": gettext("Roles"),
                "count": len(roles),
                "blocks": [self._roles(roles, active=active)],
            },
            {"id": "team", "label": gettext("Reports"), "blocks": [self._team(session, row)]},
        ]
        if check.can(session, "core.audit.read"):
            log = row_log(session, "core.member", pk)
            panes.append({"id": "log", "label": gettext("Log"), "blocks": [log]})
        page = {
            "kind": gettext("Person"),
            "icon": "user",
            "tags": [_status(row)],
            "meta": [row.number or "", self._department(session, row)],
            "here": here,
            "panes": panes,
            **self._buttons(session, row, active=active),
        }
        return self.show("zhidu/detail.html", row.name, page=page, crumbs=self.crumbs())

    def _buttons(self, session: Session, row: Member, *, active: bool) -> dict[str, Any]:
        may_edit = check.can(session, "core.member.edit", row)
        links, posts, more = [], [], []
        if may_edit and active:
            url = self.link("leave_view", pk=row.id)
            more.append({"label": gettext("Leaves the company"), "url": url, "icon": "logout"})
            url = self.link("login_view", pk=row.id)
            more.append({"label": gettext("Log-in"), "url": url, "icon": "key"})
        if may_edit and not active:
            posts.append(
                {
                    "label": gettext("Take in again"),
                    "url": self.link("rejoin_view", pk=row.id),
                    "tone": "plain",
                    "icon": "undo",
                    "confirm": gettext(
                        "Take %(name)s in again, without log-in, posts or roles?", name=row.name
                    ),
                }
            )
        if self.may(".roles") and active:
            url = self.link("roles_view", pk=row.id)
            links.append({"label": gettext("Roles"), "url": url, "icon": "shield"})
        if may_edit:
            url = self.link("change_view", pk=row.id)
            links.append({"label": gettext("Edit"), "url": url, "icon": "edit", "tone": "primary"})
        return {"links": links, "posts": posts, "more_links": more}

    def _department(self, session: Session, row: Member) -> str:
        department = org.primary_department(session, row.id)
        return org.department_full_name(session, department.id) if department else ""

    def _about(self, session: Session, row: Member) -> dict[str, Any]:
        user = session.get(User, row.user_id) if row.user_id else None
        others = [d.department.name for d in row.departments if not d.is_primary]
        zone = context.here().timezone
        superior = row.superior
        place = {
            "label": gettext("Direct superior"),
            "person": present.person(superior.name, url=self.link("row_view", pk=superior.id))
            if superior
            else None,
            "value": None,
        }
        login = user.username if user else ""
        if user is not None and not user.active:
            login = gettext("%(user)s (switched off)", user=user.username)
        left = present.when(row.left_at, zone)
        return sheet(
            (
                (_l("Full name"), row.name),
                (_l("Staff number"), row.number),
                (_l("Department"), self._department(session, row)),
                (_l("Further departments"), enumerate_texts(others)),
                (_l("Posts"), enumerate_texts(p.post.name for p in row.posts)),
                *[
                    (label, entry.name)
                    for label, entry in (
                        (_l("Grade"), row.grade),
                        (_l("Kind of contract"), row.contract),
                        (_l("Site"), row.site),
                    )
                    if entry is not None
                ],
                place,
                (_l("Log-in"), login),
                (_l("Taken in"), (present.when(row.created_at, zone) or {}).get("text")),
                *([(_l("Left"), left["text"])] if left else []),
            )
        )

    def _leads(self, session: Session, row: Member) -> list[dict[str, Any]]:
        led = session.scalars(
            select(Department.name)
            .join(DepartmentLeader, DepartmentLeader.department_id == Department.id)
            .where(DepartmentLeader.member_id == row.id, Department.archived_at.is_(None))
            .order_by(Department.path)
        ).all()
        charge = session.scalars(
            select(Department.name)
            .where(Department.in_charge_id == row.id, Department.archived_at.is_(None))
            .order_by(Department.path)
        ).all()
        if not led and not charge:
            return []
        return [
            sheet(
                (
                    {"label": gettext("Leads"), "value": enumerate_texts(led), "wide": True},
                    {
                        "label": gettext("In charge of"),
                        "value": enumerate_texts(charge),
                        "wide": True,
                    },
                ),
                title=_l("Leadership"),
            )
        ]

    def _roles(self, roles: list[Role], *, active: bool) -> dict[str, Any]:
        return table(
            ((_l("Role"), "text", "title"), (_l("Code"), "text"), (_l("Rights"), "number")),
            [("", (localize(r.name) or r.code, r.code, len(r.grants))) for r in roles],
            empty={
                "icon": "shield",
                "title": gettext("No roles."),
                "text": gettext("Without a role a person can only read what is open to all."),
            },
        )

    def _team(self, session: Session, row: Member) -> dict[str, Any]:
        below = session.scalars(
            select(Member)
            .where(Member.superior_id == row.id, Member.status == MemberStatus.ACTIVE)
            .order_by(Member.name_key, Member.id)
        ).all()
        return table(
            ((_l("Full name"), "link", "title"), (_l("Staff number"), "text")),
            [(self.link("row_view", pk=m.id), (m.name, m.number)) for m in below],
            empty={"icon": "users", "title": gettext("Nobody reports to this person.")},
        )


def _status(row: Member) -> dict[str, str]:
    if row.status is MemberStatus.ACTIVE:
        return present.tag(gettext("works here"), "good")
    return present.tag(gettext("left"))
