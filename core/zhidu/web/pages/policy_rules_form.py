"""The form of what holds for a flow as a whole: manager, start, copies, windows, urgent requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField, FieldList, FormField, StringField
from wtforms.validators import InputRequired, Length

from zhidu.db import Session
from zhidu.policy import phrases
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web.forms import OfficeForm
from zhidu.web.pages import policy_fields as f
from zhidu.workflow.definition import Merge, Nobody, Withdraw

Plain = dict[str, Any]

ORDER = (
    "manager",
    "start",
    "except",
    "withdraw",
    "merge",
    "watched",
    "nobody",
    "urge_every",
    "cc",
    "windows",
    "urgent",
    "void",
    "nodes",
)
"""The keys of a flow, as a pack has them."""

KEPT = ("void", "nodes")
"""What the form does not touch."""

_DEFAULTS = {
    "withdraw": Withdraw.RUNNING.value,
    "merge": Merge.ADJACENT.value,
    "nobody": Nobody.SUPERIOR.value,
    "urge_every": "4 hours",
}


class CopyForm(OfficeForm):
    """Who gets a copy."""

    way = f.select_field(_l("Way"), validate_choice=False)
    argument = StringField(_l("Who or what"), [Length(max=500)])
    at = f.select_field(_l("When"), validate_choice=False)


class WindowForm(OfficeForm):
    """When a form may be handed in; a day of the month or a length such as “3 working days”."""

    opens = StringField(_l("Opens"), [Length(max=40)])
    closes = StringField(_l("Closes"), [Length(max=40)])
    field = StringField(_l("Counted from the day"), [Length(max=64)])
    after = BooleanField(_l("After it"))
    late = StringField(_l("Late means"), [Length(max=64)])
    clause = StringField(_l("Clause"), [Length(max=64)], render_kw={"list": "clauses"})


class RulesForm(OfficeForm):
    """What holds for the whole flow."""

    way = f.select_field(_l("Flow's manager"), validators=[InputRequired()], validate_choice=False)
    argument = StringField(_l("Who or what"), [Length(max=500)])
    others = FieldList(FormField(f.WayForm))
    nobody = f.select_field(_l("Where nobody is found"))
    stand_in = StringField(_l("Named person (log-in name)"), [Length(max=64)])
    withdraw = f.select_field(_l("The applicant may withdraw"))
    merge = f.select_field(_l("Whoever approved already"))
    watched = f.CodesField(
        _l("Watched fields"), description=_l("A change of one lets everybody be asked again.")
    )
    urge_n = f.number_field(_l("The applicant may urge once in"))
    urge_unit = f.select_field(_l("Unit"))
    start = FormField(f.ScopeForm)
    excepted = FormField(f.ScopeForm)
    cc = FieldList(FormField(CopyForm))
    windows = FieldList(FormField(WindowForm))
    is_urgent = BooleanField(_l("Urgent requests may come after the deed"))
    reasons = f.text_area(_l("Reasons that count, one per line"))
    consent_way = f.select_field(_l("Who consents by word"), validate_choice=False)
    consent_argument = StringField(_l("Who or what"), [Length(max=500)])
    deadline_n = f.number_field(_l("The paper follows within"))
    deadline_unit = f.select_field(_l("Unit"))
    consequence = StringField(_l("What being late means"), [Length(max=500)])
    urgent_clause = StringField(_l("Clause"), [Length(max=64)], render_kw={"list": "clauses"})

    ways: Sequence[tuple[str, str]] = ()

    def fill_line(self, name: str, line: Any) -> None:
        """Give the choices of a line."""
        match name:
            case "others":
                line.way.choices = self.ways
                line.argument.render_kw = {"list": "codes"}
            case "cc":
                line.way.choices = self.ways
                line.argument.render_kw = {"list": "codes"}
                line.at.choices = [
                    ("end", gettext("at the end")),
                    ("submit", gettext("at submit")),
                ]


def rules_form(session: Session, flow: Plain, data: Any) -> RulesForm:
    """Make the form of a flow's rules."""
    form = RulesForm(data, data=_read(flow))
    form.ways = [("", "–"), *f.ways(session)]
    form.way.choices = form.ways
    form.consent_way.choices = form.ways
    form.nobody.choices = f.enum_choices(Nobody, phrases.word)
    form.withdraw.choices = f.enum_choices(Withdraw, phrases.word)
    form.merge.choices = f.enum_choices(Merge, phrases.word)
    form.urge_unit.choices = form.deadline_unit.choices = f.unit_choices()
    for field in (form.argument, form.consent_argument):
        field.render_kw = {"list": "codes"}
    for name in ("others", "cc"):
        for entry in form[name]:
            form.fill_line(name, entry.form)
    return form


def _read(flow: Plain) -> Plain:
    way, argument = f.read_way(flow.get("manager"))
    nobody, stand_in = flow.get("nobody", _DEFAULTS["nobody"]), ""
    if isinstance(nobody, Mapping):
        stand_in = str(next(iter(nobody.values()), ""))
        nobody = Nobody.USER.value
    urge_n, urge_unit = f.read_duration(flow.get("urge_every", _DEFAULTS["urge_every"]))
    urgent = flow.get("urgent") or {}
    consent_way, consent_argument = f.read_way(urgent.get("consent"))
    deadline_n, deadline_unit = f.read_duration(urgent.get("deadline"))
    return {
        "way": way,
        "argument": argument,
        "others": f.read_chain(flow.get("manager")),
        "nobody": nobody,
        "stand_in": stand_in,
        "withdraw": flow.get("withdraw", _DEFAULTS["withdraw"]),
        "merge": flow.get("merge", _DEFAULTS["merge"]),
        "watched": flow.get("watched") or [],
        "urge_n": urge_n,
        "urge_unit": urge_unit,
        "start": flow.get("start") or {},
        "excepted": flow.get("except") or {},
        "cc": [
            {
                "way": f.read_way(copy)[0],
                "argument": f.read_way(copy)[1],
                "at": copy.get("at", "end"),
            }
            for copy in flow.get("cc") or ()
        ],
        "windows": flow.get("windows") or [],
        "is_urgent": bool(urgent),
        "reasons": "\n".join(urgent.get("reasons") or ()),
        "consent_way": consent_way,
        "consent_argument": consent_argument,
        "deadline_n": deadline_n,
        "deadline_unit": deadline_unit,
        "consequence": urgent.get("consequence", ""),
        "urgent_clause": urgent.get("clause", ""),
    }


def flow_of(session: Session, form: Any, flow: Plain) -> Plain:
    """Give the flow with the rules that a form states; its steps stay as they are."""
    nobody: Any = form.nobody.data
    if nobody == Nobody.USER.value:
        nobody = {"user": form.stand_in.data or ""}
    values: Plain = {
        "manager": f.write_approver(
            session, form.way.data or "", form.argument.data or "", form.others.data
        ),
        "start": f.write_scope(form.start.data),
        "except": f.write_scope(form.excepted.data),
        "withdraw": form.withdraw.data,
        "merge": form.merge.data,
        "watched": form.watched.data,
        "nobody": nobody,
        "urge_every": f.write_duration(form.urge_n.data, form.urge_unit.data),
        "cc": [
            {**copy, **({"at": "submit"} if line["at"] == "submit" else {})}
            for line in form.cc.data
            if (copy := f.write_way(session, line["way"] or "", line["argument"] or ""))
        ],
        "windows": [made for line in form.windows.data if (made := _window(line, flow))],
        "urgent": _urgent(session, form, flow) if form.is_urgent.data else None,
    }
    for key, usual in _DEFAULTS.items():
        if values[key] == usual:
            values[key] = None
    kept = {key: flow[key] for key in KEPT if key in flow}
    made = {**f.tidy(values, ORDER), **kept}
    made.setdefault("nodes", [])
    return {key: made[key] for key in ORDER if key in made}


def _window(line: Mapping[str, Any], flow: Plain) -> Plain:
    """Give a window; whom it is for is kept from the text, by its clause."""
    edges = {key: _edge(line[key] or "") for key in ("opens", "closes")}
    made = f.tidy(
        {
            "clause": line["clause"],
            **edges,
            "field": line["field"],
            "after": line["after"],
            "late": line["late"] if line["late"] != "refuse" else "",
        },
        ("clause", "opens", "closes", "field", "after", "late"),
    )
    if not made:
        return {}
    before: Sequence[Plain] = flow.get("windows") or []
    old = next((one for one in before if one.get("clause") == made.get("clause")), {})
    return {**made, **{key: old[key] for key in ("applies_to", "except") if key in old}}


def _edge(text: str) -> Any:
    return int(text) if text.strip().isdecimal() else text.strip()


def _urgent(session: Session, form: Any, flow: Plain) -> Plain:
    made = f.tidy(
        {
            "clause": form.urgent_clause.data,
            "reasons": [
                one.strip() for one in (form.reasons.data or "").splitlines() if one.strip()
            ],
            "consent": f.write_approver(
                session, form.consent_way.data or "", form.consent_argument.data or ""
            ),
            "deadline": f.write_duration(form.deadline_n.data, form.deadline_unit.data),
            "consequence": form.consequence.data,
        },
        ("clause", "reasons", "consent", "deadline", "consequence"),
    )
    steps = (flow.get("urgent") or {}).get("nodes")
    return {**made, "nodes": steps} if steps else made
