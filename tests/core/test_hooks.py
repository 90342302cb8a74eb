"""Hooks: order, activity, vetoes that raise through, after-hooks that fail alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.hooks_stage import EVENT, HOOKS, Heard, open_session, template  # noqa: F401 -- fixtures

from zhidu import hooks
from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.db.activation import CompanyAddon, forget_active
from zhidu.events import CompanyEvent
from zhidu.hookspecs import hookimpl
from zhidu.registry import Registry


def test_every_hook_has_a_typed_function() -> None:
    assert len({name for name, _ in HOOKS}) == len(HOOKS)
    for name, spec in HOOKS:
        function = getattr(hooks, name)
        parameters = list(inspect.signature(function).parameters.values())
        wanted = list(inspect.signature(spec).parameters)[1:]
        boot = name.startswith("provide_") and not wanted
        assert [parameter.name for parameter in parameters] == (
            ["pm", "failed"] if boot else ["session", *wanted]
        ), name
        for parameter in parameters:
            assert parameter.annotation is not inspect.Parameter.empty, name
        assert inspect.signature(function).return_annotation is not inspect.Signature.empty, name
        if wanted:
            spec_type = inspect.signature(spec).parameters[wanted[0]].annotation
            assert parameters[1].annotation == spec_type, name
        assert spec.__doc__, name
        assert function.__doc__, name


def test_a_name_says_what_a_hook_is() -> None:
    for name, _ in HOOKS:
        assert name.partition("_")[0] in {"provide", "before", "after", "resolve", "render"}


@pytest.mark.parametrize(
    "name", [name for name, spec in HOOKS if len(inspect.signature(spec).parameters) == 2]
)
def test_every_session_hook_reaches_its_plugin(
    open_session: Callable[..., Session], name: str
) -> None:
    """The function named X calls hook X, not its neighbour."""
    heard: list[Any] = []
    argument = next(
        p for n, s in HOOKS if n == name for p in list(inspect.signature(s).parameters)[1:]
    )

    def hears_event(event: Any) -> None:
        heard.append(event)

    def asked(query: Any) -> None:
        heard.append(query)

    function = hookimpl({"event": hears_event, "query": asked}[argument])
    plugin = type("Plugin", (), {name: staticmethod(function)})()
    event = CompanyEvent(EVENT, EVENT, 1, "hr")
    getattr(hooks, name)(open_session({"hr": plugin}), event)
    assert heard == [event]


def test_order_is_that_of_the_registry_and_the_inactive_are_silent(
    open_session: Callable[..., Session],
) -> None:
    heard: list[str] = []
    names = ["core", "hr", "off", "seals"]
    session = open_session({name: Heard(name, heard) for name in names})
    hooks.before_submit(session, EVENT)
    hooks.after_submit(session, EVENT)
    assert heard == ["core", "hr", "seals"] * 2


def test_without_a_company_only_the_core_hears(template: Database) -> None:
    heard: list[str] = []
    registry = Registry.of({name: Heard(name, heard) for name in ("core", "hr")})
    with template.with_registry(registry).write(Actor.system()) as session:
        hooks.before_submit(session, EVENT)
    assert heard == ["core"]


def test_switching_an_addon_is_heard_at_once(open_session: Callable[..., Session]) -> None:
    heard: list[str] = []
    session = open_session({name: Heard(name, heard) for name in ("core", "hr", "seals")})
    hooks.before_submit(session, EVENT)
    session.get_one(CompanyAddon, (1, "seals")).active = False
    session.flush()
    forget_active(session)
    heard.clear()
    hooks.before_submit(session, EVENT)
    assert heard == ["core", "hr"]
    heard.clear()
    hooks.after_deactivated(session, CompanyEvent(session, session.actor, 1, "seals"))
    assert heard == ["core", "hr", "seals"], "the one switched off hears of it, too"
