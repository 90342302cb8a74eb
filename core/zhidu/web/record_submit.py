"""What a submit asks beside the form, and what is told before it: people, time, the next band.

The panel beside the form takes it in by :func:`beside`; the form's own fields are the addon's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import inspect, select

from zhidu import expressions
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.policy import phrases
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Record
from zhidu.records.queries import kind_of
from zhidu.texts import gettext, ngettext, show_number
from zhidu.web import context
from zhidu.workflow import bands, choices, engine, opening, standing
from zhidu.workflow.choices import Need
from zhidu.workflow.definition import Flow, Node
from zhidu.workflow.engine import Ahead
from zhidu.workflow.errors import NoFlow
from zhidu.workflow.opening import NEXT_PERIOD, REFUSE, Opening, Standing
from zhidu.workflow.resolvers import Question
from zhidu.workflow.routing import Router
from zhidu.workflow.submitting import flow_for

LISTED = 60
"""People shown as a list; of more, one is found by typing."""


def submit(session: Session, row: Any, key: str = "") -> None:
    """Keep whom the applicant chose, and send the record on its way: both or neither.

    :raises NotChosen: somebody has to be chosen for a step.
    """
    record: Record = row.header
    session.flush()
    actor = context.actor()
    try:
        ahead = _steps(engine.preview(session, actor, row))
    except NoFlow:
        ahead = []  # the submit says so in its own words
    ask = _asker(session, row)
    if any(choices.needs(ahead, ask)):
        choices.choose(session, record, ahead, chosen(), ask)
    engine.submit(session, actor, record, key)


def chosen() -> dict[str, list[int]]:
    """Read from the posted form who was chosen, by node id."""
    prefix = f"{choices.CHOSEN}-"
    found: dict[str, list[int]] = {}
    for name in request.form:
        if name.startswith(prefix) and not name.endswith("__text"):
            keys = [key for key in request.form.getlist(name) if key.isascii() and key.isdecimal()]
            found[name.removeprefix(prefix)] = [int(key) for key in keys if len(key) < 19]
    return found


def inputs(session: Session, row: Any) -> Markup | None:
    """Ask for the people whom the applicant chooses, for the dialog of the record's page."""
    try:
        steps = engine.preview(session, context.actor(), row)
    except NoFlow:
        return None
    return _people_inputs(session, row, _steps(steps), "submit")


def beside(session: Session, row: Any, steps: Sequence[Ahead]) -> dict[str, Any]:
    """Give what the panel tells beside the path; see ``_preview.html``.

    :param row: the detail as the form has it so far; it need not be saved.
    :param steps: what ``engine.preview`` said.
    """
    record: Record = row.header
    kind = kind_of(session, record.kind)
    flow = _flow(session, record)
    if flow is None:
        return {}
    router = Router(session, kind, record, row)
    told = [*_windows(session, flow, router), *_bands(flow, kind, router), *_urgent(flow)]
    return {
        "told": told,
        "choose": _people_inputs(session, row, _steps(steps), "form"),
    }


def _flow(session: Session, record: Record) -> Flow | None:
    """Give the flow that a submit would take, or go on with."""
    if inspect(record).has_identity:
        instance = standing.instance_of(session, record.id)
        if instance is not None:
            return Flow.from_json(instance.flow)
    try:
        return flow_for(session, record)
    except NoFlow:
        return None


def _steps(ahead: Iterable[Ahead]) -> list[Node]:
    return [step.node for step in ahead if not step.skipped]


# -- people


def _asker(session: Session, row: Any) -> choices.Ask:
    """Make the question of a step, with whoever may act there and is here."""
    record: Record = row.header
    kind = kind_of(session, record.kind)
    router = Router(session, kind, record, row)
    flow = _flow(session, record)

    def available(node: Node, member_id: int) -> bool:
        fit = bool(router.able([member_id])) and router.presence.reachable(member_id)
        return fit and (flow is None or router.may_decide(flow, node, member_id))

    def ask(node: Node) -> Question:
        return Question(
            session,
            kind,
            record,
            row,
            lambda: router.facts,
            node_id=node.id,
            available=lambda one: available(node, one),
        )

    return ask


def _people_inputs(session: Session, row: Any, nodes: list[Node], act: str) -> Markup | None:
    wanted = list(choices.needs(nodes, _asker(session, row)))
    if not wanted:
        return None
    record: Record = row.header
    known = inspect(record).has_identity
    before = choices.chosen_for(session, record) if known else {}
    now = chosen() if request.method == "POST" else {}
    parts = [_part(session, need, {**before, **now}.get(need.node.id, [])) for need in wanted]
    html = render_template("zhidu/_act_fields.html", act=act, parts=parts)
    return Markup(html)  # noqa: S704 -- drawn by an autoescaping template


def _part(session: Session, need: Need, taken: Sequence[int]) -> dict[str, Any]:
    """Offer those who may be chosen for one step."""
    label = gettext("Who acts on “%(step)s”", step=need.node.name)
    if len(need.candidates) > LISTED:
        rows = session.execute(select(Member.id, Member.name).where(Member.id.in_(taken)))
        return {
            "kind": "person",
            "name": need.field,
            "label": label,
            "many": need.most > 1,
            "url": url_for("people.lookup_view"),
            "chosen": [{"id": one.id, "text": one.name} for one in rows],
        }
    rows = session.execute(select(Member.id, Member.name).where(Member.id.in_(need.candidates)))
    names = {one.id: one.name for one in rows}
    return {
        "kind": "people",
        "name": need.field,
        "label": label,
        "most": need.most,
        "optional": need.optional,
        "options": [(one, names[one]) for one in need.candidates if one in names],
        "chosen": list(taken),
    }


# -- when it may be submitted


def _windows(session: Session, flow: Flow, router: Router) -> Iterable[dict[str, Any]]:
    if not flow.windows or router.record.applicant_id is None:
        return []
    try:
        found = opening.openings(
            session,
            flow.windows,
            router.facts,
            router.record.applicant_id,
            policy_version_id=router.record.policy_version_id,
        )
    except KeyError:
        return []
    return [told for one in found if (told := _window(one)) is not None]


def _window(one: Opening) -> dict[str, Any] | None:
    """Say of a window how long it is open, or what early and late mean."""
    clause = {"id": one.window.clause, "title": one.window.clause} if one.window.clause else None
    match one.standing:
        case Standing.EARLY:
            text = gettext(
                "It can be submitted from %(day)s on.",
                day=one.opens_on.isoformat() if one.opens_on else "–",
            )
            return {"text": text, "tone": "bad", "icon": "clock", "clause": clause}
        case Standing.LATE:
            return {"text": _late(one), "tone": _late_tone(one), "icon": "clock", "clause": clause}
    if one.last_day is None or one.left is None:
        return None
    text = gettext(
        "Closes %(left)s, at the end of %(day)s.",
        left=_left(one.left),
        day=one.last_day.isoformat(),
    )
    soon = one.left < timedelta(days=1)
    return {"text": text, "tone": "warn" if soon else "info", "icon": "clock", "clause": clause}


def _late_tone(one: Opening) -> str:
    return "bad" if one.window.late == REFUSE else "warn"


def _late(one: Opening) -> str:
    day = one.last_day.isoformat() if one.last_day else "–"
    if one.window.late == REFUSE:
        return gettext("It is too late: it could be submitted until %(day)s.", day=day)
    if one.window.late == NEXT_PERIOD:
        return gettext("It is late (until %(day)s): it counts for the next period.", day=day)
    return gettext("It is late (until %(day)s): one more step has to agree.", day=day)


def _left(left: timedelta) -> str:
    """Say how long is left, as people do."""
    hours = int(left.total_seconds() // 3600)
    if hours < 1:
        return gettext("within the hour")
    if hours < 48:
        return ngettext("in %(num)s hour", "in %(num)s hours", hours)
    return ngettext("in %(num)s day", "in %(num)s days", hours // 24)


# -- where the way would change


def _bands(flow: Flow, kind: RecordKind, router: Router) -> Iterable[dict[str, Any]]:
    try:
        found = bands.next_bands(flow, kind.facts, router.facts)
    except (expressions.ExpressionError, KeyError):
        return
    for one in found:
        fact = kind.facts[one.fact]
        names = {
            "fact": str(fact.title),
            "threshold": _quantity(one.threshold, fact.unit),
            "distance": _quantity(one.distance, fact.unit),
        }
        if not one.distance:
            yield _band(gettext("%(fact)s: above %(threshold)s another way is taken.", **names))
        elif one.reached_at:
            yield _band(
                gettext(
                    "%(fact)s: from %(threshold)s on another way is taken; %(distance)s to go.",
                    **names,
                )
            )
        else:
            yield _band(
                gettext(
                    "%(fact)s: above %(threshold)s another way is taken; %(distance)s to go.",
                    **names,
                )
            )


def _band(text: str) -> dict[str, Any]:
    return {"text": text, "tone": "plain", "icon": "scale", "clause": None}


def _quantity(number: Decimal, unit: Any) -> str:
    said = str(unit)
    return f"{show_number(number)} {said}" if said else show_number(number)


# -- first the thing, then the paper


def _urgent(flow: Flow) -> Iterable[Mapping[str, Any]]:
    """Say what may be done before the paper, in what time the paper follows, and else what."""
    if flow.urgent is None:
        return
    urgent = flow.urgent
    text = gettext(
        "Urgent (%(reasons)s)? It may be done first; hand the paper in within %(time)s.",
        reasons=", ".join(urgent.reasons),
        time=phrases.duration(urgent.deadline),
    )
    if urgent.consequence:
        text = f"{text} {gettext('Else: %(what)s.', what=urgent.consequence.rstrip('.。'))}"
    yield {
        "text": text,
        "tone": "plain",
        "icon": "horn",
        "clause": {"id": urgent.clause, "title": urgent.clause},
    }
