"""What addons declare of their pages: a view with its place in the menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhidu.texts import Text

if TYPE_CHECKING:
    from zhidu.web.base_view import OfficeView


@dataclass(frozen=True, slots=True)
class View:
    """A page, or a family of pages, of the back office.

    :param make: builds the view anew for each app: Flask-Admin views belong to one app.
    :param group: heading in the sidebar; empty for pages that stand in no menu.
    :param sort: order of groups (by their smallest) and within a group.
    :param system: a page of the system administrator under ``/system/``, outside any company.
    """

    make: Callable[[], OfficeView]
    title: Text | str
    group: Text | str = ""
    icon: str = "doc"
    sort: int = 100
    system: bool = False
