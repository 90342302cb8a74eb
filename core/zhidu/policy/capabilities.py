"""What software carries out of a policy: declared by the core and by addons, never guessed.

A clause counts as enforced only where the pack names it at something that one of these capabilities
does; a pack that states more than the software can do is told so (see ``coverage``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from zhidu.errors import ConfigError
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2}")


class Sort(StrEnum):
    """What a capability does for a clause that is left to it."""

    RULE = "rule"
    """Checks or computes something whenever it happens."""
    REPORT = "report"
    """Shows or counts what happened."""
    ACCESS = "access"
    """Limits who sees or does something."""
    RETENTION = "retention"
    """Keeps records, or takes them away."""


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that an addon really does.

    :param name: ``addon.noun.verb``, e.g. ``core.task.remind``.
    :param title: what it does, for people, e.g. “Bring open tasks to mind”.
    :param settings: keys of the settings that change it; a policy that states one of them has this
        carry it out.
    :param summary: how and when, in one sentence.
    :raises ConfigError: the name has another shape.
    """

    name: str
    title: Text | str
    settings: tuple[str, ...] = ()
    summary: Text | str = ""
    sort: Sort = Sort.RULE

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigError(
                _l("“%(name)s” is no name of a capability.", name=self.name),
                cure=_l("Write it as addon.noun.verb, in lower-case letters."),
            )


def by_setting(capabilities: Iterable[Capability]) -> dict[str, Capability]:
    """Give the capability that takes a setting, by the setting's key."""
    return {key: one for one in capabilities for key in one.settings}


CORE: tuple[Capability, ...] = (
    Capability(
        "core.node.approve",
        _l("Ask people for a decision"),
        summary=_l("A step that somebody approves, rejects or returns, before it goes on."),
    ),
    Capability(
        "core.node.handle",
        _l("Ask people to carry something out"),
        summary=_l("A step that is done after the approval and cannot be rejected."),
    ),
    Capability(
        "core.node.auto",
        _l("Decide by the policy alone"),
        summary=_l("The system decides where the policy leaves nothing open, and writes why."),
    ),
    Capability("core.node.notify", _l("Send copies on the way")),
    Capability(
        "core.node.file_with",
        _l("Have a recipient confirm that a matter is on file"),
        summary=_l("Until then, what waits for it goes no further."),
    ),
    Capability(
        "core.node.publish",
        _l("Publish a matter and take objections"),
        summary=_l("Shown to those concerned for a while; it goes on when the time is over."),
    ),
    Capability(
        "core.node.meeting",
        _l("Wait for the resolution of a body"),
        summary=_l("The signed resolution is attached; nothing goes on without it."),
    ),
    Capability(
        "core.node.separate",
        _l("Keep two steps in different hands"),
        summary=_l("Whoever decided one of the two is not asked at the other."),
    ),
    Capability("core.mode.any", _l("Let the first who acts decide")),
    Capability("core.mode.all", _l("Let everybody decide")),
    Capability("core.mode.sequential", _l("Let people decide one after the other")),
    Capability("core.mode.ratio", _l("Decide by a share of the votes")),
    Capability("core.mode.count", _l("Decide by a number of votes")),
    Capability("core.branch.first", _l("Take the first way that fits")),
    Capability("core.branch.every", _l("Take every way that fits")),
    Capability("core.branch.all", _l("Take several ways side by side")),
    Capability("core.timeout.remind", _l("Remind whoever does not decide in time")),
    Capability("core.timeout.escalate", _l("Ask the superior where nobody decides in time")),
    Capability("core.timeout.manager", _l("Hand on what nobody decides in time")),
    Capability(
        "core.timeout.approve",
        _l("Approve what nobody decides in time"),
        summary=_l("Never where money or seals are concerned."),
    ),
    Capability("core.timeout.reject", _l("Reject what nobody decides in time")),
    Capability(
        "core.absence.replace",
        _l("Ask others in the place of absent people"),
        settings=("core.absent_people",),
    ),
    Capability(
        "core.phrase.offer",
        _l("Offer the company's usual opinions"),
        settings=("core.phrases_approve", "core.phrases_handle", "core.phrases_reject"),
    ),
    Capability(
        "core.record.void",
        _l("Void a finished document by an approval of its own"),
    ),
    Capability(
        "core.flow.manage",
        _l("Let the flow's manager jump, end and hand over, with a reason"),
    ),
    Capability(
        "core.delegation.grant",
        _l("Let people be represented for a while"),
        summary=_l("Shown as “B for A”; never to somebody who may not decide it."),
    ),
    Capability(
        "core.authority.find",
        _l("Ask whoever has the written authority"),
        summary=_l("By matter, limit and term, as the register of authorities says."),
    ),
    Capability(
        "core.authority.require",
        _l("Let only those decide whose written authority covers it"),
        summary=_l("Others are not asked at such a step, and are refused with those who may."),
    ),
    Capability(
        "core.window.check",
        _l("Let forms be submitted in their time"),
        summary=_l("Refused, noted for the next period, or asked of more people when it is late."),
    ),
    Capability(
        "core.request.hurry",
        _l("Let the urgent be done first and written up after"),
        summary=_l(
            "With a reason that is allowed, the consent of a person who may give it, and a time by"
            " which the paper must come; lateness is kept and listed."
        ),
    ),
    Capability(
        "core.task.hand_over",
        _l("Hand over the open tasks of people who leave"),
    ),
    Capability("core.record.print", _l("Print a document as its form, with every decision")),
    Capability(
        "core.number.draw",
        _l("Number documents"),
        summary=_l("Each document gets the next number of its pattern when it is submitted."),
    ),
    Capability(
        "core.task.remind",
        _l("Bring open tasks to mind"),
        settings=("core.remind_hours",),
        summary=_l("Whoever has an open task is told again after these hours."),
    ),
    Capability(
        "core.clock.count",
        _l("Count time as the company does"),
        settings=("core.working_hours",),
        summary=_l("In calendar or working days and hours, by the company's calendar."),
    ),
    Capability(
        "core.duty.remind",
        _l("Open recurring duties and see them done"),
        summary=_l(
            "Each period once, for those whom the policy names; proven as it demands, and brought to"
            " the superior's mind when it is late."
        ),
    ),
    Capability(
        "core.deadline.watch",
        _l("Watch deadlines"),
        summary=_l("Shown on the record, told when missed, and then to those above."),
    ),
    Capability(
        "core.definition.apply",
        _l("Use the policy's own words in conditions"),
    ),
    Capability(
        "core.definition.explain",
        _l("Explain the policy's own words on the forms that they concern"),
    ),
    Capability(
        "core.attachment.check",
        _l("Limit type and size of attachments"),
        settings=("core.file_max_mb", "core.file_types"),
    ),
    Capability(
        "core.trail.keep",
        _l("Keep every decision with person, time and clause"),
        summary=_l("What was decided is never changed, not even by an administrator."),
        sort=Sort.RETENTION,
    ),
    Capability(
        "core.audit.keep",
        _l("Keep a trail of every change"),
        summary=_l("Who changed what and when; nobody changes or removes it."),
        sort=Sort.RETENTION,
    ),
    Capability(
        "core.access.limit",
        _l("Show people only what their roles allow"),
        summary=_l("Rights are given to roles, and are checked at every read and write."),
        sort=Sort.ACCESS,
    ),
    Capability(
        "core.permission.separate",
        _l("Keep two rights in different hands"),
        summary=_l("A role that would give both to one person is refused; neither counts then."),
        sort=Sort.ACCESS,
    ),
    Capability(
        "core.duty.separate",
        _l("Keep two roles in different hands"),
        summary=_l("Refused when a role is given; who has both already can use neither."),
        sort=Sort.ACCESS,
    ),
    Capability(
        "core.policy.version",
        _l("Keep every edition of the policy"),
        settings=("core.publish_with_two",),
        summary=_l("A request keeps the edition under which it was first submitted."),
    ),
)
"""What the core itself does. Only what exists stands here."""
