"""The check digit of a mainland identity card number (GB 11643-1999)."""

from __future__ import annotations

from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
DIGITS = "10X98765432"


def id_number_is_valid(number: str) -> bool:
    """Tell whether the 18 characters have a real birthday and the right last one."""
    if len(number) != 18 or not number[:17].isdecimal() or not number.isascii():
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return DIGITS[total % 11] == number[17]
