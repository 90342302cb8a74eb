"""Count the statements that a block sends, so that a page's queries stay within their budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from types import TracebackType

    from sqlalchemy import Engine

OURS = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET TRANSACTION", "PRAGMA")
"""Statements that open and close work; they are not counted."""


class QueryCounter:
    """``with QueryCounter(engine) as sent: …; assert sent.count <= 5, sent``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.statements: list[str] = []

    @property
    def count(self) -> int:
        """Tell how many statements were sent."""
        return len(self.statements)

    def __enter__(self) -> QueryCounter:
        self.statements.clear()
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _link: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(OURS):
            self.statements.append(statement)

    def __str__(self) -> str:
        return "\n".join((f"{self.count} statements:", *self.statements))
