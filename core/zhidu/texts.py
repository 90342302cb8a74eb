"""Texts in the reader's language, without Flask: the locale is a context variable.

Catalogues are the ``.po`` files themselves, read when a language is first used (about 50 ms),
so that no compiled file can be older than its source. Msgids are English.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
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


def ngettext(singular: str, plural: str, num: int | Decimal, /, **values: object) -> str:
    """Translate the form that fits the number, which is also filled in as ``%(num)s``.

    A Decimal is written without needless zeros; ``1.0000`` is one, and a fraction is many.
    """
    counted = int(num) if num == int(num) else max(2, int(num) + 1)
    text = str(translations().ungettext(singular, plural, counted))
    shown = show_number(num) if isinstance(num, Decimal) else num
    return text % {"num": shown, **values}


def pgettext(context: str, message: str, /, **values: object) -> str:
    """Translate a message that means different things in different places."""
    text = str(translations().upgettext(context, message))
    return text % values if values else text


def lazy_gettext(message: str, /, **values: object) -> Text:
    """Translate when shown: for constants, errors and labels."""
    return LazyProxy(gettext, message, enable_cache=False, **values)


def lazy_pgettext(context: str, message: str, /, **values: object) -> Text:
    """Translate a message that means different things in different places when shown."""
    return LazyProxy(pgettext, context, message, enable_cache=False, **values)


def lazy_ngettext(singular: str, plural: str, num: int | Decimal, /, **values: object) -> Text:
    """Translate the form that fits the number when shown: for errors that count."""
    return LazyProxy(ngettext, singular, plural, num, enable_cache=False, **values)


def show_number(value: Decimal) -> str:
    """Write a quantity or a count of days without needless zeros, e.g. ``2.5``."""
    return str(format_decimal(value.normalize(), format="#,##0.####", locale=current_locale()))


def enumerate_texts(items: Iterable[object]) -> str:
    """Put names side by side in the reader's way: ``张三、李四``, ``Zhang San, Li Si``.

    It is the middle of Babel's list pattern throughout: names in a cell or a sentence, with no
    «and» before the last, so that a line may go on with «+2».
    """
    pattern: str = Locale.parse(current_locale()).list_patterns["standard"]["middle"]
    separator = pattern.removeprefix("{0}").removesuffix("{1}")
    return separator.join(str(item) for item in items)


def localize(value: object, locale: str | None = None, fallback: str = DEFAULT_LOCALE) -> str:
    """Choose the reader's language out of a ``{locale: text}`` value; plain text stays as it is."""
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    for key in (locale or current_locale(), fallback, *LOCALES):
        if value.get(key):
            return str(value[key])
    return next((str(v) for v in value.values() if v), "")
