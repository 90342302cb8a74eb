"""The request to use a seal as a business document: facts, states, and what outcomes do."""

from __future__ import annotations

from zhidu.expressions import FactType
from zhidu.records.kinds import Execution, RecordKind, Transition
from zhidu.texts import lazy_gettext as _l
from zhidu_seals.models import UseRequest
from zhidu_seals.rules.kinds import DocumentType, SealType
from zhidu_seals.services import stamping, use_requests

FACTS = {
    "copies": FactType.number(_l("Copies"), unit=_l("copies")),
    "document_type": FactType.choice(DocumentType, _l("Type of document")),
    "seal_type": FactType.choice(SealType, _l("Type of seal")),
    "seal": FactType.text(_l("Number of the seal")),
}

EXECUTION = Execution(
    initial="none",
    states={"none": _l("Not stamped"), "stamped": _l("Stamped")},
    transitions=(
        Transition(
            "stamp",
            _l("Stamp"),
            sources=("none",),
            target="stamped",
            permission="seals.use_request.stamp",
            by_task=True,
            guard=stamping.guard,
            effect=stamping.stamp,
        ),
        # fewer copies than approved were stamped at first: the rest follows, each on its own line
        Transition(
            "stamp_rest",
            _l("Stamp more copies"),
            sources=("stamped",),
            target="stamped",
            permission="seals.use_request.stamp",
            guard=stamping.guard,
            effect=stamping.stamp,
        ),
    ),
)

USE_REQUEST = RecordKind(
    name="seals.use_request",
    title=_l("Use of a seal"),
    model=UseRequest,
    series="YY-{yyyymm}-{seq:04d}",
    facts=FACTS,
    read_facts=use_requests.facts,
    summarize=use_requests.summarize,
    endpoint="seals_use_request",
    icon="seal",
    execution=EXECUTION,
    on_submit=use_requests.on_submit,
    on_approved=use_requests.on_approved,
    check_actor=use_requests.check_actor,
)
