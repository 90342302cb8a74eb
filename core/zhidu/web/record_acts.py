"""What a person may do with a record, as buttons, each with what its dialog asks for.

Nothing here grants anything: the engine says what it would take, and judges again when it comes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from flask import render_template, url_for
from markupsafe import Markup

from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.records.queries import detail
from zhidu.texts import gettext, pgettext
from zhidu.web import context
from zhidu.web.record_act_names import Name
from zhidu.workflow import engine, managing, publishing, queries, signatures, standing
from zhidu.workflow.models import InstanceStatus, Sign, Task
from zhidu.workflow.notices import name_of
from zhidu.workflow.run import Run

if TYPE_CHECKING:
    from zhidu.web.record_view import RecordView

LOOKS = {
    "approve": ("primary", "check"),
    "handle": ("primary", "check"),
    "reject": ("danger", "x"),
    "return": ("plain", "undo"),
    "withdraw": ("plain", "undo"),
    "take_back": ("plain", "undo"),
    "void": ("danger", "x"),
    "submit": ("primary", "send"),
    Name.ANSWER: ("primary", "comment"),
    Name.ADD: ("plain", "plus"),
    Name.REMOVE: ("plain", "minus"),
    Name.CONSULT: ("plain", "help"),
    Name.TRANSFER: ("plain", "swap"),
    Name.COPY: ("plain", "copy"),
    Name.URGE: ("plain", "bell"),
    Name.JUMP: ("plain", "flag"),
    Name.HAND_OVER: ("plain", "swap"),
    Name.TERMINATE: ("danger", "ban"),
    Name.OBJECT: ("plain", "alert"),
    Name.OPINION: ("plain", "comment"),
    Name.READ: ("plain", "eye"),
}

ASIDE = frozenset({"withdraw", "take_back", "void"})
"""Decisions that stand behind the others, in the menu."""

FIRST = frozenset({Name.ANSWER, Name.OBJECT})
"""Acts beside a decision that stand before all others: somebody waits for them."""

DECIDING = ("approve", "handle", "reject", "return")


class Acts:
    """Makes the buttons of one record for the person at work.

    :param view: the pages of its kind.
    """

    def __init__(self, view: RecordView, session: Session, record: Record) -> None:
        self.view, self.session, self.record = view, session, record
        self.url = view.link("act_view", pk=record.id)
        self.actor = context.actor()

    @property
    def row(self) -> Any:
        """Give the detail; a list needs it of few of its rows."""
        return detail(self.session, self.record)

    # -- decisions

    def decisions(self, only: int | None = None) -> list[dict[str, Any]]:
        """Give what the engine would take as a decision, most important first.

        :param only: the task that is meant, where a list shows one of several.
        """
        allowed = engine.allowed(self.session, self.actor, self.record)
        if only is not None:
            allowed = [one for one in allowed if one.task is not None and one.task.id == only]
        several = len({one.task.id for one in allowed if one.action in DECIDING and one.task}) > 1
        return [self._decision(one, several) for one in allowed]

    def _decision(self, one: engine.Allowed, several: bool) -> dict[str, Any]:
        name = one.transition if one.action == "transition" else one.action
        parts = []
        if one.action == "return":
            parts = _where_to(one)
        if one.needs_attachment and one.action in DECIDING:
            parts.append({"kind": "files", "name": "files", "label": gettext("File (required)")})
        if one.needs_signature and one.action in DECIDING:
            parts.append(self._signature())
        label = str(one.title)
        if several and one.task is not None:
            label = f"{label} · {one.task.node_name}"
        made = self.act(
            name,
            label,
            None if one.action == "submit" else "required" if one.needs_opinion else "optional",
            parts,
            task=one.task,
            look=one.action,
            preset=pgettext("opinion", "Agreed") if one.action == "approve" else "",
        )
        made["fields"] = _joined(made["fields"], self._own_fields(one))
        return made

    def _own_fields(self, one: engine.Allowed) -> Markup | None:
        """Ask the addon's pages for more inputs; only what the addon performs has some."""
        if one.action not in {"handle", "transition", "submit"}:
            return None
        if one.action == "submit":
            found: Markup | None = self.view.submit_fields(self.session, self.row)
        else:
            found = self.view.act_fields(self.session, self.row, one)
        return found

    def _signature(self) -> dict[str, Any]:
        own = signatures.current(self.session, context.member_id())
        return {"kind": "signature", "url": url_for("home.signature_view") if own else None}

    # -- beside a decision

    def beside(self) -> list[dict[str, Any]]:
        """Give the acts beside a decision: of who is asked, of the reader, of the flow's manager."""
        offered = engine.beside(self.session, self.actor, self.record)
        made = [self._beside(one) for one in offered if one.action != "remove"]
        gone = [one.task for one in offered if one.action == "remove" and one.task is not None]
        if gone:
            made.append(
                self.act(
                    Name.REMOVE,
                    gettext("Take somebody off again"),
                    "required",
                    [_choice("whose", gettext("Whom"), self._people(gone))],
                    word=gettext("Reason"),
                )
            )
        return [*made, *self._of_reader(), *self._of_manager()]

    def _beside(self, one: engine.Beside) -> dict[str, Any]:
        label, needs, parts, word = str(one.title), "required", [_person()], gettext("Reason")
        match one.action:
            case "add":
                name = Name.ADD
                places = [(sign.value, place_of(sign)) for sign in one.signs]
                parts.append(_choice("sign", gettext("In which place"), places, spread=True))
            case "consult":
                name, word = Name.CONSULT, gettext("Question")
            case "transfer":
                name = Name.TRANSFER
            case "answer":
                name, parts, word = Name.ANSWER, [], gettext("Answer")
            case "copy":
                name = Name.COPY
                parts = [_person("members", gettext("To whom"), many=True)]
            case _:
                name, needs, parts = Name.URGE, "optional", []
        return self.act(name, label, needs, parts, task=one.task, word=word)

    def _of_reader(self) -> Iterator[dict[str, Any]]:
        copy = queries.copy_of(self.session, self.record.id, context.member_id())
        if copy is None:
            return
        label = gettext("Give an opinion on the copy")
        yield self.act(Name.OPINION, label, "required")
        run = self._run()
        if run is not None and publishing.shown(run) and not self._mine():
            objection = gettext("Objection")
            yield self.act(Name.OBJECT, gettext("Object"), "required", word=objection)

    def _of_manager(self) -> Iterator[dict[str, Any]]:
        """Offer what only the flow's manager may, always with a reason."""
        run = self._run()
        if run is None or run.instance.status is InstanceStatus.ENDED:
            return
        if not managing.is_manager(run):
            return
        word = gettext("Reason")
        places = engine.jump_places(self.session, self.actor, self.record)
        if places:
            nodes = [(node.id, node.name) for node in places]
            parts = [_choice("node", gettext("To which step"), nodes)]
            yield self.act(Name.JUMP, gettext("Lead to another step"), "required", parts, word=word)
        held = run.tasks()
        if held and run.instance.status is not InstanceStatus.RETURNED:
            parts = [_choice("whose", gettext("Whose task"), self._people(held)), _person()]
            yield self.act(
                Name.HAND_OVER, gettext("Hand a task over"), "required", parts, word=word
            )
        if run.instance.approved_at is None:
            yield self.act(Name.TERMINATE, gettext("End the request"), "required", word=word)

    def _run(self) -> Run | None:
        instance = standing.instance_of(self.session, self.record.id)
        if instance is None:
            return None
        return Run(self.session, self.actor, self.record, instance)

    def _mine(self) -> bool:
        return self.record.applicant_id == context.member_id()

    def _people(self, tasks: Iterable[Task]) -> list[tuple[str, str]]:
        return [
            (str(one.id), f"{name_of(self.session, one.member_id)} · {one.node_name}")
            for one in tasks
        ]

    # -- one button

    def act(
        self,
        name: str,
        label: str,
        opinion: str | None = None,
        parts: Sequence[dict[str, Any]] = (),
        *,
        task: Task | None = None,
        look: str = "",
        preset: str = "",
        word: str = "",
    ) -> dict[str, Any]:
        """Make a button; see ``Act`` in ``_macros.html``.

        :param parts: what the dialog asks for beside words; see ``_act_fields.html``.
        :param word: what the words are called, where they are no opinion.
        """
        tone, icon = LOOKS.get(look or name, ("plain", "check"))
        return {
            "name": str(name),
            "look": str(look or name),
            "label": label,
            "tone": tone,
            "icon": icon,
            "url": self.url,
            "opinion": opinion,
            "word": word,
            "preset": preset,
            "confirm": None,
            "fields": _inputs(str(name), parts) if parts else None,
            "task": task.id if task is not None else None,
            "version": task.version if task is not None else self.record.version,
            "key": new_key(),
        }


def new_key() -> str:
    """Make what a form carries so that a second click does nothing."""
    return secrets.token_urlsafe(12)


def place_of(sign: Sign) -> str:
    """Say where somebody who is added stands."""
    match sign:
        case Sign.BEFORE:
            return gettext("before me: decides first, then I am asked again")
        case Sign.AFTER:
            return gettext("after me: decides once I have agreed")
        case _:
            return gettext("beside me: decides as one more of us")


def member_of(session: Session, key: int | None) -> str:
    """Name somebody; nothing for nobody."""
    found = session.get(Member, key) if key is not None else None
    return found.name if found is not None else ""


def _where_to(one: engine.Allowed) -> list[dict[str, Any]]:
    """Ask where a return goes, if there is a choice, and how it goes on afterwards."""
    parts = []
    if one.places:
        places = [("", gettext("to the applicant"))]
        places += [(node.id, node.name) for node in reversed(one.places)]
        parts.append(_choice("node", gettext("Back to"), places))
    if one.resume:
        ways = [
            ("0", gettext("through all steps between once more")),
            ("1", gettext("straight back to me")),
        ]
        parts.append(_choice("back", gettext("After the correction"), ways, spread=True))
    return parts


def _person(name: str = "member", label: str = "", *, many: bool = False) -> dict[str, Any]:
    return {
        "kind": "person",
        "name": name,
        "label": label or gettext("Person"),
        "many": many,
        "url": url_for("people.lookup_view"),
    }


def _choice(
    name: str, label: str, options: Sequence[tuple[str, str]], *, spread: bool = False
) -> dict[str, Any]:
    """Offer a choice; ``spread`` shows all of it at once."""
    return {
        "kind": "radios" if spread else "select",
        "name": name,
        "label": label,
        "options": options,
    }


def _inputs(name: str, parts: Sequence[dict[str, Any]]) -> Markup:
    html = render_template("zhidu/_act_fields.html", act=name, parts=parts)
    return Markup(html)  # noqa: S704 -- drawn by an autoescaping template


def _joined(one: Markup | None, other: Markup | None) -> Markup | None:
    return Markup("").join(part for part in (one, other) if part) or None
