"""What connections of all kinds have in common: they end, and one has to notice at once."""

from __future__ import annotations

import gevent
from gevent.event import Event
from outcome import Failure, Moved


class Line:
    def __init__(self) -> None:
        self.lost = Event()
        self.draining = False
        """Its node has announced that it leaves."""
        self.leaving = False
        """We are the ones who hang up."""

    def wait_for(self, event: Event, within: float, otherwise: str) -> None:
        """Raises Failure when the event does not come in time or the connection ends first, Moved if its node left."""
        gevent.wait([event, self.lost], timeout=within, count=1)
        if event.is_set():
            return
        if not self.lost.is_set():
            raise Failure(f"{otherwise} in time")
        if self.draining:
            raise Moved
        raise Failure(f"{otherwise}: the connection was lost")

    def leave(self) -> None:
        raise NotImplementedError
