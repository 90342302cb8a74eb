"""Every hook that is asked at boot: what it declares is used by the part that is there for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.hook_stage import (
    answering,
    note_of,
    pages,
    submitted,
    visitor,
)
from tests.core.workflow_house import (
    KIND,
    DemoRequest,
    Office,
    flow,
    node,
    tasks_of,
)

from zhidu import (
    Actor,
    Approver,
    Capability,
    Channel,
    ConfigError,
    JobType,
    Permission,
    RecordKind,
    Resolver,
    Resource,
    RoleTemplate,
    ScheduleSpec,
    Scope,
    Session,
    Setting,
    ValidationError,
    check,
    create_record,
    enqueue,
    get_setting,
    scope,
    send_notice,
)
from zhidu.access import roles
from zhidu.cli.entry import run
from zhidu.config import Config
from zhidu.enabling import bring_up_to_date, connect, enable
from zhidu.jobs.models import Job
from zhidu.jobs.run import drain
from zhidu.jobs.schedule import fire_due
from zhidu.policy import activation
from zhidu.policy.settings import set_setting
from zhidu.policy.stated import SettingValueWrong
from zhidu.testing.fixtures import FrozenClock
from zhidu.testing.on_disk import forget_addons, write_addon


def test_hook_provide_permissions(office: Office) -> None:
    """What is declared can be granted, and is checked."""
    office = answering(
        office, provide_permissions=lambda: [Permission("demo.thing.do", "Do things")]
    )
    with office.db.write(office.system) as session:
        roles.grant(session, session.actor, "staff", "demo.thing.do", Scope.OWN)
        with pytest.raises(ValidationError):
            roles.grant(session, session.actor, "staff", "demo.thing.undo", Scope.OWN)
    with office.db.read(office.org.salesman.actor) as session:
        check.require(session, "demo.thing.do")


def test_hook_provide_roles(office: Office) -> None:
    """A company gets the role when the addon is activated."""
    clerk = RoleTemplate("clerk", {"en": "Clerk"}, {f"{KIND}.read": Scope.COMPANY})
    office = answering(office, provide_roles=lambda: [clerk])
    with office.db.write(office.system) as session:
        activation.deactivate(session, session.actor, "demo", confirmed=True)
        activation.activate(session, session.actor, "demo")
        granted = {g.permission: g.scope for g in roles.find_role(session, "clerk").grants}
    assert granted == {f"{KIND}.read": Scope.COMPANY}


def test_hook_provide_resources(office: Office) -> None:
    """A guarded field shows only to those with its permission."""
    guard = {"note": f"{KIND}.close"}
    office = answering(
        office,
        provide_resources=lambda: [Resource(KIND, DemoRequest, is_record=True, guarded=guard)],
    )
    record_id = submitted(office)
    with office.db.read(office.org.salesman.actor) as session:
        assert scope.get(session, KIND, record_id).id == record_id
        assert scope.hidden_fields(session, KIND) == {"note"}
    with office.db.read(office.org.hr_head.actor) as session:
        assert scope.hidden_fields(session, KIND) == frozenset()


def test_hook_provide_settings(office: Office) -> None:
    """A declared setting has its default, and its range is held."""
    office = answering(
        office, provide_settings=lambda: [Setting("demo.limit", int, 3, "Limit", maximum=9)]
    )
    with office.db.write(office.system) as session:
        assert get_setting(session, "demo.limit") == 3
        set_setting(session, session.actor, "demo.limit", 8)
        assert get_setting(session, "demo.limit") == 8
        with pytest.raises(SettingValueWrong):
            set_setting(session, session.actor, "demo.limit", 10)


def test_hook_provide_record_kinds(office: Office) -> None:
    """A declared kind can be written; its facts are read at the submit."""
    kind = office.house.registry.kinds[KIND]
    assert isinstance(kind, RecordKind)
    with office.db.write(office.org.salesman.actor) as session:
        row = create_record(session, session.actor, KIND, {"amount": Decimal(4)}, "一件事")
        assert row.header.kind == KIND


def test_hook_provide_capabilities(office: Office) -> None:
    """A setting that a capability takes counts as carried out by it."""
    takes = Capability("demo.thing.limit", "Limit things", settings=("demo.limit",))
    office = answering(
        office,
        provide_settings=lambda: [Setting("demo.limit", int, 3, "Limit", maximum=9)],
        provide_capabilities=lambda: [takes],
    )
    assert office.db.registry.capabilities["demo.thing.limit"] is takes
    with pytest.raises(ConfigError, match=r"demo\.nothing"):
        answering(
            office,
            provide_capabilities=lambda: [
                Capability("demo.thing.limit", "Limit things", settings=("demo.nothing",))
            ],
        )
    with pytest.raises(ConfigError, match=r"addon\.noun\.verb"):
        answering(office, provide_capabilities=lambda: [Capability("demo.thing", "Limit")])


def test_hook_provide_resolvers(office: Office) -> None:
    """A flow may name the addon's own way to find an approver."""
    finance = office.org.finance_head.id
    own = Resolver("demo_purse", "Who pays", lambda *_: [finance], lambda _argument: "")
    office = answering(office, provide_resolvers=lambda: [own])
    office.house.flow = flow(node("pay", Approver("demo_purse")))
    record_id = submitted(office)
    with office.db.read(office.system) as session:
        assert [task.member_id for task in tasks_of(session, record_id)] == [finance]


def test_hook_provide_jobs(office: Office) -> None:
    """A declared job is done in the company that enqueued it."""
    with office.db.write(office.org.salesman.actor) as session:
        record_id = office.draft(session).id

    def mark(session: Session, args: Mapping[str, Any]) -> None:
        session.get_one(DemoRequest, args["record"]).note = "done"

    office = answering(office, provide_jobs=lambda: [JobType("demo.mark", mark)])
    with office.db.write(office.org.salesman.actor) as session:
        enqueue(session, "demo.mark", {"record": record_id})
    drain(office.db)
    assert note_of(office, record_id) == "done"


def test_hook_provide_schedules(office: Office, clock: FrozenClock) -> None:
    """A schedule fires where the addon is active."""
    every = ScheduleSpec("demo.hourly", "demo.tick", timedelta(hours=1))
    office = answering(
        office,
        provide_jobs=lambda: [JobType("demo.tick", lambda *_: None)],
        provide_schedules=lambda: [every],
    )
    fire_due(office.db, "test")
    clock.tick(hours=1)
    fire_due(office.db, "test")
    with office.db.read(Actor.system()) as session:
        assert len(session.scalars(select(Job).where(Job.name == "demo.tick")).all()) == 1


def test_hook_provide_channels(office: Office) -> None:
    """A notice goes over the addon's channel, too."""
    brought: list[str] = []
    channel = Channel("demo_chat", "Chat", lambda _s, notice, _key: brought.append(notice.message))
    office = answering(office, provide_channels=lambda: [channel])
    with office.db.write(office.system) as session:
        send_notice(session, [office.org.salesman.id], "Lunch is ready.")
    drain(office.db)
    assert brought == ["Lunch is ready."]


def test_hook_provide_views(office: Office, tmp_path: Path) -> None:
    """The page answers 200 in the real app, and stands in the menu."""
    office = answering(office, **pages())
    guest = visitor(office, tmp_path, office.org.salesman)
    assert guest.get("demo/request/").status_code == 200
    assert "Demos" in guest.get().get_data(as_text=True)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Install and enable an addon with a command and a check that finds something."""
    write_addon(
        tmp_path / "addons",
        "probe",
        code="import click\n"
        "from zhidu import Finding, HealthCheck\n"
        "@click.command('greet')\n"
        "def greet():\n    click.echo('good morning')\n"
        "@hookimpl\ndef provide_commands():\n    return [greet]\n"
        "@hookimpl\ndef provide_health_checks():\n"
        "    found = Finding(False, 'The kettle is cold.', 'Heat it.')\n"
        "    return [HealthCheck('kettle', 'Kettle', lambda config, db: found)]\n",
    )
    monkeypatch.setenv("ZHIDU_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ZHIDU_DATABASE_URL", raising=False)
    monkeypatch.setenv("ZHIDU_ADDON_FOLDERS", str(tmp_path / "addons"))
    config = Config.load()
    db = connect(config)
    bring_up_to_date(db)
    enable(db, config, "probe")
    db.close()
    return config


def test_hook_provide_commands(
    installed: Config, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """``zhidu greet`` is there as soon as the addon is enabled."""
    request.addfinalizer(forget_addons)
    assert run(["greet"]) == 0
    assert capsys.readouterr().out == "good morning\n"


def test_hook_provide_health_checks(
    installed: Config, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """``zhidu doctor`` tells what the addon found, with the cure, and fails."""
    request.addfinalizer(forget_addons)
    assert run(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "The kettle is cold." in told
    assert "Heat it." in told
