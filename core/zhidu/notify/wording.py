"""Keep a message as data and say it in the reader's language: msgid, values, nothing translated.

Values may be translated themselves (a lazy text, a name by locale) or need the reader's way of
writing (a day, an instant, a number); they are stored so that each reader gets their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from babel.support import LazyProxy

from zhidu.clock import DEFAULT_ZONE
from zhidu.texts import LOCALES, Text, current_locale, gettext, localize, ngettext

Packed = str | int | bool | None | dict[str, Any]


def taken_apart(message: Text | str) -> tuple[str, dict[str, Packed]]:
    """Give msgid and values of a message: a lazy text carries its own.

    :raises TypeError: the lazy text does not come from ``lazy_gettext``.
    """
    if not isinstance(message, LazyProxy):
        return message, {}
    if message._func is not gettext:
        raise TypeError("a lazy text in a notice comes from lazy_gettext")
    return str(message._args[0]), packed(message._kwargs)


def packed(values: Mapping[str, Any]) -> dict[str, Packed]:
    """Turn values into JSON that still knows what it means.

    :raises TypeError: a value of another kind.
    """
    return {name: _pack(value) for name, value in values.items()}


def _pack(value: Any) -> Packed:
    if isinstance(value, LazyProxy) and value._func is ngettext:
        singular, plural, num = value._args
        return {"one": singular, "many": plural, "num": _pack(num), "values": packed(value._kwargs)}
    if isinstance(value, LazyProxy):
        msgid, inner = taken_apart(value)
        return {"text": msgid, "values": inner}
    if isinstance(value, Mapping):
        if not value or not set(value) <= set(LOCALES):
            raise TypeError("a mapping is a text by locale")
        return {"by_locale": dict(value)}
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"a notice cannot carry a {type(value).__name__}")


def said(message: str, values: Mapping[str, Packed], zone: str = DEFAULT_ZONE) -> str:
    """Say a message in the current locale.

    :param zone: instants are told as clocks there show them.
    """
    return gettext(message, **{name: _unpack(value, zone) for name, value in values.items()})


def _unpack(value: Packed, zone: str) -> object:
    if not isinstance(value, dict):
        return "" if value is None else value
    if "text" in value:
        return said(value["text"], value["values"], zone)
    if "one" in value:
        num = value["num"]
        counted = Decimal(num["number"]) if isinstance(num, dict) else num
        inner = {name: _unpack(one, zone) for name, one in value["values"].items()}
        singular, plural = value["one"], value["many"]
        return ngettext(singular, plural, counted, **inner)
    locale = current_locale()
    if "by_locale" in value:
        return localize(value["by_locale"])
    if "instant" in value:
        instant = datetime.fromisoformat(value["instant"]).astimezone(ZoneInfo(zone))
        return format_datetime(instant, "short", locale=locale)
    if "day" in value:
        return format_date(date.fromisoformat(value["day"]), "medium", locale=locale)
    return format_decimal(Decimal(value["number"]), locale=locale, decimal_quantization=False)
