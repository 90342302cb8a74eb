"""Check a policy pack and apply it: first every finding with its line, then what would change."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from wtforms import DateField, FileField, TextAreaField
from wtforms.validators import Optional

from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.policy import activation, drafts, versions
from zhidu.policy.apply import Plan, apply_pack, plan
from zhidu.policy.errors import AcceptanceNeeded, OpenTasks, PackRefused, SecondPersonNeeded
from zhidu.policy.problems import PolicyProblem
from zhidu.texts import gettext, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import OfficeView, door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.parts import block, confirmed, question, sheet
from zhidu.web.pages.policy_draft_page import severity_tag

MOST = 1_000_000
"""Bytes of a pack; a company's whole policy has some 100,000."""


class PackForm(OfficeForm):
    """A policy as text or file, and the day from which it shall hold."""

    file = FileField(_l("File"), ui={"accept": ".yaml,.yml", "max_mb": 1})
    text = TextAreaField(
        _l("Policy text (YAML)"),
        description=_l("Choose a file, or paste the text here."),
        render_kw={"spellcheck": "false"},
        ui={"rows": 14},
    )
    effective = DateField(
        _l("In force from"),
        [Optional()],
        description=_l("Empty: the day that the policy names, or today where that is over."),
    )


class PolicyApplyView(OfficeView):
    """One page: check, read the findings, apply."""

    kind = "core.policy"

    @door("/", "GET", "POST", needs=".edit")
    def index_view(self) -> Any:
        """Check or apply."""
        form = PackForm(request.form if request.method == "POST" else None)
        if request.method != "POST":
            return self._page(form)
        filename, problem = self._take_file(form)
        if not form.validate() or problem or not (form.text.data or "").strip():
            if problem:
                form.file.errors = [problem]
            elif not form.errors:
                form.text.errors = [gettext("Choose a file, or paste the text.")]
            return self._page(form), 422
        session = context.session()
        made: Plan | None = None
        try:
            made = plan(session, form.text.data, filename, form.effective.data)
            if request.form.get("do") == "draft":
                return self._keep(session, form, filename)
            if made.errors or request.form.get("do") != "apply":
                return self._page(form, made), (422 if made.errors else 200)
            return self._apply(session, form, filename)
        except (SecondPersonNeeded, AcceptanceNeeded) as error:
            context.start_over()
            return self._page(form, made, str(error.message)), error.status
        except OpenTasks as error:
            return self._ask(error), error.status
        except PackRefused as error:  # another change came in between
            context.start_over()
            return self._page(form, made), error.status
        except ZhiduError as error:
            context.start_over()
            say(error)
            return self._page(form, made), error.status

    def _take_file(self, form: PackForm) -> tuple[str, str]:
        """Put the text of an uploaded file into the form; give its name, and what is wrong."""
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            return request.form.get("filename", "")[:200] or "policy.yaml", ""
        filename, content = str(upload.filename)[:200], upload.stream.read(MOST + 1)
        form.text.data = ""
        if len(content) > MOST:
            return filename, gettext("The file is larger than 1 MB.")
        try:
            form.text.data = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return filename, gettext("The file is no text in UTF-8.")
        return filename, ""

    def _keep(self, session: Session, form: PackForm, filename: str) -> Any:
        """Keep the text as a draft: to go on by form, or to be published with what that takes."""
        draft = drafts.save(
            session,
            context.actor(),
            form.text.data,
            filename,
            effective=form.effective.data,
        )
        flash(gettext("The text is kept as a draft; nothing is published yet."), "success")
        return redirect(url_for("policy_drafts.row_view", pk=draft.id), code=303)

    def _apply(self, session: Session, form: PackForm, filename: str) -> Any:
        before = versions.current(session)
        version = apply_pack(
            session,
            context.actor(),
            form.text.data,
            filename,
            form.effective.data,
            confirmed=confirmed(),
        )
        session.flush()
        if before is version:
            flash(gettext("The policy in force says the same already."), "info")
        else:
            flash(
                gettext(
                    "Version %(number)s holds from %(day)s.",
                    number=version.number,
                    day=version.effective_from.isoformat(),
                ),
                "success",
            )
        return redirect(url_for("policy.row_view", pk=version.id), code=303)

    def _ask(self, error: OpenTasks) -> str:
        return question(
            self,
            gettext("Hide open tasks?"),
            str(error.message),
            gettext("Apply"),
            cancel_url=self.link("index_view"),
            items=[str(error.cure)],
            tone="primary",
        )

    def _page(self, form: PackForm, made: Plan | None = None, more: str = "") -> str:
        """Draw the page.

        :param more: what keeps the text from being applied here; as a draft it can go on.
        """
        session = context.session()
        ready = made is not None and not made.errors and made.unchanged is None
        filename = made.reading.filename if made else ""
        if ready:
            form.text.ui["rows"] = 6
        if made is not None and made.reading.text:
            form.text.data = made.reading.text
            form.text.raw_data = None
        check = {"name": "do", "value": "check", "label": gettext("Check")}
        buttons: list[dict[str, Any]] = [{**check, "tone": "plain" if ready else "primary"}]
        if made is not None and made.reading.text:
            keep = {"name": "do", "value": "draft", "label": gettext("Keep as a draft")}
            buttons.append({**keep, "tone": "primary" if more else "plain"})
        if ready and made is not None and not more:
            buttons.append(
                {
                    "name": "do",
                    "value": "apply",
                    "label": gettext("Apply"),
                    "tone": "primary",
                    "confirm": self._warning(session, made),
                }
            )
        page = {
            "action": url_for("policy_apply.index_view"),
            "cancel_url": url_for("policy.index_view"),
            "upload": True,
            "sections": [
                {"title": gettext("Policy"), "items": [form.file, form.text, form.effective]}
            ],
            "errors": form.error_list(),
            "note": self._note(more) if more else self._summary(made) if made else None,
            "buttons": buttons,
        }
        return self.show(
            "zhidu/policy_apply.html",
            gettext("Apply a policy"),
            form=form,
            page=page,
            found=self._found(session, made) if made else None,
            filename=filename,
            preview=None,
            crumbs=[{"label": gettext("Policy"), "url": url_for("policy.index_view")}],
        )

    def _note(self, text: str) -> dict[str, str]:
        more = gettext("Keep it as a draft: there it is accepted, proposed and confirmed.")
        return present.tag(f"{text} {more}", "warn")

    def _warning(self, session: Session, made: Plan) -> str | None:
        """Say which open tasks would be hidden; nothing where there are none."""
        counts = {k: n for name in made.stops for k, n in activation.impact(session, name).items()}
        if not counts:
            return None
        titles = {kind: words.kind_title(session, kind) for kind in counts}
        error = OpenTasks(counts, titles)
        return f"{error.message} {error.cure}"

    def _found(self, session: Session, made: Plan) -> dict[str, Any]:
        """Give the findings, and what applying would do."""
        lines = made.reading.text.splitlines()
        found: dict[str, Any] = {
            "problems": [
                _problem(p, lines) for p in sorted(made.problems, key=lambda p: not p.is_error)
            ],
            "facts": None,
            "changes": None,
        }
        if made.errors or made.reading.content is None or made.effective is None:
            return found
        base = versions.current(session, made.effective)
        starts = [words.addon_title(session, name) for name in made.starts]
        stops = [words.addon_title(session, name) for name in made.stops]
        policy = made.reading.content["policy"]
        found["facts"] = block(
            "sheet",
            sheet(
                (
                    (_l("Policy"), f"{policy['title']} {policy['version']}"),
                    (_l("In force from"), made.effective.isoformat()),
                    (_l("Switches on"), words.places(starts)),
                    (_l("Switches off"), words.places(stops)),
                )
            ),
        )
        if made.unchanged is None:
            new = words.draft(made.reading.content, base)
            found["changes"] = block("changes", words.changes(session, base, new))
        return found

    def _summary(self, made: Plan) -> dict[str, str]:
        errors, notes = len(made.errors), len(made.problems) - len(made.errors)
        if errors:
            text = ngettext(
                "%(num)s error keeps the policy from being applied.",
                "%(num)s errors keep the policy from being applied.",
                errors,
            )
            return present.tag(text, "bad")
        if made.unchanged is not None:
            number = made.unchanged.number
            return present.tag(gettext("Version %(number)s says the same.", number=number), "info")
        if notes:
            text = ngettext(
                "The policy can be applied; %(num)s note to read.",
                "The policy can be applied; %(num)s notes to read.",
                notes,
            )
            return present.tag(text, "good")
        return present.tag(gettext("The policy can be applied."), "good")


def _problem(problem: PolicyProblem, lines: list[str]) -> dict[str, Any]:
    inside = 0 < problem.line <= len(lines)
    return {
        "place": f"{problem.file}:{problem.line}" if problem.line else problem.file,
        "tag": severity_tag(problem.severity),
        "message": str(problem.message),
        "cure": str(problem.cure),
        "excerpt": lines[problem.line - 1].strip()[:160] if inside else "",
    }
