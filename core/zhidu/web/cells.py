"""How the cells of a list are drawn where a template expression is not enough."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from markupsafe import Markup

from zhidu.texts import enumerate_texts
from zhidu.web import present

BETWEEN = "\n"
"""What ``aggregate_strings`` puts between names that a cell draws by :func:`names`."""


def names(joined: str | None) -> dict[str, str]:
    """Write names that the database has joined, for a column of the kind ``words``."""
    return present.tag(enumerate_texts(sorted((joined or "").split(BETWEEN))))


def tag(make: Any, value: Any) -> Markup:
    """Draw a tag."""
    made = make(value) if make else {"text": value, "tone": "plain"}
    return Markup('<span class="tag t-{}">{}</span>').format(made["tone"], made["text"])


def tag_text(make: Any, value: Any) -> str:
    """Give a tag's text, for exports."""
    return str(make(value)["text"]) if make else str(value)


def person(name: str) -> Markup:
    """Draw a person."""
    shown = present.person(name)
    # one character fits the small disc: of a Chinese name the last one, as in the macro ``avatar``
    letter = shown["initials"][:1] if name.isascii() else shown["initials"][-1:]
    return Markup(
        '<span class="person"><span class="av h{} av-s" aria-hidden="true">{}</span>'
        "<span>{}</span></span>"
    ).format(shown["hue"], letter, name)


def time(value: datetime, zone: str) -> Markup:
    """Draw an instant."""
    made = present.when(value, zone) or {"iso": "", "text": ""}
    return Markup('<time datetime="{}">{}</time>').format(made["iso"], made["text"])
