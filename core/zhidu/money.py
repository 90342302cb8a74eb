"""The only place that rounds: four places are stored, two are shown for money."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency

from zhidu.texts import current_locale

PLACES = Decimal("0.0001")
CENT = Decimal("0.01")


def round_to(value: Decimal, step: Decimal = CENT) -> Decimal:
    """Round half up to a multiple of ``step`` places, as Chinese bookkeeping does."""
    return value.quantize(step, rounding=ROUND_HALF_UP)


def show_money(value: Decimal, currency: str = "CNY") -> str:
    """Write an amount in the reader's way, e.g. ``¥1,409.50``."""
    return str(format_currency(round_to(value), currency, locale=current_locale()))
