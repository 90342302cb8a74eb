"""A policy version in words, for the command line: what it says, and what another one changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zhidu.policy import versions
from zhidu.policy.models import PolicyVersion
from zhidu.policy.publish import EMPTY
from zhidu.policy.versions import Content
from zhidu.texts import gettext as _
from zhidu.workflow.definition import Approver, Flow, Mode, Node, NodeKind

if TYPE_CHECKING:
    from zhidu.registry import Registry


def describe(registry: Registry, version: PolicyVersion | None) -> str:
    """Say what a version states: header, addons, settings, flows with their people, clauses."""
    if version is None:
        return _("Version 0: this company has no policy yet; the addons' defaults hold.")
    content = versions.content(version)
    lines = [
        _(
            "Version %(number)s: %(title)s (%(pack)s %(pack_version)s), from %(day)s",
            number=version.number,
            title=version.title or _("no policy text"),
            pack=version.pack_id or "-",
            pack_version=version.pack_version,
            day=version.effective_from.isoformat(),
        ).rstrip()
    ]
    if version.note:
        lines.append(_("Change: %(note)s", note=version.note))
    lines += ["", _("Addons: %(names)s", names=_(", ").join(sorted(content.addons)) or "-")]
    lines += _settings(content)
    for kind, flow in content.flows.items():
        lines += ["", *_flow(registry, kind, flow)]
    if content.clauses:
        lines += ["", _("Clauses:")]
    lines += [f"  {c.id}  {c.section} / {c.title}: {c.summary}" for c in content.clauses.values()]
    return "\n".join(lines)


def to_json(version: PolicyVersion | None) -> dict[str, Any]:
    """Give a version as plain values."""
    if version is None:
        return {"number": 0, **EMPTY}
    return {
        "number": version.number,
        "origin": version.origin.value,
        "note": version.note,
        "effective_from": version.effective_from.isoformat(),
        "applied_at": version.applied_at.isoformat(),
        "applied_by": version.applied_name,
        "checksum": version.checksum,
        **versions.content(version).data,
    }


def diff(registry: Registry, old: PolicyVersion | None, new: PolicyVersion | None) -> list[str]:
    """Say line by line what the newer version changes; nothing where they say the same.

    Things are told apart by their ids: a clause, a setting, a kind of record, a node.
    """
    before, after = _content(old), _content(new)
    lines = _sets(
        _("addon"),
        {name: _addon(registry, name) for name in before.addons},
        {name: _addon(registry, name) for name in after.addons},
    )
    lines += _sets(
        _("clause"),
        {ident: f"{c.title}: {c.summary}" for ident, c in before.clauses.items()},
        {ident: f"{c.title}: {c.summary}" for ident, c in after.clauses.items()},
    )
    lines += _sets(_("setting"), _values(before), _values(after))
    for kind in sorted({*before.flows, *after.flows}):
        lines += _sets(
            _("flow %(kind)s", kind=_title(registry, kind)),
            _steps(registry, before.flows.get(kind)),
            _steps(registry, after.flows.get(kind)),
        )
        lines += _order(kind, before.flows.get(kind), after.flows.get(kind))
    return lines


def _order(kind: str, old: Flow | None, new: Flow | None) -> list[str]:
    """Say when the nodes that both flows have follow each other in another way."""
    if old is None or new is None:
        return []
    was = [node.id for node in old.nodes if node.id in _ids(new)]
    now = [node.id for node in new.nodes if node.id in _ids(old)]
    if was == now:
        return []
    return [_("~ flow %(kind)s: the order is now %(order)s", kind=kind, order=", ".join(now))]


def approver_text(registry: Registry, approver: Approver) -> str:
    """Say who is asked, e.g. ``Whoever has a role: hr``."""
    declared = registry.resolvers.get(approver.resolver)
    title = str(declared.title) if declared else approver.resolver
    match approver.argument:
        case None | True:
            return title
        case dict() as values:
            listed = _(", ").join(f"{key} {value}" for key, value in sorted(values.items()))
            return _("%(what)s (%(more)s)", what=title, more=listed)
        case other:
            return _("%(what)s: %(more)s", what=title, more=other)


def _content(version: PolicyVersion | None) -> Content:
    return versions.content(version) if version else Content(EMPTY)


def _settings(content: Content) -> Iterator[str]:
    values = _values(content)
    if values:
        yield _("Settings:")
    for key, value in values.items():
        yield f"  {key} = {value}"


def _values(content: Content) -> dict[str, str]:
    """Give all settings as text: the policy's, and behind them the company's own choices."""
    own: Mapping[str, Any] = content.data.get("company_settings", {})
    chosen = _("chosen by the company")
    found = {key: f"{value} ({chosen})" for key, value in own.items()}
    for key, entry in content.settings.items():
        found[key] = f"{entry.value} ({entry.clause})" if entry.clause else str(entry.value)
    return dict(sorted(found.items()))


def _addon(registry: Registry, name: str) -> str:
    return str(_(registry.addon(name).addon.title)) if name in registry.names else name


def _title(registry: Registry, kind: str) -> str:
    declared = registry.kinds.get(kind)
    return f"{declared.title} ({kind})" if declared else kind


def _flow(registry: Registry, kind: str, flow: Flow) -> Iterator[str]:
    yield _("Flow of %(kind)s:", kind=_title(registry, kind))
    for index, (ident, text) in enumerate(_steps(registry, flow).items(), 1):
        yield f"  {index}. {ident}: {text}" if ident in _ids(flow) else f"     {text}"


def _ids(flow: Flow) -> set[str]:
    return {node.id for node in flow.nodes}


def _steps(registry: Registry, flow: Flow | None) -> dict[str, str]:
    """Describe nodes by id, then copies and the manager under keys that no node can have."""
    if flow is None:
        return {}
    steps = {node.id: _node(registry, node) for node in flow.nodes}
    for copy in flow.cc:
        who = approver_text(registry, copy.approver)
        when = _("at submit") if copy.at == "submit" else _("at the end")
        steps[f"cc {copy.at} {who}"] = _("copy %(when)s to %(who)s", when=when, who=who)
    who = approver_text(registry, flow.manager)
    steps[_("manager")] = _("where nobody is found: %(who)s", who=who)
    return steps


def _node(registry: Registry, node: Node) -> str:
    verb = _("approves") if node.kind is NodeKind.APPROVE else _("handles")
    parts = [f"{node.name} — {approver_text(registry, node.approver)} {verb}"]
    if node.mode is not Mode.ANY:
        parts.append(_("all of them") if node.mode is Mode.ALL else _("one after the other"))
    if node.when:
        parts.append(_("only if %(condition)s", condition=node.when))
    if node.transition:
        parts.append(_("performs “%(step)s”", step=node.transition))
    return f"{_(', ').join(parts)} [{node.clause}]"


def _sets(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    lines = []
    for key in sorted({*old, *new}):
        if key not in new:
            lines.append(f"- {what} {key}")
        elif key not in old:
            said = f"{what} {key}"
            more = new[key]
            lines.append(
                "+ " + (said if more == key else _("%(what)s: %(more)s", what=said, more=more))
            )
        elif old[key] != new[key]:
            change = f"{old[key]} → {new[key]}"
            lines.append("~ " + _("%(what)s: %(more)s", what=f"{what} {key}", more=change))
    return lines
