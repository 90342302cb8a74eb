"""What a file really is: its first bytes must fit the ending of its name."""

from __future__ import annotations

import mimetypes

import puremagic

from zhidu.records.errors import FileRefused
from zhidu.records.filenames import ending_of
from zhidu.texts import enumerate_texts
from zhidu.texts import lazy_gettext as _l

DEFAULT_TYPES = "pdf ofd docx xlsx pptx doc xls ppt wps et dps jpg jpeg png gif bmp tif tiff webp txt csv md zip"
"""Endings that are allowed where the policy says nothing."""

_ZIP = frozenset({"docx", "xlsx", "pptx", "ofd", "zip", "wps", "et", "dps"})
_OLE = frozenset({"doc", "xls", "ppt", "wps", "et", "dps"})
_TEXT = frozenset({"txt", "csv", "md"})
_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "gif": (b"GIF87a", b"GIF89a"),
    "bmp": (b"BM",),
    "tif": (b"II*\x00", b"MM\x00*"),
    "tiff": (b"II*\x00", b"MM\x00*"),
    "webp": (b"RIFF",),
    **dict.fromkeys(_ZIP, (b"PK\x03\x04", b"PK\x05\x06")),
}
for _ending in _OLE:
    _BEGINNINGS[_ending] = (*_BEGINNINGS.get(_ending, ()), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

_MEDIA = {
    "ofd": "application/ofd",
    "wps": "application/vnd.ms-works",
    "et": "application/vnd.ms-excel",
    "dps": "application/vnd.ms-powerpoint",
    "md": "text/plain",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def allowed_endings(stated: str) -> frozenset[str]:
    """Read the setting: endings between blanks or commas, with or without a dot."""
    return frozenset(
        word.strip(".").lower() for word in stated.replace(",", " ").split() if word.strip(".")
    )


def check_type(name: str, head: bytes, stated: str) -> None:
    """Refuse a file whose ending is not allowed, or whose first bytes say something else.

    :param head: the first bytes, up to 256 kB.
    :param stated: the setting, see :func:`allowed_endings`.
    :raises FileRefused: says which.
    """
    ending = ending_of(name)
    allowed = allowed_endings(stated)
    if ending not in allowed:
        raise FileRefused(
            _l("Files of the type “%(ending)s” are not accepted.", ending=ending or "?"),
            cure=_l("Accepted: %(endings)s.", endings=enumerate_texts(sorted(allowed))),
            name=name,
        )
    fits = _is_text(head) if ending in _TEXT else _fits(ending, head)
    if not fits:
        raise FileRefused(
            _l(
                "“%(name)s” is not what its name says: its content looks like “%(found)s”.",
                name=name,
                found=_sniff(head) or "?",
            ),
            cure=_l("Save it again in the program it comes from, under its right type."),
            name=name,
        )


def media_type(name: str) -> str:
    """Name the media type for a download."""
    ending = ending_of(name)
    return _MEDIA.get(ending) or mimetypes.types_map.get(f".{ending}", "application/octet-stream")


def _fits(ending: str, head: bytes) -> bool:
    known = _BEGINNINGS.get(ending)
    if known is not None:
        return head.startswith(known) and (ending != "webp" or head[8:12] == b"WEBP")
    # an ending that only the policy knows: puremagic must find nothing else
    found = _sniff(head)
    return not found or found == ending


def _is_text(head: bytes) -> bool:
    """Tell plain text in UTF-8, UTF-16 with its mark, or GB 18030 from anything else."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\x00" in head or head.startswith((b"%PDF-", b"PK\x03\x04", b"MZ", b"\x7fELF", b"#!")):
        return False
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):  # the first bytes may end within a character
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False


def _sniff(head: bytes) -> str:
    """Name what the bytes look like, by puremagic; empty where it cannot tell."""
    try:
        found = str(puremagic.from_string(head))
    except (puremagic.PureError, ValueError):
        return ""
    return found.strip(".").lower()
