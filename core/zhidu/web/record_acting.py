"""What a posted act asks of the engine: one verb each, with what came along in the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from flask import request

from zhidu.db import Session
from zhidu.errors import NotFound, ValidationError
from zhidu.org import queries as org
from zhidu.records.models import Record
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, record_editing, record_submit
from zhidu.web.record_act_names import Name
from zhidu.workflow import engine, queries, signatures, trail
from zhidu.workflow.models import Sign, Task

if TYPE_CHECKING:
    from zhidu.web.record_view import RecordView


@dataclass(frozen=True, slots=True)
class Posted:
    """An act as it was posted.

    :param opinion: words without blanks around them: opinion, reason, question or answer.
    :param key: of the form, so that a second click does nothing.
    """

    view: RecordView
    session: Session
    row: Any
    action: str
    opinion: str
    key: str

    @property
    def record(self) -> Record:
        """Give the header."""
        found: Record = self.row.header
        return found

    def task(self) -> Task:
        """Give the task that the form names, else the person's own.

        :raises NotFound: it is of another record.
        """
        wanted = request.form.get("whose") or request.form.get("task", "")
        if not wanted:
            return engine.task_for(self.session, context.actor(), self.record)
        found = self.session.get(Task, int(wanted)) if _is_key(wanted) else None
        if found is None or found.record_id != self.record.id:
            raise NotFound
        return found

    def person(self) -> int:
        """Give the one person who was chosen."""
        found = people("member")
        if len(found) != 1:
            text = _l("Please choose somebody.")
            raise ValidationError(text, fields={"member": text})
        return found[0]


def carry_out(view: RecordView, session: Session, row: Any, action: str, opinion: str) -> None:
    """Call the engine's verb of that name.

    :raises NotFound: there is no such verb.
    """
    posted = Posted(view, session, row, action, opinion, request.form.get("key", "")[:64])
    if trail.known(session, context.actor(), posted.record, posted.key):
        return  # files and fields that came along were kept the first time
    verb = _VERBS.get(action)
    if verb is not None:
        verb(posted)
        return
    declared = session.registry.kinds[view.kind].execution
    if declared.named(action) is None:
        raise NotFound
    values = view.act_values(session, row, action)
    engine.apply(session, context.actor(), posted.record, action, values)


def people(name: str) -> list[int]:
    """Read who was chosen: keys, or names that were typed where no script ran.

    :raises ValidationError: a typed name is nobody's, or that of several.
    """
    found = [int(key) for key in request.form.getlist(name) if _is_key(key)]
    typed = request.form.get(f"{name}__text", "").strip()
    if typed and not found:
        fitting = [
            one for one in org.search_members(context.session(), typed, 20) if one.name == typed
        ]
        if len(fitting) != 1:
            text = _l("“%(name)s” is not the name of exactly one person here.", name=typed)
            raise ValidationError(text, fields={name: text})
        found = [fitting[0].id]
    return found


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


# -- decisions


def _submit(p: Posted) -> None:
    record_submit.submit(p.session, p.row, p.key)


def _approve(p: Posted) -> None:
    task = p.task()
    record_editing.save(p.view, p.session, p.row)
    given = _given(p, task)
    engine.approve(p.session, context.actor(), task, p.opinion, key=p.key, **given)


def _handle(p: Posted) -> None:
    task = p.task()
    record_editing.save(p.view, p.session, p.row)
    values = p.view.act_values(p.session, p.row, p.action)
    given = _given(p, task)
    engine.handle(p.session, context.actor(), task, p.opinion, values, key=p.key, **given)


def _reject(p: Posted) -> None:
    task = p.task()
    given = _given(p, task)
    engine.reject(p.session, context.actor(), task, p.opinion, key=p.key, **given)


def _return(p: Posted) -> None:
    back = {"1": True, "0": False}.get(request.form.get("back", ""))
    node = request.form.get("node", "")
    actor = context.actor()
    engine.return_to(p.session, actor, p.task(), node, p.opinion, back=back, key=p.key)


def _given(p: Posted, task: Task) -> Mapping[str, Any]:
    """Keep the files and the signature that came with a decision."""
    actor, files = context.actor(), context.extension("files")
    own = request.files.get("signature")
    if own is not None and own.filename:
        signatures.keep(p.session, actor, cast("BinaryIO", own.stream), files=files)
    kept = [
        engine.attach(
            p.session, actor, task, cast("BinaryIO", one.stream), one.filename, files=files
        ).id
        for one in request.files.getlist("files")
        if one.filename
    ]
    return {"attachments": tuple(kept)} if kept else {}


def _withdraw(p: Posted) -> None:
    engine.withdraw(p.session, context.actor(), p.record, p.opinion, key=p.key)


def _take_back(p: Posted) -> None:
    own = engine.own_decision(p.session, context.actor(), p.record)
    engine.take_back(p.session, context.actor(), own, p.opinion, p.key)


def _void(p: Posted) -> None:
    engine.void(p.session, context.actor(), p.record, p.opinion, p.key)


# -- beside a decision


def _add(p: Posted) -> None:
    wanted = request.form.get("sign", "")
    if wanted not in set(Sign):
        text = _l("Choose the place: before, after or beside you.")
        raise ValidationError(text, fields={"sign": text})
    engine.add_signer(
        p.session, context.actor(), p.task(), p.person(), Sign(wanted), p.opinion, p.key
    )


def _remove(p: Posted) -> None:
    engine.remove_signer(p.session, context.actor(), p.task(), p.opinion, p.key)


def _transfer(p: Posted) -> None:
    engine.transfer(p.session, context.actor(), p.task(), p.person(), p.opinion, p.key)


def _consult(p: Posted) -> None:
    engine.consult(p.session, context.actor(), p.task(), p.person(), p.opinion, p.key)


def _answer(p: Posted) -> None:
    engine.answer(p.session, context.actor(), p.task(), p.opinion, p.key)


def _copy(p: Posted) -> None:
    engine.circulate(p.session, context.actor(), p.record, people("members"), p.opinion, p.key)


def _urge(p: Posted) -> None:
    engine.urge(p.session, context.actor(), p.record, p.opinion, p.key)


def _jump(p: Posted) -> None:
    node = request.form.get("node", "")
    engine.jump(p.session, context.actor(), p.record, node, p.opinion, p.key)


def _hand_over(p: Posted) -> None:
    engine.hand_over(p.session, context.actor(), p.task(), p.person(), p.opinion, p.key)


def _terminate(p: Posted) -> None:
    engine.terminate(p.session, context.actor(), p.record, p.opinion, p.key)


def _object(p: Posted) -> None:
    engine.object_to(p.session, context.actor(), p.record, p.opinion, p.key)


def _opinion(p: Posted) -> None:
    copy = queries.copy_of(p.session, p.record.id, context.member_id())
    if copy is None:
        raise NotFound
    engine.give_opinion(p.session, context.actor(), copy, p.opinion, p.key)


def _edit(p: Posted) -> None:
    record_editing.save(p.view, p.session, p.row)


_VERBS: Mapping[str, Callable[[Posted], None]] = {
    "submit": _submit,
    "approve": _approve,
    "handle": _handle,
    "reject": _reject,
    "return": _return,
    "withdraw": _withdraw,
    "take_back": _take_back,
    "void": _void,
    Name.ADD: _add,
    Name.REMOVE: _remove,
    Name.TRANSFER: _transfer,
    Name.CONSULT: _consult,
    Name.ANSWER: _answer,
    Name.COPY: _copy,
    Name.URGE: _urge,
    Name.JUMP: _jump,
    Name.HAND_OVER: _hand_over,
    Name.TERMINATE: _terminate,
    Name.OBJECT: _object,
    Name.OPINION: _opinion,
    Name.EDIT: _edit,
}


def told(action: str, title: str) -> str:
    """Say what was just done."""
    match action:
        case "submit":
            return gettext("“%(title)s” was submitted.", title=title)
        case "approve":
            return gettext("“%(title)s” was approved.", title=title)
        case "reject":
            return gettext("“%(title)s” was rejected.", title=title)
        case "return" if request.form.get("node"):
            return gettext("“%(title)s” was returned to an earlier step.", title=title)
        case "return":
            return gettext("“%(title)s” was returned to the applicant.", title=title)
        case "withdraw":
            return gettext("“%(title)s” was withdrawn.", title=title)
        case "take_back":
            return gettext("Your decision on “%(title)s” was taken back.", title=title)
        case "void":
            return gettext("It was asked for “%(title)s” to be voided.", title=title)
        case Name.ADD:
            return gettext("One more person is asked about “%(title)s”.", title=title)
        case Name.REMOVE:
            return gettext("The person is not asked about “%(title)s” any more.", title=title)
        case Name.TRANSFER | Name.HAND_OVER:
            return gettext("The task on “%(title)s” was passed on.", title=title)
        case Name.CONSULT:
            return gettext("The question about “%(title)s” was sent.", title=title)
        case Name.ANSWER | Name.OPINION:
            return gettext("Your opinion on “%(title)s” was kept.", title=title)
        case Name.COPY:
            return gettext("Copies of “%(title)s” were sent.", title=title)
        case Name.URGE:
            return gettext("Those who are asked about “%(title)s” were urged.", title=title)
        case Name.JUMP:
            return gettext("“%(title)s” was led to another step.", title=title)
        case Name.TERMINATE:
            return gettext("“%(title)s” was ended.", title=title)
        case Name.OBJECT:
            return gettext("Your objection to “%(title)s” was kept.", title=title)
        case Name.EDIT:
            return gettext("“%(title)s” was saved.", title=title)
        case _:
            return gettext("“%(title)s” was handled.", title=title)
