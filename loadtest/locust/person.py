"""Somebody who chats, by whatever door they come: they talk, come and go, and notice what goes wrong."""

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
    """
    Every row of the table is named "<label>: <what>". A Failure is counted in the row where it happens and ends what
    they were doing; the next thing they do begins with a connection that is in its room again.
    """

    abstract = True
    label: str
    """As --transport and the table call them."""
    pace = 0.0
    """Seconds that each of them pauses for each of their kind, where many are too many for what they share."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.options: Any = environment.parsed_options
        # Counted for each kind, so that a room has as many users of one as of the other.
        self.number = next(_numbers[self.label])
        self.name = f"{self.label} {self.number}"
        self.rows = Rows(environment.events.request, self.label)
        self.token = ""
        self.been_here = False
        self.pause = 0.0
        # By what they are recognised by when they come back.
        self.underway: dict[str, Said] = {}
        self._door = RLock()

    @task
    def behave(self) -> None:
        self.in_room(lambda: choose(self.options.behaviour)(self))

    def wait_time(self) -> float:
        """Locust ends a pause when the user is to go; what they do is waited for."""
        pause, self.pause = self.pause or uniform(0.5, 2), 0
        crowd: float = self.options.people[self.label]
        return max(pause, uniform(0.5, 1.5) * self.pace * crowd)

    def in_room(self, deed: Callable[[], None]) -> None:
        """Or not at all. A Failure has been counted; somebody whose node has left comes again."""
        try:
            self.come()
            deed()
        except (Failure, Moved):
            pass

    def come(self) -> None:
        """Connected and in the room when this returns. Raises Failure or Moved."""
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
        """Until it is acknowledged and came back, over as many connections as it takes when nodes leave."""
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
        """None waits for the one before. Raises the first Failure."""

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
        """What was acknowledged to anyone of this process, everyone in the room has to hear before they go."""
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
        """For the first time."""
        raise NotImplementedError

    def come_back(self) -> None:
        """And miss nothing of what was said meanwhile, where the door has a memory."""
        self.enter()

    def leave(self) -> None:
        raise NotImplementedError

    def send(self, said: Said) -> None:
        """Until it is acknowledged, where there is such a thing."""
        raise NotImplementedError

    def hear_back(self, said: Said) -> None:
        raise NotImplementedError

    def set_typing(self, typing: bool) -> None:
        """Where nobody can tell, nobody is told."""

    def hear_all(self) -> None:
        raise NotImplementedError
