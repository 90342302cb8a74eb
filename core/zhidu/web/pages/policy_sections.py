"""How the forms of the flow editor are arranged; ``kinds`` says for which steps a section is there."""

from __future__ import annotations

from typing import Any

from zhidu.texts import gettext
from zhidu.web.pages import policy_fields as fields

Plain = dict[str, Any]


def node_sections(form: Any) -> list[Plain]:
    """Arrange the form of a step; ``kinds`` says for which kinds of step a section is there."""
    asked = "approve handle notify file_with publish meeting"
    condition = gettext("Facts of this document stand below; it is checked while you write.")
    return [
        {
            "title": gettext("Step"),
            "items": [form.name, form.id, form.kind, form.verb, form.clause],
        },
        {
            "title": gettext("Who is asked"),
            "kinds": asked,
            "items": [
                form.way,
                form.argument,
                fields.lines(form, "others", gettext("Else, in turn"), gettext("Add a stand-in")),
                form.mode,
                form.quota,
                form.nobody,
                form.stand_in,
                form.not_same_as,
            ],
        },
        {"title": gettext("Condition"), "hint": condition, "facts": True, "items": [form.when]},
        {"title": gettext("Handling"), "kinds": "handle", "items": [form.transition]},
        {
            "title": gettext("Decided by itself"),
            "kinds": "auto",
            "items": [form.result, form.reason],
        },
        {
            "title": gettext("Publication"),
            "kinds": "publish",
            "items": [form.window_n, form.window_unit],
        },
        {
            "title": gettext("For whom"),
            "kinds": "publish notify",
            "hint": gettext("Codes; an empty part does not limit."),
            "items": list(form.audience.form),
        },
        {"title": gettext("Meeting"), "kinds": "meeting", "items": [form.circulation]},
        {
            "title": gettext("What is wanted"),
            "kinds": asked,
            "items": [form.opinion, form.resume, form.on_reject, form.sign, form.attachment],
        },
        {
            "title": gettext("Beside deciding"),
            "kinds": asked,
            "items": [form.own_acts, form.acts],
        },
        {
            "title": gettext("Rights on the form's fields"),
            "kinds": asked,
            "hint": gettext("A field that is not named here is read."),
            "items": [fields.lines(form, "fields", gettext("Fields"), gettext("Add a field"))],
        },
        {
            "title": gettext("Clocks"),
            "kinds": asked,
            "items": [fields.lines(form, "timeouts", gettext("Clocks"), gettext("Add a clock"))],
        },
    ]


def branch_sections(form: Any) -> list[Plain]:
    """Arrange the form of a branch."""
    return [
        {"title": gettext("Branch"), "items": [form.name, form.id, form.split]},
        {
            "title": gettext("Paths"),
            "hint": gettext(
                "Exactly one path is taken where no condition holds: tick “Otherwise”."
            ),
            "facts": True,
            "items": [fields.lines(form, "paths", gettext("Paths"), gettext("Add a path"))],
        },
    ]


def rules_sections(form: Any) -> list[Plain]:
    """Arrange the form of a flow's rules."""
    codes = gettext("Codes; an empty part does not limit.")
    return [
        {
            "title": gettext("Who helps"),
            "items": [
                form.way,
                form.argument,
                fields.lines(form, "others", gettext("Else, in turn"), gettext("Add a stand-in")),
                form.nobody,
                form.stand_in,
            ],
        },
        {
            "title": gettext("On the way"),
            "items": [form.withdraw, form.merge, form.watched, form.urge_n, form.urge_unit],
        },
        {"title": gettext("Who may submit"), "hint": codes, "items": list(form.start.form)},
        {"title": gettext("Except"), "hint": codes, "items": list(form.excepted.form)},
        {
            "title": gettext("Copies to"),
            "items": [fields.lines(form, "cc", gettext("Copies to"), gettext("Add a copy"))],
        },
        {
            "title": gettext("Time for handing in"),
            "hint": gettext("A day of the month (31 is the last), or a length: 3 working days."),
            "items": [fields.lines(form, "windows", gettext("Windows"), gettext("Add a window"))],
        },
        {
            "title": gettext("Urgent first, paper after"),
            "items": [
                form.is_urgent,
                form.reasons,
                form.consent_way,
                form.consent_argument,
                form.deadline_n,
                form.deadline_unit,
                form.consequence,
                form.urgent_clause,
            ],
        },
    ]
