"""Groups (小组): people of several departments whom a policy names together."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from zhidu.db import Session
from zhidu.org import groups
from zhidu.org.models import Member
from zhidu.org.models_groups import Group, GroupMember
from zhidu.texts import lazy_gettext as _l
from zhidu.web import cells, context
from zhidu.web.listing import Column
from zhidu.web.pages.coded import CodedForm, CodedView
from zhidu.web.pages.fields import PeopleField, choose_people

NAMES = (
    select(func.aggregate_strings(Member.name, cells.BETWEEN))
    .join(GroupMember, GroupMember.member_id == Member.id)
    .where(GroupMember.group_id == Group.id)
    .correlate(Group)
    .scalar_subquery()
)


class GroupForm(CodedForm):
    """A group and who is in it."""

    people = PeopleField(
        _l("People"),
        description=_l("In their order: those who act one after the other are asked so."),
        ui={"kind": "person", "width": "full"},
    )


class GroupsView(CodedView):
    """The register of groups."""

    kind = "core.group"
    model = Group
    right = groups.EDIT
    form_class = GroupForm
    new_label = _l("New group")
    empty_title = _l("No groups yet.")
    empty_text = _l("A group such as the purchasing committee can be named in a policy.")
    empty_icon = "users"
    own_columns = (Column("names", _l("People"), NAMES, "words", cells.names),)

    def form_for(self, session: Session, row: Group | None, data: Any) -> Any:
        """Bind the form with the people of the group."""
        form: Any = super().form_for(session, row, data)
        if row is not None and data is None:
            form.people.data = [place.member_id for place in row.members]
        choose_people(session, form.people)
        return form

    def create(self, session: Session, form: Any) -> Group:
        """Add a group."""
        return groups.create_group(
            session, context.actor(), form.code.data, form.name.data, form.people.data
        )

    def save(self, session: Session, row: Group, form: Any, _version: int | None) -> None:
        """Rename it, and say who is in it."""
        groups.edit_group(session, context.actor(), row, name=form.name.data)
        groups.set_group_members(session, context.actor(), row, form.people.data)

    def archive(self, session: Session, row: Group) -> None:
        """Take it out of use."""
        groups.archive_group(session, context.actor(), row)

    def restore(self, session: Session, row: Group) -> None:
        """Take it into use again."""
        groups.restore_group(session, context.actor(), row)
