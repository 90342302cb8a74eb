"""Three languages on every page of the story, and a switch that loses nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.browser.conftest import Desks, Look
from tests.browser.gallery import LOCALES
from tests.browser.words import english, wrong_dates

STORY = (
    "home",
    "list",
    "form",
    "record",
    "record_filed",
    "record_returned",
    "notices",
    "seals",
    "seal_form",
    "seal_register",
)


@pytest.mark.parametrize("name", STORY)
def test_no_english_word_for_a_chinese_reader(look: Look, name: str) -> None:
    """Both scripts of Chinese: every word of ours is translated; dates stand year first."""
    found = {}
    for locale in ("zh_Hans_CN", "zh_Hant_TW"):
        page = look(name, locale)
        words = english(page) + wrong_dates(page)
        if words:
            found[locale] = words
        page.close()
    assert not found


def test_the_two_scripts_differ(look: Look) -> None:
    """Traditional is a language of its own, not the simplified text under another name."""
    texts = {locale: look("home", locale).locator("nav.side").inner_text() for locale in LOCALES}
    assert "请假" in texts["zh_Hans_CN"]
    assert "請假" in texts["zh_Hant_TW"]
    assert "Leave" in texts["en"]


def test_two_clicks_change_the_language_and_keep_what_is_typed(desk: Desks) -> None:
    """The form stays as it was filled in: days, kind, reason; the page says which language it is."""
    staff = desk("staff")
    staff.goto("hr/leave-request/new?from=test")
    page = staff.page
    page.locator('[name="leave_type_id"]').nth(2).check(force=True)
    kind = page.locator('[name="leave_type_id"]:checked').input_value()
    days = staff.free_days(2)
    staff.drag(days[0], days[1])
    page.fill('[name="reason"]', "写到一半的事由")
    for locale in ("en", "zh_Hant_TW", "zh_Hans_CN"):
        staff.speak(locale)
        assert page.url.endswith("/hr/leave-request/new?from=test"), "the same page"
        assert page.locator("html").get_attribute("lang") == locale.replace("_", "-")
        assert page.input_value('[name="reason"]') == "写到一半的事由"
        assert page.input_value('[name="first_day"]') == days[0]
        assert page.input_value('[name="last_day"]') == days[1]
        assert page.locator('[name="leave_type_id"]:checked').input_value() == kind
        assert page.locator('td[aria-selected="true"]').count() == 2
        staff.previewed()


def test_the_language_stays_with_the_person(desk: Desks) -> None:
    """It is kept for the log-in: another browser speaks it, too."""
    desk("staff").speak("zh_Hant_TW")
    other = desk("staff")
    assert other.page.locator("html").get_attribute("lang") == "zh-Hant-TW"


def test_the_log_in_page_speaks_the_browsers_language(
    office: object, open_context: Callable[..., object]
) -> None:
    """Before anybody is known, the browser is asked."""
    for browser, lang in (("en-GB", "en"), ("zh-TW", "zh-Hant-TW"), ("zh-CN", "zh-Hans-CN")):
        page = open_context(locale=browser).new_page()  # type: ignore[attr-defined]
        page.goto(f"{office.address}/auth/login")  # type: ignore[attr-defined]
        assert page.locator("html").get_attribute("lang") == lang
