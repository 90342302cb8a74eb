"""Notices to people: the in-app inbox, and the interface for further channels."""

from zhidu.notify.channels import Channel
from zhidu.notify.service import send

__all__ = ["Channel", "send"]
