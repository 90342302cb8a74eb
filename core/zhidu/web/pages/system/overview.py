"""Is the installation well? What does not work is named with its cure."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import func, select

from zhidu.access.user import User
from zhidu.db.activation import EnabledAddon
from zhidu.health import Finding
from zhidu.jobs.models import Job, JobStatus
from zhidu.org.models import Company
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import SYSTEM, door
from zhidu.web.pages.parts import sheet, table
from zhidu.web.pages.system.frame import SystemView

log = logging.getLogger("zhidu.web")


class OverviewView(SystemView):
    """The first page of the system administrator."""

    @door("/", needs=SYSTEM)
    def index_view(self) -> str:
        """Run the checks and count what is there."""
        registry = context.database().registry
        rows: list[tuple[str, tuple[Any, ...]]] = []
        for addon, check in registry.health_checks():
            finding = self._run(check)
            rows.append(("", self._row(str(check.title), addon, finding)))
        for problem in registry.problems:
            finding = Finding(ok=False, text=problem.text, cure=problem.cure)
            rows.append(("", self._row(gettext("Addon"), problem.addon, finding)))
        bad = sum(1 for _url, cells in rows if cells[1]["tone"] == "bad")
        heads = (
            (_l("Check"), "text", "title"),
            (_l("Result"), "tag", "tag"),
            (_l("Finding"), "text"),
            (_l("What helps"), "text"),
        )
        hint = gettext("“zhidu doctor” checks the machine as well: disk, clock, fonts, secrets.")
        page = {
            "kind": gettext("System administration"),
            "icon": "shield",
            "tags": [
                present.tag(gettext("needs attention"), "bad")
                if bad
                else present.tag(gettext("well"), "good")
            ],
            "here": self.link("index_view"),
            "panes": [
                {
                    "id": "checks",
                    "label": gettext("Checks"),
                    "blocks": [table(heads, rows), {"type": "note", "text": hint, "tone": "info"}],
                }
            ],
            "side": {"title": gettext("Installation"), "blocks": [self._counts()]},
        }
        return self.show("zhidu/detail.html", gettext("Health"), page=page)

    def _run(self, check: Any) -> Finding:
        try:
            found: Finding = check.run(context.extension("config"), context.database())
        except Exception as error:  # one broken check must not hide the others
            log.exception("the check %s failed", check.name)
            return Finding(ok=False, text=str(error), cure=gettext("The reason is in the log."))
        return found

    def _row(self, title: str, addon: str, finding: Finding) -> tuple[Any, ...]:
        name = title if addon == "core" else f"{title} ({addon})"
        tag = (
            present.tag(gettext("well"), "good")
            if finding.ok
            else present.tag(gettext("attention"), "bad")
        )
        return name, tag, str(finding.text), str(finding.cure)

    def _counts(self) -> dict[str, Any]:
        session = context.session()

        def count(model: Any, *where: Any) -> int:
            return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

        return sheet(
            (
                (_l("Companies"), count(Company, Company.archived_at.is_(None))),
                (_l("Log-ins"), count(User, User.active)),
                (_l("Addons"), count(EnabledAddon)),
                (_l("Dead jobs"), count(Job, Job.status == JobStatus.DEAD)),
                (_l("Database"), "SQLite" if context.database().is_sqlite else "PostgreSQL"),
            ),
            columns=1,
        )
