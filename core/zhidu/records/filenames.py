"""Names of uploaded files: Chinese names are kept, tricks are not."""

from __future__ import annotations

import unicodedata

MAX_NAME = 120
"""Characters of a name, its ending included; 120 Chinese characters fit into 360 bytes."""

_FORBIDDEN = frozenset('<>:"|?*')
"""Not allowed on Windows, where the file may be saved."""


def clean_name(name: str) -> str:
    """Keep the name as its owner wrote it, without folders, control and direction characters.

    A name that consists of such things only becomes ``file``.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(
        " " if char.isspace() else char
        for char in name
        if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        and char not in _FORBIDDEN
    )
    name = " ".join(name.split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) <= 10 and stem.strip(". "):
        return f"{stem.rstrip('. ')[: MAX_NAME - len(ending) - 1]}.{ending}"
    return name[:MAX_NAME] or "file"


def ending_of(name: str) -> str:
    """Give the ending in small letters, without the dot; empty where there is none."""
    _, dot, ending = name.rpartition(".")
    return ending.lower() if dot else ""
