"""The structural suite over the addon ``seals``."""

from __future__ import annotations

from zhidu.testing.conformance import AddonConformance


class TestSeals(AddonConformance):
    """Seals."""

    addon = "seals"
    from_a_row = ("seals_inspection.new_view", "seals_handover.new_view")  # from a seal's page
