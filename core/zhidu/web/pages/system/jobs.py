"""Background jobs: what waits, what was given up and why; try again, or delete."""

from __future__ import annotations

import json
from typing import Any

from flask import flash, redirect
from markupsafe import Markup
from sqlalchemy import select

from zhidu.errors import NotFound, ZhiduError
from zhidu.jobs import queries as jobs
from zhidu.jobs.models import Job, JobStatus
from zhidu.org.models import Company
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import SYSTEM, door, say
from zhidu.web.pages.parts import confirmed, question, sheet
from zhidu.web.pages.system.frame import SystemView, when


def status_tag(status: JobStatus) -> dict[str, str]:
    """Say where a job stands."""
    match JobStatus(status):
        case JobStatus.DUE:
            return present.tag(gettext("due"), "info")
        case JobStatus.DONE:
            return present.tag(gettext("done"), "good")
        case JobStatus.DEAD:
            return present.tag(gettext("given up"), "bad")


class JobsView(SystemView):
    """The job table."""

    @door("/", needs=SYSTEM)
    def index_view(self) -> str:
        """List jobs by status."""
        statement = (
            select(
                Job.id.label("id"),
                Job.name,
                Company.code,
                Job.status,
                Job.tries,
                Job.max_tries,
                Job.run_at,
                Job.done_at,
                Job.error,
            )
            .select_from(Job)
            .outerjoin(Company, Company.id == Job.company_id)
        )

        def row(one: Any) -> dict[str, Any]:
            error = one.error.strip().splitlines()
            return {
                "url": self.link("row_view", pk=one.id),
                "tone": "bad" if one.status is JobStatus.DEAD else "",
                "cells": [
                    one.name,
                    one.code,
                    status_tag(one.status),
                    f"{one.tries}/{one.max_tries}",
                    when(one.done_at or one.run_at),
                    error[-1][:120] if error else None,
                ],
            }

        return self.list_page(
            statement,
            Job.id,
            (
                (_l("Job"), "link", "title"),
                (_l("Company"), "text"),
                (_l("Status"), "tag", "tag"),
                (_l("Tries"), "number"),
                (_l("Due or done"), "date"),
                (_l("Error"), "text"),
            ),
            row,
            search=(Job.name, Job.error),
            hint=_l("Name or error"),
            tabs=(
                ("dead", _l("Given up"), Job.status == JobStatus.DEAD),
                ("due", _l("Due"), Job.status == JobStatus.DUE),
                ("done", _l("Done"), Job.status == JobStatus.DONE),
                ("all", _l("All"), None),
            ),
            empty={
                "icon": "clock",
                "title": gettext("No jobs here."),
                "text": gettext("Jobs that failed too often wait under “Given up”."),
            },
        )

    def _job(self, pk: int) -> Job:
        found = context.session().get(Job, pk)
        if found is None:
            raise NotFound
        return found

    @door("/<int:pk>", needs=SYSTEM)
    def row_view(self, pk: int) -> str:
        """Show one job."""
        row = self._job(pk)
        company = context.session().get(Company, row.company_id) if row.company_id else None
        posts = []
        if row.status is not JobStatus.DONE:
            ask = gettext("Delete this job? What it should do is not done.")
            url = self.link("delete_view", pk=pk)
            posts.append(
                {"label": gettext("Delete"), "url": url, "icon": "trash", "confirm": ask}
                | {"tone": "danger"}
            )
        if row.status is JobStatus.DEAD:
            url = self.link("retry_view", pk=pk)
            retry = {"label": gettext("Try again"), "url": url, "icon": "refresh"}
            posts.append({**retry, "tone": "primary"})
        facts = sheet(
            (
                (_l("Company"), company.name if company else ""),
                (_l("Caused by"), row.actor_name),
                (_l("Made"), when(row.created_at)),
                (_l("Due"), when(row.run_at)),
                (_l("Done"), when(row.done_at)),
                (_l("Tries"), f"{row.tries}/{row.max_tries}"),
                (_l("In hand until"), when(row.lease_until)),
                (_l("Key"), row.dedupe),
            )
        )
        args = json.dumps(row.args, ensure_ascii=False, indent=2, sort_keys=True)
        blocks = [facts, {"type": "html", "title": gettext("Arguments"), "html": code(args)}]
        if row.error:
            blocks.insert(0, {"type": "html", "title": gettext("Error"), "html": code(row.error)})
        page = {
            "kind": gettext("Job %(id)s", id=row.id),
            "icon": "clock",
            "tags": [status_tag(row.status)],
            "here": self.link("row_view", pk=pk),
            "posts": posts,
            "panes": [{"id": "job", "label": gettext("Job"), "blocks": blocks}],
        }
        return self.show("zhidu/detail.html", row.name, page=page, crumbs=self.crumbs())

    @door("/<int:pk>/retry", "POST", needs=SYSTEM)
    def retry_view(self, pk: int) -> Any:
        """Make a job that was given up due again."""
        session = context.session()
        try:
            jobs.retry(session, pk)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
            return redirect(self.link("row_view", pk=pk), code=303)
        flash(gettext("The job is due again."), "success")
        return redirect(self.link("row_view", pk=pk), code=303)

    @door("/<int:pk>/delete", "POST", needs=SYSTEM)
    def delete_view(self, pk: int) -> Any:
        """Delete a job that is not wanted any more."""
        here = self.link("row_view", pk=pk)
        if not confirmed():
            text = _l("Delete this job? What it should do is not done.")
            return question(self, _l("Delete the job"), text, _l("Delete"), cancel_url=here)
        session = context.session()
        try:
            jobs.delete(session, pk)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
            return redirect(here, code=303)
        flash(gettext("The job was deleted."), "success")
        return redirect(self.link("index_view"), code=303)


def code(text: str) -> Markup:
    """Draw a text as it stands."""
    return Markup('<pre class="code">{}</pre>').format(text)
