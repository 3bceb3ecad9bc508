"""Virtual users of plain WebSocket: all in the lobby, without acknowledgements or a log."""

from __future__ import annotations

from time import monotonic

import gevent
from errors import Failure
from guest_auth import with_retries
from locust.env import Environment
from pending_message import PendingMessage
from sender_sequences import SenderSequences
from text_connection import TextConnection
from user import ChatUser

# Every message goes to all users, so the sending rate per user falls with their number.
LOBBY_PER_SECOND = 10


class TextUser(ChatUser):
    label = "ws"
    pace = 1 / LOBBY_PER_SECOND

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.connection: TextConnection | None = None
        self.sequences = SenderSequences()

    @property
    def connected(self) -> bool:
        return self.connection is not None and not self.connection.lost.is_set()

    def open_session(self) -> None:
        with self.stats.timed("connect") as clock:
            with_retries(self.connect, clock)

    def disconnect(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None

    def connect(self) -> None:
        self.sequences = sequences = SenderSequences()
        self.connection = connection = TextConnection(
            self.host or "", self.options.ack_timeout, lambda text: self.receive(sequences, text)
        )
        connection.lost.rawlink(lambda _event: self.on_lost(connection))

    def send(self, message: PendingMessage) -> None:
        """Uses a new number on each connection, because it is unknown whether the last message arrived."""
        assert self.connection
        prefix = self.sequences.next_prefix()
        self.pending[prefix] = message
        try:
            self.connection.send(f"{prefix} {message.text}")
        except Failure as failure:
            self.stats.report("send→delivery", error=failure)
            raise

    def await_delivery(self, message: PendingMessage) -> None:
        assert self.connection
        self.connection.wait_for(message.delivered, self.options.delivery_timeout, "Message not delivered")

    def receive(self, sequences: SenderSequences, text: str) -> None:
        self.stats.checked("stream", lambda: self.mark_delivered(sequences.receive(text) or ""))

    def receive_all(self) -> None:
        goal = self.sequences.goal
        sequences = self.sequences
        deadline = monotonic() + self.options.delivery_timeout
        while self.sequences is sequences and not sequences.reached(goal):
            if monotonic() > deadline:
                raise Failure("Messages of others not delivered in time")
            gevent.sleep(0.05)
            self.ensure_connected()

    def on_lost(self, connection: TextConnection) -> None:
        if not connection.leaving and not connection.draining:
            self.stats.report("connection", error=Failure("The connection was lost"))
