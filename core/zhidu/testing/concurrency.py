"""Drive real sessions against each other, so that a race has its chance and is seen."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhidu.actor import Actor
    from zhidu.db import Database, Session

PATIENCE_SECONDS = 30
"""A meeting that takes longer will not happen: the acts block each other."""

Act = Callable[["Session", Callable[[], None]], Any]
"""Gets its own session and ``meet``, which returns when every other act has called it, too."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act returned, or the error with which it ended."""

    value: Any = None
    error: BaseException | None = None

    def get(self) -> Any:
        """Give the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.value


class Meeting:
    """A place where all acts that still run wait for each other, as often as they like."""

    def __init__(self, parties: int) -> None:
        self._parties = parties
        self._waiting = 0
        self._round = 0
        self._changed = threading.Condition()

    def arrive(self) -> None:
        """Wait for the others.

        :raises TimeoutError: they do not come: most likely one waits for the other's lock.
        """
        with self._changed:
            this = self._round
            self._waiting += 1
            self._go_on()
            if not self._changed.wait_for(lambda: self._round != this, PATIENCE_SECONDS):
                raise TimeoutError("the other act never came to the meeting: a lock held it")

    def leave(self) -> None:
        """Be waited for no longer."""
        with self._changed:
            self._parties -= 1
            self._go_on()

    def _go_on(self) -> None:
        if self._waiting and self._waiting >= self._parties:
            self._waiting = 0
            self._round += 1
            self._changed.notify_all()


class Concurrently:
    """Run acts at the same time, each in a thread, with a unit of work of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, actor: Actor | Sequence[Actor], *acts: Act) -> list[Outcome]:
        """Start all acts at once and give their outcomes in the order of the acts.

        Each act runs inside ``database.write(actor)``. On SQLite, one writing session waits for
        the other: do not ``meet`` after the first statement there. The frozen clock and the
        language of the test hold in the threads, too.

        :param actor: one for all acts, or one for each.
        """
        actors = list(actor) if isinstance(actor, Sequence) else [actor] * len(acts)
        outcomes = [Outcome()] * len(acts)
        meeting = Meeting(len(acts))

        def run(place: int) -> None:
            try:
                meeting.arrive()
                with self._database.write(actors[place]) as session:
                    value = acts[place](session, meeting.arrive)
                outcomes[place] = Outcome(value)
            except BaseException as error:
                outcomes[place] = Outcome(error=error)  # the test judges it
            finally:
                meeting.leave()

        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(run, place))
            for place in range(len(acts))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes
