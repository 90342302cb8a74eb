"""A line that says what is being done now, while something takes long: on a terminal only."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from tqdm import tqdm


class Progress:
    """Counts and names steps on stderr; the total need not be known.

    :param title: what is being done, shown before the bar.
    """

    def __init__(self, title: str, total: int | None = None) -> None:
        self._bar: Any = tqdm(
            desc=title,
            total=total,
            file=sys.stderr,
            disable=not sys.stderr.isatty(),
            leave=False,
            bar_format=None if total else "{desc}: {postfix} [{elapsed}]",
        )

    def __enter__(self) -> Progress:
        """Show it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take it away."""
        self._bar.close()

    def __call__(self, step: str, by: int = 1) -> None:
        """Go on to the next step."""
        self._bar.set_postfix_str(step, refresh=False)
        self._bar.update(by)
        self._bar.refresh()
