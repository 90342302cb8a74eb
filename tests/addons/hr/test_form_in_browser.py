"""The leave form with its script: choosing a kind of leave presets the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.addons.hr.office import Office

from zhidu.testing.factories import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.addons("hr"), pytest.mark.sqlite]


def test_a_chosen_kind_fills_the_reason_until_it_is_typed(
    office: Office, server: str, page: Page
) -> None:
    """Another kind's phrase is replaced, a typed reason stays, own words are asked for."""
    me = office.org.salesman
    page.goto(f"{server}/auth/login?next=/c/acme/hr/leave-request/new")
    page.fill('input[name="username"]', me.name)
    page.fill('input[name="password"]', PASSWORD)
    page.click("form[name=login_user_form] button.b-primary")
    page.wait_for_url("**/hr/leave-request/new")
    reason = page.locator('textarea[name="reason"]')

    def choose(kind: str) -> str:
        page.locator(f'input[name="leave_type_id"][value="{office.types[kind]}"]').check(force=True)
        return reason.input_value()

    assert reason.input_value() == "年度休假"
    assert choose("sick") == "身体不适，需要休息或就医"
    assert choose("personal") == ""
    assert choose("marriage") == "本人结婚"
    reason.fill("本人结婚，回老家")
    assert choose("sick") == "本人结婚，回老家"
    reason.fill("")
    assert choose("annual") == "年度休假"
