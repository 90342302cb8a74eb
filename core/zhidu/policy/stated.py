"""The value of a setting: checked against its declaration, kept as JSON without losing a digit."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from zhidu.errors import ValidationError
from zhidu.policy.problems import suggest
from zhidu.settings import Setting
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

_TYPES: dict[type, Text] = {
    bool: _l("true or false"),
    int: _l("a whole number"),
    Decimal: _l("a number"),
    str: _l("a text"),
}


class SettingValueWrong(ValidationError):
    """A value that the setting does not take."""

    def __init__(self, setting: Setting, message: Text | str, cure: Text | str) -> None:
        super().__init__(message, cure=cure, fields={setting.key: message})
        self.key = setting.key


def checked(setting: Setting, value: Any) -> Any:
    """Give the value in its declared type.

    :raises SettingValueWrong: its type, range or choice does not fit.
    """
    fits = type(value) is setting.type
    if setting.type is Decimal and type(value) is int:
        value, fits = Decimal(value), True
    if not fits or (isinstance(value, Decimal) and not value.is_finite()):
        raise SettingValueWrong(
            setting,
            _l(
                "“%(key)s” takes %(type)s, not “%(value)s”.",
                key=setting.key,
                type=_TYPES[setting.type],
                value=_shown(value),
            ),
            _l("The default is %(value)s.", value=_shown(setting.default)),
        )
    if setting.choices and value not in setting.choices:
        raise SettingValueWrong(
            setting,
            _l("“%(value)s” is not possible for “%(key)s”.", key=setting.key, value=_shown(value)),
            suggest(_shown(value), map(_shown, setting.choices)),
        )
    low, high = setting.minimum, setting.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise SettingValueWrong(
            setting,
            _l("%(value)s is out of range for “%(key)s”.", key=setting.key, value=_shown(value)),
            _range(low, high),
        )
    if setting.check is not None:
        try:
            setting.check(value)
        except ValidationError as error:
            raise SettingValueWrong(setting, error.message, error.cure) from error
    return value


def to_json(value: Any) -> Any:
    """Write a checked value for the database: a Decimal as text, exactly."""
    return str(value) if isinstance(value, Decimal) else value


def from_json(setting: Setting, value: Any) -> Any:
    """Read back; what no longer fits the declaration (a newer addon) gives the default."""
    try:
        return checked(setting, Decimal(value) if setting.type is Decimal else value)
    except (SettingValueWrong, InvalidOperation, TypeError, ValueError):
        return setting.default


def _range(low: Any, high: Any) -> Text:
    if high is None:
        return _l("Write at least %(low)s.", low=low)
    if low is None:
        return _l("Write at most %(high)s.", high=high)
    return _l("Write a value from %(low)s to %(high)s.", low=low, high=high)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
