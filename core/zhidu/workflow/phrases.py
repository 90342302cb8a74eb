"""常用语: opinions that a person writes often, one click away in the dialog of a decision.

Who keeps none of their own gets the company's, and where the company says nothing, ours.
"""

from __future__ import annotations

from sqlalchemy import select

from zhidu import settings
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import NotFound, ValidationError
from zhidu.org.models import Member
from zhidu.org.naming import wrong
from zhidu.settings import Setting
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.guards import require_person
from zhidu.workflow.seat_models import Phrase, PhraseKind

MOST = 20
"""Phrases that a person may keep for one kind of act."""

LONGEST = 100
"""Characters of a phrase."""

_TITLES = {
    PhraseKind.APPROVE: _l("Usual opinions when approving"),
    PhraseKind.REJECT: _l("Usual opinions when rejecting or returning"),
    PhraseKind.HANDLE: _l("Usual remarks when handling"),
}


def key_of(kind: PhraseKind) -> str:
    """Name the company's setting for a kind of act."""
    return f"core.phrases_{kind.value}"


SETTINGS = tuple(
    Setting(
        key_of(kind),
        str,
        "",
        title,
        _l("One after the other, with | between them; empty: the usual ones."),
    )
    for kind, title in _TITLES.items()
)


def offered(session: Session, member_id: int | None, kind: PhraseKind) -> list[str]:
    """Give what the dialog offers: the person's own phrases, else the company's, else ours."""
    own = [] if member_id is None else [row.text for row in own_phrases(session, member_id, kind)]
    if own:
        return own
    stated = str(settings.get(session, key_of(kind)))
    return [part for one in stated.split("|") if (part := one.strip())] or _usual(kind)


def own_phrases(session: Session, member_id: int, kind: PhraseKind) -> list[Phrase]:
    """List a person's own phrases in their order."""
    return list(
        session.scalars(
            select(Phrase)
            .where(Phrase.member_id == member_id, Phrase.kind == kind)
            .order_by(Phrase.position, Phrase.id)
        )
    )


def add(session: Session, actor: Actor, kind: PhraseKind, text: str) -> Phrase:
    """Keep a phrase of the actor's own, behind the others.

    :raises ValidationError: it is empty, too long, kept already, or one too many.
    """
    member_id = _lock(session, actor)
    text = " ".join(text.split())
    if not text or len(text) > LONGEST:
        raise wrong("text", _l("A phrase has 1 to %(longest)s characters.", longest=LONGEST))
    own = own_phrases(session, member_id, kind)
    if any(row.text == text for row in own):
        raise wrong("text", _l("This phrase is kept already."))
    if len(own) >= MOST:
        raise ValidationError(
            _l("At most %(most)s phrases are kept.", most=MOST), cure=_l("Remove one first.")
        )
    row = Phrase(member_id=member_id, kind=kind, text=text, position=len(own) + 1)
    session.add(row)
    session.flush()
    return row


def remove(session: Session, actor: Actor, phrase: Phrase | int) -> None:
    """Forget one of the actor's own phrases; those behind it move up."""
    member_id = _lock(session, actor)
    row = _own(session, member_id, phrase)
    session.delete(row)
    session.flush()
    _number(session, own_phrases(session, member_id, row.kind))


def move(session: Session, actor: Actor, phrase: Phrase | int, position: int) -> None:
    """Put one of the actor's own phrases at a position; 1 is shown first."""
    member_id = _lock(session, actor)
    row = _own(session, member_id, phrase)
    others = [one for one in own_phrases(session, member_id, row.kind) if one.id != row.id]
    place = min(max(position, 1), len(others) + 1) - 1
    _number(session, [*others[:place], row, *others[place:]])


def _number(session: Session, rows: list[Phrase]) -> None:
    for place, row in enumerate(rows, 1):
        row.position = place
    session.flush()


def _lock(session: Session, actor: Actor) -> int:
    """Hold the person's row, so that two windows number one after the other; give the key."""
    member_id = require_person(session, actor)
    session.scalars(
        select(Member.id).where(Member.id == member_id).with_for_update(key_share=True)
    ).one()
    return member_id


def _own(session: Session, member_id: int, ref: Phrase | int) -> Phrase:
    """Give the row as it is now.

    :raises NotFound: there is none, or it is another person's: both look alike.
    """
    key = ref if isinstance(ref, int) else ref.id
    row = session.scalars(
        select(Phrase)
        .where(Phrase.id == key, Phrase.member_id == member_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _usual(kind: PhraseKind) -> list[str]:
    match kind:
        case PhraseKind.APPROVE:
            return [gettext("Agreed"), gettext("Agreed, please handle it soon")]
        case PhraseKind.REJECT:
            return [gettext("Please add details"), gettext("Please correct it and submit again")]
        case PhraseKind.HANDLE:
            return [gettext("Done")]
