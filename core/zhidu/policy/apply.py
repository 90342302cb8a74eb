"""Apply a pack to a company: check all of it, then write one immutable version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from zhidu import clock
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.db.activation import active_addons
from zhidu.errors import ConfigError
from zhidu.org.models import Member
from zhidu.policy import activation, library, lint, people, publish, versions
from zhidu.policy.errors import AcceptanceNeeded, AcceptorUnnamed, EffectiveInPast, PackRefused
from zhidu.policy.models import PolicyDraft, PolicyVersion, VersionOrigin
from zhidu.policy.problems import PolicyProblem, in_order
from zhidu.policy.problems import warnings as warnings_of
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

EDIT = "core.policy.edit"


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a pack would do; made by :func:`plan`, shown before it is done.

    :param problems: all findings, notes included; with an error nothing can be applied.
    :param effective: the first day on which it would hold.
    :param unchanged: the version that says the same already: applying changes nothing.
    :param starts: addons that would become active.
    :param stops: addons that would no longer be active.
    """

    reading: lint.Reading
    problems: tuple[PolicyProblem, ...]
    effective: date | None = None
    unchanged: PolicyVersion | None = None
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[PolicyProblem, ...]:
        """Give what keeps the pack from being applied."""
        return tuple(problem for problem in self.problems if problem.is_error)

    @property
    def warnings(self) -> tuple[PolicyProblem, ...]:
        """Give what somebody must accept by name."""
        return tuple(warnings_of(self.problems))


def plan(
    session: Session, text: str | Path, filename: str = "", effective: date | None = None
) -> Plan:
    """Check a pack for the session's company, and say what applying it would do.

    :param text: the YAML text, or the file that holds it.
    :param effective: first day, today or later; default: the pack's own, or today where that is
        over.
    :raises EffectiveInPast: ``effective`` is over.
    """
    source, filename = read_source(text, filename)
    reading = lint.read(session.registry, source, filename, library.published(session))
    found = in_order([*reading.problems, *people.check(session, reading)])
    if reading.content is None or any(problem.is_error for problem in found):
        return Plan(reading, tuple(found))
    today = versions.today(session)
    if effective is not None and effective < today:
        raise EffectiveInPast(effective)
    own = date.fromisoformat(reading.content["policy"]["effective"])
    day = effective or max(own, today)
    before = versions.current(session, day)
    same = before is not None and publish.stated_content(before) == publish.as_stated(
        reading.content
    )
    wanted, active = frozenset(reading.content["addons"]), active_addons(session)
    return Plan(
        reading,
        tuple(found),
        day,
        before if same else None,
        tuple(sorted(wanted - active)),
        tuple(sorted(active - wanted)),
    )


def apply_pack(
    session: Session,
    actor: Actor,
    text: str | Path,
    filename: str = "",
    effective: date | None = None,
    *,
    confirmed: bool = False,
    accepted: Iterable[str] = (),
    accepted_by: Member | None = None,
    proposal: PolicyDraft | None = None,
) -> PolicyVersion:
    """Publish a pack in the session's company; return its version.

    A pack that says what holds on that day already changes nothing: the version that holds is
    returned (``plan(...).unchanged`` tells beforehand). The addons follow at once, or by a job on
    the first day.

    :param confirmed: addons with open tasks may be switched off.
    :param accepted: codes of warnings that are accepted, by ``accepted_by`` or the actor.
    :param proposal: the draft that the actor, as the second person, confirms (see ``drafts``).
    :raises PackRefused: the pack has errors; all of them are in the error.
    :raises AcceptanceNeeded: it has warnings that nobody accepted.
    :raises SecondPersonNeeded: the company demands two people: propose it instead.
    :raises OpenTasks: an addon with open tasks would be switched off, and it was not confirmed.
    :raises EffectiveInPast: ``effective`` is over.
    """
    check.require(session, EDIT)
    versions.hold(session)
    made = plan(session, text, filename, effective)
    content = made.reading.content
    if made.errors or content is None or made.effective is None:
        raise PackRefused(made.errors)
    if made.unchanged is not None:
        return made.unchanged
    kept = acceptances(session, actor, made, accepted, accepted_by, proposal)
    activation.ask(session, made.stops, confirmed=confirmed)
    version = publish.write(
        session,
        actor,
        content,
        VersionOrigin.PACK,
        made.effective,
        source=made.reading.text,
        base=versions.current(session, made.effective),
        proposal=proposal,
        acceptances=kept,
    )
    if versions.current(session) is version:
        activation.bring_into_force(session, actor)
    return version


def read_source(text: str | Path, filename: str = "") -> tuple[str, str]:
    """Read a file as UTF-8, with or without a byte order mark.

    :raises ConfigError: it cannot be read.
    """
    if isinstance(text, str):
        return text, filename or "policy.yaml"
    try:
        return text.read_text("utf-8-sig"), filename or str(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            _l("The policy file %(file)s cannot be read.", file=str(text)),
            cure=_l("Give the path of a text file in UTF-8."),
        ) from error


def acceptances(
    session: Session,
    actor: Actor,
    made: Plan,
    accepted: Iterable[str] = (),
    accepted_by: Member | None = None,
    proposal: PolicyDraft | None = None,
) -> list[dict[str, Any]]:
    """Put a name to every warning of a pack; what the version keeps.

    :raises AcceptanceNeeded: a warning is accepted by nobody.
    :raises AcceptorUnnamed: nobody's name stands behind the acceptance.
    """
    kept = list(proposal.acceptances) if proposal else []
    known = {(one["code"], one["path"]) for one in kept}
    codes = set(accepted)
    new = [one for one in made.warnings if (one.code, one.path) not in known]
    left = [one for one in new if one.code not in codes]
    if left:
        raise AcceptanceNeeded(left)
    if not new:
        return kept
    who = accepted_by
    if who is None and actor.member_id is not None:
        who = session.get_one(Member, actor.member_id)
    if who is None:
        raise AcceptorUnnamed
    at = clock.now().isoformat()
    for one in new:
        place = {"code": one.code, "path": one.path, "line": one.line}
        kept.append(
            {**place, "message": str(one.message), "by": who.id, "name": who.name, "at": at}
        )
    return kept
