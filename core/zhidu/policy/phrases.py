"""The words for what a policy states, in the reader's language: people, steps, clocks, conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from zhidu.durations import Duration, Unit
from zhidu.texts import enumerate_texts, ngettext, pgettext
from zhidu.texts import gettext as _
from zhidu.workflow.definition import (
    NOBODY,
    Act,
    Approver,
    FieldRight,
    Merge,
    Mode,
    Nobody,
    NodeKind,
    OnTimeout,
    Opinion,
    Resume,
    Scope,
    Split,
    Timeout,
    Verb,
    Withdraw,
)

if TYPE_CHECKING:
    from zhidu.expressions import FactType
    from zhidu.registry import Registry

_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|[A-Za-z_][A-Za-z_0-9]*|==|!=|<=|>=|.", re.DOTALL)
_SIGNS = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}


def kind_title(registry: Registry, kind: str) -> str:
    """Name a kind of record; its code where no addon declares it."""
    declared = registry.kinds.get(kind)
    return str(declared.title) if declared else kind


def addon_title(registry: Registry, name: str) -> str:
    """Name an addon; its code where it is not enabled."""
    return str(_(registry.addon(name).addon.title)) if name in registry.names else name


def setting_title(registry: Registry, key: str) -> str:
    """Name a setting; its key where no addon declares it."""
    declared = registry.settings.get(key)
    return str(declared.title) if declared else key


def value(found: Any) -> str:
    """Write a value of a setting, or whatever a part of a pack holds."""
    match found:
        case None | "":
            return _("nothing")
        case bool():
            return _("yes") if found else _("no")
        case Mapping():
            return enumerate_texts(f"{key} {value(entry)}" for key, entry in found.items())
        case list() | tuple():
            return enumerate_texts(map(value, found)) if found else _("nothing")
    return str(found)


def approver(registry: Registry, one: Approver) -> str:
    """Say who is asked, and who in turn where nobody is found."""
    if one == NOBODY:
        return _("nobody, the system itself")
    declared = registry.resolvers.get(one.resolver)
    said = str(declared.title) if declared else one.resolver
    match one.argument:
        case None | True | "":
            pass
        case Mapping() as values:
            listed = enumerate_texts(f"{key} {value(entry)}" for key, entry in values.items())
            said = _("%(what)s (%(more)s)", what=said, more=listed)
        case other:
            said = _("%(what)s: %(more)s", what=said, more=value(other))
    for other in one.otherwise:
        said = _("%(first)s, else %(then)s", first=said, then=approver(registry, other))
    return said


def scope(one: Scope) -> str:
    """Say whom a rule is for, by the codes of the policy."""
    labels = {
        "departments": _("departments"),
        "posts": _("posts"),
        "grades": _("grades"),
        "contracts": _("contracts"),
        "sites": _("sites"),
        "people": _("people"),
        "roles": _("roles"),
    }
    parts = [
        _("%(what)s: %(more)s", what=labels[part.name], more=enumerate_texts(codes))
        for part in fields(Scope)
        if (codes := getattr(one, part.name))
    ]
    return "; ".join(parts) or _("everybody")


def duration(length: Duration) -> str:
    """Write a length of time."""
    n = length.amount
    match length.unit:
        case Unit.MINUTES:
            return ngettext("%(num)s minute", "%(num)s minutes", n)
        case Unit.HOURS:
            return ngettext("%(num)s hour", "%(num)s hours", n)
        case Unit.WORKING_HOURS:
            return ngettext("%(num)s working hour", "%(num)s working hours", n)
        case Unit.DAYS:
            return ngettext("%(num)s calendar day", "%(num)s calendar days", n)
        case Unit.WORKING_DAYS:
            return ngettext("%(num)s working day", "%(num)s working days", n)
        case Unit.MONTHS:
            return ngettext("%(num)s month", "%(num)s months", n)
        case Unit.YEARS:
            return ngettext("%(num)s year", "%(num)s years", n)


def timeout(clock: Timeout) -> str:
    """Say a clock: when it rings and what it does."""
    said = _("after %(time)s: %(action)s", time=duration(clock.after), action=word(clock.action))
    if clock.action is OnTimeout.REMIND and clock.most > 1:
        most = ngettext("at most %(num)s time", "at most %(num)s times", clock.most)
        said = _("%(what)s (%(more)s)", what=said, more=most)
    return said


def condition(text: str, facts: Mapping[str, FactType]) -> str:
    """Write a condition with the words that people have for its facts."""
    if not text:
        return _("always")
    words = {"and": _("and"), "or": _("or"), "not": _("not")}
    said = []
    for part in _TOKEN.findall(text):
        if part in facts:
            said.append(str(facts[part].title))
        else:
            said.append(words.get(part, _SIGNS.get(part, part)))
    return "".join(said)


def mode(one: Mode, quota: int) -> str:
    """Say how several people act."""
    match one:
        case Mode.ALL:
            return _("everybody decides")
        case Mode.ANY:
            return _("the first decides")
        case Mode.SEQUENTIAL:
            return _("one after the other")
        case Mode.RATIO:
            return _("passes at %(quota)s%%", quota=quota)
        case Mode.COUNT:
            return ngettext("passes at %(num)s approval", "passes at %(num)s approvals", quota)


def word(one: object) -> str:
    """Give the word for one of the choices that a flow has."""
    said: dict[object, str] = {
        NodeKind.APPROVE: pgettext("step kind", "Approval"),
        NodeKind.HANDLE: pgettext("step kind", "Handling"),
        NodeKind.AUTO: pgettext("step kind", "Automatic"),
        NodeKind.NOTIFY: pgettext("step kind", "Circulation"),
        NodeKind.FILE_WITH: pgettext("step kind", "Filing with"),
        NodeKind.PUBLISH: pgettext("step kind", "Publication"),
        NodeKind.MEETING: pgettext("step kind", "Meeting"),
    }
    verbs: dict[object, str] = {
        Verb.REVIEW: pgettext("verb", "Review"),
        Verb.APPROVE: pgettext("verb", "Approve"),
        Verb.RATIFY: pgettext("verb", "Ratify"),
        Verb.OPINION: pgettext("verb", "Opinion only"),
    }
    clocks: dict[object, str] = {
        OnTimeout.REMIND: _("remind"),
        OnTimeout.ESCALATE: _("ask the superior, too"),
        OnTimeout.MANAGER: _("hand it to the flow's manager"),
        OnTimeout.APPROVE: _("approve"),
        OnTimeout.REJECT: _("reject"),
    }
    nobody: dict[object, str] = {
        Nobody.SUPERIOR: _("the applicant's superior"),
        Nobody.MANAGER: _("the flow's manager"),
        Nobody.USER: _("a named person"),
        Nobody.PASS: _("the step is passed, with its reason logged"),
    }
    others: Mapping[type, Mapping[object, str]] = {
        NodeKind: said,
        Verb: verbs,
        OnTimeout: clocks,
        Nobody: nobody,
        Split: {
            Split.FIRST: _("the first path that fits"),
            Split.EVERY: _("every path that fits"),
            Split.ALL: _("all paths"),
        },
        Withdraw: {
            Withdraw.NEVER: _("never"),
            Withdraw.UNTOUCHED: _("while nobody has decided"),
            Withdraw.RUNNING: _("until the last decision"),
        },
        Merge: {
            Merge.NONE: _("is asked at every step"),
            Merge.ADJACENT: _("is not asked twice in a row"),
        },
        Resume: {
            Resume.AGAIN: _("through all steps once more"),
            Resume.BACK: _("straight back to who returned it"),
            Resume.CHOICE: _("as who returns it chooses"),
        },
        Opinion: {
            Opinion.OPTIONAL: _("may be left out"),
            Opinion.NEGATIVE: _("at reject and return"),
            Opinion.REQUIRED: _("always"),
        },
        FieldRight: {
            FieldRight.EDIT: _("may change it"),
            FieldRight.READ: _("sees it"),
            FieldRight.HIDE: _("does not see it"),
        },
        Act: {
            Act.TRANSFER: _("transfer"),
            Act.ADD: _("ask one more person"),
            Act.CONSULT: _("ask for advice"),
            Act.COPY: _("send copies"),
            Act.RETURN: _("return"),
            Act.TAKE_BACK: _("take back"),
            Act.BATCH: _("decide several at once"),
        },
    }
    return others.get(type(one), {}).get(one) or value(getattr(one, "value", one))
