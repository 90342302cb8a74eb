"""Every hook at the place where it is really fired: a plugin answers, and the product acts on it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.hook_stage import (
    answering,
    decided,
    note_of,
    pages,
    plugin,
    submitted,
    visitor,
    writes,
)
from tests.core.workflow_house import (
    KIND,
    LEADER,
    Office,
    flow,
    header,
    node,
    own_task,
    tasks_of,
)

from zhidu import (
    Actor,
    Approval,
    DueItem,
    Fact,
    JobType,
    PrintNote,
    PrintPart,
    ScheduleSpec,
    Setting,
    SettingAnswer,
    StartCard,
    ValidationError,
    add_comment,
    engine,
    get_setting,
)
from zhidu.access.roles import roles_of
from zhidu.events import WorkingCompany
from zhidu.jobs.models import Job
from zhidu.jobs.schedule import fire_due
from zhidu.org.calendar_company import set_company_day
from zhidu.org.companies import create_company
from zhidu.org.members import leave
from zhidu.org.models import DayKind
from zhidu.policy import activation
from zhidu.policy.settings import set_setting
from zhidu.registry import CORE_PLUGINS, Registry
from zhidu.testing.fixtures import FrozenClock

# -- asked while a page is made


def test_hook_provide_task_facts(office: Office, tmp_path: Path) -> None:
    """The workbench shows the fact beside the task."""

    def facts(query: Any) -> dict[int, list[Fact]]:
        return {record.id: [Fact("Weight", "37 kg")] for record in query.records}

    office = answering(office, **pages(provide_task_facts=facts))
    submitted(office)
    page = visitor(office, tmp_path, office.org.team_head).get().get_data(as_text=True)
    assert "37 kg" in page


def test_hook_provide_start_cards(office: Office, tmp_path: Path) -> None:
    """The workbench offers the card."""
    card = StartCard(KIND, "Begin something", "demo_request.index_view")
    office = answering(office, **pages(provide_start_cards=lambda query: [card]))
    page = visitor(office, tmp_path, office.org.salesman).get().get_data(as_text=True)
    assert "Begin something" in page


def test_hook_provide_due_items(office: Office, tmp_path: Path) -> None:
    """The workbench warns above the list."""
    item = DueItem("Count the spoons", "demo_request.index_view")
    office = answering(office, **pages(provide_due_items=lambda query: [item]))
    page = visitor(office, tmp_path, office.org.salesman).get().get_data(as_text=True)
    assert "Count the spoons" in page


def test_hook_provide_print_parts(office: Office, tmp_path: Path) -> None:
    """The sheet of a record shows the part."""

    def parts(query: Any) -> list[PrintPart]:
        return [PrintPart(PrintNote(f"Budget of {query.record.title} checked."))]

    office = answering(office, **pages(provide_print_parts=parts))
    record_id = submitted(office)
    sheet = visitor(office, tmp_path, office.org.salesman).get(f"demo/request/{record_id}/print")
    assert "Budget of 一件事 checked." in sheet.get_data(as_text=True)


# -- fired in the transaction of the act


def refuse(event: Any) -> None:
    raise ValidationError("not on a Monday")


def test_hook_before_submit(office: Office) -> None:
    """A veto stops the submit: no number, no task."""
    office = answering(office, before_submit=refuse)
    with office.db.write(office.org.salesman.actor) as session:
        record_id = office.draft(session).id
    with (
        pytest.raises(ValidationError, match="Monday"),
        office.db.write(office.org.salesman.actor) as session,
    ):
        engine.submit(session, session.actor, header(session, record_id))
    with office.db.read(office.system) as session:
        assert header(session, record_id).approval is Approval.DRAFT
        assert tasks_of(session, record_id) == []


def test_hook_after_submit(office: Office) -> None:
    """What the hook writes is saved with the submit."""
    office = answering(office, after_submit=writes("submitted"))
    assert note_of(office, submitted(office)) == "submitted"


def test_hook_before_decision(office: Office) -> None:
    """A veto stops the decision: the task stays open."""
    record_id = submitted(office)
    office = answering(office, before_decision=refuse)
    with pytest.raises(ValidationError, match="Monday"):
        decided(office, record_id, engine.approve)
    with office.db.read(office.system) as session:
        assert len(tasks_of(session, record_id)) == 1


def test_hook_after_decision(office: Office) -> None:
    """It hears the action and the opinion."""

    def hear(event: Any) -> None:
        writes(f"{event.action}: {event.opinion}")(event)

    office = answering(office, after_decision=hear)
    record_id = submitted(office)
    decided(office, record_id, engine.approve, "fine")
    assert note_of(office, record_id) == "approve: fine"


def test_hook_after_approved(office: Office) -> None:
    """It fires at the last approve node."""
    office = answering(office, after_approved=writes("approved"))
    record_id = submitted(office)
    assert note_of(office, record_id) == ""
    decided(office, record_id, engine.approve)
    assert note_of(office, record_id) == "approved"


def test_hook_after_returned(office: Office) -> None:
    office = answering(office, after_returned=writes("returned"))
    record_id = submitted(office)
    decided(office, record_id, engine.return_to_applicant)
    assert note_of(office, record_id) == "returned"


def test_hook_after_rejected(office: Office) -> None:
    office = answering(office, after_rejected=writes("rejected"))
    record_id = submitted(office)
    decided(office, record_id, engine.reject)
    assert note_of(office, record_id) == "rejected"


def test_hook_after_withdrawn(office: Office) -> None:
    office = answering(office, after_withdrawn=writes("withdrawn"))
    record_id = submitted(office)
    with office.db.write(office.org.salesman.actor) as session:
        engine.withdraw(session, session.actor, header(session, record_id), "never mind")
    assert note_of(office, record_id) == "withdrawn"


def test_hook_after_transition(office: Office) -> None:
    """It hears from where to where, after the transition's own effect."""

    def hear(event: Any) -> None:
        writes(f"{event.before} > {event.after} by {event.transition}")(event)

    office = answering(office, after_transition=hear)
    record_id = submitted(office)
    decided(office, record_id, engine.approve)
    with office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, record_id))
    assert note_of(office, record_id) == "none > filed by file"


def test_hook_after_comment(office: Office) -> None:
    """It hears the text and who is named."""
    heard: list[tuple[str, list[int]]] = []

    def hear(event: Any) -> None:
        heard.append((event.comment.text, event.comment.mentions))

    office = answering(office, after_comment=hear)
    record_id = submitted(office)
    named = [office.org.auditor.id]
    with office.db.write(office.org.salesman.actor) as session:
        add_comment(session, session.actor, header(session, record_id), "look", named)
    assert heard == [("look", named)]


# -- companies


def test_hook_after_company_created(office: Office) -> None:
    """Only parts of the core hear it: no addon is active in a company that has just begun."""
    heard: list[int] = []

    def hear(event: Any) -> None:
        heard.append(event.company_id)

    both = {name: plugin(after_company_created=hear) for name in ("core", "demo")}
    registry = Registry.of(both, core_plugins=CORE_PLUGINS)
    with office.db.with_registry(registry).write(Actor.system()) as session:
        made = create_company(session, session.actor, "fresh", "新公司")
        assert heard == [made.id]


def test_hook_after_activated(office: Office) -> None:
    """It is told of itself, after its roles are there; a second time changes nothing."""
    heard: list[str] = []
    office = answering(office, after_activated=lambda event: heard.append(event.addon))
    with office.db.write(office.system) as session:
        activation.deactivate(session, session.actor, "demo", confirmed=True)
        assert heard == []
        activation.activate(session, session.actor, "demo")
        activation.activate(session, session.actor, "demo")
    assert heard == ["demo"]


def test_hook_after_deactivated(office: Office) -> None:
    """The addon hears its own end, though it is not active any more."""
    heard: list[str] = []
    office = answering(office, after_deactivated=lambda event: heard.append(event.addon))
    with office.db.write(office.system) as session:
        activation.deactivate(session, session.actor, "demo", confirmed=True)
    assert heard == ["demo"]


def test_hook_after_calendar_changed(office: Office) -> None:
    """It hears the days between which something changed."""
    heard: list[tuple[date, date]] = []
    office = answering(
        office, after_calendar_changed=lambda event: heard.append((event.first, event.last))
    )
    day = date(2026, 3, 2)
    with office.db.write(office.system) as session:
        set_company_day(session, session.actor, day, DayKind.REST, "Anniversary")
    assert heard == [(day, day)]


def test_hook_before_member_leaves(office: Office) -> None:
    """It hears who leaves and who takes over, before roles end; a veto keeps the person."""
    heard: list[tuple[int, int | None, bool]] = []

    def hear(event: Any) -> None:
        heir = event.successor.id if event.successor else None
        heard.append((event.member.id, heir, "finance" in people_roles(event)))
        if heir is None:
            refuse(event)

    def people_roles(event: Any) -> list[str]:
        return [one.code for one in roles_of(event.session, event.member.id)]

    office = answering(office, before_member_leaves=hear)
    gone, heir = office.org.cashier.id, office.org.deputy.id
    with pytest.raises(ValidationError, match="Monday"), office.db.write(office.system) as session:
        leave(session, session.actor, gone)
    with office.db.write(office.system) as session:
        leave(session, session.actor, gone, heir)
    assert heard == [(gone, None, True), (gone, heir, True)]


# -- asked of whoever knows


def test_hook_resolve_setting(office: Office) -> None:
    """Where neither policy nor company says anything, an addon may; else its default holds."""
    office = answering(
        office,
        provide_settings=lambda: [Setting("demo.limit", int, 3, "Limit")],
        resolve_setting=lambda query: SettingAnswer(7) if query.key == "demo.limit" else None,
    )
    with office.db.write(office.system) as session:
        assert get_setting(session, "demo.limit") == 7
        set_setting(session, session.actor, "demo.limit", 5)
        assert get_setting(session, "demo.limit") == 5


def test_hook_provide_absences(office: Office) -> None:
    """Who is away gets no task; the superior does."""
    gone = office.org.team_head.id
    asked: list[Any] = []

    def absences(query: Any) -> list[int]:
        asked.append(query.at)
        return [gone]

    office = answering(office, provide_absences=absences)
    record_id = submitted(office)
    assert asked
    with office.db.read(office.system) as session:
        assert [task.member_id for task in tasks_of(session, record_id)] == [
            office.org.sales_head.id
        ]


def test_hook_resolve_flow(office: Office) -> None:
    """The flow that is answered governs the record."""
    own = flow(node("twice", LEADER), node("again", "hr"))
    office = answering(office, resolve_flow=lambda query: own if query.kind == KIND else None)
    record_id = submitted(office)
    with office.db.read(office.system) as session:
        assert [task.node_id for task in tasks_of(session, record_id)] == ["twice"]


def test_hook_resolve_companies(office: Office, clock: FrozenClock) -> None:
    """Schedules fire in the companies that are named."""
    company = WorkingCompany(office.made.company, "en", "UTC")
    module = plugin(
        provide_jobs=lambda: [JobType("core.tick", lambda *_: None)],
        provide_schedules=lambda: [ScheduleSpec("core.tick", "core.tick", timedelta(hours=1))],
        resolve_companies=lambda query: [company],
    )
    db = office.db.with_registry(Registry.of({"core": module}))
    fire_due(db, "test")
    clock.tick(hours=1)
    assert fire_due(db, "test") == 1
    with db.read(Actor.system()) as session:
        made = session.scalars(select(Job).where(Job.name == "core.tick")).one()
        assert (made.company_id, made.locale) == (company.id, "en")


def test_hook_resolve_policy_version(office: Office) -> None:
    """A record is bound at its first submit to the version that is answered."""
    with office.db.write(office.system) as session:
        activation.deactivate(session, session.actor, "demo", confirmed=True)
        version = activation.activate(session, session.actor, "demo")
        assert version is not None
        version_id = version.id
    others = tuple(name for name in CORE_PLUGINS if name != "zhidu.policy.plugin")
    office = answering(office, core_plugins=others, resolve_policy_version=lambda query: version_id)
    record_id = submitted(office)
    with office.db.read(office.system) as session:
        assert header(session, record_id).policy_version_id == version_id
