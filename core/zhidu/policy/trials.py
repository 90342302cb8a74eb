"""Run a policy's own tests: a case, what is expected of the flow, and what is found.

Each case is walked with the people that the company really has, and with the facts of the case.
Nothing is written; a test says what the policy means, so a failure names the clause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from zhidu import clock
from zhidu.access.user import User
from zhidu.db import Session
from zhidu.durations import Duration
from zhidu.errors import ValidationError
from zhidu.expressions import FactKind, FactType
from zhidu.org import queries as org
from zhidu.org.models import Company, Department, Member
from zhidu.policy import flows, phrases, replay
from zhidu.policy.replay import Scout, Walk
from zhidu.records.models import Record
from zhidu.records.services import set_department
from zhidu.texts import Text, enumerate_texts
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Flow, Node

if TYPE_CHECKING:
    from zhidu.records.kinds import RecordKind

Plain = Mapping[str, Any]


class CaseWrong(ValidationError):
    """A case that cannot be tried in this company: somebody or something in it is not there."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is other than a test expects.

    :param what: what is compared, for people.
    :param clause: the clause of the step concerned; empty where none is.
    """

    test: str
    what: str
    expected: str
    found: str
    clause: str = ""

    def __str__(self) -> str:
        said = _(
            "%(test)s: %(what)s — expected %(expected)s, found %(found)s",
            test=self.test,
            what=self.what,
            expected=self.expected,
            found=self.found,
        )
        return f"{said} [{self.clause}]" if self.clause else said

    def to_json(self) -> dict[str, str]:
        """Give plain values."""
        return {
            "test": self.test,
            "what": self.what,
            "expected": self.expected,
            "found": self.found,
            "clause": self.clause,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """One test with what was found.

    :param failures: all that differs; none: it holds.
    """

    name: str
    kind: str
    failures: tuple[Failure, ...]

    @property
    def holds(self) -> bool:
        """Tell whether everything is as expected."""
        return not self.failures


def run(session: Session, content: Plain) -> Iterator[Result]:
    """Try every test of a policy in the session's company.

    :param content: the resolved pack, as lint and versions give it.
    """
    built = flows.of(content)
    for test in content.get("tests") or ():
        yield Result(test["name"], test["kind"], tuple(_failures(session, content, built, test)))


def _failures(
    session: Session, content: Plain, built: Mapping[str, Flow], test: Plain
) -> Iterator[Failure]:
    name = test["name"]
    try:
        found = _walk(session, content, built.get(test["kind"]), test)
    except CaseWrong as error:
        yield Failure(name, _("case"), _("one that can be tried"), str(error.message))
        return
    compare = _Compare(session, name, built.get(test["kind"]), found)
    expect = test["expect"]
    yield from compare.refusal(expect.get("refuse", ""))
    if "path" in expect:
        yield from compare.path(tuple(expect["path"]))
    yield from compare.people(expect.get("people") or {})
    yield from compare.deadlines(expect.get("deadline") or {}, content)


class _Compare:
    """Compares what was found with what is expected."""

    def __init__(self, session: Session, name: str, flow: Flow | None, found: Walk) -> None:
        self.session, self.name, self.found = session, name, found
        self.nodes: dict[str, Node] = {}
        if flow is not None:
            urgent = Flow(flow.kind, flow.manager, flow.urgent.steps if flow.urgent else ())
            self.nodes = {one.id: one for each in (urgent, flow) for one in each.every_node()}

    def fails(self, what: str, expected: str, found: str, node: str = "") -> Failure:
        clause = self.nodes[node].clause if node in self.nodes else ""
        return Failure(self.name, what, expected, found, clause)

    def refusal(self, expected: str) -> Iterator[Failure]:
        """Compare the rule of a refusal, by its whole name or its last word."""
        found = self.found.refused
        if expected in {found, found.rpartition(".")[2]}:
            return
        said = f"{found}: {self.found.why}" if found else _("no refusal")
        yield self.fails(_("refusal"), expected or _("no refusal"), said)

    def path(self, expected: tuple[str, ...]) -> Iterator[Failure]:
        """Compare the steps in their order."""
        found = self.found.path
        if found == expected:
            return
        places = range(max(len(found), len(expected)))
        at = next(
            place for place in places if found[place : place + 1] != expected[place : place + 1]
        )
        node = (expected[at : at + 1] or found[at : at + 1])[0]
        yield self.fails(_("way"), _way(expected), _way(found), node)

    def people(self, expected: Mapping[str, Iterable[str]]) -> Iterator[Failure]:
        """Compare who is asked, by log-in name or name, in any order."""
        asked = [one for stop in self.found.stops for one in stop.people]
        words = replay.people_of(self.session, asked)
        for node, wanted in expected.items():
            what, said = _("people of “%(step)s”", step=node), enumerate_texts(wanted)
            stop = self.found.stop(node)
            if stop is None:
                yield self.fails(what, said, _("the step is not on the way"), node)
                continue
            found = [words[one] for one in stop.people]
            left = list(found)
            for word in wanted:
                left = _without(left, word)
            known = {word for one in found for word in (one.login, one.name)}
            if not left and set(wanted) <= known:
                continue
            nobody = replay.waiting_text(stop.waits) or _("nobody")
            yield self.fails(what, said, enumerate_texts(one.word for one in found) or nobody, node)

    def deadlines(self, expected: Mapping[str, str], content: Plain) -> Iterator[Failure]:
        """Compare the first clock of a step, or a deadline of the policy by its id."""
        stated = {one["id"]: one["within"] for one in content.get("deadlines") or ()}
        for name, wanted in expected.items():
            stop = self.found.stop(name)
            text = ""
            if stop is not None and stop.node.timeouts:
                text = str(stop.node.timeouts[0].after)
            elif stop is not None and stop.node.window is not None:
                text = str(stop.node.window)
            elif name in stated:
                text = stated[name]
            if text and Duration.parse(text) == Duration.parse(wanted):
                continue
            what = _("time for “%(step)s”", step=name)
            found = phrases.duration(Duration.parse(text)) if text else _("no time is set")
            yield self.fails(what, phrases.duration(Duration.parse(wanted)), found, name)


def _without(found: list[replay.Person], word: str) -> list[replay.Person]:
    """Take the first person of this log-in name or name out of a list."""
    place = next((i for i, one in enumerate(found) if word in {one.login, one.name}), None)
    return found if place is None else [*found[:place], *found[place + 1 :]]


def _way(path: Iterable[str]) -> str:
    return " → ".join(path) or _("no step")


# -- the case


def _walk(session: Session, content: Plain, flow: Flow | None, test: Plain) -> Walk:
    given = test.get("given") or {}
    kind = session.registry.kinds.get(test["kind"])
    owner = session.registry.owner(test["kind"]) if kind else ""
    if kind is None or owner not in {"core", *content["addons"]}:
        raise CaseWrong(_l("no active addon has a document “%(kind)s”", kind=test["kind"]))
    record = Record(kind=kind.name, title=test["name"])
    record.applicant_id = _applicant(session, given.get("applicant"))
    set_department(session, record, None)
    facts = _facts(kind, given.get("facts") or {})
    detail = _Blank(_people(session, given.get("people") or {}), record)
    day = given.get("on")
    with clock.frozen_at(_noon(session, day)) if day else nullcontext():
        scout = Scout(session, kind, record, detail, facts=facts)
        return replay.walk(scout, flow, urgent=bool(given.get("urgent")))


class _Blank:
    """The detail of a case: only the people that the case names; what is asked of nothing is nothing.

    :param people: members by field, dotted where the field is another row's.
    """

    def __init__(self, people: Mapping[str, Member], header: Record | None, at: str = "") -> None:
        self._people, self._at, self._header = people, at, header

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name == "header":
            return self._header
        field = f"{self._at}{name}"
        return self._people.get(field) or _Blank(self._people, None, f"{field}.")

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        return iter(())


def _noon(session: Session, day: str) -> datetime:
    zone = ZoneInfo(session.get_one(Company, session.company).timezone)
    return datetime.combine(date.fromisoformat(day), time(12), zone)


def _applicant(session: Session, given: Plain | None) -> int:
    """Find who asks; of several who fit, the first."""
    if not given:
        raise CaseWrong(_l("the case does not say who asks (given: applicant)"))
    ((way, word),) = given.items()
    found: Iterable[int]
    match way:
        case "user":
            found = _by_login(session, word)
        case "role":
            found = org.people_by_role(session, word)
        case "post":
            found = org.people_by_post(session, word)
        case _:
            found = _of_department(session, word)
    people = [one for one in found if org.works_here(session, one)]
    if not people:
        raise CaseWrong(_l("this company has nobody of %(way)s “%(word)s”", way=way, word=word))
    return people[0]


def _by_login(session: Session, word: str) -> list[int]:
    named = select(Member.id).join(User, User.id == Member.user_id)
    return list(session.scalars(named.where(User.username == word)))


def _of_department(session: Session, word: str) -> list[int]:
    """Find who works in a department of a code or name; its leaders only where nobody else does."""
    rows = session.scalars(
        select(Department.id)
        .where((Department.code == word) | (Department.name == word))
        .order_by(Department.id)
    ).all()
    leaders = {one for row in rows for one in org.department_leaders(session, row)}
    people = [one for row in rows for one in org.people_of_department(session, row)]
    return sorted(people, key=lambda one: (one in leaders, one))


def _people(session: Session, given: Mapping[str, str]) -> dict[str, Member]:
    """Find who stands in the fields of the form."""
    found = {}
    for field, login in given.items():
        people = _by_login(session, login)
        if not people:
            raise CaseWrong(
                _l("“%(field)s”: this company has nobody “%(word)s”", field=field, word=login)
            )
        found[field] = session.get_one(Member, people[0])
    return found


def _facts(kind: RecordKind, given: Plain) -> dict[str, Any]:
    """Read facts in their types; those that may be empty are, unless the case says otherwise."""
    facts: dict[str, Any] = {name: None for name, one in kind.facts.items() if one.nullable}
    for name, value in given.items():
        if name not in kind.facts:
            raise CaseWrong(_l("“%(name)s” is no fact of it", name=name))
        facts[name] = _value(name, kind.facts[name], value)
    return facts


def _value(name: str, declared: FactType, value: Any) -> Any:
    try:
        match declared.kind:
            case _ if value is None:
                return None
            case FactKind.NUMBER:
                return Decimal(str(value))
            case FactKind.DATE:
                return date.fromisoformat(str(value))
            case FactKind.BOOLEAN:
                return value is True or value == "true"
    except (ValueError, InvalidOperation) as error:
        wrong: Text = _l("the fact “%(name)s” is not “%(value)s”", name=name, value=value)
        raise CaseWrong(wrong) from error
    return str(value)
