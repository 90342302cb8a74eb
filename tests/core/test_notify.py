"""Notices: in the business transaction, once, to people who work here, in their own language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.core.jobs_stage import switch

from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.db.guard import Closed, ForeignCompany, ReadOnly
from zhidu.errors import NotFound, clause
from zhidu.hookspecs import hookimpl
from zhidu.jobs.models import Job, JobStatus
from zhidu.jobs.run import drain
from zhidu.notify import Channel, inbox, send
from zhidu.notify.models import Notice
from zhidu.notify.wording import packed, said, taken_apart
from zhidu.org.members import leave
from zhidu.records.models import Record
from zhidu.registry import CORE_PLUGINS, Registry
from zhidu.testing.concurrency import Concurrently
from zhidu.testing.factories import MadeCompany, MadeMember, make_company, make_member
from zhidu.texts import current_locale, lazy_ngettext, use_locale
from zhidu.texts import lazy_gettext as _l


@pytest.fixture
def people(db: Database, company: MadeCompany) -> list[MadeMember]:
    with db.write(company.system) as session:
        return [make_member(session, name) for name in ("甲一", "乙二", "丙三")]


def notices(db: Database, actor: Actor) -> list[tuple[int, str]]:
    with db.read(actor) as session, use_locale("en"):
        rows = session.scalars(select(Notice).order_by(Notice.id))
        return [(one.member_id, inbox.text_of(one)) for one in rows]


def test_each_is_told_once_and_only_when_it_is_committed(
    db: Database, company: MadeCompany, people: list[MadeMember]
) -> None:
    first, second, _third = (one.id for one in people)
    with Session(db.engine, company.system, db.registry) as session:
        send(session, [first], "Never mind.")
        session.rollback()
    with db.write(company.system) as session:
        made = send(session, [first, second, first], "Meet at %(hour)s.", {"hour": 9})
    assert len(made) == 2
    assert notices(db, company.system) == [(first, "Meet at 9."), (second, "Meet at 9.")]


def test_who_has_left_and_who_is_not_of_the_company_is_not_told(
    db: Database, company: MadeCompany, people: list[MadeMember]
) -> None:
    other = make_company(db, "other")
    with db.write(other.system) as session:
        stranger = make_member(session, "外人")
    with db.write(company.system) as session:
        leave(session, session.actor, people[0].id)
    with db.write(company.system) as session:
        send(session, [people[0].id, people[1].id, stranger.id, 987654], "Hello.")
    assert [member for member, _text in notices(db, company.system)] == [people[1].id]
    assert notices(db, other.system) == []


def test_a_key_tells_each_person_once(
    db: Database, company: MadeCompany, people: list[MadeMember]
) -> None:
    with db.write(company.system) as session:
        send(session, [people[0].id], "One.", dedupe="k")
        send(session, [people[0].id, people[1].id], "Two.", dedupe="k")
    with db.write(company.system) as session:
        assert send(session, [people[0].id], "Three.", dedupe="k") == []
        assert len(send(session, [people[0].id], "Four.", dedupe="other")) == 1
    texts = [text for _member, text in notices(db, company.system)]
    assert texts == ["One.", "Two.", "Four."]


@pytest.mark.postgresql
def test_two_at_once_with_one_key_tell_once_and_neither_fails(
    db: Database, company: MadeCompany, people: list[MadeMember]
) -> None:
    def act(session: Session, meet: Callable[[], None]) -> int:
        meet()
        return len(send(session, [people[0].id], "Once.", dedupe="k"))

    outcomes = Concurrently(db)(company.system, act, act)
    assert sorted(outcome.get() for outcome in outcomes) == [0, 1]
    assert len(notices(db, company.system)) == 1


def test_the_shortcut_into_the_table_is_shut_for_what_it_must_not_write(
    db: Database, company: MadeCompany, people: list[MadeMember]
) -> None:
    from zhidu.db.conflict import insert_unless_taken
    from zhidu.org.models import Post

    with db.write(company.system) as session:
        with pytest.raises(Closed):
            insert_unless_taken(
                session, Post, {"code": "x", "name": "x"}, on=["company_id", "code"]
            )
        row = {"member_id": people[0].id, "message": "x", "values": {}, "company_id": 999}
        with pytest.raises(ForeignCompany):
            insert_unless_taken(session, Notice, row, on=["company_id", "dedupe"])
    with db.read(company.system) as session, pytest.raises(ReadOnly):
        send(session, [people[0].id], "x")


def test_a_reader_sees_values_in_their_own_language_and_way_of_writing() -> None:
    values = packed(
        {
            "day": date(2026, 2, 17),
            "at": datetime(2026, 2, 17, 1, 30, tzinfo=UTC),
            "amount": Decimal("1234.5678"),
            "type": {"zh_Hans_CN": "年假", "en": "Annual leave"},
            "source": clause("PN-1").label,
            "who": "张三",
            "nobody": None,
        }
    )
    message = "%(who)s %(type)s %(day)s %(at)s %(amount)s %(source)s%(nobody)s"
    with use_locale("en"):
        english = said(message, values)
    assert "张三 Annual leave Feb 17, 2026" in english
    assert "9:30" in english  # as clocks in Shanghai show it
    assert "1,234.5678" in english
    assert english.endswith("clause PN-1")
    with use_locale("zh_Hans_CN"):
        chinese = said(message, values)
    assert "张三 年假 2026年2月17日" in chinese


def test_a_lazy_message_is_kept_untranslated_with_its_values() -> None:
    with use_locale("zh_Hans_CN"):
        msgid, values = taken_apart(_l("“%(title)s” is approved.", title=_l("Leave")))
    assert msgid == "“%(title)s” is approved."
    assert values == {"title": {"text": "Leave", "values": {}}}
    with use_locale("en"):
        assert said(msgid, values) == "“Leave” is approved."
    assert taken_apart("Plain.") == ("Plain.", {})


def test_a_count_with_its_unit_is_said_in_each_readers_language() -> None:
    """Also inside the values of another text, and after JSON."""
    import json

    now = lazy_ngettext("%(num)s day", "%(num)s days", Decimal("1.0000"))
    was = lazy_ngettext("%(num)s day", "%(num)s days", Decimal("1.5000"))
    msgid, values = taken_apart(_l("%(now)s instead of %(was)s", now=now, was=was))
    with use_locale("en"):
        assert said(msgid, json.loads(json.dumps(values))) == "1 day instead of 1.5 days"
    counted = packed({"n": lazy_ngettext("%(num)s row", "%(num)s rows", 2)})
    with use_locale("en"):
        assert said("%(n)s", counted) == "2 rows"
    with use_locale("zh_Hans_CN"):
        assert "rows" not in said("%(n)s", counted)


@pytest.mark.parametrize("value", [1.5, object(), {}, {"name": "x"}, [1]])
def test_a_value_that_would_be_lost_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        packed({"x": value})


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.dates(),
    st.decimals("-9.2e14", "9.2e14", places=4),
)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), PLAIN, max_size=4))
def test_whatever_is_packed_can_be_said_after_the_database(values: dict[str, Any]) -> None:
    import json

    kept = json.loads(json.dumps(packed(values)))
    message = "; ".join(f"%({name})s" for name in values)
    with use_locale("en"):
        assert isinstance(said(message, kept), str)


def test_the_inbox_counts_pages_and_marks(
    db: Database, company: MadeCompany, people: list[MadeMember]
) -> None:
    me, other = people[0].id, people[1].id
    with db.write(company.system) as session:
        for number in range(7):
            send(session, [me], "Number %(n)s.", {"n": number})
        send(session, [other], "Not mine.")
    with db.read(company.system) as session:
        assert inbox.unread(session, me) == 7
        first = inbox.newest(session, me, limit=3)
        second = inbox.newest(session, me, limit=3, before=first[-1].id)
        last = inbox.newest(session, me, limit=3, before=second[-1].id)
        assert [one.values["n"] for one in (*first, *second, *last)] == [6, 5, 4, 3, 2, 1, 0]
        not_mine = inbox.newest(session, other)[0].id
        with pytest.raises(NotFound):
            inbox.get(session, me, not_mine)
    with db.write(company.system) as session:
        inbox.mark_read(session, me, first[0].id)
        inbox.mark_read(session, me, not_mine)
    with db.read(company.system) as session:
        assert inbox.unread(session, me) == 6
        assert inbox.unread(session, other) == 1
        assert inbox.newest(session, me, limit=1, unread_only=True)[0].id == first[1].id
    with db.write(company.system) as session:
        send(session, [me], "Came in meanwhile.")
        inbox.mark_all_read(session, me, up_to=first[0].id)
    with db.read(company.system) as session:
        assert inbox.unread(session, me) == 1


def test_the_count_ends_where_nobody_counts_any_more(
    db: Database, company: MadeCompany, people: list[MadeMember]
) -> None:
    with db.write(company.system) as session:
        for _number in range(inbox.COUNTED + 5):
            send(session, [people[0].id], "Again.")
    with db.read(company.system) as session:
        assert inbox.unread(session, people[0].id) == inbox.COUNTED


class Letters:
    """An addon that offers another channel, and keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str, str, str]] = []
        self.fail = False

    def deliver(self, session: Session, notice: Notice, key: str) -> None:
        if self.fail:
            raise ConnectionError("no post today")
        self.sent.append((notice.member_id, inbox.text_of(notice), key, current_locale()))

    @hookimpl
    def provide_channels(self) -> Iterable[Channel]:
        return [Channel("letter", "Letter", self.deliver)]


def with_letters(db: Database) -> tuple[Database, Letters]:
    letters = Letters()
    registry = Registry.of({"letters": letters}, core_plugins=CORE_PLUGINS)
    return db.with_registry(registry), letters


def test_another_channel_gets_a_job_each_with_a_key_in_the_readers_language(
    db: Database, company: MadeCompany
) -> None:
    db, letters = with_letters(db)
    switch(db, company.id, "letters", active=True)
    with db.write(company.system) as session:
        reader = make_member(session, "李四", user="lisi")
    with db.write(Actor.system()) as session:
        from zhidu.access.users import set_locale

        set_locale(session, session.actor, "lisi", "en")
    with db.write(company.system) as session:
        colleague = make_member(session, "王五")
        send(session, [reader.id, colleague.id], "Hello %(who)s.", {"who": "you"})
    assert letters.sent == []
    letters.fail = True
    assert drain(db) == 0
    letters.fail = False
    with db.write(Actor.system()) as session:
        for job in session.scalars(select(Job)):
            assert job.status is JobStatus.DUE
            job.run_at = job.created_at
    assert drain(db) == 2
    assert sorted((member, locale) for member, _text, _key, locale in letters.sent) == sorted(
        [(reader.id, "en"), (colleague.id, "zh_Hans_CN")]
    )
    keys = {key for _member, _text, key, _locale in letters.sent}
    assert len(keys) == 2
    assert all(key.startswith("zhidu-job-") for key in keys)


def test_a_channel_that_is_not_active_in_the_company_carries_nothing(
    db: Database, company: MadeCompany, people: list[MadeMember]
) -> None:
    db, letters = with_letters(db)
    with db.write(company.system) as session:
        send(session, [people[0].id], "Hello.")
    assert jobs(db) == 0  # the inbox alone needs no job
    switch(db, company.id, "letters", active=True)
    with db.write(company.system) as session:
        send(session, [people[0].id], "Hello again.")
    assert jobs(db) == 1
    switch(db, company.id, "letters", active=False)
    drain(db)
    assert letters.sent == []


def jobs(db: Database) -> int:
    with db.read(Actor.system()) as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def test_notices_about_records_of_an_addon_that_is_off_are_hidden(
    db: Database, company: MadeCompany, people: list[MadeMember]
) -> None:
    me = people[0].id
    with db.write(company.system) as session:
        record = Record(
            kind="nosuch.thing", title="x", applicant_id=me, created_at=datetime.now(UTC)
        )
        session.add(record)
        session.flush()
        hidden = send(session, [me], "About it.", record_id=record.id)[0]
        send(session, [me], "About nothing.")
    with db.read(company.system) as session:
        assert inbox.unread(session, me) == 1
        assert [inbox.text_of(one) for one in inbox.newest(session, me)] == ["About nothing."]
        with pytest.raises(NotFound):
            inbox.get(session, me, hidden)
