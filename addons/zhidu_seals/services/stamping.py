"""Stamp: count the copies under the record's lock and write the line of the register.

The register is append-only in the database. A line's serial is a legal one, taken at the very end
of the act, so that a rolled back act leaves no gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.db.sequence import format_number, next_number
from zhidu.errors import ValidationError
from zhidu.events import RecordEvent
from zhidu.org.models import Member
from zhidu.texts import enumerate_texts
from zhidu.texts import lazy_gettext as _l
from zhidu_seals import queries
from zhidu_seals.errors import CopiesWrong, DocumentChanged, NothingLeft, StampedAlready
from zhidu_seals.models import Seal, UseEntry, UseRequest
from zhidu_seals.rules import copies
from zhidu_seals.services import use_requests

SERIES = "seals.register"
PATTERN = "{yyyy}-{seq:04d}"


def guard(session: Session, actor: Actor, request: UseRequest, _values: Mapping[str, Any]) -> None:
    """Refuse a stamp that may not happen now, whatever the form says.

    :raises SealNotUsable: the seal was stopped meanwhile.
    :raises NothingLeft: all approved copies are stamped.
    :raises DocumentChanged: the file is not the one that was approved.
    """
    use_requests.require_usable(request.seal)
    use_requests.require_keeper(session, actor, request)
    if not request.copies_left:
        raise NothingLeft
    found = queries.documents(session, request.id)
    if [one.blob.sha256 for one in found] != [request.document_sha256]:
        raise DocumentChanged


def stamp(session: Session, actor: Actor, request: UseRequest, values: Mapping[str, Any]) -> None:
    """Write that copies were stamped: never more in all than were approved.

    :param values: ``copies``: how many now; ``note``: what is worth knowing.
    :raises CopiesWrong: fewer than one, or more than are left.
    """
    seal = use_requests.hold_seal(session, request)
    # the engine holds the header; this reads what another act has counted before it
    session.refresh(request, ["copies", "copies_stamped"], with_for_update=True)
    guard(session, actor, request, values)
    wanted = _copies(values, request.copies_left)
    if not copies.fits(request.copies, request.copies_stamped, wanted):
        raise CopiesWrong(request.copies_left)
    request.copies_stamped += wanted
    session.flush()
    _write(session, actor, request, seal, wanted, str(values.get("note") or "").strip()[:500])


def check_void(session: Session, request: UseRequest) -> None:
    """Keep a request in force with which a document was stamped.

    :raises StampedAlready: at least one copy was; the register says which.
    """
    session.refresh(request, ["copies_stamped"])  # whoever stamps holds the header, as who voids
    if request.copies_stamped:
        raise StampedAlready(request.copies_stamped)


def on_voided(event: RecordEvent) -> None:
    """See that nothing was stamped while the request to void was on its way; nothing is held.

    :raises StampedAlready: something was.
    """
    check_void(event.session, event.session.get_one(UseRequest, event.record.id))


def _copies(values: Mapping[str, Any], left: int) -> int:
    try:
        return int(str(values["copies"]).strip())
    except KeyError:
        text = _l("Say how many copies were stamped.")
        raise ValidationError(text, fields={"copies": text}) from None
    except ValueError:
        raise CopiesWrong(left) from None


def _write(
    session: Session, actor: Actor, request: UseRequest, seal: Seal, count: int, note: str
) -> None:
    record = request.header
    day = queries.local_today(session)
    keeper = session.scalars(select(Member).where(Member.id == actor.member_id)).one()
    serial = next_number(session, SERIES, f"{day.year:04d}")
    session.add(
        UseEntry(
            year=day.year,
            serial=serial,
            number=format_number(PATTERN, year=day.year, month=day.month, day=day.day, seq=serial),
            record_id=request.id,
            request_number=record.number or "",
            stamped_at=now(),
            seal_id=seal.id,
            seal_type=seal.type,
            seal_name=seal.name,
            seal_number=seal.number,
            department=record.department_name,
            applicant=record.applicant.name,
            document_title=request.document_title,
            document_type=request.document_type,
            document_sha256=request.document_sha256,
            copies=count,
            counterparty=request.counterparty,
            purpose=request.purpose,
            approvers=enumerate_texts(
                name for _key, name in queries.approved_by(session, request.id)
            ),
            stamped_by=keeper.id,
            keeper=keeper.name,
            note=note,
        )
    )
    session.flush()
