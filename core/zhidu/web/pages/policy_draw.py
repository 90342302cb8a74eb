"""Draw the blocks of the policy's pages, those of ``policy_blocks.html`` and the shared ones."""

from __future__ import annotations

from typing import Any

from flask import current_app
from markupsafe import Markup

from zhidu.web.pages import parts


def block(name: str, *args: Any) -> Markup:
    """Draw one of the macros of ``policy_blocks.html``, else of ``_blocks.html``."""
    macros = current_app.jinja_env.get_template("zhidu/policy_blocks.html").module
    if hasattr(macros, name):
        return Markup(getattr(macros, name)(*args))  # noqa: S704 -- drawn by an autoescaping template
    return parts.block(name, *args)
