"""The audit list where it is narrow: a name or a time is never broken, and nothing scrolls."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Look
from tests.browser.looks import faults

BROKEN = """
() => [...document.querySelectorAll("td .person span:last-child, td time, td .tag")]
  .filter((e) => e.checkVisibility())
  .filter((e) => { const r = document.createRange(); r.selectNodeContents(e);
    return new Set([...r.getClientRects()].map((b) => Math.round(b.top))).size > 1; })
  .map((e) => e.textContent)
"""
COUNTED = "() => document.querySelectorAll('td .person').length"


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
@pytest.mark.parametrize("width", [390, 768, 900, 1100, 1440])
def test_names_and_times_stay_in_one_line(look: Look, locale: str, width: int) -> None:
    """Also where the sidebar leaves little room."""
    page = look("audit", locale, "phone" if width == 390 else "desktop")
    if width != 390:
        page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate(COUNTED) > 10
    assert page.evaluate(BROKEN) == []
    assert faults(page, phone=width == 390) == []
