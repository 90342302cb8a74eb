"""The packs that a company's pack may extend: built-in ones, its own, and those of its parents."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.org.wall import parent_companies
from zhidu.policy import extending
from zhidu.policy.extending import Library, Source
from zhidu.policy.models import PolicyVersion, VersionOrigin

_SOURCE = (
    select(PolicyVersion.source)
    .where(
        PolicyVersion.pack_id == bindparam("pack"),
        PolicyVersion.origin == VersionOrigin.PACK,
        PolicyVersion.source != "",
    )
    .order_by(PolicyVersion.number.desc())
    .limit(1)
)


def published(session: Session) -> Library:
    """Find packs for the session's company: the last version that was published of each.

    A built-in pack keeps its name; then come the company's own, then its parents', the nearest
    first. A parent is asked in a session of its own, for the text of that one pack only.
    """

    def find(ident: str) -> Source | None:
        found = extending.built_in(ident)
        if found is not None:
            return found
        text = session.scalar(_SOURCE, {"pack": ident})
        if text is None:
            text = _above(session, ident)
        return Source(f"{ident}.yaml", text) if text else None

    return find


def _above(session: Session, ident: str) -> str | None:
    connection = session.connection()
    for company in parent_companies(session):
        actor = Actor.system(company.id)
        with Session(connection, actor, session.registry) as there:  # type: ignore[arg-type]  # SQLAlchemy's own Session takes a connection, too
            text = there.scalar(_SOURCE, {"pack": ident})
        if text:
            return str(text)
    return None
