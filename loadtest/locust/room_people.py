"""Virtual users in a room with a numbered log."""

from __future__ import annotations

from time import monotonic
from typing import Any

import gevent
from locust.env import Environment
from outcome import Failure
from person import Person
from stream import Entry, Stream


class RoomPerson(Person):
    """Tracks received entries and detects missing ones."""

    abstract = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.stream = Stream(f"load-{self.number % self.options.rooms_now}")

    def come_back(self) -> None:
        goal = self.stream.goal
        self.enter()
        if not self.stream.reached(goal):
            raise Failure("What was said meanwhile is missing")

    def hear_all(self) -> None:
        goal = self.stream.goal
        deadline = monotonic() + self.options.delivery_timeout
        while not self.stream.reached(goal):
            if monotonic() > deadline:
                raise Failure("Messages of others not delivered in time")
            gevent.sleep(0.05)
            self.come()

    def begin(self, answer: dict[str, Any]) -> None:
        self.rows.checked("stream", lambda: self.stream.begin(answer))
        self.look_for_own(answer["entries"])

    def look_for_own(self, entries: list[Entry]) -> None:
        for entry in entries:
            self.delivered(entry.get("clientId", ""))
