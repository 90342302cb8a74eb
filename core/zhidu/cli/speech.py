"""How the command line speaks: the language of the terminal, and one sentence for an error."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from zhidu.errors import ZhiduError
from zhidu.texts import LOCALES, add_catalogue, gettext

DEBUG = "ZHIDU_DEBUG"


def terminal_locale(environ: Mapping[str, str] = os.environ) -> str:
    """Choose the language: ``ZHIDU_LOCALE``, else Chinese where the terminal's is, else English."""
    for name in ("ZHIDU_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "").partition(".")[0].replace("-", "_")
        if value in LOCALES:
            return value
        if value:
            break
    else:
        return "en"
    parts = value.lower().split("_")
    if parts[0] != "zh":
        return "en"
    return "zh_Hant_TW" if {"tw", "hk", "mo", "hant"} & set(parts) else "zh_Hans_CN"


def open_catalogue() -> None:
    """Let messages be translated that come before any addon is loaded."""
    found = find_spec("zhidu_i18n")
    for place in (found and found.submodule_search_locations) or ():
        add_catalogue(Path(place))


def said(error: BaseException) -> str:
    """Say an error in one sentence or two: what is wrong, and what helps."""
    if isinstance(error, ZhiduError):
        return str(error)
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    if isinstance(error, DBAPIError) and error.orig is not None:
        first = str(error.orig).strip().split("\n")[0].rstrip(".")
        return gettext(
            "The database does not answer as it should: %(why)s. Run: zhidu doctor", why=first
        )
    if isinstance(error, SQLAlchemyError):
        return gettext("The database address is wrong: %(why)s.", why=error)
    return gettext(
        "Something went wrong inside Zhidu: %(kind)s: %(why)s. Run it again with %(debug)s=1 to"
        " see where, and report that.",
        kind=type(error).__name__,
        why=error,
        debug=DEBUG,
    )
