"""Virtual users of plain WebSocket: all in the lobby, without acknowledgements or a log."""

from __future__ import annotations

from time import monotonic

import gevent
from guest import patiently
from locust.env import Environment
from outcome import Failure
from person import Person
from said import Said
from text_line import TextLine
from voices import Voices

# Every message goes to all users, so the sending rate per user falls with their number.
LOBBY_PER_SECOND = 10


class TextUser(Person):
    label = "ws"
    pace = 1 / LOBBY_PER_SECOND

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.line: TextLine | None = None
        self.voices = Voices()

    @property
    def here(self) -> bool:
        return self.line is not None and not self.line.lost.is_set()

    def enter(self) -> None:
        with self.rows.timed("connect") as clock:
            patiently(self.connect, clock)

    def leave(self) -> None:
        if self.line:
            self.line.leave()
            self.line = None

    def connect(self) -> None:
        self.voices = voices = Voices()
        self.line = line = TextLine(self.host or "", self.options.ack_timeout, lambda text: self.hear(voices, text))
        line.lost.rawlink(lambda _event: self.on_lost(line))

    def send(self, said: Said) -> None:
        """Uses a new number on each connection, because it is unknown whether the last message arrived."""
        assert self.line
        number = self.voices.number()
        self.underway[number] = said
        try:
            self.line.send(f"{number} {said.text}")
        except Failure as failure:
            self.rows.report("send→delivery", error=failure)
            raise

    def hear_back(self, said: Said) -> None:
        assert self.line
        self.line.wait_for(said.delivered, self.options.delivery_timeout, "The message not delivered")

    def hear(self, voices: Voices, text: str) -> None:
        self.rows.checked("stream", lambda: self.delivered(voices.hear(text) or ""))

    def hear_all(self) -> None:
        goal = self.voices.goal
        voices = self.voices
        deadline = monotonic() + self.options.delivery_timeout
        while self.voices is voices and not voices.reached(goal):
            if monotonic() > deadline:
                raise Failure("Messages of others not delivered in time")
            gevent.sleep(0.05)
            self.come()

    def on_lost(self, line: TextLine) -> None:
        if not line.leaving and not line.draining:
            self.rows.report("connection", error=Failure("The connection was lost"))
