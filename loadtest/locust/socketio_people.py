"""Virtual users of Socket.IO, on either transport."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from connection import Connection
from guest import patiently
from outcome import Failure, Moved
from room_people import RoomPerson
from said import Said


class SocketIOPerson(RoomPerson):
    abstract = True
    sio: Connection | None = None
    present = False

    @property
    def here(self) -> bool:
        return self.present and self.sio is not None and not self.sio.lost.is_set()

    def enter(self) -> None:
        self.present = False
        self.come_as_guest()
        with self.rows.timed("connect") as clock:
            patiently(self.connect, clock)
        self.join()
        self.present = True

    def leave(self) -> None:
        self.present = False
        if self.sio:
            self.sio.leave()

    def send(self, said: Said) -> None:
        self.underway[said.client_id] = said
        message = {"room": self.stream.room, "text": said.text, "clientId": said.client_id}
        with self.rows.timed("send→ack", since=said.at):
            self.command("message:send", message, self.stream.acknowledge)

    def hear_back(self, said: Said) -> None:
        assert self.sio
        self.sio.wait_for(said.delivered, self.options.delivery_timeout, "The message not delivered")

    def set_typing(self, typing: bool) -> None:
        with self.rows.timed("typing→ack"):
            self.command("typing:set", {"room": self.stream.room, "typing": typing})

    def connect(self) -> None:
        self.sio = sio = Connection(self.environment.events.request)
        sio.on("entries", self.on_entries)
        sio.on("room:stale", lambda _event: gevent.spawn(self.rejoin))
        sio.open(self.host or "", self.label, self.token, self.options.ack_timeout)
        sio.lost.rawlink(lambda _event: self.on_lost(sio))

    def join(self) -> None:
        with self.rows.timed("join"):
            self.command("room:join", self.stream.asked(), self.begin)

    def on_entries(self, event: dict[str, Any]) -> None:
        self.rows.checked("stream", lambda: self.stream.hear(event["epoch"], event["entries"]))
        self.look_for_own(event["entries"])

    def rejoin(self) -> None:
        """The node ended the stream because the client reads too slowly; the protocol requires a rejoin, without a
        loss.
        """
        try:
            self.join()
        except (Failure, Moved):
            self.present = False

    def on_lost(self, sio: Connection) -> None:
        if not sio.leaving and not sio.draining:
            self.rows.report("connection", error=Failure("The connection was lost"))

    def command(self, name: str, data: dict[str, Any], answered: Callable[[Any], None] = lambda value: None) -> None:
        assert self.sio
        self.sio.command(name, data, self.options.ack_timeout, answered)


class WebSocketUser(SocketIOPerson):
    """The label is also Engine.IO's name of the transport."""

    label = "websocket"
    weight = 2


class PollingUser(SocketIOPerson):
    label = "polling"
    weight = 2
