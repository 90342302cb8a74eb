"""The forms of one step and of one branch: from a pack's values to fields, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length

from zhidu.db import Session
from zhidu.policy import phrases
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web.forms import OfficeForm
from zhidu.web.pages import policy_fields as f
from zhidu.web.pages import policy_tree as tree
from zhidu.workflow.definition import (
    Act,
    FieldRight,
    Mode,
    Nobody,
    NodeKind,
    OnTimeout,
    Opinion,
    Resume,
    Verb,
)

if TYPE_CHECKING:
    from zhidu.records.kinds import RecordKind

Plain = dict[str, Any]

ORDER = (
    "id",
    "name",
    "kind",
    "verb",
    "mode",
    "approver",
    "when",
    "clause",
    "transition",
    "result",
    "reason",
    "opinion",
    "sign",
    "attachment",
    "fields",
    "allow",
    "resume",
    "on_reject",
    "timeouts",
    "nobody",
    "window",
    "audience",
    "circulation",
    "not_same_as",
)
"""The keys of a node, as a pack has them."""

DEFAULTS: Mapping[str, Any] = {
    "kind": "approve",
    "verb": "approve",
    "mode": "any",
    "opinion": "negative",
    "resume": "again",
    "circulation": True,
}
"""What is not written because it holds anyway."""

INPUTS: Mapping[str, str] = {"approver": "way", "allow": "acts", "window": "window_n"}
"""Keys of a node whose input has another name."""


class RightForm(OfficeForm):
    """What may be done with a field of the form."""

    field = StringField(_l("Field"), [Length(max=64)])
    right = f.select_field(_l("Right"), validate_choice=False)


class ClockForm(OfficeForm):
    """One clock of a step."""

    n = f.number_field(_l("Rings after"))
    unit = f.select_field(_l("Unit"), validate_choice=False)
    do = f.select_field(_l("Then"), validate_choice=False)
    most = f.number_field(_l("At most (reminders)"), 99)
    clause = StringField(_l("Clause"), [Length(max=64)], render_kw={"list": "clauses"})


class NodeForm(OfficeForm):
    """Everything that a pack can say of a step."""

    id = StringField(
        _l("Id"), [InputRequired(), f.whole_id], description=_l("Stays the same; others name it.")
    )
    name = StringField(_l("Name"), [InputRequired(), Length(max=500)])
    kind = f.select_field(_l("What happens"))
    verb = f.select_field(_l("Asked for"))
    clause = f.CodeField(_l("Clause"), [InputRequired()], ui={"kind": "person", "width": "full"})
    way = f.select_field(_l("Who is asked"), validate_choice=False)
    argument = StringField(_l("Who or what"), [Length(max=500)])
    others = FieldList(FormField(f.WayForm))
    mode = f.select_field(_l("When several are asked"))
    quota = f.number_field(_l("Number or percent"), 100)
    nobody = f.select_field(_l("Where nobody is found"))
    stand_in = StringField(_l("Named person (log-in name)"), [Length(max=64)])
    not_same_as = SelectMultipleField(_l("Not the same person as"), validate_choice=False)
    when = StringField(_l("Only if"), [Length(max=2000)], ui={"width": "full"})
    transition = f.select_field(_l("Performs"), validate_choice=False)
    result = f.select_field(_l("Result"))
    reason = StringField(_l("Reason for the log"), [Length(max=500)])
    window_n = f.number_field(_l("Open for"))
    window_unit = f.select_field(_l("Unit"))
    audience = FormField(f.ScopeForm)
    circulation = BooleanField(_l("Opinions may be circulated instead of a meeting"))
    opinion = f.select_field(_l("Opinion"))
    resume = f.select_field(_l("After a return"))
    on_reject = f.select_field(_l("A reject goes back to"), validate_choice=False)
    sign = BooleanField(_l("A signature is wanted"))
    attachment = BooleanField(_l("An attachment is wanted"))
    own_acts = BooleanField(_l("Say here what may be done beside deciding"))
    acts = SelectMultipleField(_l("Allowed"), validate_choice=False)
    fields = FieldList(FormField(RightForm))
    timeouts = FieldList(FormField(ClockForm))

    def fill_line(self, name: str, line: Any) -> None:
        """Give the choices of a line."""
        match name:
            case "others":
                line.way.choices = self.ways
                line.argument.render_kw = {"list": "codes"}
            case "fields":
                line.right.choices = f.enum_choices(FieldRight, phrases.word)
            case "timeouts":
                line.unit.choices = f.unit_choices()
                line.do.choices = f.enum_choices(OnTimeout, phrases.word)

    ways: Sequence[tuple[str, str]] = ()


def node_form(
    session: Session,
    kind: RecordKind | None,
    flow: Plain,
    step: Plain,
    data: Any,
    lookup_url: str,
    clause_title: str,
) -> NodeForm:
    """Make the form of a step.

    :param data: what was posted, or None.
    :param lookup_url: answers typed clauses.
    """
    form = NodeForm(data, data=_read(step))
    form.ways = [("", gettext("nobody, the system itself")), *f.ways(session)]
    _choose(form, kind, flow, step)
    form.clause.ui |= {
        "lookup_url": lookup_url,
        "placeholder": gettext("Type an id or words of the clause"),
        "chosen": [{"id": form.clause.data, "text": clause_title}] if form.clause.data else [],
    }
    if data is not None and not form.clause.data:
        form.clause.data = (data.get("clause__text") or "").split(" ")[0]
    form.argument.render_kw = {"list": "codes"}
    if step.get("id"):
        form.id.ui["lock"] = gettext("Stays the same; others name it.")
        form.id.data = step["id"]
        form.id.validators = []
    for name in ("others", "fields", "timeouts"):
        for entry in form[name]:
            form.fill_line(name, entry.form)
    return form


def _choose(form: Any, kind: RecordKind | None, flow: Plain, step: Plain) -> None:
    """Put the choices into the fields."""
    form.kind.choices = f.enum_choices(NodeKind, phrases.word)
    form.verb.choices = f.enum_choices(Verb, phrases.word)
    form.way.choices = form.ways
    form.mode.choices = [
        (Mode.ANY.value, phrases.mode(Mode.ANY, 0)),
        (Mode.ALL.value, phrases.mode(Mode.ALL, 0)),
        (Mode.SEQUENTIAL.value, phrases.mode(Mode.SEQUENTIAL, 0)),
        (Mode.RATIO.value, gettext("passes at a share of the people")),
        (Mode.COUNT.value, gettext("passes at a number of approvals")),
    ]
    form.nobody.choices = [
        ("", gettext("as the flow says")),
        *f.enum_choices(Nobody, phrases.word),
    ]
    named = [(one["id"], one["name"]) for one in tree.walk(flow) if "id" in one]
    others = [(ident, name) for ident, name in named if ident != step.get("id")]
    form.not_same_as.choices = [("applicant", gettext("the applicant")), *others]
    form.on_reject.choices = [("", gettext("nowhere: it ends the request")), *others]
    form.result.choices = [("approve", gettext("approve")), ("reject", gettext("reject"))]
    form.window_unit.choices = f.unit_choices()
    form.opinion.choices = f.enum_choices(Opinion, phrases.word)
    form.resume.choices = f.enum_choices(Resume, phrases.word)
    form.acts.choices = f.enum_choices(Act, phrases.word)
    steps = kind.execution.transitions if kind else ()
    form.transition.choices = [
        ("", gettext("the only one that fits")),
        *((one.name, str(one.title)) for one in steps if one.by_task),
    ]


def _read(step: Plain) -> Plain:
    """Give the values of the form out of a pack's node."""
    way, argument = f.read_way(step.get("approver"))
    mode, nobody = step.get("mode", "any"), step.get("nobody", "")
    quota = None
    if isinstance(mode, Mapping):
        mode, quota = next(iter(mode.items()))
    stand_in = ""
    if isinstance(nobody, Mapping):
        stand_in = str(next(iter(nobody.values()), ""))
        nobody = Nobody.USER.value
    window_n, window_unit = f.read_duration(step.get("window"))
    clocks = []
    for clock in step.get("timeouts") or ():
        n, unit = f.read_duration(clock.get("after"))
        more = {key: clock.get(key) for key in ("do", "most", "clause")}
        clocks.append({"n": n, "unit": unit, **more})
    return {
        **{key: step.get(key, DEFAULTS.get(key)) for key in ORDER},
        "way": way,
        "argument": argument,
        "others": f.read_chain(step.get("approver")),
        "mode": mode,
        "quota": quota,
        "nobody": nobody,
        "stand_in": stand_in,
        "window_n": window_n,
        "window_unit": window_unit,
        "own_acts": "allow" in step,
        "acts": step.get("allow") or [],
        "audience": step.get("audience") or {},
        "fields": [
            {"field": name, "right": right} for name, right in (step.get("fields") or {}).items()
        ],
        "timeouts": clocks,
    }


def node_of(session: Session, form: Any) -> Plain:
    """Give the node that a form states, in the words of a pack."""
    values: Plain = {
        key: form[key].data
        for key in ("id", "name", "kind", "verb", "clause", "when", "opinion", "resume")
    }
    kind = form.kind.data
    values["approver"] = f.write_approver(
        session, form.way.data or "", form.argument.data or "", form.others.data
    )
    if form.mode.data in ("ratio", "count"):
        values["mode"] = {form.mode.data: form.quota.data or 1}
    else:
        values["mode"] = form.mode.data
    values["nobody"] = form.nobody.data
    if form.nobody.data == Nobody.USER.value:
        values["nobody"] = {"user": form.stand_in.data or ""}
    values["not_same_as"] = list(form.not_same_as.data or ())
    values["on_reject"] = form.on_reject.data
    values["sign"], values["attachment"] = form.sign.data, form.attachment.data
    values["fields"] = {
        line["field"].strip(): line["right"] for line in form.fields.data if line["field"]
    }
    values["timeouts"] = [
        f.tidy(
            {
                "after": f.write_duration(line["n"], line["unit"]),
                "do": line["do"],
                "most": line["most"] if line["most"] != 1 else None,
                "clause": line["clause"],
            },
            ("after", "do", "most", "clause"),
        )
        for line in form.timeouts.data
        if line["n"]
    ]
    values |= _of_kind(form, kind)
    for key, usual in DEFAULTS.items():
        if values.get(key) == usual:
            values[key] = None
    if kind != NodeKind.APPROVE.value:
        values["verb"] = None
    made = f.tidy(values, ORDER)
    if form.own_acts.data:
        made["allow"] = list(form.acts.data or ())
    if kind == NodeKind.MEETING.value and not form.circulation.data:
        made["circulation"] = False
    return {key: made[key] for key in ORDER if key in made}


def _of_kind(form: Any, kind: str) -> Plain:
    """Give what only a step of this kind has."""
    found: Plain = {}
    if kind == NodeKind.HANDLE.value:
        found["transition"] = form.transition.data
    if kind == NodeKind.AUTO.value:
        found |= {"result": form.result.data, "reason": form.reason.data}
    if kind == NodeKind.PUBLISH.value:
        found["window"] = f.write_duration(form.window_n.data, form.window_unit.data)
    if kind in (NodeKind.PUBLISH.value, NodeKind.NOTIFY.value):
        found["audience"] = f.write_scope(form.audience.data)
    return found
