"""The request to use a seal as a business document: facts for conditions, and its states.

What approval and stamp do (``services.use_requests``, ``services.stamping``) is wired in
``addon.py``: a declaration stands below the services.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhidu.db import Session
from zhidu.expressions import FactType
from zhidu.records.kinds import Execution, RecordKind, Transition
from zhidu.texts import lazy_gettext as _l
from zhidu_seals.models import UseRequest
from zhidu_seals.rules.kinds import DocumentType, SealType

FACTS = {
    "copies": FactType.number(_l("Copies"), unit=_l("copies")),
    "document_type": FactType.choice(DocumentType, _l("Type of document")),
    "seal_type": FactType.choice(SealType, _l("Type of seal")),
    "seal": FactType.text(_l("Seal number")),
}


def facts(_session: Session, request: UseRequest) -> Mapping[str, Any]:
    """Read what conditions of a flow may ask."""
    return {
        "copies": request.copies,
        "document_type": request.document_type.value,
        "seal_type": request.seal.type.value,
        "seal": request.seal.number,
    }


def summarize(_session: Session, request: UseRequest) -> Mapping[str, str]:
    """Give the short texts for lists across addons."""
    return {"seal": request.seal.name, "copies": str(request.copies)}


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
        ),
        # fewer copies than approved were stamped at first: the rest follows, each on its own line
        Transition(
            "stamp_rest",
            _l("Stamp more copies"),
            sources=("stamped",),
            target="stamped",
            permission="seals.use_request.stamp",
        ),
    ),
)

USE_REQUEST = RecordKind(
    name="seals.use_request",
    title=_l("Use of a seal"),
    model=UseRequest,
    series="YY-{yyyymm}-{seq:04d}",
    has_seals=True,
    facts=FACTS,
    read_facts=facts,
    summarize=summarize,
    endpoint="seals_use_request",
    icon="seal",
    execution=EXECUTION,
)
