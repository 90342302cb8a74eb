"""Hooks that fail: who is named, what is undone, who goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.core.hooks_stage import EVENT, Heard, add_company, code_of, fail, open_session, template  # noqa: F401 -- fixtures

from zhidu import hooks, settings
from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.errors import Busy, Refused, ValidationError
from zhidu.events import SettingAnswer, SettingQuery, StartCardsQuery, TaskFactsQuery
from zhidu.hookspecs import hookimpl
from zhidu.registry import Registry
from zhidu.settings import Setting
from zhidu.texts import use_locale
from zhidu.values import Fact, StartCard


@pytest.mark.parametrize(
    "error", [ValidationError("no"), Refused("no", rule="x"), RuntimeError("bug")]
)
def test_a_veto_raises_through_and_names_the_addon(
    open_session: Callable[..., Session], error: Exception
) -> None:
    heard: list[str] = []
    session = open_session({"hr": Heard("hr", heard, fail(error)), "seals": Heard("seals", heard)})
    with pytest.raises(type(error)) as caught:
        hooks.before_submit(session, EVENT)
    assert caught.value is error
    assert error.__notes__ == ["raised by the addon “hr” in before_submit"]
    assert heard == ["hr"]


def test_a_failing_after_hook_undoes_only_itself(
    open_session: Callable[..., Session], caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    done: list[str] = []

    def good(code: str) -> Callable[[Session], None]:
        def act(session: Session) -> None:
            add_company(session, code)
            session.on_commit(lambda: done.append(code))

        return act

    def bad(session: Session) -> None:
        good("bad")(session)
        session.flush()
        raise RuntimeError("half-way")

    def clash(session: Session) -> None:
        add_company(session, "hr")  # the code is taken: seen only when the SAVEPOINT is released

    session = open_session(
        {
            "hr": Heard("hr", heard, good("hr")),
            "seals": Heard("seals", heard, bad),
            "third": Heard("third", heard, clash),
            "core": Heard("core", heard, good("core")),
        }
    )
    add_company(session, "mine")
    session.on_commit(lambda: done.append("mine"))
    with caplog.at_level(logging.ERROR, logger="zhidu.hooks"):
        hooks.after_submit(session, session)  # type: ignore[arg-type]
    assert heard == ["hr", "seals", "third", "core"]
    assert code_of(session) == ["a", "core", "hr", "mine"]
    assert [record.args for record in caplog.records] == [
        ("seals", "after_submit"),
        ("third", "after_submit"),
    ]
    found = hooks.failures(session)
    assert [(one.addon, one.hook, type(one.error).__name__) for one in found] == [
        ("seals", "after_submit", "RuntimeError"),
        ("third", "after_submit", "IntegrityError"),
    ]
    with use_locale("en"):
        assert "“seals”" in str(found[0].notice)
    assert done == [], "a released SAVEPOINT is no commit"
    session.rollback()
    assert done == []


def test_what_was_noted_for_the_commit_survives_savepoints(template: Database) -> None:
    done: list[str] = []

    def bad(session: Session) -> None:
        session.on_commit(lambda: done.append("bad"))
        raise RuntimeError

    registry = Registry.of(
        {
            "hr": Heard("hr", [], lambda session: session.on_commit(lambda: done.append("hr"))),
            "seals": Heard("seals", [], bad),
        }
    )
    with template.with_registry(registry).write(Actor.system(1)) as session:
        session.on_commit(lambda: done.append("mine"))
        hooks.after_submit(session, session)  # type: ignore[arg-type]
        assert done == []
    assert done == ["mine", "hr"]


def test_the_callers_own_fault_is_not_an_addons(open_session: Callable[..., Session]) -> None:
    """What was pending before the hook is written before its SAVEPOINT, and raises through."""
    from sqlalchemy.exc import IntegrityError

    heard: list[str] = []
    session = open_session({"core": Heard("core", heard)})
    add_company(session, "a")
    with pytest.raises(IntegrityError):
        hooks.after_submit(session, EVENT)
    assert heard == []
    assert hooks.failures(session) == ()


def test_a_lock_that_never_came_free_raises_through(open_session: Callable[..., Session]) -> None:
    session = open_session({"hr": Heard("hr", [], fail(Busy()))})
    with pytest.raises(Busy):
        hooks.after_submit(session, EVENT)
    assert hooks.failures(session) == ()


def test_resolve_takes_the_first_answer(open_session: Callable[..., Session]) -> None:
    heard: list[str] = []
    session = open_session(
        {
            "core": Heard("core", heard),
            "hr": Heard("hr", heard, lambda _: SettingAnswer(0, "3.1")),
            "seals": Heard("seals", heard, fail(AssertionError("must not be asked"))),
        }
    )
    answer = hooks.resolve_setting(session, SettingQuery(session, "hr.days"))
    assert answer == SettingAnswer(0, "3.1")
    assert heard == ["core", "hr"]


def test_a_failing_resolver_is_never_passed_over(open_session: Callable[..., Session]) -> None:
    """A policy that cannot be read must not silently give way to a default."""
    session = open_session({"hr": Heard("hr", [], fail(RuntimeError("no policy")))})
    with pytest.raises(RuntimeError) as caught:
        hooks.resolve_setting(session, SettingQuery(session, "hr.days"))
    assert "“hr” in resolve_setting" in caught.value.__notes__[0]


def test_a_setting_falls_back_to_its_default(open_session: Callable[..., Session]) -> None:
    class Declares:
        @hookimpl
        def provide_settings(self) -> list[Setting]:
            return [Setting("hr.days", int, 5, "Days")]

    session = open_session({"hr": Declares()}, readonly=True)
    assert settings.get(session, "hr.days") == 5
    session = open_session(
        {"core": Heard("core", [], lambda _: SettingAnswer(7)), "hr": Declares()}, readonly=True
    )
    assert settings.get(session, "hr.days") == 7
    with pytest.raises(KeyError):
        settings.get(session, "hr.hours")


def test_facts_are_merged_and_a_failing_addon_gives_none(
    open_session: Callable[..., Session],
) -> None:
    def lazily(_query: Any) -> Iterator[Any]:
        yield StartCard("c", "C", "c")
        raise RuntimeError("no more")

    session = open_session(
        {
            "core": Heard("core", [], lambda _: {7: (Fact("days", "2"),)}),
            "hr": Heard("hr", [], lambda _: ["not a mapping"]),
            "seals": Heard("seals", [], lambda _: {7: [Fact("seal", "x")], 8: []}),
            "third": Heard("third", [], lambda _: None),
        },
        readonly=True,
    )
    facts = hooks.provide_task_facts(session, TaskFactsQuery(session, session.actor, ()))
    assert {key: [fact.label for fact in value] for key, value in facts.items()} == {
        7: ["days", "seal"],
        8: [],
    }
    assert [one.addon for one in hooks.failures(session)] == ["hr"]

    session = open_session(
        {
            "core": Heard("core", [], lambda _: [StartCard("b", "B", "b", sort=2)]),
            "hr": Heard("hr", [], lazily),
            "seals": Heard("seals", [], lambda _: iter([StartCard("a", "A", "a", sort=1)])),
        },
        readonly=True,
    )
    cards = hooks.provide_start_cards(session, StartCardsQuery(session, session.actor))
    assert [card.kind for card in cards] == ["a", "b"]
    assert [one.addon for one in hooks.failures(session)] == ["hr"]


def test_a_plugin_may_leave_out_the_event(open_session: Callable[..., Session]) -> None:
    heard: list[str] = []

    class Terse:
        @hookimpl
        def after_submit(self) -> None:
            heard.append("terse")

    hooks.after_submit(open_session({"hr": Terse()}), EVENT)
    assert heard == ["terse"]
