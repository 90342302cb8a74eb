"""The example of ``docs/integrators.md`` does what it says, beside a broken one too."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from zhidu import (
    Actor,
    Approval,
    Database,
    Record,
    Session,
    Task,
    ValidationError,
    create_record,
    engine,
)
from zhidu.config import Config
from zhidu.enabling import CannotEnable, connect, enable
from zhidu.policy.apply import apply_pack
from zhidu.registry import Registry
from zhidu.testing.factories import MadeCompany, MadeMember, make_member
from zhidu.testing.on_disk import config_for, write_addon
from zhidu.testing.visitor import Visitor

pytestmark = pytest.mark.addons("note")

PACK = """\
format: 1
policy: {id: notes, title: Notes, version: "1", effective: 2026-01-01}
clauses:
  - {id: N-1, section: Notes, title: Agreement, summary: A superior agrees to a note.}
  - {id: N-2, section: Notes, title: Posting, summary: The administrator posts it.}
addons: [note]
settings:
  note.longest: {value: 80, clause: N-1}
flows:
  note.note:
    manager: {role: admin}
    nodes:
      - {id: agree, name: Agree, approver: {superior: true}, clause: N-1}
      - {id: post, name: Post, kind: handle, approver: {role: admin}, transition: post, clause: N-2}
"""


@dataclass(frozen=True)
class People:
    """Who takes part."""

    writer: MadeMember
    superior: MadeMember
    admin: MadeMember


@pytest.fixture
def people(db: Database, company: MadeCompany) -> People:
    """Take three people in and put the policy in force."""
    with db.write(company.system) as session:
        superior = make_member(session, "王经理", user="boss")
        writer = make_member(session, "李四", superior=superior, user="lisi")
        admin = make_member(session, "周静", roles=("staff", "admin"), user="zhou")
        apply_pack(session, session.actor, PACK, "notes.yaml")
    return People(writer, superior, admin)


def write(db: Database, actor: Actor, text: str) -> int:
    with db.write(actor) as session:
        row = create_record(session, actor, "note.note", {"text": text, "last_day": None}, text[:9])
        return int(row.id)


def submit(db: Database, actor: Actor, record_id: int) -> None:
    with db.write(actor) as session:
        engine.submit(session, actor, session.get_one(Record, record_id))


def own_task(session: Session) -> Task:
    return session.scalars(select(Task).where(Task.member_id == session.actor.member_id)).one()


def test_a_note_is_agreed_and_posted(db: Database, people: People) -> None:
    record_id = write(db, people.writer.actor, "大家好")
    submit(db, people.writer.actor, record_id)
    with db.write(people.superior.actor) as session:
        engine.approve(session, session.actor, own_task(session), "好")
    with db.write(people.admin.actor) as session:
        engine.handle(session, session.actor, own_task(session))
    with db.read(people.writer.actor) as session:
        record = session.get_one(Record, record_id)
        assert (record.approval, record.execution) == (Approval.APPROVED, "posted")
        assert (record.number or "").startswith("NT-")


def test_the_hook_vetoes_by_the_setting(db: Database, people: People) -> None:
    """The policy states 80 characters; the addon's own default would let it pass."""
    record_id = write(db, people.writer.actor, "长" * 81)
    with pytest.raises(ValidationError, match="80"):
        submit(db, people.writer.actor, record_id)
    with db.read(people.writer.actor) as session:
        assert session.get_one(Record, record_id).approval is Approval.DRAFT


@pytest.mark.sqlite
def test_the_pages_work(client: Client, db: Database, people: People) -> None:
    """List, form, a refused and an accepted submit, the record's page, the card on the workbench."""
    visitor = Visitor(client).log_in("lisi")
    assert "/c/acme/note/note/new" in visitor.get().get_data(as_text=True)
    assert visitor.get("note/note/").status_code == 200
    assert visitor.get("note/note/new").status_code == 200
    refused = visitor.post("note/note/new", {"text": "长" * 81, "do": "submit"})
    assert refused.status_code == 422
    assert "80" in refused.get_data(as_text=True)
    done = visitor.post("note/note/new", {"text": "周五大扫除", "do": "submit"})
    assert done.status_code == 303
    page = visitor.get(done.headers["Location"])
    assert page.status_code == 200
    assert "周五大扫除" in page.get_data(as_text=True)
    assert "N-1" in page.get_data(as_text=True)


def test_a_stranger_learns_nothing(client: Client, db: Database, people: People) -> None:
    with db.write(Actor.system(people.writer.company_id)) as session:
        make_member(session, "路人", roles=(), user="passer")
    record_id = write(db, people.writer.actor, "秘密")
    visitor = Visitor(client).log_in("passer")
    assert visitor.get(f"note/note/{record_id}").status_code == 404
    assert visitor.get("note/note/").status_code == 403


def test_it_is_switched_off_and_on_without_losing_a_row(
    client: Client, db: Database, company: MadeCompany, people: People
) -> None:
    from zhidu.policy.activation import activate, deactivate

    record_id = write(db, people.writer.actor, "留着")
    visitor = Visitor(client).log_in("lisi")
    with db.write(company.system) as session:
        deactivate(session, session.actor, "note")
    assert visitor.get("note/note/").status_code == 404
    assert "/note/note" not in visitor.get().get_data(as_text=True)
    with db.write(company.system) as session:
        activate(session, session.actor, "note")
    assert visitor.get(f"note/note/{record_id}").status_code == 200


def test_a_broken_addon_beside_it_stops_nothing(
    db: Database, registry: Registry, config: Config, company: MadeCompany
) -> None:
    """What cannot be imported is told with its cure; the example and the core go on."""
    broken = config.home / "addons"
    write_addon(broken, "broken", code="raise RuntimeError('kaputt')\n")
    both = Config(
        home=config.home,
        database_url=config.database_url,
        addon_folders=(*config.addon_folders, *config_for(broken).addon_folders),
    )
    with pytest.raises(CannotEnable, match="kaputt"):
        enable(db, both, "broken")
    again = connect(both)
    assert "note" in again.registry.names
    assert "broken" not in again.registry.names
    with again.read(company.system) as session:
        assert "note" in session.active_addons
    again.close()
