"""Amounts in the capital characters of Chinese vouchers (大写金额)."""

from __future__ import annotations

from decimal import Decimal

from zhidu.money import round_to
from zhidu.texts import current_locale

NAMES = {"CNY": "人民币人民幣", "HKD": "港币港幣", "TWD": "新台币新臺幣"}
"""What stands before the words, in simplified and in traditional characters."""

SIMPLIFIED = ("零壹贰叁肆伍陆柒捌玖", tuple("万亿元角分整负"))
TRADITIONAL = ("零壹貳參肆伍陸柒捌玖", tuple("萬億元角分整負"))


def in_words(value: Decimal, currency: str = "CNY") -> str:
    """Write an amount in the capital characters of vouchers: ``人民币壹仟肆佰零玖元伍角``.

    An English page has them, too, in simplified characters: the voucher needs them, whoever reads.
    Rule: the People's Bank of China, Measures for Payment and Settlement, annex 1: «whole» (整)
    after yuan and after jiao, none after fen; noughts in between are one 零.

    :returns: nothing for a currency that has no such form.
    """
    names = NAMES.get(currency)
    if names is None:
        return ""
    hant = "Hant" in current_locale()
    digits, (wan, yi, yuan, jiao, fen, whole, minus) = TRADITIONAL if hant else SIMPLIFIED
    half = len(names) // 2
    cents = int(round_to(abs(value)) * 100)
    units, tenths, hundredths = cents // 100, cents // 10 % 10, cents % 10
    text = _whole(units, digits, wan, yi) + yuan if units or not cents else ""
    if tenths:
        text += digits[tenths] + jiao
    elif hundredths and units:
        text += digits[0]
    text += digits[hundredths] + fen if hundredths else whole
    return (names[half:] if hant else names[:half]) + (minus if value < 0 and cents else "") + text


def _whole(number: int, digits: str, wan: str, yi: str) -> str:
    """Write a number below 10^16: by hundred millions, then ten thousands, then digits."""
    for size, unit in ((10**8, yi), (10**4, wan)):
        if number >= size:
            rest = number % size
            gap = digits[0] if 0 < rest < size // 10 else ""
            tail = _whole(rest, digits, wan, yi) if rest else ""
            return _whole(number // size, digits, wan, yi) + unit + gap + tail
    text, nought = "", False
    for place, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = number // place % 10
        if digit:
            text += (digits[0] if nought and text else "") + digits[digit] + unit
        nought = not digit
    return text or digits[0]
