"""The look-up of colleagues for every typed choice: by name, pinyin, initials or staff number."""

from __future__ import annotations

from flask import Response, jsonify, request

from zhidu.org import queries as org
from zhidu.web import context
from zhidu.web.base_view import MEMBER, OfficeView, door


class PeopleView(OfficeView):
    """Names of colleagues; every member may look them up, nothing personal is told."""

    @door("/", needs=MEMBER)
    def lookup_view(self) -> Response:
        """Answer at most 20 people who work here."""
        found = org.search_members(context.session(), request.args.get("q", "").strip(), 20)
        return jsonify([{"id": m.id, "text": m.name, "hint": m.number or ""} for m in found])
