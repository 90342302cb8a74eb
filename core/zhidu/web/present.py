"""Values as the templates want them: people, times, tags; see the comments in ``_macros.html``."""

from __future__ import annotations

import zlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time

from zhidu import clock
from zhidu.records.models import Approval
from zhidu.texts import Text, current_locale, gettext, pgettext, show_number

APPROVAL_TONES = {
    Approval.DRAFT: "plain",
    Approval.IN_APPROVAL: "info",
    Approval.RETURNED: "warn",
    Approval.APPROVED: "good",
    Approval.REJECTED: "bad",
    Approval.WITHDRAWN: "plain",
    Approval.TERMINATED: "bad",
    Approval.VOIDED: "bad",
}


def approval_title(value: Approval | str) -> str:
    """Name a state of the approval axis."""
    match Approval(value):
        case Approval.DRAFT:
            return pgettext("approval", "Draft")
        case Approval.IN_APPROVAL:
            return pgettext("approval", "In approval")
        case Approval.RETURNED:
            return pgettext("approval", "Returned")
        case Approval.APPROVED:
            return pgettext("approval", "Approved")
        case Approval.REJECTED:
            return pgettext("approval", "Rejected")
        case Approval.WITHDRAWN:
            return pgettext("approval", "Withdrawn")
        case Approval.TERMINATED:
            return pgettext("approval", "Terminated")
        case Approval.VOIDED:
            return pgettext("approval", "Voided")


def tag(text: Text | str, tone: str = "plain") -> dict[str, str]:
    """Make a coloured tag."""
    return {"text": str(text), "tone": tone}


def approval_tag(value: Approval | str) -> dict[str, str]:
    """Make the tag of a record's approval state."""
    return tag(approval_title(value), APPROVAL_TONES[Approval(value)])


def person(name: str, department: str = "", url: str = "") -> dict[str, Any]:
    """Make a person: initials are the last two characters of a Chinese name."""
    words = name.split()
    if name.isascii() and len(words) > 1:
        initials = words[0][0] + words[-1][0]
    else:
        initials = name[-2:] if not name.isascii() else name[:2]
    return {
        "name": name,
        "initials": initials.upper(),
        "hue": zlib.crc32(name.encode()) % 6,
        "department": department,
        "url": url or None,
    }


def when(instant: datetime | None, zone: str) -> dict[str, str] | None:
    """Make a time: today and yesterday by name, this year without the year."""
    if instant is None:
        return None
    local = instant.astimezone(ZoneInfo(zone))
    now = clock.now().astimezone(ZoneInfo(zone))
    locale = current_locale()
    hour = format_time(local, "HH:mm", locale=locale)
    days = (now.date() - local.date()).days
    if days == 0:
        text = gettext("today %(time)s", time=hour)
    elif days == 1:
        text = gettext("yesterday %(time)s", time=hour)
    elif local.year == now.year:
        text = f"{format_skeleton('MMMd', local, locale=locale)} {hour}"
    else:
        text = f"{local:%Y-%m-%d} {hour}"
    return {"iso": local.isoformat(timespec="minutes"), "text": text}


def day(value: date | None) -> str:
    """Write a day as ``2026-11-20``."""
    return value.isoformat() if value else ""


def long_day(value: date) -> str:
    """Write a day with its weekday, in the reader's way."""
    return str(format_date(value, "full", locale=current_locale()))


def number(value: Decimal | int | None) -> str:
    """Write a quantity without needless zeros."""
    return "" if value is None else show_number(Decimal(value))


def elapsed(start: datetime, end: datetime) -> str:
    """Say how long something took, roughly."""
    minutes = int((end - start).total_seconds() // 60)
    if minutes < 60:
        return gettext("%(n)s min", n=max(minutes, 1))
    if minutes < 48 * 60:
        return gettext("%(n)s h", n=minutes // 60)
    return gettext("%(n)s days", n=minutes // (24 * 60))


def file_size(size: int) -> str:
    """Write a file's size."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} kB"
    return f"{size / 1024 / 1024:.1f} MB"
