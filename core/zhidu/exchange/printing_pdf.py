"""A sheet as PDF by weasyprint, which is loaded when the first one is made.

What is missing on a machine (the extra ``pdf``, pango, a font with Chinese characters) is named
with its cure; the sheet prints from the browser all the same.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from typing import ClassVar

from zhidu.errors import ZhiduError
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l


class Lack(StrEnum):
    """What a machine needs for PDFs and has not."""

    WEASYPRINT = "weasyprint"
    PANGO = "pango"
    FONT = "font"

    @property
    def label(self) -> Text:
        """Say what is missing."""
        match self:
            case Lack.WEASYPRINT:
                return _l("The library that makes PDFs is not installed.")
            case Lack.PANGO:
                return _l("The library that sets text in PDFs (pango) is missing.")
            case Lack.FONT:
                return _l("No font of this machine has Chinese characters.")

    @property
    def cure(self) -> Text:
        """Say how to mend it."""
        match self:
            case Lack.WEASYPRINT:
                return _l("Run: pip install 'zhidu[pdf]'")
            case Lack.PANGO:
                return _l("Install pango (Debian: libpango-1.0-0 libpangoft2-1.0-0).")
            case Lack.FONT:
                return _l("Install one (Debian: fonts-noto-cjk).")


class PdfMissing(ZhiduError):
    """This machine makes no PDFs."""

    status: ClassVar[int] = 503

    def __init__(self, lack: Lack) -> None:
        super().__init__(lack.label, cure=lack.cure)
        self.lack = lack


def lacking() -> Lack | None:
    """Name the first thing that is missing for PDFs, or nothing.

    That all is there is remembered; what is missing may be installed meanwhile.
    """
    lack = _look()
    if lack is not None:
        _look.cache_clear()
    return lack


@cache
def _look() -> Lack | None:
    if find_spec("weasyprint") is None:
        return Lack.WEASYPRINT
    try:
        import weasyprint  # noqa: F401 -- the import itself is the check
    except OSError:  # cffi finds no shared library
        return Lack.PANGO
    return None if has_chinese_font() else Lack.FONT


def has_chinese_font() -> bool:
    """Ask fontconfig for a font with Chinese characters; where it cannot be asked, believe so."""
    lister = shutil.which("fc-list")
    if lister is None:
        return True
    ran = subprocess.run([lister, ":lang=zh"], capture_output=True, check=False)  # noqa: S603 -- a fixed command
    return bool(ran.stdout.strip())


def make_pdf(html: str, styles: Sequence[str]) -> bytes:
    """Set a page as PDF, fonts embedded. Nothing is fetched: images are ``data:`` addresses.

    Takes about 0.3 s for a sheet; call it outside any transaction.

    :param html: a whole page without links to files.
    :param styles: the text of its stylesheets, in their order.
    :raises PdfMissing: the machine lacks something.
    """
    lack = lacking()
    if lack is not None:
        raise PdfMissing(lack)
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fetcher = URLFetcher(allowed_protocols=("data",))
    fonts = FontConfiguration()
    sheets = [CSS(string=text, font_config=fonts, url_fetcher=fetcher) for text in styles]
    page = HTML(string=html, url_fetcher=fetcher)
    made: bytes = page.write_pdf(stylesheets=sheets, font_config=fonts)
    return made
