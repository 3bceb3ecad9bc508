"""What is heard in a room without numbers: everyone who speaks numbers their own messages."""

from __future__ import annotations

import re
from typing import ClassVar
from uuid import uuid4

from outcome import Failure

_NUMBERED = re.compile(r"(?P<voice>load-[0-9a-f]{12})/(?P<number>\d+) ")


class Voices:
    """
    One connection's ear and voice. From the first frame on, which shows that one is in the room, each voice has to be
    heard in order, without a hole, each message once.
    """

    # Of the people of this process, by voice: the number of the newest message said, and of the newest that came back.
    said: ClassVar[dict[str, int]] = {}
    came_back: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        self.own = f"load-{uuid4().hex[:12]}"
        self._heard: dict[str, int] = {}
        self._before: dict[str, int] | None = None

    def number(self) -> str:
        """Of the next message; it begins with this and a space."""
        self.said[self.own] = self.said.get(self.own, 0) + 1
        return f"{self.own}/{self.said[self.own]}"

    def hear(self, text: str) -> str | None:
        """The number of the message if it is ours. Raises Failure."""
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
        """What has come back to those who said it, up to now."""
        return dict(self.came_back)

    def reached(self, goal: dict[str, int]) -> bool:
        """Who has heard nothing yet was not in the room for certain."""
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
        # What was under way when we came may be heard or not; of people elsewhere we do not know what they had said.
        if first and (number < expected or voice not in self.said):
            return
        if number > expected:
            raise Failure("A hole in what somebody said")
        if number < expected:
            raise Failure("A message twice, or out of order")
