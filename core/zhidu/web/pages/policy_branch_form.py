"""The form of a branch and its paths: from a pack's values to fields, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, FieldList, FormField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional

from zhidu.policy import phrases
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web.forms import OfficeForm
from zhidu.web.pages import policy_fields as f
from zhidu.workflow.definition import Split

Plain = dict[str, Any]


class PathForm(OfficeForm):
    """One path of a branch; what stands in it is not part of the form."""

    was = HiddenField()
    id = StringField(_l("Id"), [Optional(), f.whole_id])
    name = StringField(_l("Name"), [Length(max=500)])
    when = StringField(_l("If"), [Length(max=2000)])
    default = BooleanField(_l("Otherwise"))
    clause = StringField(_l("Clause"), [Length(max=64)], render_kw={"list": "clauses"})


class BranchForm(OfficeForm):
    """A branch and its paths."""

    id = StringField(_l("Id"), [InputRequired(), f.whole_id])
    name = StringField(_l("Name"), [Length(max=500)])
    split = f.select_field(_l("Which paths are taken"))
    paths = FieldList(FormField(PathForm))


def branch_form(step: Plain, data: Any) -> BranchForm:
    """Make the form of a branch."""
    values = {
        "id": step.get("branch"),
        "name": step.get("name"),
        "split": step.get("split", Split.FIRST.value),
        "paths": [{**path, "was": path["id"]} for path in step.get("paths") or ()],
    }
    form = BranchForm(data, data=values)
    form.split.choices = f.enum_choices(Split, phrases.word)
    if step.get("branch"):
        form.id.ui["lock"] = gettext("Stays the same; others name it.")
        form.id.data = step["branch"]
        form.id.validators = []
    return form


def branch_of(form: Any, step: Plain) -> Plain:
    """Give the branch that a form states; the steps of each path stay with it."""
    inside = {path["id"]: path.get("nodes") or [] for path in step.get("paths") or ()}
    paths: list[Plain] = []
    for number, line in enumerate(form.paths.data, 1):
        ident = line["id"] or line["was"] or f"path_{number}"
        if not any((line["id"], line["was"], line["name"], line["when"], line["default"])):
            continue
        made = f.tidy(
            {
                "id": ident,
                "name": line["name"],
                "when": "" if line["default"] else line["when"],
                "default": line["default"],
                "clause": line["clause"],
            },
            ("id", "name", "when", "default", "clause"),
        )
        paths.append({**made, "nodes": inside.get(line["was"], [])})
    split = form.split.data if form.split.data != Split.FIRST.value else None
    head = f.tidy(
        {"branch": form.id.data, "name": form.name.data, "split": split},
        ("branch", "name", "split"),
    )
    return {**head, "paths": paths}


def lost_paths(before: Plain, after: Plain) -> list[str]:
    """Name the paths with steps that a change takes away."""
    kept = {path["id"] for path in after.get("paths") or ()}
    kept_steps = [path["nodes"] for path in after.get("paths") or ()]
    return [
        str(path.get("name") or path["id"])
        for path in before.get("paths") or ()
        if path.get("nodes") and path["id"] not in kept and path["nodes"] not in kept_steps
    ]


def heads(step: Mapping[str, Any]) -> Plain:
    """Give a branch without the steps on its paths: what its form is about."""
    paths = [
        {key: value for key, value in path.items() if key != "nodes"}
        for path in step.get("paths") or ()
    ]
    return {**{key: value for key, value in step.items() if key != "paths"}, "paths": paths}


def with_steps(made: Plain, yours: Plain, now: Plain) -> Plain:
    """Put the steps back on the paths of a branch; its paths are yours or those of the draft."""
    source = yours if made.get("paths") == heads(yours)["paths"] else now
    return {**made, "paths": source["paths"]}
