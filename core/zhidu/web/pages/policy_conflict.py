"""Two people at one form of a draft: what only one of them changed is kept, the rest is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, request

from zhidu.db import Session
from zhidu.policy import drafts
from zhidu.policy.models import PolicyDraft
from zhidu.texts import gettext
from zhidu.web import context, present
from zhidu.web.pages import policy_edit as edit

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Together:
    """The two changes put together.

    :param made: with yours where both changed the same in different ways.
    :param conflict: what the template asks; nothing where all fits.
    """

    made: Plain
    conflict: Plain | None = None


def together(
    session: Session,
    draft: PolicyDraft,
    now: Mapping[str, Any],
    yours: Mapping[str, Any],
    label: Callable[[str], str],
) -> Together:
    """Put the posted values and what somebody else saved since together.

    :param now: as the draft has it; empty: it is new.
    :param label: names a key.
    """
    was, own = read(request.form.get("was", "")), dict(yours)
    for name in {*was, *now, *yours}:
        choice = request.form.get(f"keep_{name}")
        if choice == "theirs":
            own.pop(name, None)
            if name in now:
                own[name] = now[name]
        if choice:
            was[name] = now.get(name)
    if not now or request.form.get("version") == str(draft.version):
        return Together(own)
    made, clashes = edit.merge(was, now, own)
    if not clashes:
        flash(gettext("Your changes were put together with those of another person."), "info")
        return Together(made)
    steps = edit.history(session, draft)
    rows = [
        {
            "name": one.key,
            "label": label(one.key),
            "was": one.was,
            "theirs": one.theirs,
            "yours": one.yours,
        }
        for one in clashes
    ]
    when = present.when(draft.changed_at, context.here().timezone) or {"iso": "", "text": ""}
    who = steps[-1].who if steps else draft.made_name
    return Together(made, {"who": who, "when": when, "rows": rows})


def start_again(pk: int) -> tuple[Session, PolicyDraft]:
    """Roll back and read the draft anew: nothing is saved while something is asked."""
    context.start_over()
    session = context.session()
    return session, drafts.get(session, pk)


def read(text: str) -> Plain:
    """Read what a form carries of the state in which it was opened."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def write(values: Mapping[str, Any]) -> str:
    """Write the state in which a form is opened."""
    return json.dumps(values, ensure_ascii=False, default=str)
