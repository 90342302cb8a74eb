"""Why this person: every way in which the engine comes to somebody is told, in every language."""

from __future__ import annotations

import pytest
from tests.core.workflow_house import node

from zhidu.texts import LOCALES, use_locale
from zhidu.web.record_story import step_note
from zhidu.web.why import Person, Question, explain
from zhidu.workflow import engine
from zhidu.workflow.engine import Ahead
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import Origin


def said(asked: Question) -> str:
    with use_locale("en"):
        return "\n".join(explain(asked))


def test_the_usual_way_names_clause_way_and_people() -> None:
    told = said(Question("Leader of the department", [Person("周静")], clause="GO-1"))
    assert told == "Clause GO-1 asks here: Leader of the department.\nThat is: 周静."


@pytest.mark.parametrize("origin", [one for one in Origin if one is not Origin.RESOLVED])
@pytest.mark.parametrize("locale", LOCALES)
def test_each_other_origin_is_told_with_its_names(origin: Origin, locale: str) -> None:
    with use_locale(locale):
        told = explain(Question("x", [Person("周静", origin, "李明")]))
    text = "\n".join(told)
    assert "周静" in text
    if origin in (Origin.DELEGATED, Origin.TRANSFERRED, Origin.ADDED, Origin.ESCALATED):
        assert "李明" in text


def test_each_origin_is_told_in_other_words() -> None:
    told = {origin: said(Question("", [Person("A", origin, "B")])) for origin in Origin}
    assert len(set(told.values())) == len(Origin)


@pytest.mark.parametrize("reason", list(Waiting))
def test_nobody_is_told_with_the_reason(reason: Waiting) -> None:
    with use_locale("en"):
        assert str(reason.label) in said(Question("x", note=reason.value))


def test_a_step_passed_for_want_of_people_and_one_left_out_are_told_apart() -> None:
    assert "the step is passed" in said(Question("x", note=engine.PASSED))
    assert said(Question("x", condition="Days > 3", skipped=True)) == (
        "Left out: “Days > 3” does not hold."
    )
    assert said(Question("x", skipped=True)) == "Left out: another way is taken."


def test_no_reason_to_wait_reads_like_a_step_that_is_passed() -> None:
    assert engine.PASSED not in {reason.value for reason in Waiting}
    assert engine.PASSED not in {origin.value for origin in Origin}
    step = Ahead(node("x", "boss"), note=engine.PASSED)
    waits = Ahead(node("x", "boss"), note=Waiting.NOBODY.value)
    with use_locale("en"):
        assert step_note(step) == "passed, because nobody was found"
        assert step_note(waits) == str(Waiting.NOBODY.label)


def test_people_whom_the_way_names_but_who_are_not_asked_are_named() -> None:
    told = said(Question("x", [Person("A", Origin.SUPERIOR)], left_out=["林小满", "王芳"]))
    assert "Not asked: 林小满, 王芳" in told
    assert told.index("Not asked") < told.index("superior is asked: A")
