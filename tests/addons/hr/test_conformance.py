"""The structural suite over the addon ``hr``."""

from __future__ import annotations

from zhidu.testing.conformance import AddonConformance


class TestHr(AddonConformance):
    """People and leave."""

    addon = "hr"
