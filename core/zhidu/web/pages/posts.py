"""Posts (岗位): what people hold, and what a policy may name as an approver."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from zhidu.db import Session
from zhidu.org import departments as org
from zhidu.org.models import Member, MemberPost, MemberStatus, Post
from zhidu.texts import lazy_gettext as _l
from zhidu.web import cells, context
from zhidu.web.listing import Column
from zhidu.web.pages.coded import CodedForm, CodedView

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


class PostsView(CodedView):
    """The register of posts."""

    kind = "core.post"
    model = Post
    right = "core.post.edit"
    form_class = CodedForm
    new_label = _l("New post")
    empty_title = _l("No posts yet.")
    empty_text = _l("A post such as cashier can be held by several people and named in a policy.")
    empty_icon = "briefcase"
    own_columns = (
        Column("holders", _l("People"), HOLDERS, "number"),
        Column("names", _l("Held by"), NAMES, "words", cells.names),
    )

    def create(self, session: Session, form: Any) -> Post:
        """Add a post."""
        return org.create_post(session, context.actor(), form.code.data, form.name.data)

    def save(self, session: Session, row: Post, form: Any, _version: int | None) -> None:
        """Rename it."""
        org.edit_post(session, context.actor(), row, name=form.name.data)

    def archive(self, session: Session, row: Post) -> None:
        """Take it out of use."""
        org.archive_post(session, context.actor(), row)

    def restore(self, session: Session, row: Post) -> None:
        """Take it into use again."""
        org.restore_post(session, context.actor(), row)
