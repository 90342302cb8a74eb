"""Two people save the same register row: the second one is told, with both values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhidu.audit import queries as audit
from zhidu.db import Session
from zhidu.errors import StaleRecord, ValidationError
from zhidu.records.clashes import find_clashes
from zhidu.texts import lazy_gettext as _l


def require_version(
    session: Session,
    row: Any,
    version: int | None,
    typed: Mapping[str, Any],
) -> None:
    """Refuse a form that was opened before someone else saved.

    :param version: as the form was opened with it.
    :param typed: the form's values by attribute of the row.
    :raises StaleRecord: names each field that differs, with the saved and the typed value, and
        who saved last.
    :raises ValidationError: the form does not say with which version it was opened.
    """
    if version is None:
        raise ValidationError(_l("The form lacks the version that it was opened with."))
    if row.version == version:
        return
    clashes = find_clashes(row, typed, None)
    last = audit.for_row(session, type(row).__kind__, row.id, limit=1).acts[:1]
    who, at = (last[0].who, last[0].at) if last else ("", None)
    raise StaleRecord(clashes, row.version, who, at)
