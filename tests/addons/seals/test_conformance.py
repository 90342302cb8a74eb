"""The structural suite over the addon ``seals``."""

from __future__ import annotations

from zhidu.testing.conformance import AddonConformance


class TestSeals(AddonConformance):
    """Seals."""

    addon = "seals"
