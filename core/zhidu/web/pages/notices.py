"""All notices of the person: read, open what they are about, mark as read."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from zhidu.notify import inbox
from zhidu.records.models import Record
from zhidu.texts import gettext
from zhidu.web import context
from zhidu.web.base_view import MEMBER, OfficeView, door
from zhidu.web.shell import notice_row

PAGE = 30


class NoticesView(OfficeView):
    """The inbox."""

    @door("/", needs=MEMBER)
    def index_view(self) -> str:
        """List notices, newest first."""
        session, me = context.session(), context.member_id()
        before = request.args.get("before", "")
        rows = inbox.newest(
            session, me, before=int(before) if before.isdecimal() else None, limit=PAGE + 1
        )
        more, rows = len(rows) > PAGE, rows[:PAGE]
        page = {
            "items": [{**notice_row(n), "read_url": self.link("read_view", pk=n.id)} for n in rows],
            "read_all_url": self.link("read_all_view", up_to=rows[0].id)
            if inbox.unread(session, me)
            else None,
            "next": self.link("index_view"),
            "pager": {
                "next_url": self.link("index_view", before=rows[-1].id) if more else None,
                "prev_url": self.link("index_view") if before else None,
            }
            if more or before
            else None,
            "empty": {
                "title": gettext("No notices."),
                "text": gettext("What happens to your requests and tasks is told here."),
            },
        }
        return self.show("zhidu/notices.html", gettext("Notices"), page=page)

    @door("/<int:pk>", needs=MEMBER)
    def open_view(self, pk: int) -> Any:
        """Go to what the notice is about; its page marks it as read."""
        session = context.session()
        notice = inbox.get(session, context.member_id(), pk)
        record = session.get(Record, notice.record_id) if notice.record_id else None
        kind = session.registry.kinds.get(record.kind) if record is not None else None
        if record is None or kind is None:
            return redirect(self.link("index_view"))
        return redirect(url_for(f"{kind.endpoint}.row_view", pk=record.id))

    @door("/<int:pk>/read", "POST", needs=MEMBER)
    def read_view(self, pk: int) -> Any:
        """Mark one as read."""
        inbox.mark_read(context.session(), context.member_id(), pk)
        return self.back(self.link("index_view"))

    @door("/read-all", "POST", needs=MEMBER)
    def read_all_view(self) -> Any:
        """Mark all up to the newest one shown as read."""
        up_to = request.args.get("up_to", "")
        inbox.mark_all_read(
            context.session(),
            context.member_id(),
            up_to=int(up_to) if up_to.isdecimal() else 0,
        )
        return self.back(self.link("index_view"))
