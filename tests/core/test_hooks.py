"""Hooks: order, activity, vetoes that raise through, after-hooks that fail alone."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from zhidu import hooks, settings
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Database, Session
from zhidu.db.activation import CompanyAddon, forget_active
from zhidu.db.base import metadata
from zhidu.db.guard import core_allowed
from zhidu.errors import Busy, Refused, ValidationError
from zhidu.events import CompanyEvent, SettingAnswer, SettingQuery, StartCardsQuery, TaskFactsQuery
from zhidu.hookspecs import SPECS, hookimpl
from zhidu.migrations.runner import upgrade
from zhidu.org.models import Company
from zhidu.registry import Registry, load_registry
from zhidu.settings import Setting
from zhidu.testing.on_disk import config_for
from zhidu.texts import use_locale
from zhidu.values import Fact, StartCard

HOOKS = [
    (name, function)
    for specs in SPECS
    for name, function in vars(specs).items()
    if not name.startswith("_")
]
EVENT: Any = object()


class Heard:
    """A plugin that writes down what it hears and does what the test says."""

    def __init__(self, name: str, heard: list[str], act: Callable[..., Any] | None = None) -> None:
        self.name, self.heard, self.act = name, heard, act

    def _hear(self, value: Any) -> Any:
        self.heard.append(self.name)
        return self.act(value) if self.act else None

    @hookimpl
    def before_submit(self, event: Any) -> None:
        self._hear(event)

    @hookimpl
    def after_submit(self, event: Any) -> None:
        self._hear(event)

    @hookimpl
    def after_deactivated(self, event: Any) -> None:
        self._hear(event)

    @hookimpl
    def resolve_setting(self, query: Any) -> Any:
        return self._hear(query)

    @hookimpl
    def provide_task_facts(self, query: Any) -> Any:
        return self._hear(query)

    @hookimpl
    def provide_start_cards(self, query: Any) -> Any:
        return self._hear(query)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Make the core's tables, one company and its active addons: all but ``off``."""
    folder = tmp_path_factory.mktemp("hooks")
    db = Database(f"sqlite:///{folder / 'hooks.db'}", Registry.empty())
    upgrade(db, load_registry(config_for(folder), [], core_plugins=()))
    with core_allowed(), db.engine.begin() as connection:
        connection.execute(
            metadata.tables["core_company"].insert(),
            [
                {
                    "id": 1,
                    "code": "a",
                    "name": "A",
                    "locale": "en",
                    "timezone": "Asia/Shanghai",
                    "currency": "CNY",
                    "is_demo": False,
                    "created_at": now(),
                }
            ],
        )
        connection.execute(
            metadata.tables["core_company_addon"].insert(),
            [
                {"company_id": 1, "addon": name, "active": name != "off", "changed_at": now()}
                for name in ("hr", "seals", "third", "off")
            ],
        )
    return db


@pytest.fixture
def open_session(template: Database) -> Iterator[Callable[..., Session]]:
    """Open a session of company 1 over these plugins; all is rolled back at the end."""
    opened: list[Session] = []

    def open_(plugins: dict[str, object], **options: Any) -> Session:
        session = Session(template.engine, Actor.system(1), Registry.of(plugins), **options)
        opened.append(session)
        return session

    yield open_
    for session in opened:
        session.close()


def fail(error: BaseException) -> Callable[[Any], Any]:
    def act(_value: Any) -> Any:
        raise error

    return act


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


def code_of(session: Session) -> list[str]:
    return sorted(session.scalars(select(Company.code)))


def add_company(session: Session, code: str) -> None:
    session.add(Company(code=code, name=code, created_at=now()))


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
