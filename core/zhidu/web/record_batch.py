"""What became of an approval of several requests at once: one report, with whoever was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import flash
from markupsafe import Markup, escape

from zhidu.errors import ZhiduError
from zhidu.texts import ngettext
from zhidu.workflow.batch import Result

OK = 200


def report(results: Sequence[Result], refused: Iterable[tuple[str, ZhiduError]] = ()) -> int:
    """Say how many were approved, and of each one left out why; give the status of the answer.

    :param refused: what could not even be tried, by name.
    """
    refused = list(refused)
    done = sum(one.done for one in results)
    left = [(name, str(error)) for name, error in refused]
    left += [(one.title, str(one.reason)) for one in results if not one.done]
    said = ""
    if done:
        said = ngettext("%(num)s request approved.", "%(num)s requests approved.", done)
    if not left:
        if said:
            flash(said, "success")
        return OK
    count = ngettext("%(num)s request was left out:", "%(num)s requests were left out:", len(left))
    lines = [Markup("{}: {}").format(name, reason) for name, reason in left]
    head = f"{said} {count}" if said else count
    # one message, so that it is read as one
    flash(Markup("<br>").join([escape(head), *lines]), "warning" if done else "error")
    if done:
        return OK
    return refused[0][1].status if refused else OK
