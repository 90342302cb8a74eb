"""What a policy may state about seals."""

from __future__ import annotations

from zhidu.settings import Setting
from zhidu.texts import lazy_gettext as _l

INSPECTION_MONTHS = "seals.inspection_months"

SETTINGS = (
    Setting(
        INSPECTION_MONTHS,
        int,
        3,
        _l("Months between two inspections of a seal"),
        _l("A policy that asks for regular inspections says how often; without it, this holds."),
        unit=_l("months"),
        minimum=1,
        maximum=24,
    ),
)
