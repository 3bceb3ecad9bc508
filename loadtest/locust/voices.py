"""Checks received messages in a room without seq: every sender numbers its own messages."""

from __future__ import annotations

import re
from typing import ClassVar
from uuid import uuid4

from outcome import Failure

_NUMBERED = re.compile(r"(?P<voice>load-[0-9a-f]{12})/(?P<number>\d+) ")


class Voices:
    """Numbers sent messages and checks received ones of a connection. From the first received frame, which proves
    that the connection is in the room, messages of each sender must arrive in order, without gaps, each once.
    """

    # For the users of this process, by sender: the number of the last message sent, and of the last one that
    # returned.
    said: ClassVar[dict[str, int]] = {}
    came_back: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        self.own = f"load-{uuid4().hex[:12]}"
        self._heard: dict[str, int] = {}
        self._before: dict[str, int] | None = None

    def number(self) -> str:
        """The prefix of the next message, before a space."""
        self.said[self.own] = self.said.get(self.own, 0) + 1
        return f"{self.own}/{self.said[self.own]}"

    def hear(self, text: str) -> str | None:
        """Returns the number of the message if this connection sent it. Raises Failure."""
        found = _NUMBERED.match(text)
        if self._before is None:
            self._before = dict(self.said)
        if not found:
            return None
        voice, number = found["voice"], int(found["number"])
        if voice == self.own:
            self.came_back[voice] = number
        self._follow(voice, number)
        return found[0][:-1] if voice == self.own else None

    @property
    def goal(self) -> dict[str, int]:
        """The last message of each sender that has returned to it so far."""
        return dict(self.came_back)

    def reached(self, goal: dict[str, int]) -> bool:
        """True before the first frame, since the connection may not be in the room yet."""
        if self._before is None:
            return True
        return all(
            self._heard.get(voice, 0) >= number for voice, number in goal.items() if number > self._before.get(voice, 0)
        )

    def _follow(self, voice: str, number: int) -> None:
        assert self._before is not None
        first = voice not in self._heard
        expected = self._heard.get(voice, self._before.get(voice, 0)) + 1
        self._heard[voice] = max(number, self._heard.get(voice, 0))
        # Messages in flight during connecting may arrive or not; earlier messages of other processes are unknown.
        if first and (number < expected or voice not in self.said):
            return
        if number > expected:
            raise Failure("A hole in what somebody said")
        if number < expected:
            raise Failure("A message twice, or out of order")
