"""Values of the addon as tags of lists and pages."""

from __future__ import annotations

from typing import Any

from zhidu.texts import gettext
from zhidu.web import present
from zhidu_seals.rules.kinds import (
    DocumentType,
    HandoverState,
    InspectionResult,
    SealState,
    SealType,
)


def seal_type(value: Any) -> dict[str, str]:
    """Name a type of seal."""
    return present.tag(SealType(value).label)


def seal_state(value: Any) -> dict[str, str]:
    """Name the state of a seal."""
    state = SealState(value)
    return present.tag(state.label, state.tone)


def document_type(value: Any) -> dict[str, str]:
    """Name a type of document."""
    return present.tag(DocumentType(value).label)


def inspection(value: Any) -> dict[str, str]:
    """Name the result of an inspection, or say that it is due."""
    if value is None:
        return present.tag(gettext("due"), "warn")
    result = InspectionResult(value)
    return present.tag(result.label, "good" if result is InspectionResult.OK else "bad")


def handover(value: Any) -> dict[str, str]:
    """Name the state of a handover."""
    state = HandoverState(value)
    return present.tag(state.label, state.tone)
