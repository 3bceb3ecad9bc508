"""Common base of connections: detects their end immediately."""

from __future__ import annotations

import gevent
from errors import Failure, NodeLeft
from gevent.event import Event


class BaseConnection:
    def __init__(self) -> None:
        self.lost = Event()
        self.draining = False
        """The node has announced its shutdown."""
        self.leaving = False
        """The client closes the connection."""

    def wait_for(self, event: Event, within: float, otherwise: str) -> None:
        """Raises Failure if the event does not occur in time or the connection ends first, NodeLeft if its node has shut
        down.
        """
        gevent.wait([event, self.lost], timeout=within, count=1)
        if event.is_set():
            return
        if not self.lost.is_set():
            raise Failure(f"{otherwise} in time")
        if self.draining:
            raise NodeLeft
        raise Failure(f"{otherwise}: the connection was lost")

    def close(self) -> None:
        raise NotImplementedError
