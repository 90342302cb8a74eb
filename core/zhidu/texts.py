"""Texts in the reader's language, without Flask: the locale is a context variable.

Catalogues are the ``.po`` files themselves, read when a language is first used (about 50 ms),
so that no compiled file can be older than its source. Msgids are English.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import LazyProxy, Translations

LOCALES = ("zh_Hans_CN", "zh_Hant_TW", "en")
DEFAULT_LOCALE = "zh_Hans_CN"
SOURCE_LOCALE = "en"

Text = LazyProxy
"""A text that is translated when it is shown."""

_locale: ContextVar[str] = ContextVar("zhidu_locale", default=DEFAULT_LOCALE)
_folders: dict[Path, None] = {}
_loaded: dict[str, Translations] = {}
_lock = threading.Lock()


def add_catalogue(folder: Path) -> None:
    """Add ``folder/<locale>/LC_MESSAGES/*.po``; the folder added first wins a common msgid."""
    with _lock:
        if folder not in _folders:
            _folders[folder] = None
            _loaded.clear()


def current_locale() -> str:
    """Name the locale in force, one of :data:`LOCALES`."""
    return _locale.get()


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Speak this language inside the block; an unknown one falls back to the default."""
    token = _locale.set(locale if locale in LOCALES else DEFAULT_LOCALE)
    try:
        yield
    finally:
        _locale.reset(token)


def translations(locale: str | None = None) -> Translations:
    """Give the merged catalogue of a locale; empty for English, the language of the msgids."""
    locale = locale or current_locale()
    found = _loaded.get(locale)
    if found is None:
        with _lock:
            found = _loaded[locale] = _load(locale)
    return found


def _load(locale: str) -> Translations:
    merged = Translations()
    files = [
        path
        for folder in reversed(_folders)
        for path in sorted((folder / locale / "LC_MESSAGES").glob("*.po"))
    ]
    for path in files:
        buffer = BytesIO()
        with path.open("rb") as source:
            write_mo(buffer, read_po(source, locale=locale))
        buffer.seek(0)
        part = Translations(buffer)
        merged.merge(part)
        # merging takes over the texts only, and Chinese has one form for all numbers
        merged.plural = part.plural
    return merged


def gettext(message: str, /, **values: object) -> str:
    """Translate now and fill in ``%(name)s`` values."""
    text = str(translations().ugettext(message)) if message else ""
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, /, **values: object) -> str:
    """Translate the form that fits the number, which is also filled in as ``%(num)s``."""
    text = str(translations().ungettext(singular, plural, num))
    return text % {"num": num, **values}


def pgettext(context: str, message: str, /, **values: object) -> str:
    """Translate a message that means different things in different places."""
    text = str(translations().upgettext(context, message))
    return text % values if values else text


def lazy_gettext(message: str, /, **values: object) -> Text:
    """Translate when shown: for constants, errors and labels."""
    return LazyProxy(gettext, message, enable_cache=False, **values)


def localize(value: object, locale: str | None = None, fallback: str = DEFAULT_LOCALE) -> str:
    """Choose the reader's language out of a ``{locale: text}`` value; plain text stays as it is."""
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    for key in (locale or current_locale(), fallback, *LOCALES):
        if value.get(key):
            return str(value[key])
    return next((str(v) for v in value.values() if v), "")
