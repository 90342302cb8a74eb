"""The pages of the addon, and their places in the menu."""

from __future__ import annotations

from zhidu.texts import lazy_gettext as _l
from zhidu.web.declarations import View
from zhidu_seals.views.handovers import HandoverView
from zhidu_seals.views.inspections import InspectionView
from zhidu_seals.views.register import RegisterView
from zhidu_seals.views.seals import SealView
from zhidu_seals.views.use_requests import UseRequestView

GROUP = _l("Seals")

VIEWS = (
    View(
        lambda: UseRequestView("seals_use_request", "/seals/use-request", _l("Use of seals")),
        _l("Use of seals"),
        GROUP,
        "seal",
        300,
    ),
    View(
        lambda: RegisterView("seals_use_entry", "/seals/use-entry", _l("Register of seal use")),
        _l("Register of seal use"),
        GROUP,
        "book",
        310,
    ),
    View(
        lambda: SealView("seals_seal", "/seals/seal", _l("File of seals")),
        _l("File of seals"),
        GROUP,
        "folder",
        320,
    ),
    View(
        lambda: InspectionView("seals_inspection", "/seals/inspection", _l("Inspections")),
        _l("Inspections"),
        GROUP,
        "eye",
        330,
    ),
    View(
        lambda: HandoverView("seals_handover", "/seals/handover", _l("Custody handovers")),
        _l("Custody handovers"),
        GROUP,
        "swap",
        340,
    ),
)
