"""What the addon refuses, by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from zhidu.errors import Conflict, ValidationError, addon_default
from zhidu.texts import lazy_gettext as _l
from zhidu.texts import lazy_ngettext, show_number

SOURCE = addon_default("hr", _l("People and leave"))


class LeaveOverlap(ValidationError):
    """A leave that overlaps another one of the same person is refused."""

    def __init__(self, first: date, last: date, number: str = "") -> None:
        super().__init__(
            _l(
                "You already have leave between %(first)s and %(last)s (%(number)s).",
                first=first.isoformat(),
                last=last.isoformat(),
                number=number or "–",
            ),
            cure=_l("Choose other days, or withdraw the other request first."),
            fields={"first_day": _l("These days overlap another leave.")},
            source=SOURCE,
        )


class NotEnoughLeave(ValidationError):
    """A balance can never go below zero."""

    def __init__(self, name: str, available: Decimal, wanted: Decimal) -> None:
        super().__init__(
            lazy_ngettext(
                "The balance of “%(name)s” is %(num)s day on these dates;"
                " the request takes %(wanted)s.",
                "The balance of “%(name)s” is %(num)s days on these dates;"
                " the request takes %(wanted)s.",
                available,
                name=name,
                wanted=show_number(wanted),
            ),
            cure=_l("Ask for fewer days, choose another kind of leave, or ask HR for entitlement."),
            fields={"leave_type_id": _l("The balance is too small.")},
            source=SOURCE,
        )
        self.available = available
        self.wanted = wanted


class NoLeaveDays(ValidationError):
    """A leave without a working day is no leave."""

    def __init__(self) -> None:
        super().__init__(
            _l("There is no working day between these dates."),
            cure=_l("Choose days that include a working day."),
            fields={"last_day": _l("No working day in this period.")},
            source=SOURCE,
        )


class ReasonNeeded(ValidationError):
    """This kind of leave wants a reason in the applicant's own words."""

    def __init__(self) -> None:
        super().__init__(
            _l("This kind of leave needs a reason in your own words."),
            cure=_l("Write why you ask for it; the preset phrase alone is not enough."),
            fields={"reason": _l("Write a reason of your own.")},
            source=SOURCE,
        )


class GrantInUse(Conflict):
    """An entitlement that was used cannot be made smaller than its use."""

    def __init__(self, used: Decimal) -> None:
        super().__init__(
            lazy_ngettext(
                "%(num)s day of this entitlement is used or reserved.",
                "%(num)s days of this entitlement are used or reserved.",
                used,
            ),
            cure=_l("Leave at least as much in it."),
        )
