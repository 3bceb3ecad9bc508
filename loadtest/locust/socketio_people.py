"""Somebody who chats: comes as a guest, joins a room, types and talks, and notices what goes wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from random import uniform
from time import monotonic, perf_counter
from typing import Any
from uuid import uuid4

import gevent
from connection import Connection
from gevent.event import Event
from guest import become_guest, patiently
from locust import between
from locust.contrib.socketio import SocketIOUser
from locust.env import Environment
from outcome import Failure, Moved
from rows import Rows
from stream import Entry, Stream

_numbers: defaultdict[str, Iterator[int]] = defaultdict(count)


class Said:
    """A message on its way; its clientId stays the same however often it is sent."""

    def __init__(self, room: str, text: str) -> None:
        self.input = {"room": room, "text": text, "clientId": uuid4().hex}
        self.at = perf_counter()
        self.delivered = Event()
        self.delivered_at = 0.0


class HubbubUser(SocketIOUser):
    """
    Every row of the table is named "<label>: <what>". A Failure is counted in the row where it happens and ends the
    task; the next task begins with a connection that is in its room again.
    """

    abstract = True
    wait_time = between(0.5, 2)
    # For the client that the parent makes and that is never connected; each connection of ours is one of its own.
    options: dict[str, Any] = {"handle_sigint": False}
    sio: Connection

    transport: str
    """As Engine.IO calls it."""
    label: str
    """As the table calls it."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        options: Any = environment.parsed_options
        self.ack_timeout: float = options.ack_timeout
        self.delivery_timeout: float = options.delivery_timeout
        number = next(_numbers[self.label])
        self.name = f"{self.label} {number}"
        # Counted for each transport, so that a room has as many users of one as of the other.
        self.stream = Stream(f"load-{number % options.rooms}")
        self.rows = Rows(environment.events.request, self.label)
        self.token = ""
        self.present = False
        self.saying: Said | None = None

    @contextmanager
    def in_room(self) -> Iterator[None]:
        """Around each task."""
        try:
            self.come()
            yield
        except Failure:
            pass
        except Moved:
            self.present = False

    def types(self) -> None:
        self.set_typing(True)
        gevent.sleep(uniform(0.2, 1))

    def set_typing(self, typing: bool) -> None:
        with self.rows.timed("typing→ack"):
            self.command("typing:set", {"room": self.stream.room, "typing": typing})

    def says(self, text: str) -> None:
        """Until it is acknowledged and came back, over as many connections as it takes when nodes leave."""
        self.saying = said = Said(self.stream.room, text)
        while True:
            try:
                self.come()
                with self.rows.timed("send→ack", since=said.at):
                    self.command("message:send", said.input, self.stream.acknowledge)
                return self.hear_back(said)
            except Moved:
                self.present = False

    def hear_back(self, said: Said) -> None:
        with self.rows.timed("send→delivery", since=said.at) as clock:
            self.sio.wait_for(said.delivered, self.delivery_timeout, "The message not delivered")
            clock.stop(said.delivered_at)

    def come(self) -> None:
        """Connected and in the room when this returns."""
        if self.present and not self.sio.lost.is_set():
            return
        self.present = False
        if not self.token:
            with self.rows.timed("guest") as clock:
                self.token = patiently(lambda: become_guest(self.host or "", self.name), clock)
        with self.rows.timed("connect") as clock:
            patiently(self.connect, clock)
        self.join()
        self.present = True

    def connect(self) -> None:
        self.sio = sio = Connection(self.environment.events.request)
        sio.on("entries", self.on_entries)
        sio.on("room:stale", self.on_stale)
        sio.open(self.host or "", self.transport, self.token, self.ack_timeout)
        sio.lost.rawlink(lambda _event: self.on_lost(sio))

    def join(self) -> None:
        with self.rows.timed("join"):
            self.command("room:join", self.stream.asked(), self.on_joined)

    def on_stop(self) -> None:
        """What was acknowledged to anyone of this process, everyone in the room has to hear before they go."""
        if not self.present:
            return
        try:
            with self.in_room(), self.rows.timed("all heard"):
                self.hear_all()
        finally:
            self.sio.leave()

    def hear_all(self) -> None:
        deadline = monotonic() + self.delivery_timeout
        while not self.stream.complete:
            if monotonic() > deadline:
                raise Failure("Messages of others not delivered in time")
            gevent.sleep(0.05)
            self.come()

    def on_joined(self, answer: dict[str, Any]) -> None:
        self.rows.checked("stream", lambda: self.stream.begin(answer))
        self.look_for_own(answer["entries"])

    def on_entries(self, event: dict[str, Any]) -> None:
        self.rows.checked("stream", lambda: self.stream.hear(event["epoch"], event["entries"]))
        self.look_for_own(event["entries"])

    def on_stale(self, _event: dict[str, Any]) -> None:
        """The node has given up on us as a reader; the wire says to join again, and to miss nothing."""
        try:
            self.join()
        except (Failure, Moved):
            self.present = False

    def on_lost(self, sio: Connection) -> None:
        if not sio.leaving and not sio.draining:
            self.rows.report("connection", error=Failure("The connection was lost"))

    def look_for_own(self, entries: list[Entry]) -> None:
        said = self.saying
        if said and any(entry.get("clientId") == said.input["clientId"] for entry in entries):
            said.delivered_at = perf_counter()
            said.delivered.set()

    def command(self, name: str, data: dict[str, Any], answered: Callable[[Any], None] = lambda value: None) -> None:
        self.sio.command(name, data, self.ack_timeout, answered)
