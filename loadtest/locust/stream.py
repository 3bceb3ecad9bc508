"""What one user hears of one room, held against what the wire promises."""

from __future__ import annotations

from typing import Any, ClassVar

from outcome import Failure

Entry = dict[str, Any]
Goal = tuple[str | None, int]


class Stream:
    """In seq order, without a hole, each entry once; and of each room, how far it must go at least."""

    # By room and epoch: the highest seq that was acknowledged to a user of this process.
    acknowledged: ClassVar[dict[tuple[str, str], int]] = {}

    def __init__(self, room: str) -> None:
        self.room = room
        self.epoch: str | None = None
        self.last = 0
        self._flows = False

    def asked(self) -> dict[str, Any]:
        """The input of room:join. Until it is answered, nothing of the room may come."""
        self._flows = False
        return {"room": self.room} | ({"after": self.last, "epoch": self.epoch} if self.epoch else {})

    def begin(self, answer: dict[str, Any]) -> None:
        """With the answer to room:join, or to another request for what came after `last`. Raises Failure."""
        again, self.epoch, self._flows = self.epoch == answer["epoch"], answer["epoch"], True
        try:
            if again and not answer["truncated"]:
                self._follow(answer["entries"])
                if self.last != answer["head"] and not answer["more"]:
                    raise Failure("A hole between what the answer holds and its head")
        finally:
            self.last = answer["head"]

    def hear(self, epoch: str, entries: list[Entry]) -> None:
        """With an `entries` event. Raises Failure."""
        if not self._flows:
            raise Failure("Entries before room:join was answered")
        if epoch != self.epoch:
            raise Failure("Entries of an epoch that was not joined")
        self._follow(entries)

    def acknowledge(self, entry: Entry) -> None:
        """Everybody in the room hears this entry, sooner or later."""
        if self.epoch:
            key = (self.room, self.epoch)
            self.acknowledged[key] = max(entry["seq"], self.acknowledged.get(key, 0))

    @property
    def goal(self) -> Goal:
        """What has been acknowledged up to now."""
        return self.epoch, self.acknowledged.get((self.room, self.epoch or ""), 0)

    def reached(self, goal: Goal) -> bool:
        epoch, seq = goal
        return epoch != self.epoch or self.last >= seq

    def _follow(self, entries: list[Entry]) -> None:
        for entry in entries:
            expected, self.last = self.last + 1, max(self.last, entry["seq"])
            if entry["seq"] > expected:
                raise Failure("A hole in the room")
            if entry["seq"] < expected:
                raise Failure("An entry twice, or out of order")
