"""What a submit asks beside the form, and what is told before it: people, time, the next band.

The panel beside the form takes it in by :func:`panel`; the form's own fields are the addon's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import inspect, select

from zhidu import expressions
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.org.models import Member
from zhidu.policy import glossary, phrases
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Record
from zhidu.records.queries import kind_of
from zhidu.texts import gettext, ngettext, show_number
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, record_story
from zhidu.workflow import bands, choices, engine, entry, movement, opening, standing, urgent
from zhidu.workflow.choices import Need
from zhidu.workflow.definition import Flow, Urgent
from zhidu.workflow.opening import NEXT_PERIOD, REFUSE, Opening, Standing
from zhidu.workflow.preview import foreseen
from zhidu.workflow.routing import Router
from zhidu.workflow.submitting import flow_for
from zhidu.workflow.urgent import Hurry, Manner, Said, UrgentIncomplete

LISTED = 60
"""People shown as a list; of more, one is found by typing."""


def submit(session: Session, row: Any, key: str = "") -> None:
    """Send the record on its way, with whom the applicant chose and what is said of its hurry."""
    session.flush()
    record: Record = row.header
    engine.submit(session, context.actor(), record, key, chosen=chosen() or None, hurry=_hurry())


def chosen() -> dict[str, list[int]]:
    """Read from the posted form who was chosen, by node id."""
    prefix = f"{choices.CHOSEN}-"
    found: dict[str, list[int]] = {}
    for name in request.form:
        if name.startswith(prefix) and not name.endswith("__text"):
            keys = [key for key in request.form.getlist(name) if key.isascii() and key.isdecimal()]
            found[name.removeprefix(prefix)] = [int(key) for key in keys if len(key) < 19]
    return found


def panel(session: Session, row: Any) -> dict[str, Any]:
    """Give what a form's panel shows of the approval: path, people to choose, time, next band.

    :param row: the detail as the form has it so far; it need not be saved.
    """
    try:
        steps = engine.preview(
            session,
            context.actor(),
            row,
            chosen=chosen() or None,
            hurries=_hurries(),
        )
    except ZhiduError as error:
        return {"path": [{"title": gettext("No approval path"), "people": str(error)}]}
    return {"path": record_story.path(session, steps), **_beside(session, row, "form")}


def inputs(session: Session, row: Any) -> Markup | None:
    """Ask for the people whom the applicant chooses, for the dialog of the record's page."""
    try:
        found: Markup | None = _beside(session, row, "submit")["choose"]
    except ZhiduError:
        return None
    return found


def _beside(session: Session, row: Any, act: str) -> dict[str, Any]:
    record: Record = row.header
    kind = kind_of(session, record.kind)
    known = inspect(record).has_identity
    instance = standing.instance_of(session, record.id) if known else None
    whole = entry.whole(instance) if instance is not None else flow_for(session, record)
    router = Router(session, kind, record, row)
    flow = foreseen(session, router, hurries=_hurries())
    told = [*_bands(flow, kind, router), *_words(session, record)]
    if not _hurries():
        told = [*_windows(session, whole, router), *told]
    parts = list(_people(session, record, flow, router))
    parts += _urgent(session, record, whole, router)
    html = render_template("zhidu/_act_fields.html", act=act, parts=parts) if parts else ""
    return {
        "told": told,
        "choose": Markup(html) if parts else None,  # noqa: S704 -- drawn by an autoescaping template
    }


# -- people


def _people(
    session: Session, record: Record, flow: Flow, router: Router
) -> Iterable[dict[str, Any]]:
    """Ask for those who act on the steps that leave it to the applicant."""
    ahead = list(movement.still(flow.nodes, movement.State(), router.applies))
    wanted = list(choices.needs(ahead, partial(router.question, flow=flow)))
    if not wanted:
        return
    known = inspect(record).has_identity
    before = choices.chosen_for(session, record) if known else {}
    now = chosen() if request.method == "POST" else {}
    for need in wanted:
        yield _part(session, need, {**before, **now}.get(need.node.id, []))


def _part(session: Session, need: Need, taken: Sequence[int]) -> dict[str, Any]:
    """Offer those who may be chosen for one step."""
    label = gettext("Who acts on “%(step)s”", step=need.node.name)
    if len(need.candidates) > LISTED:
        return {
            "kind": "person",
            "name": need.field,
            "label": label,
            "many": need.most > 1,
            "url": url_for("people.lookup_view"),
            "chosen": [{"id": key, "text": name} for key, name in _named(session, taken)],
        }
    return {
        "kind": "people",
        "name": need.field,
        "label": label,
        "most": need.most,
        "optional": need.optional,
        "options": _named(session, need.candidates),
        "chosen": list(taken),
    }


def _named(session: Session, keys: Sequence[int]) -> list[tuple[int, str]]:
    """Give people with their names, in the given order."""
    rows = session.execute(select(Member.id, Member.name).where(Member.id.in_(keys)))
    names = {one.id: one.name for one in rows}
    return [(key, names[key]) for key in keys if key in names]


# -- when it may be submitted


def _windows(session: Session, flow: Flow, router: Router) -> Iterable[dict[str, Any]]:
    if not flow.windows or router.record.applicant_id is None:
        return []
    found = opening.openings(
        session,
        flow.windows,
        entry.days_of(flow, router.facts),
        router.record.applicant_id,
        policy_version_id=router.record.policy_version_id,
    )
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


def _words(session: Session, record: Record) -> Iterable[dict[str, Any]]:
    """Explain the policy's words by which such a request is judged."""
    for word in glossary.words_of(session, record.kind, record.policy_version_id):
        if word.help:
            clause = {"id": word.clause, "title": word.clause} if word.clause else None
            text = gettext("%(word)s: %(help)s", word=word.title, help=word.help)
            yield {"text": text, "tone": "plain", "icon": "help", "clause": clause}


def _quantity(number: Decimal, unit: Any) -> str:
    said = str(unit)
    return f"{show_number(number)} {said}" if said else show_number(number)


# -- first the thing, then the paper


def _hurries() -> bool | None:
    """Tell whether the form says that the thing was done first; None where it says nothing."""
    return bool(request.form.get("urgent")) if "urgent-asked" in request.form else None


def _hurry() -> Said:
    """Read what is said of a thing that was done first."""
    hurries = _hurries()
    if hurries is None:
        return Manner.AS_BEFORE
    if not hurries:
        return Manner.USUAL
    by, at = request.form.get("urgent-consented_by", ""), request.form.get("urgent-event_at", "")
    try:
        local = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(context.here().timezone))
    except ValueError:
        raise UrgentIncomplete({"urgent-event_at": _l("Please say when it was done.")}) from None
    return Hurry(
        request.form.get("urgent-reason", ""),
        local.astimezone(UTC),
        int(by) if by.isascii() and by.isdecimal() and len(by) < 19 else 0,
        request.form.get("urgent-how", ""),
    )


def _urgent(
    session: Session, record: Record, flow: Flow, router: Router
) -> Iterable[dict[str, Any]]:
    """Offer to say that it was done first: why, when, who had consented; what being late means."""
    if flow.urgent is None:
        return
    kept = urgent.of(session, record.id) if inspect(record).has_identity else None
    zone = ZoneInfo(context.here().timezone)
    asked = _hurries()
    yield {
        "kind": "urgent",
        "label": gettext("It was urgent and is done already"),
        "on": asked if asked is not None else kept is not None,
        "reasons": flow.urgent.reasons,
        "reason": request.form.get("urgent-reason", kept.reason if kept else ""),
        "event_at": request.form.get(
            "urgent-event_at",
            f"{kept.event_at.astimezone(zone):%Y-%m-%dT%H:%M}" if kept else "",
        ),
        "people": _named(session, urgent.consenters(router, flow.urgent)),
        "consented_by": request.form.get(
            "urgent-consented_by", str(kept.consented_by) if kept else ""
        ),
        "how": request.form.get("urgent-how", kept.how if kept else ""),
        "hint": _deadline(flow.urgent),
        "clause": flow.urgent.clause,
    }


def _deadline(one: Urgent) -> str:
    said = gettext("The paper must follow within %(time)s.", time=phrases.duration(one.deadline))
    if not one.consequence:
        return said
    return f"{said} {gettext('If it is late: %(what)s', what=one.consequence)}"
