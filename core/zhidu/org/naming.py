"""Names as people write them, the Latin key that orders and finds them, and codes for policies."""

from __future__ import annotations

import re
import unicodedata

from zhidu.errors import ValidationError
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

LONGEST = 100
"""Characters of a name."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")

SURNAMES = {
    "单": "shan",
    "仇": "qiu",
    "任": "ren",
    "区": "ou",
    "华": "hua",
    "员": "yun",
    "召": "shao",
    "纪": "ji",
    "盖": "ge",
    "秘": "bi",
    "繁": "po",
    "乐": "yue",
    "朴": "piao",
    "解": "xie",
    "查": "zha",
    "曾": "zeng",
    "翟": "zhai",
    "冼": "xian",
    "黑": "he",
    "种": "chong",
    "折": "she",
    "尉迟": "yu chi",
    "万俟": "mo qi",
    "长孙": "zhang sun",
    "澹台": "tan tai",
    "單": "shan",
    "區": "ou",
    "華": "hua",
    "員": "yun",
    "紀": "ji",
    "蓋": "ge",
    "樂": "yue",
    "樸": "piao",
    "種": "chong",
    "長孫": "zhang sun",
    "萬俟": "mo qi",
    "尉遲": "yu chi",
}
"""Surnames that are read otherwise than the same character in a sentence."""


def name_key(name: str) -> str:
    """Spell a name for order and search: pinyin in full and initials, ``zhangsan zs``.

    Latin letters and digits stay; the surname is read as a surname (曾 is zeng).
    """
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a quarter of a second to load

    name = unicodedata.normalize("NFKC", name).strip().lower()
    surname = next((name[:n] for n in (2, 1) if name[:n] in SURNAMES and len(name) > n), "")
    words = SURNAMES[surname].split() if surname else []
    words += lazy_pinyin(name[len(surname) :], style=Style.NORMAL)
    pieces = [piece for word in words for piece in _letters(word).split()]
    return f"{''.join(pieces)} {''.join(piece[0] for piece in pieces)}".strip()


def _letters(word: str) -> str:
    return "".join(char if char.isalnum() else " " for char in word)


def clean_name(value: str, field: str = "name", *, longest: int = LONGEST) -> str:
    """Trim a name and put its blanks in order.

    :raises ValidationError: it is empty, too long, or holds control characters.
    """
    name = " ".join(value.split())
    if not name:
        raise wrong(field, _l("Please enter a name."))
    if len(name) > longest:
        raise wrong(field, _l("At most %(longest)s characters.", longest=longest))
    if any(unicodedata.category(char) in ("Cc", "Cf") for char in name):
        raise wrong(field, _l("The name holds characters that cannot be seen."))
    return name


def clean_code(code: str) -> str:
    """Give a code that policies may name.

    :raises ValidationError: it is malformed.
    """
    code = code.strip()
    if not _CODE.fullmatch(code):
        raise wrong(
            "code",
            _l("A code has at most 32 letters and digits, and begins with one of them."),
            cure=_l("Use A–Z, a–z, 0–9, the hyphen, the point and the underscore, e.g. P7."),
        )
    return code


def wrong(field: str, message: Text | str, *, cure: Text | str = "") -> ValidationError:
    """Make the error of one field of a form."""
    return ValidationError(message, cure=cure, fields={field: message})
