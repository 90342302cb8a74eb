"""How a notice reaches a person; mail and chat are addons that offer another channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhidu.texts import Text

if TYPE_CHECKING:
    from zhidu.db import Session
    from zhidu.notify.models import Notice


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to deliver.

    :param deliver: called by a background job, once or (outside the database) more often; the
        key makes a second delivery recognisable.
    """

    name: str
    title: Text | str
    deliver: Callable[[Session, Notice, str], None]


def keep_in_inbox(_session: Session, _notice: Notice, _key: str) -> None:
    """Deliver to the inbox: the notice's row, written in the business transaction, is in it."""
