"""A policy version in words for its page: steps with people, settings, what it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from zhidu.access.models import Role
from zhidu.access.user import User
from zhidu.db import Session
from zhidu.org.models import Member, Post
from zhidu.policy import show, versions
from zhidu.policy.models import PolicyVersion, VersionOrigin
from zhidu.policy.versions import Clause, Content
from zhidu.texts import enumerate_texts, gettext, localize
from zhidu.web import present
from zhidu.workflow.definition import Approver, Flow, Mode, Node, NodeKind


def origin_title(origin: VersionOrigin | str) -> str:
    """Name how a version came to be."""
    match VersionOrigin(origin):
        case VersionOrigin.PACK:
            return gettext("policy text")
        case VersionOrigin.ACTIVATION:
            return gettext("addon switched")
        case VersionOrigin.SETTING:
            return gettext("setting changed")


def kind_title(session: Session, kind: str) -> str:
    """Name a kind of record; one of an addon that is not loaded keeps its technical name."""
    declared = session.registry.kinds.get(kind)
    return str(declared.title) if declared else kind


def addon_title(session: Session, name: str) -> str:
    """Name an addon; one that is not loaded keeps its technical name."""
    if name not in session.registry.names:
        return name
    return gettext(str(session.registry.addon(name).addon.title))


class People:
    """Says who is asked, with the names that the company gives its roles and posts."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._known: dict[str, Mapping[str, str]] = {}

    def say(self, approver: Approver) -> str:
        """Say who is asked, e.g. «Whoever has a role: 人事»."""
        if isinstance(approver.argument, str) and approver.resolver in _NAMES:
            if approver.resolver not in self._known:
                self._known[approver.resolver] = _NAMES[approver.resolver](self.session)
            name = self._known[approver.resolver].get(approver.argument)
            if name:
                approver = Approver(approver.resolver, name)
        if approver.resolver == "field" and isinstance(approver.argument, str):
            # addons label their fields by these words; one without a label keeps its name
            words = approver.argument.replace("_", " ").capitalize()
            approver = Approver("field", gettext(words))
        if approver.resolver == "dept_leader" and isinstance(approver.argument, dict):
            level = int(approver.argument.get("level", 1))
            title = show.approver_text(self.session.registry, Approver("dept_leader"))
            above = gettext("%(n)s levels up", n=level - 1)
            return title if level == 1 else gettext("%(what)s (%(more)s)", what=title, more=above)
        return show.approver_text(self.session.registry, approver)


def _roles(session: Session) -> Mapping[str, str]:
    return {code: localize(name) for code, name in session.execute(select(Role.code, Role.name))}


def _posts(session: Session) -> Mapping[str, str]:
    return dict(session.execute(select(Post.code, Post.name)))


def _users(session: Session) -> Mapping[str, str]:
    found = select(User.username, Member.name).join(Member, Member.user_id == User.id)
    return dict(session.execute(found))


_NAMES: Mapping[str, Callable[[Session], Mapping[str, str]]] = {
    "role": _roles,
    "post": _posts,
    "user": _users,
}


def chip(clause: str, clauses: Mapping[str, Clause]) -> dict[str, str] | None:
    """Make the chip of a clause that leads to its text on the same page."""
    if not clause:
        return None
    title = clauses[clause].title if clause in clauses else clause
    return {"id": clause, "title": title, "url": f"#clause-{clause}"}


def steps(people: People, flow: Flow, clauses: Mapping[str, Clause]) -> list[dict[str, Any]]:
    """Give the nodes, the copies and who helps where nobody is found."""
    made = [_node(people, node, clauses) for node in flow.nodes]
    for copy in flow.cc:
        at = gettext("copy at submit") if copy.at == "submit" else gettext("copy at the end")
        made.append(_step(at, people.say(copy.approver), gettext("reads")))
    helper = gettext("Where nobody is found")
    made.append(_step(helper, people.say(flow.manager), gettext("helps on")))
    return made


def _step(name: str, who: str, kind: str) -> dict[str, Any]:
    return {"name": name, "who": who, "kind": present.tag(kind), "notes": [], "clause": None}


def _node(people: People, node: Node, clauses: Mapping[str, Clause]) -> dict[str, Any]:
    notes = []
    if node.mode is not Mode.ANY:
        notes.append(
            gettext("All of them decide.")
            if node.mode is Mode.ALL
            else gettext("They decide one after the other.")
        )
    if node.when:
        notes.append(gettext("Only if: %(condition)s", condition=node.when))
    approves = node.kind is NodeKind.APPROVE
    tag = (gettext("approves"), "info") if approves else (gettext("handles"), "good")
    return {
        "name": node.name,
        "who": people.say(node.approver),
        "kind": present.tag(*tag),
        "notes": notes,
        "clause": chip(node.clause, clauses),
    }


def settings(session: Session, content: Content) -> list[list[Any]]:
    """Give the settings that a version holds: title, value, who states it, clause."""
    rows = []
    for key, entry in content.settings.items():
        who = present.tag(gettext("policy"), "info")
        clause = chip(entry.clause, content.clauses)
        rows.append([_setting_title(session, key), _shown(entry.value), who, clause])
    own: Mapping[str, Any] = content.data.get("company_settings", {})
    for key, value in own.items():
        if key not in content.settings:
            who = present.tag(gettext("the company's choice"))
            rows.append([_setting_title(session, key), _shown(value), who, None])
    return rows


def _setting_title(session: Session, key: str) -> str:
    declared = session.registry.settings.get(key)
    return str(declared.title) if declared else key


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)


def changes(
    session: Session, old: PolicyVersion | None, new: PolicyVersion | None
) -> list[dict[str, str]]:
    """Say line by line what the newer version changes."""
    return [{"sign": line[:1], "text": line[2:]} for line in show.diff(session.registry, old, new)]


def draft(content: Mapping[str, Any], base: PolicyVersion | None) -> PolicyVersion:
    """Make a version that is not stored, to compare what a pack would change with what holds."""
    own = versions.content(base).data.get("company_settings", {}) if base else {}
    data = {**content, "company_settings": own}
    return PolicyVersion(content=data, checksum=versions.checksum(data))


def places(flows: Sequence[str]) -> str:
    """Join names for one line."""
    return enumerate_texts(flows)
