"""Posts (岗位): what people hold, and what a policy may name as an approver."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from sqlalchemy import Select, func, select
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.org import departments as org
from zhidu.org.models import Member, MemberPost, MemberStatus, Post
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import cells, context, present
from zhidu.web.base_view import door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.listing import Column, Tab
from zhidu.web.pages.core_view import CoreView

HOLDERS = (
    select(func.count())
    .select_from(MemberPost)
    .join(Member, Member.id == MemberPost.member_id)
    .where(MemberPost.post_id == Post.id, Member.status == MemberStatus.ACTIVE)
    .correlate(Post)
    .scalar_subquery()
)
NAMES = (
    select(func.aggregate_strings(Member.name, cells.BETWEEN))
    .join(MemberPost, MemberPost.member_id == Member.id)
    .where(MemberPost.post_id == Post.id, Member.status == MemberStatus.ACTIVE)
    .correlate(Post)
    .scalar_subquery()
)


class PostForm(OfficeForm):
    """A post."""

    code = StringField(
        _l("Code"),
        [DataRequired(), Length(max=32)],
        description=_l("Policies name the post by it: a–z, 0–9 and underscore; it never changes."),
        render_kw={"autocomplete": "off"},
    )
    name = StringField(_l("Name"), [DataRequired(), Length(max=100)])


class PostsView(CoreView):
    """The register of posts."""

    verbs = {
        ".read": "core.post.edit",
        ".create": "core.post.edit",
        ".edit": "core.post.edit",
        ".export": "core.post.edit",
    }
    kind = "core.post"
    model = Post
    can_new = True
    exports = ("xlsx", "csv")
    newest_first = False
    new_label = _l("New post")
    empty_title = _l("No posts yet.")
    empty_text = _l("A post such as cashier can be held by several people and named in a policy.")
    empty_icon = "briefcase"
    search_columns = (Post.name, Post.code)
    search_hint = _l("Name or code")
    tabs = (
        Tab("used", _l("In use"), lambda _s: Post.archived_at.is_(None)),
        Tab("archived", _l("Archived"), lambda _s: Post.archived_at.is_not(None)),
    )
    columns = (
        Column("name", _l("Name"), Post.name, "link", phone="title", sort=True),
        Column("code", _l("Code"), Post.code, sort=True),
        Column("holders", _l("People"), HOLDERS, "number"),
        Column("names", _l("Held by"), NAMES, "words", cells.names),
        Column(
            "archived", _l("Status"), Post.archived_at, "tag", lambda v: used_tag(v), phone="tag"
        ),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Read posts only."""
        return statement.select_from(Post)

    def form_for(self, _session: Session, row: Post | None, data: Any) -> PostForm:
        """Bind the form; the code of a post never changes."""
        form = PostForm(data, obj=row)
        if row is not None:
            form.code.ui["lock"] = gettext("Policies name the post by its code.")
            form.code.validators, form.code.data = [], row.code
            form.code.raw_data, form.code.flags.required = None, False
        return form

    def create(self, session: Session, form: Any) -> Post:
        """Add a post."""
        return org.create_post(session, context.actor(), form.code.data, form.name.data)

    def save(self, session: Session, row: Post, form: Any, _version: int | None) -> None:
        """Rename it."""
        org.edit_post(session, context.actor(), row, name=form.name.data)

    def form_title(self, row: Post | None) -> str:
        """Name the page."""
        return str(self.new_label) if row is None else row.name

    def form_buttons(self, row: Post | None) -> list[dict[str, Any]]:
        """Offer to take a post out of use, or back."""
        buttons = super().form_buttons(row)
        if row is not None:
            label = gettext("Archive") if row.archived_at is None else gettext("Use again")
            first = {"name": "do", "value": "archive", "label": label, "tone": "plain"}
            buttons.insert(0, {**first, "novalidate": True})
        return buttons

    def done_url(self, row: Any) -> str:
        """Go back to the list."""
        flash(gettext("“%(name)s” was saved.", name=row.name), "success")
        return self.link("index_view")

    @door("/<int:pk>/edit", "GET", "POST", needs=".edit")
    def change_view(self, pk: int) -> Any:
        """Rename a post, or take it out of use."""
        if request.method != "POST" or request.form.get("do") != "archive":
            return self.change_page(pk)
        session = context.session()
        row = self.load(session, pk, "edit")
        try:
            if row.archived_at is None:
                org.archive_post(session, context.actor(), row)
            else:
                org.restore_post(session, context.actor(), row)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
            return redirect(self.link("change_view", pk=pk), code=303)
        return redirect(self.done_url(row), code=303)


def used_tag(value: Any) -> dict[str, str]:
    """Say whether something is in use."""
    return present.tag(
        *((gettext("in use"), "good") if value is None else (gettext("archived"), "plain"))
    )
