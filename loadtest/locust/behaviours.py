"""Behaviours of chat users."""

from __future__ import annotations

from collections.abc import Callable
from random import choice, choices, randint, uniform

from actor import Actor

Behaviour = Callable[[Actor], None]

LINES = ("Hello!", "Who is on polling today?", "Brb, coffee.", "I read that in order.", "Does anyone hear me? 👋")
# A message holds 4,000 characters; TextUser adds a number in front.
LONG_CHARS = (1_000, 3_900)
BURST_LINES = (3, 6)
IDLE_S = (3, 10)
AWAY_S = (2, 6)


def talk(person: Actor) -> None:
    person.types()
    person.says(choice(LINES))
    person.set_typing(False)


def typing(person: Actor) -> None:
    """Types without sending."""
    person.types()
    person.set_typing(False)


def idle(person: Actor) -> None:
    """Only receives. A lost connection is counted by the user itself."""
    person.pause = uniform(*IDLE_S)


def burst(person: Actor) -> None:
    person.says_at_once([choice(LINES) for _ in range(randint(*BURST_LINES))])


def long(person: Actor) -> None:
    person.types()
    length = randint(*LONG_CHARS)
    text = " ".join(choices(LINES, k=length // 8))
    person.says(text[:length].strip())
    person.set_typing(False)


def away(person: Actor) -> None:
    """Disconnects; before its next behaviour the user reconnects and checks the entries it missed."""
    person.leave()
    person.pause = uniform(*AWAY_S)


_WAYS: dict[str, dict[Behaviour, int]] = {
    "people": {talk: 6, idle: 3, typing: 2, burst: 1, long: 1, away: 1},
    "talk": {talk: 1},
    "idle": {idle: 1},
    "typing": {typing: 1},
    "burst": {burst: 1},
    "long": {long: 1},
    "away": {talk: 1, away: 1},
}
BEHAVIOURS = tuple(_WAYS)
SILENT = ("idle", "typing")


def choose(behaviour: str) -> Behaviour:
    ways = _WAYS[behaviour]
    return choices(list(ways), weights=list(ways.values()))[0]
