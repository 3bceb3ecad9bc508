"""Virtual users in a room with a numbered log."""

from __future__ import annotations

from time import monotonic
from typing import Any

import gevent
from errors import Failure
from locust.env import Environment
from stream import Entry, Stream
from user import ChatUser


class RoomUser(ChatUser):
    """Tracks received entries and detects missing ones."""

    abstract = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.stream = Stream(f"load-{self.number % self.options.rooms_now}")

    def resume(self) -> None:
        goal = self.stream.goal
        self.open_session()
        if not self.stream.reached(goal):
            raise Failure("Entries are missing after a reconnect")

    def receive_all(self) -> None:
        goal = self.stream.goal
        deadline = monotonic() + self.options.delivery_timeout
        while not self.stream.reached(goal):
            if monotonic() > deadline:
                raise Failure("Messages of others not delivered in time")
            gevent.sleep(0.05)
            self.ensure_connected()

    def begin(self, answer: dict[str, Any]) -> None:
        self.stats.checked("stream", lambda: self.stream.begin(answer))
        self.mark_own_delivered(answer["entries"])

    def mark_own_delivered(self, entries: list[Entry]) -> None:
        for entry in entries:
            self.mark_delivered(entry.get("clientId", ""))
