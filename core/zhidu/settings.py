"""Settings: what a policy may state, and what holds where it states nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.db.session import Session
    from zhidu.records.kinds import RecordKind

SettingType = type[bool] | type[int] | type[str] | type[Decimal]


@dataclass(frozen=True, slots=True)
class Setting:
    """A named value that a policy pack or the company may set.

    :param key: ``addon.name``.
    :param default: holds where nobody states it; shown as the addon's default.
    :param choices: the only values allowed, or any.
    :param unit: shown behind the value, e.g. ``days``.
    """

    key: str
    type: SettingType
    default: Any
    title: Text | str
    help: Text | str = ""
    choices: tuple[Any, ...] = ()
    unit: Text | str = ""
    minimum: Any = None
    maximum: Any = None
    check: Callable[[Any], object] | None = None
    """Raises ``ValidationError`` for a value that type, choices and range let through."""


def of_series(kind: RecordKind) -> Setting:
    """Declare the number pattern of a kind of record: a policy formats numbers by this setting."""
    from zhidu.db.sequence import check_pattern

    return Setting(
        f"{kind.name}.series",
        str,
        kind.series,
        _l("Number pattern of “%(kind)s”", kind=kind.title),
        help=_l("Fields: {yyyy} {yy} {mm} {dd} {yyyymm} {company} {seq:04d}."),
        check=check_pattern,
    )


def get(session: Session, key: str, policy_version_id: int | None = None) -> Any:
    """Give a setting's value: policy version, else company, else the addon's default.

    :param policy_version_id: the version a record is bound to; default: the one in force.
    :raises KeyError: no addon declares the key.
    """
    from zhidu import hooks
    from zhidu.events import SettingQuery

    declared = session.registry.settings[key]
    answer = hooks.resolve_setting(session, SettingQuery(session, key, policy_version_id))
    return declared.default if answer is None else answer.value
