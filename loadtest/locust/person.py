"""Base class of all virtual users: sends, disconnects and reconnects, and detects failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from random import uniform
from typing import Any

import gevent
from behaviours import choose
from gevent.lock import RLock
from guest import become_guest, patiently
from locust import User, task
from locust.env import Environment
from outcome import Failure, Moved
from rows import Rows
from said import Said

_numbers: defaultdict[str, Iterator[int]] = defaultdict(count)


class Person(User):
    """Rows of the table are named "<label>: <what>". A Failure is counted in the row where it occurs and ends the
    current behaviour; the next one starts with a connection that has joined its room.
    """

    abstract = True
    label: str
    """Name in --transport and in the table."""
    pace = 0.0
    """Pause per user of the same class in seconds, where they share a limited resource."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.options: Any = environment.parsed_options
        # Numbered per class, so that each room has the same number of users of each class.
        self.number = next(_numbers[self.label])
        self.name = f"{self.label} {self.number}"
        self.rows = Rows(environment.events.request, self.label)
        self.token = ""
        self.been_here = False
        self.pause = 0.0
        # Pending messages by the key under which they return.
        self.underway: dict[str, Said] = {}
        self._door = RLock()

    @task
    def behave(self) -> None:
        self.in_room(lambda: choose(self.options.behaviour)(self))

    def wait_time(self) -> float:
        """Locust interrupts a pause when the user stops, but waits for a running behaviour."""
        pause, self.pause = self.pause or uniform(0.5, 2), 0
        crowd: float = self.options.people[self.label]
        return max(pause, uniform(0.5, 1.5) * self.pace * crowd)

    def in_room(self, deed: Callable[[], None]) -> None:
        """Runs `action` in the room, or not at all. A Failure has been counted already; a user whose node has shut
        down reconnects later.
        """
        try:
            self.come()
            deed()
        except (Failure, Moved):
            pass

    def come(self) -> None:
        """Returns when connected and joined. Raises Failure or Moved."""
        with self._door:
            if self.here:
                return
            if self.been_here:
                with self.rows.timed("back"):
                    self.come_back()
            else:
                self.enter()
                self.been_here = True

    def come_as_guest(self) -> None:
        if self.token:
            return
        with self.rows.timed("guest") as clock:
            within = self.options.ack_timeout
            self.token = patiently(lambda: become_guest(self.host or "", self.name, within), clock)

    def says(self, text: str) -> None:
        """Waits for acknowledgement and delivery, over as many connections as needed when nodes shut down."""
        said = Said(text)
        try:
            while True:
                try:
                    self.come()
                    self.send(said)
                    with self.rows.timed("send→delivery", since=said.at) as clock:
                        self.hear_back(said)
                        clock.stop(said.delivered_at)
                    return
                except Moved:
                    continue
        finally:
            for key in [key for key, other in self.underway.items() if other is said]:
                del self.underway[key]

    def says_at_once(self, texts: list[str]) -> None:
        """Sends concurrently. Raises the first Failure."""

        def outcome(text: str) -> Failure | None:
            try:
                self.says(text)
            except Failure as failure:
                return failure
            return None

        saying = [gevent.spawn(outcome, text) for text in texts]
        try:
            gevent.joinall(saying)
        finally:
            gevent.killall(saying, block=False)
        for failure in filter(None, (each.value for each in saying)):
            raise failure

    def types(self) -> None:
        self.set_typing(True)
        gevent.sleep(uniform(0.2, 1))

    def on_stop(self) -> None:
        """Before stopping, waits for all messages acknowledged to any user of this process."""
        if not self.been_here:
            return
        try:
            self.in_room(self.hear_out)
        finally:
            self.leave()

    def hear_out(self) -> None:
        with self.rows.timed("all heard"):
            self.hear_all()

    def delivered(self, key: str) -> None:
        if said := self.underway.get(key):
            said.deliver()

    @property
    def here(self) -> bool:
        raise NotImplementedError

    def enter(self) -> None:
        """Joins for the first time."""
        raise NotImplementedError

    def come_back(self) -> None:
        """Rejoins without missing entries, where the API has a log."""
        self.enter()

    def leave(self) -> None:
        raise NotImplementedError

    def send(self, said: Said) -> None:
        """Sends until acknowledged, where the API has acknowledgements."""
        raise NotImplementedError

    def hear_back(self, said: Said) -> None:
        raise NotImplementedError

    def set_typing(self, typing: bool) -> None:
        """No effect in APIs without typing indicators."""

    def hear_all(self) -> None:
        raise NotImplementedError
