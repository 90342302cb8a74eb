"""Every kind of page at two sizes in three languages: nothing scrolls sideways, clips or overlaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.browser.conftest import SIZES, Look
from tests.browser.gallery import LOCALES
from tests.browser.looks import barriers, faults

from zhidu.testing.browser import DESKTOP
from zhidu.testing.desk import SUBMIT

NAMES = (
    "home",
    "home_empty",
    "list",
    "form",
    "record",
    "record_returned",
    "record_clauses",
    "record_log",
    "notices",
    "addons",
    "policy",
    "registers",
    "people",
    "departments",
    "roles",
    "calendar",
    "settings",
    "audit",
    "apply",
    "seals",
    "seal_form",
    "seal_register",
)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_off(
    look: Look, shoot: Callable[[Any, str], None], name: str, locale: str
) -> None:
    """At 1440 and at 390 pixels; on the phone every button is high enough for a finger."""
    found = []
    for size in SIZES:
        page = look(name, locale, size)
        assert page.locator("html").get_attribute("lang") == locale.replace("_", "-")
        found += [f"{size}: {fault}" for fault in faults(page, phone=size == "phone")]
        shoot(page, f"{name}_{size}_{locale}")
        page.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["home", "list", "form", "record", "addons", "policy"])
def test_axe_finds_nothing_serious(look: Look, name: str, size: str) -> None:
    """axe-core, the whole set of rules, on the page as it is first shown."""
    assert barriers(look(name, "zh_Hans_CN", size)) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_dialog_of_an_approval_fits(look: Look, locale: str) -> None:
    """The opinion box opens whole on both sizes, and axe-core has nothing against it."""
    for size in SIZES:
        page = look("home", locale, size)
        page.locator("[data-act=return]").first.click()
        assert faults(page, phone=size == "phone") == []
        box = page.locator("#act-dialog").bounding_box()
        view = page.viewport_size
        assert box is not None
        assert view is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= view["width"]
        assert box["y"] + box["height"] <= view["height"]
        assert barriers(page) == []
        page.close()


def test_leave_by_the_keyboard_alone(look: Look) -> None:
    """From the workbench to the submitted request without a pointer, in a few keys."""
    page = look("home", "zh_Hans_CN")
    page.goto(page.url.replace("/c/demo/", "/c/demo/hr/leave-request/new"))
    # the skip link is the first stop of every page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(6):
        if page.evaluate("document.activeElement.matches('[data-date]')"):
            break
        page.keyboard.press("Tab")
    else:
        pytest.fail("the calendar is not among the first stops")
    for key in ("ArrowDown", "ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    first = page.input_value('[name="first_day"]')
    assert first
    assert page.input_value('[name="last_day"]') > first
    page.wait_for_selector("[data-preview]:not([aria-busy]) .preview-n")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none" or (
        page.evaluate("getComputedStyle(document.activeElement).boxShadow") != "none"
    ), "the focus can be seen"
    assert page.locator(SUBMIT).is_enabled()


def test_every_size_of_desktop_between(look: Look) -> None:
    """No width between phone and desktop breaks the page."""
    page = look("home", "en")
    found = []
    for width in (320, 480, 640, 768, 900, 1024, 1200, DESKTOP["width"]):
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{width}: {fault}" for fault in faults(page, phone=False)]
    assert not found, "\n".join(found)
