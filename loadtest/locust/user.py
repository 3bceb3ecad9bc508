"""Base class of all virtual users: sends, disconnects and reconnects, and detects failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from random import uniform
from typing import Any

import gevent
from behaviours import choose
from errors import Failure, NodeLeft
from gevent.lock import RLock
from guest_auth import create_guest, with_retries
from locust import User, task
from locust.env import Environment
from pending_message import PendingMessage
from request_stats import RequestStats

_counters: defaultdict[str, Iterator[int]] = defaultdict(count)


class ChatUser(User):
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
        self.number = next(_counters[self.label])
        self.name = f"{self.label} {self.number}"
        self.stats = RequestStats(environment.events.request, self.label)
        self.token = ""
        self.joined_before = False
        self.pause = 0.0
        # Pending messages by the key under which they return.
        self.pending: dict[str, PendingMessage] = {}
        self._connect_lock = RLock()

    @task
    def behave(self) -> None:
        self.run_connected(lambda: choose(self.options.behaviour)(self))

    def wait_time(self) -> float:
        """Locust interrupts a pause when the user stops, but waits for a running behaviour."""
        pause, self.pause = self.pause or uniform(0.5, 2), 0
        class_size: float = self.options.users_by_label[self.label]
        return max(pause, uniform(0.5, 1.5) * self.pace * class_size)

    def run_connected(self, action: Callable[[], None]) -> None:
        """Runs `action` in the room, or not at all. A Failure has been counted already; a user whose node has shut
        down reconnects later.
        """
        try:
            self.ensure_connected()
            action()
        except (Failure, NodeLeft):
            pass

    def ensure_connected(self) -> None:
        """Returns when connected and joined. Raises Failure or NodeLeft."""
        with self._connect_lock:
            if self.connected:
                return
            if self.joined_before:
                with self.stats.timed("back"):
                    self.resume()
            else:
                self.open_session()
                self.joined_before = True

    def sign_in(self) -> None:
        if self.token:
            return
        with self.stats.timed("guest") as clock:
            within = self.options.ack_timeout
            self.token = with_retries(lambda: create_guest(self.host or "", self.name, within), clock)

    def send_message(self, text: str) -> None:
        """Waits for acknowledgement and delivery, over as many connections as needed when nodes shut down."""
        message = PendingMessage(text)
        try:
            while True:
                try:
                    self.ensure_connected()
                    self.send(message)
                    with self.stats.timed("send→delivery", since=message.at) as clock:
                        self.await_delivery(message)
                        clock.stop(message.delivered_at)
                    return
                except NodeLeft:
                    continue
        finally:
            for key in [key for key, other in self.pending.items() if other is message]:
                del self.pending[key]

    def send_burst(self, texts: list[str]) -> None:
        """Sends concurrently. Raises the first Failure."""

        def send_one(text: str) -> Failure | None:
            try:
                self.send_message(text)
            except Failure as failure:
                return failure
            return None

        sends = [gevent.spawn(send_one, text) for text in texts]
        try:
            gevent.joinall(sends)
        finally:
            gevent.killall(sends, block=False)
        for failure in filter(None, (each.value for each in sends)):
            raise failure

    def simulate_typing(self) -> None:
        self.set_typing(True)
        gevent.sleep(uniform(0.2, 1))

    def on_stop(self) -> None:
        """Before stopping, waits for all messages acknowledged to any user of this process."""
        if not self.joined_before:
            return
        try:
            self.run_connected(self.await_all_entries)
        finally:
            self.disconnect()

    def await_all_entries(self) -> None:
        with self.stats.timed("all received"):
            self.receive_all()

    def mark_delivered(self, key: str) -> None:
        if message := self.pending.get(key):
            message.deliver()

    @property
    def connected(self) -> bool:
        raise NotImplementedError

    def open_session(self) -> None:
        """Joins for the first time."""
        raise NotImplementedError

    def resume(self) -> None:
        """Rejoins without missing entries, where the API has a log."""
        self.open_session()

    def disconnect(self) -> None:
        raise NotImplementedError

    def send(self, message: PendingMessage) -> None:
        """Sends until acknowledged, where the API has acknowledgements."""
        raise NotImplementedError

    def await_delivery(self, message: PendingMessage) -> None:
        raise NotImplementedError

    def set_typing(self, typing: bool) -> None:
        """No effect in APIs without typing indicators."""

    def receive_all(self) -> None:
        raise NotImplementedError
