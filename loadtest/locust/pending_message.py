"""A message being sent."""

from __future__ import annotations

from time import perf_counter
from uuid import uuid4

from gevent.event import Event


class PendingMessage:
    """A message with a clientId that stays the same for all retries."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.client_id = uuid4().hex
        self.at = perf_counter()
        self.delivered = Event()
        self.delivered_at = 0.0

    def deliver(self) -> None:
        if not self.delivered.is_set():
            self.delivered_at = perf_counter()
            self.delivered.set()
