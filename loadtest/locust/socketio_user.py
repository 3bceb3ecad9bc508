"""Virtual users of Socket.IO, on either transport."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from connection import Connection
from errors import Failure, NodeLeft
from guest_auth import with_retries
from pending_message import PendingMessage
from room_user import RoomUser


class SocketIOUser(RoomUser):
    abstract = True
    sio: Connection | None = None
    present = False

    @property
    def connected(self) -> bool:
        return self.present and self.sio is not None and not self.sio.lost.is_set()

    def open_session(self) -> None:
        self.present = False
        self.sign_in()
        with self.stats.timed("connect") as clock:
            with_retries(self.connect, clock)
        self.join()
        self.present = True

    def disconnect(self) -> None:
        self.present = False
        if self.sio:
            self.sio.close()

    def send(self, message: PendingMessage) -> None:
        self.pending[message.client_id] = message
        fields = {"room": self.stream.room, "text": message.text, "clientId": message.client_id}
        with self.stats.timed("send→ack", since=message.at):
            self.command("message:send", fields, self.stream.acknowledge)

    def await_delivery(self, message: PendingMessage) -> None:
        assert self.sio
        self.sio.wait_for(message.delivered, self.options.delivery_timeout, "Message not delivered")

    def set_typing(self, typing: bool) -> None:
        with self.stats.timed("typing→ack"):
            self.command("typing:set", {"room": self.stream.room, "typing": typing})

    def connect(self) -> None:
        self.sio = sio = Connection(self.environment.events.request)
        sio.on("entries", self.on_entries)
        sio.on("room:stale", lambda _event: gevent.spawn(self.rejoin))
        sio.open(self.host or "", self.label, self.token, self.options.ack_timeout)
        sio.lost.rawlink(lambda _event: self.on_lost(sio))

    def join(self) -> None:
        with self.stats.timed("join"):
            self.command("room:join", self.stream.join_input(), self.begin)

    def on_entries(self, event: dict[str, Any]) -> None:
        self.stats.checked("stream", lambda: self.stream.receive(event["epoch"], event["entries"]))
        self.mark_own_delivered(event["entries"])

    def rejoin(self) -> None:
        """The node ended the stream because the client reads too slowly; the protocol requires a rejoin, without a
        loss.
        """
        try:
            self.join()
        except (Failure, NodeLeft):
            self.present = False

    def on_lost(self, sio: Connection) -> None:
        if not sio.leaving and not sio.draining:
            self.stats.report("connection", error=Failure("The connection was lost"))

    def command(self, name: str, data: dict[str, Any], on_response: Callable[[Any], None] = lambda value: None) -> None:
        assert self.sio
        self.sio.command(name, data, self.options.ack_timeout, on_response)


class WebSocketUser(SocketIOUser):
    """The label is also Engine.IO's name of the transport."""

    label = "websocket"
    weight = 2


class PollingUser(SocketIOUser):
    label = "polling"
    weight = 2
