"""A policy version in words, for the command line: what it says, and what another one changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zhidu.policy import diff as diffing
from zhidu.policy import phrases, versions
from zhidu.policy.content import EMPTY
from zhidu.policy.models import PolicyVersion
from zhidu.policy.versions import Content
from zhidu.texts import enumerate_texts
from zhidu.texts import gettext as _
from zhidu.workflow.definition import Flow, Mode, Node, NodeKind, Scope, Step

if TYPE_CHECKING:
    from zhidu.expressions import FactType
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
    if version.effective_until:
        lines.append(_("A trial until %(day)s.", day=version.effective_until.isoformat()))
    names = version.applied_name, version.confirmed_name
    if version.confirmed_at:
        lines.append(
            _("Proposed by %(one)s, confirmed by %(other)s.", one=names[0], other=names[1])
        )
    lines += [
        _(
            "Accepted by %(name)s: %(code)s, %(message)s",
            name=one["name"],
            code=one["code"],
            message=one["message"],
        )
        for one in version.acceptances or ()
    ]
    lines += ["", _("Addons: %(names)s", names=enumerate_texts(sorted(content.addons)) or "-")]
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
        "effective_until": version.effective_until.isoformat() if version.effective_until else None,
        "applied_at": version.applied_at.isoformat(),
        "applied_by": version.applied_name,
        "confirmed_by": version.confirmed_name,
        "acceptances": version.acceptances,
        "checksum": version.checksum,
        **versions.content(version).data,
    }


def diff(registry: Registry, old: PolicyVersion | None, new: PolicyVersion | None) -> list[str]:
    """Say line by line what the newer version changes; nothing where they say the same."""
    return [one.line for one in diffing.changes(registry, content_of(old), content_of(new))]


def content_of(version: PolicyVersion | None) -> Content:
    """Give what a version says; version 0 says nothing."""
    return versions.content(version) if version else Content(EMPTY)


def _settings(content: Content) -> Iterator[str]:
    """Give all settings as text: the policy's, and behind them the company's own choices."""
    own: Mapping[str, Any] = content.data.get("company_settings") or {}
    chosen = _("chosen by the company")
    found = {key: f"{value} ({chosen})" for key, value in own.items()}
    for key, entry in content.settings.items():
        found[key] = f"{entry.value} ({entry.clause})" if entry.clause else str(entry.value)
    if found:
        yield _("Settings:")
    for key, value in sorted(found.items()):
        yield f"  {key} = {value}"


def _flow(registry: Registry, kind: str, flow: Flow) -> Iterator[str]:
    declared = registry.kinds.get(kind)
    facts: Mapping[str, FactType] = declared.facts if declared else {}
    title = phrases.kind_title(registry, kind)
    yield _("Flow of %(kind)s:", kind=f"{title} ({kind})" if title != kind else kind)
    if flow.start != Scope() or flow.excepted != Scope():
        values = {"whom": phrases.scope(flow.start), "others": phrases.scope(flow.excepted)}
        if flow.excepted == Scope():
            yield "     " + _("may be asked for by: %(whom)s", **values)
        else:
            yield "     " + _("may be asked for by: %(whom)s, but not %(others)s", **values)
    yield from _steps(registry, facts, flow.nodes, "  ")
    for copy in flow.cc:
        values = {"who": phrases.approver(registry, copy.approver)}
        yield "     " + (
            _("copy at submit to %(who)s", **values)
            if copy.at == "submit"
            else _("copy at the end to %(who)s", **values)
        )
    who = phrases.approver(registry, flow.manager)
    yield "     " + _("where nobody is found: %(who)s", who=who)
    if flow.void:
        yield "     " + _("voided by:")
        yield from _steps(registry, facts, flow.void, "       ")


def _steps(
    registry: Registry, facts: Mapping[str, FactType], steps: Iterable[Step], pad: str
) -> Iterator[str]:
    """Number the steps; the paths of a branch stand below it."""
    for index, step in enumerate(steps, 1):
        if isinstance(step, Node):
            yield f"{pad}{index}. {step.id}: {_node(registry, facts, step)}"
            continue
        yield f"{pad}{index}. {step.id}: {step.name} ({phrases.word(step.split)})"
        for path in step.paths:
            when = _("otherwise") if path.default else phrases.condition(path.when, facts)
            clause = f" [{path.clause}]" if path.clause else ""
            yield f"{pad}   {path.id}: {path.name}, {when}{clause}"
            yield from _steps(registry, facts, path.steps, f"{pad}     ")


def _node(registry: Registry, facts: Mapping[str, FactType], node: Node) -> str:
    who = phrases.approver(registry, node.approver)
    word = phrases.word(node.verb if node.kind is NodeKind.APPROVE else node.kind)
    parts = [f"{node.name} — {who}, {word}"]
    if node.mode is not Mode.ANY:
        parts.append(phrases.mode(node.mode, node.quota))
    if node.when:
        parts.append(_("only if %(condition)s", condition=phrases.condition(node.when, facts)))
    if node.transition:
        parts.append(_("performs “%(step)s”", step=node.transition))
    parts += [phrases.timeout(clock) for clock in node.timeouts]
    return f"{'; '.join(parts)} [{node.clause}]"
