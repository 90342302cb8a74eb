"""The nouns of the addon."""

from zhidu_seals.models.base import Base
from zhidu_seals.models.custody import Custody, Handover
from zhidu_seals.models.inspection import Inspection
from zhidu_seals.models.seal import Seal
from zhidu_seals.models.use_request import UseEntry, UseRequest

__all__ = [
    "Base",
    "Custody",
    "Handover",
    "Inspection",
    "Seal",
    "UseEntry",
    "UseRequest",
]
