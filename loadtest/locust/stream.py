"""Checks one user's entries of one room against the protocol."""

from __future__ import annotations

from typing import Any, ClassVar

from errors import Failure

Entry = dict[str, Any]
Goal = tuple[str | None, int]


class Stream:
    """Entries are in seq order, without gaps, each once; and every acknowledged entry arrives."""

    # By room and epoch: the highest seq acknowledged to a user of this process.
    acknowledged: ClassVar[dict[tuple[str, str], int]] = {}

    def __init__(self, room: str) -> None:
        self.room = room
        self.epoch: str | None = None
        self.last = 0
        self._joined = False

    def join_input(self) -> dict[str, Any]:
        """The input of room:join. Until its response, no entries of the room may arrive."""
        self._joined = False
        return {"room": self.room} | ({"after": self.last, "epoch": self.epoch} if self.epoch else {})

    def begin(self, answer: dict[str, Any]) -> None:
        """Processes the response to room:join or to another request for entries after `last`. Raises Failure."""
        again, self.epoch, self._joined = self.epoch == answer["epoch"], answer["epoch"], True
        try:
            if again and not answer["truncated"]:
                self._follow(answer["entries"])
                if self.last != answer["head"] and not answer["more"]:
                    raise Failure("Gap between the entries of the response and its head")
        finally:
            self.last = answer["head"]

    def receive(self, epoch: str, entries: list[Entry]) -> None:
        """Processes an `entries` event. Raises Failure."""
        if not self._joined:
            raise Failure("Entries before the response to room:join")
        if epoch != self.epoch:
            raise Failure("Entries of an epoch that was not joined")
        self._follow(entries)

    def acknowledge(self, entry: Entry) -> None:
        """All members of the room must receive this entry eventually."""
        if self.epoch:
            key = (self.room, self.epoch)
            self.acknowledged[key] = max(entry["seq"], self.acknowledged.get(key, 0))

    @property
    def goal(self) -> Goal:
        """The highest seq acknowledged so far."""
        return self.epoch, self.acknowledged.get((self.room, self.epoch or ""), 0)

    def reached(self, goal: Goal) -> bool:
        epoch, seq = goal
        return epoch != self.epoch or self.last >= seq

    def _follow(self, entries: list[Entry]) -> None:
        for entry in entries:
            expected, self.last = self.last + 1, max(self.last, entry["seq"])
            if entry["seq"] > expected:
                raise Failure("Gap in the room")
            if entry["seq"] < expected:
                raise Failure("Duplicate or out-of-order entry")
