"""The picture of a person's own signature, and which one a decision was signed with.

Only PNG is taken: a bitmap that is checked chunk by chunk, so that no script and no second file
rides along. The content lies in the folder of files under its SHA-256; a decision keeps the row of
the content that counted then, whatever the person signs with later.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from struct import unpack
from typing import BinaryIO

from sqlalchemy import select

from zhidu.access import check
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.org.models import Member
from zhidu.records.attachments import blob_of
from zhidu.records.errors import FileRefused
from zhidu.records.files import FileStore
from zhidu.records.models import Blob, Record
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.guards import require_person
from zhidu.workflow.models import Trail
from zhidu.workflow.seat_models import Signature

LARGEST = 256 * 1024
"""Bytes of a picture."""

WIDEST = 1200
"""Pixels of a picture's longer side."""

NAME = "signature.png"

_BEGINNING = b"\x89PNG\r\n\x1a\n"
_DRAWN = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"pHYs", b"sBIT"}
)
"""Chunks that draw; texts, profiles and moving pictures are refused."""


def keep(session: Session, actor: Actor, stream: BinaryIO, *, files: FileStore) -> Signature:
    """Keep a picture as the actor's signature from now on; the one before stays with its decisions.

    :raises FileRefused: too large, or not a plain PNG.
    """
    member_id = _lock(session, actor)
    content = stream.read(LARGEST + 1)
    _check(content)
    kept = files.keep(BytesIO(content), LARGEST)
    blob = blob_of(session, kept, NAME)
    before = current(session, member_id)
    if before is not None and before.blob_id == blob.id:
        return before
    _end(session, before)
    row = Signature(member_id=member_id, blob_id=blob.id, since=now())
    session.add(row)
    session.flush()
    return row


def remove(session: Session, actor: Actor) -> None:
    """Sign with no picture from now on; decisions keep theirs."""
    _end(session, current(session, _lock(session, actor)))


def current(session: Session, member_id: int) -> Signature | None:
    """Give the signature that counts now, if the person has one."""
    return session.scalars(
        select(Signature).where(Signature.member_id == member_id, Signature.removed_at.is_(None))
    ).one_or_none()


def open_own(session: Session, actor: Actor, *, files: FileStore) -> BinaryIO:
    """Open the actor's own current signature; the caller closes it.

    :raises NotFound: there is none.
    """
    row = current(session, require_person(session, actor))
    if row is None:
        raise NotFound
    return files.open(row.blob.sha256)


def open_of_decision(
    session: Session, actor: Actor, entry: Trail | int, *, files: FileStore
) -> BinaryIO:
    """Open the signature of a decision, for whoever may read the record; the caller closes it.

    :raises NotFound: there is none, or the actor may not read the record: both look alike.
    """
    row = session.get(Trail, entry) if isinstance(entry, int) else entry
    record = None if row is None else session.get(Record, row.record_id)
    if row is None or record is None or row.signature_id is None:
        raise NotFound
    if not actor.is_system and not check.can(session, f"{record.kind}.read", record):
        raise NotFound
    return files.open(session.get_one(Blob, row.signature_id).sha256)


def _lock(session: Session, actor: Actor) -> int:
    """Hold the person's row, so that two windows come one after the other; give the key."""
    member_id = require_person(session, actor)
    session.scalars(
        select(Member.id).where(Member.id == member_id).with_for_update(key_share=True)
    ).one()
    return member_id


def _end(session: Session, row: Signature | None) -> None:
    if row is not None:
        row.removed_at = now()
        session.flush()


def _check(content: bytes) -> None:
    """Refuse what is not a plain, whole and small PNG."""
    if len(content) > LARGEST:
        raise FileRefused(
            _l("The picture is larger than %(limit)s kB.", limit=LARGEST // 1024),
            cure=_l("Crop it to the signature, or save it with fewer pixels."),
            name=NAME,
        )
    size = _size(content)
    if size is None:
        raise FileRefused(
            _l("The picture is not a plain PNG."),
            cure=_l("Save it as PNG, without animation and without embedded texts."),
            name=NAME,
        )
    if not 0 < min(size) <= max(size) <= WIDEST:
        raise FileRefused(
            _l("The picture is wider or higher than %(most)s pixels.", most=WIDEST),
            cure=_l("Crop it to the signature, or save it with fewer pixels."),
            name=NAME,
        )


def _size(content: bytes) -> tuple[int, int] | None:
    """Read width and height of a PNG; None where a chunk is broken, unknown, or stands outside."""
    if not content.startswith(_BEGINNING):
        return None
    place, size, drawn = len(_BEGINNING), None, b""
    while place + 12 <= len(content):
        length = unpack(">I", content[place : place + 4])[0]
        name, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        after = place + 12 + length
        if after > len(content) or name not in _DRAWN or (size is None) != (name == b"IHDR"):
            return None
        if zlib.crc32(name + data) != unpack(">I", content[after - 4 : after])[0]:
            return None
        if name == b"IHDR":
            if length != 13:
                return None
            size = unpack(">II", data[:8])
        drawn += data if name == b"IDAT" else b""
        if name == b"IEND":
            return size if after == len(content) and _is_whole(drawn) else None
        place = after
    return None


def _is_whole(drawn: bytes) -> bool:
    """Tell whether the pixels are one packed stream with nothing behind it."""
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(drawn, (WIDEST * 8 + 1) * WIDEST)
    except zlib.error:
        return False
    return unpacking.eof and not unpacking.unused_data
