"""Looking over the wall between companies: who of a parent company may act in this one.

Rows of two companies never meet in one session. So the parent is asked in a session of its own,
for one thing only: the log-ins of those who hold a post there. What counts here is who of them is
a member of this company, too; a record is shown to nobody else.
"""

from __future__ import annotations

from sqlalchemy import select

from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.org.models import Company, Member, MemberPost, Post
from zhidu.org.queries import WORKS_HERE


def parent_companies(session: Session) -> list[Company]:
    """List the companies above the session's own, the nearest first; archived ones end the chain."""
    found: list[Company] = []
    above = session.get_one(Company, session.company).parent_id
    while above is not None and above not in {company.id for company in found}:
        company = session.get_one(Company, above)
        if company.archived_at is not None:
            break
        found.append(company)
        above = company.parent_id
    return found


def holders_above(session: Session, company_code: str, post: str) -> list[int]:
    """List the members of this company who hold a post in a company above it.

    Empty where that company is none above this one.

    :param company_code: of the parent, or of the parent's parent …
    """
    above = next((one for one in parent_companies(session) if one.code == company_code), None)
    if above is None:
        return []
    users = _users_on_post(session, above.id, post)
    if not users:
        return []
    rows = session.execute(
        select(Member.user_id, Member.id).where(Member.user_id.in_(users), WORKS_HERE)
    )
    here = dict(rows.all())
    return [here[user] for user in users if user in here]


def without_membership(session: Session, company_code: str, post: str) -> list[str]:
    """Name the log-ins of those on a post above who are no members here, for lint and for help."""
    above = next((one for one in parent_companies(session) if one.code == company_code), None)
    if above is None:
        return []
    users = _users_on_post(session, above.id, post)
    here = set(session.scalars(select(Member.user_id).where(Member.user_id.in_(users), WORKS_HERE)))
    names = dict(
        session.execute(select(User.id, User.username).where(User.id.in_(set(users) - here))).all()
    )
    return [names[user] for user in users if user in names]


def _users_on_post(session: Session, company_id: int, post: str) -> list[int]:
    """Ask the other company, in its own session over the same transaction."""
    connection = session.connection()
    with Session(connection, Actor.system(company_id), session.registry) as there:  # type: ignore[arg-type]  # SQLAlchemy's own Session takes a connection, too
        return list(
            there.scalars(
                select(Member.user_id)
                .join(MemberPost, MemberPost.member_id == Member.id)
                .join(Post, Post.id == MemberPost.post_id)
                .where(
                    Post.code == post,
                    Post.archived_at.is_(None),
                    WORKS_HERE,
                    Member.user_id.is_not(None),
                )
                .order_by(Member.id)
            )
        )
