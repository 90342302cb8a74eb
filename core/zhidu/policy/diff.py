"""What one version of a policy changes against another, in words: for whom, from what, to what.

Things are told apart by their ids: a clause, a setting, a duty, a kind of record, a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from zhidu.policy import phrases
from zhidu.policy.schema import IDENTITY
from zhidu.texts import Text
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.policy.versions import Content
    from zhidu.registry import Registry


class Sign(StrEnum):
    """What happens to a thing."""

    ADDED = "+"
    REMOVED = "-"
    CHANGED = "~"


@dataclass(frozen=True, slots=True)
class Change:
    """One change, as one sentence.

    :param topic: ``policy``, ``addons``, ``clauses``, ``settings``, ``flows``, ``duties`` …
    :param place: what is meant, e.g. ``hr.leave_request/nodes/department/approver``.
    :param whom: whom it concerns; empty: everybody.
    :param kind: of a flow: the kind of record.
    """

    sign: Sign
    topic: str
    place: str
    text: str
    whom: str = ""
    kind: str = ""
    before: str = ""
    after: str = ""

    @property
    def line(self) -> str:
        """Give sign and sentence, and whom it concerns."""
        if self.whom:
            return f"{self.sign} " + _("%(text)s (for %(whom)s)", text=self.text, whom=self.whom)
        return f"{self.sign} {self.text}"

    def to_json(self) -> dict[str, str]:
        """Give plain values."""
        return {
            "sign": self.sign.value,
            "topic": self.topic,
            "place": self.place,
            "kind": self.kind,
            "text": self.text,
            "whom": self.whom,
            "from": self.before,
            "to": self.after,
        }


_HEADER: Mapping[str, Text] = {
    "title": _l("title"),
    "version": _l("edition"),
    "until": _l("last day"),
    "number": _l("number"),
    "issuer": _l("issuer"),
    "owner": _l("who explains it"),
    "supersedes": _l("what it replaces"),
    "annexes": _l("annexed forms"),
}
_CLAUSE: Mapping[str, Text] = {
    "section": _l("section"),
    "title": _l("title"),
    "summary": _l("text"),
    "manual": _l("what people do"),
    "by": _l("carried out by"),
    "question": _l("what is unclear"),
    "readings": _l("reading"),
}
_PARTS: Mapping[str, Text] = {
    "definitions": _l("definition"),
    "duties": _l("duty"),
    "deadlines": _l("deadline"),
    "retention": _l("retention class"),
    "confidentiality": _l("level of confidentiality"),
    "segregation": _l("separation of duties"),
    "waivers": _l("waiver"),
    "tests": _l("test"),
}
_KEYS: Mapping[str, Text] = {
    "title": _l("title"),
    "help": _l("explanation"),
    "when": _l("condition"),
    "kinds": _l("documents"),
    "kind": _l("document"),
    "clause": _l("clause"),
    "every": _l("how often"),
    "on": _l("on which day"),
    "by": _l("time of day"),
    "who": _l("who"),
    "evidence": _l("evidence"),
    "within": _l("time allowed"),
    "escalate": _l("clocks"),
    "applies_to": _l("for whom"),
    "except": _l("except for whom"),
    "of": _l("document"),
    "from": _l("counted from"),
    "until": _l("counted until"),
    "years": _l("years"),
    "permanent": _l("for ever"),
    "matter": _l("matter"),
    "readers": _l("readers"),
    "between": _l("sides"),
    "approver": _l("who approves"),
    "most": _l("longest time"),
    "reason_required": _l("reason wanted"),
    "given": _l("case"),
    "expect": _l("expected"),
}


def changes(registry: Registry, before: Content, after: Content) -> list[Change]:
    """Give every change; nothing where both say the same."""
    from zhidu.policy import diff_flows

    found = list(_header(before.data, after.data))
    found += _addons(registry, before, after)
    found += _clauses(before.data, after.data)
    found += _settings(registry, before, after)
    for kind in sorted({*before.flows, *after.flows}):
        found += diff_flows.changes(registry, kind, before.flows.get(kind), after.flows.get(kind))
    for part, what in _PARTS.items():
        found += _part(part, what, before.data.get(part) or (), after.data.get(part) or ())
    return found


def differs(
    topic: str, place: str, what: str, before: str, after: str, *, whom: str = "", kind: str = ""
) -> Change:
    """Say that something has another value than before."""
    text = _("%(what)s: %(before)s → %(after)s", what=what, before=before, after=after)
    return Change(Sign.CHANGED, topic, place, text, whom, kind, before, after)


def _header(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key, what in _HEADER.items():
        was, now = old["policy"].get(key), new["policy"].get(key)
        if was != now:
            title = _("policy, %(what)s", what=what)
            yield differs("policy", key, title, phrases.value(was), phrases.value(now))


def _addons(registry: Registry, before: Content, after: Content) -> Iterator[Change]:
    for name in sorted(before.addons | after.addons):
        title = phrases.addon_title(registry, name)
        if name not in before.addons:
            said = _("addon %(name)s is switched on: its pages and documents appear", name=title)
            yield Change(Sign.ADDED, "addons", name, said)
        elif name not in after.addons:
            said = _("addon %(name)s is switched off: its pages and tasks are hidden", name=title)
            yield Change(Sign.REMOVED, "addons", name, said)


def _by_id(entries: Iterable[Mapping[str, Any]], key: str) -> dict[str, Mapping[str, Any]]:
    return {str(entry[key]): entry for entry in entries}


def _clauses(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    was, now = _by_id(old["clauses"], "id"), _by_id(new["clauses"], "id")
    for ident in dict.fromkeys([*now, *was]):
        if ident not in was:
            entry = now[ident]
            values = {"id": ident, "title": entry["title"], "text": entry["summary"]}
            said = _("clause %(id)s “%(title)s” is new: %(text)s", **values)
            yield Change(Sign.ADDED, "clauses", ident, said)
        elif ident not in now:
            entry = was[ident]
            values = {"id": ident, "title": entry["title"], "text": entry["summary"]}
            said = _("clause %(id)s “%(title)s” falls away: %(text)s", **values)
            yield Change(Sign.REMOVED, "clauses", ident, said)
        else:
            for key in {**_CLAUSE, **was[ident], **now[ident]}:
                one, other = was[ident].get(key), now[ident].get(key)
                if one != other:
                    label = _("clause %(id)s, %(what)s", id=ident, what=_CLAUSE.get(key, key))
                    place = f"{ident}/{key}"
                    yield differs("clauses", place, label, phrases.value(one), phrases.value(other))


def _settings(registry: Registry, before: Content, after: Content) -> Iterator[Change]:
    was, now = _values(before), _values(after)
    for key in sorted({*was, *now}):
        title = _("setting %(title)s", title=phrases.setting_title(registry, key))
        declared = registry.settings.get(key)
        usual = phrases.value(declared.default) if declared else _("nothing")
        default = _("%(what)s (%(more)s)", what=usual, more=_("the addon's default"))
        one, other = was.get(key, default), now.get(key, default)
        if one != other:
            yield differs("settings", key, title, one, other)


def _values(content: Content) -> dict[str, str]:
    """Give all settings as text: the policy's, and where it is silent the company's own choices."""
    own: Mapping[str, Any] = content.data.get("company_settings") or {}
    chosen = _("chosen by the company")
    found = {
        key: _("%(what)s (%(more)s)", what=phrases.value(one), more=chosen)
        for key, one in own.items()
    }
    for key, entry in content.settings.items():
        said = phrases.value(entry.value)
        found[key] = (
            _("%(what)s (%(more)s)", what=said, more=entry.clause) if entry.clause else said
        )
    return found


def _part(
    part: str, what: Text, old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]
) -> Iterator[Change]:
    """Compare one of the lists of a pack."""
    was, now = _by_id(old, IDENTITY[part]), _by_id(new, IDENTITY[part])
    for ident in dict.fromkeys([*now, *was]):
        entry = now.get(ident) or was[ident]
        name = str(entry.get("title") or ident)
        whom = phrases.value(entry["who"]) if "who" in entry else ""
        values = {"what": what, "name": name}
        if ident not in was:
            yield Change(Sign.ADDED, part, ident, _("%(what)s “%(name)s” is new", **values), whom)
        elif ident not in now:
            said = _("%(what)s “%(name)s” falls away", **values)
            yield Change(Sign.REMOVED, part, ident, said, whom)
        else:
            for key in dict.fromkeys([*was[ident], *now[ident]]):
                one, other = was[ident].get(key), now[ident].get(key)
                if one != other:
                    label = _("%(what)s “%(name)s”, %(part)s", **values, part=_KEYS.get(key, key))
                    place = f"{ident}/{key}"
                    pair = phrases.value(one), phrases.value(other)
                    yield differs(part, place, label, *pair, whom=whom)
