"""Checks received messages in a room without seq: every sender numbers its own messages."""

from __future__ import annotations

import re
from typing import ClassVar
from uuid import uuid4

from errors import Failure

_NUMBERED = re.compile(r"(?P<sender>load-[0-9a-f]{12})/(?P<number>\d+) ")


class SenderSequences:
    """Numbers sent messages and checks received ones of a connection. From the first received frame, which proves
    that the connection is in the room, messages of each sender must arrive in order, without gaps, each once.
    """

    # For the users of this process, by sender: the number of the last message sent, and of the last one that
    # returned.
    sent: ClassVar[dict[str, int]] = {}
    returned: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        self.sender_id = f"load-{uuid4().hex[:12]}"
        self._received: dict[str, int] = {}
        self._sent_before_open: dict[str, int] | None = None

    def next_prefix(self) -> str:
        """The prefix of the next message, before a space."""
        self.sent[self.sender_id] = self.sent.get(self.sender_id, 0) + 1
        return f"{self.sender_id}/{self.sent[self.sender_id]}"

    def receive(self, text: str) -> str | None:
        """Returns the number of the message if this connection sent it. Raises Failure."""
        found = _NUMBERED.match(text)
        if self._sent_before_open is None:
            self._sent_before_open = dict(self.sent)
        if not found:
            return None
        sender, number = found["sender"], int(found["number"])
        if sender == self.sender_id:
            self.returned[sender] = number
        self._follow(sender, number)
        return found[0][:-1] if sender == self.sender_id else None

    @property
    def goal(self) -> dict[str, int]:
        """The last message of each sender that has returned to it so far."""
        return dict(self.returned)

    def reached(self, goal: dict[str, int]) -> bool:
        """True before the first frame, since the connection may not be in the room yet."""
        if self._sent_before_open is None:
            return True
        return all(
            self._received.get(sender, 0) >= number
            for sender, number in goal.items()
            if number > self._sent_before_open.get(sender, 0)
        )

    def _follow(self, sender: str, number: int) -> None:
        assert self._sent_before_open is not None
        is_first = sender not in self._received
        expected = self._received.get(sender, self._sent_before_open.get(sender, 0)) + 1
        self._received[sender] = max(number, self._received.get(sender, 0))
        # Messages in flight during connecting may arrive or not; earlier messages of other processes are unknown.
        if is_first and (number < expected or sender not in self.sent):
            return
        if number > expected:
            raise Failure("Gap in the messages of a sender")
        if number < expected:
            raise Failure("Duplicate or out-of-order message")
