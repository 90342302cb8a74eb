"""What the workbench shows of seals: facts beside a task, the card that starts, what falls due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from zhidu.access import check
from zhidu.events import StartCardsQuery, TaskFactsQuery
from zhidu.texts import lazy_gettext as _l
from zhidu.texts import ngettext
from zhidu.values import DueItem, Fact, StartCard
from zhidu_seals import queries
from zhidu_seals.models import UseRequest
from zhidu_seals.rules.kinds import may_be_used

LATE_DAYS = 7
"""Days after which a due inspection is shown as late."""


def provide_task_facts(query: TaskFactsQuery) -> Mapping[int, Sequence[Fact]]:
    """Give seal, document, copies and the document's hash for all rows of a page, in one query."""
    keys = [record.id for record in query.records if record.kind == "seals.use_request"]
    if not keys:
        return {}
    requests = query.session.scalars(
        select(UseRequest)
        .where(UseRequest.id.in_(keys))
        .options(joinedload(UseRequest.seal, innerjoin=True))
    )
    return {request.id: _of(request) for request in requests}


def _of(request: UseRequest) -> list[Fact]:
    seal = request.seal
    facts = [Fact(_l("Seal"), seal.name)]
    if not may_be_used(seal.state):
        facts.append(Fact(_l("State"), seal.state.label, "bad"))
    facts += [
        Fact(_l("Document"), request.document_title),
        Fact(_l("Type"), request.document_type.label),
        Fact(_l("Copies"), str(request.copies)),
    ]
    if request.copies_stamped:
        facts.append(Fact(_l("Stamped"), str(request.copies_stamped)))
    if request.document_sha256:
        facts.append(Fact(_l("Hash"), request.document_sha256[: queries.HASH_SHOWN]))
    return facts


def provide_start_cards(query: StartCardsQuery) -> Iterable[StartCard]:
    """Offer to ask for the use of a seal."""
    if query.actor.member_id is None or not check.can(query.session, "seals.use_request.create"):
        return ()
    return (
        StartCard(
            "seals.use_request",
            _l("Use of a seal"),
            "seals_use_request.new_view",
            icon="seal",
            group=_l("Administration"),
            sort=20,
        ),
    )


def provide_due_items(query: StartCardsQuery) -> Iterable[DueItem]:
    """Tell of handovers to sign, of inspections due, and of seals whose custodian has left."""
    session, items = query.session, []
    if query.actor.member_id is not None:
        items += [
            DueItem(
                _l("Sign for the seal “%(seal)s” that is handed over to you.", seal=one.seal.name),
                "seals_handover.row_view",
                {"pk": one.id},
            )
            for one in queries.offered_to(session, query.actor.member_id)
        ]
    if check.can(session, "seals.inspection.edit"):
        count, oldest = queries.due_inspections(session)
        if count and oldest is not None:
            late = (queries.local_today(session) - oldest).days > LATE_DAYS
            text = ngettext(
                "%(num)s seal has to be inspected.", "%(num)s seals have to be inspected.", count
            )
            items.append(
                DueItem(text, "seals_inspection.index_view", tone="bad" if late else "warn")
            )
    if check.can(session, "seals.seal.edit"):
        items += [
            DueItem(
                _l("The custodian of the seal “%(seal)s” has left.", seal=seal.name),
                "seals_seal.row_view",
                {"pk": seal.id},
                "bad",
            )
            for seal in queries.orphaned(session)
        ]
    return items
