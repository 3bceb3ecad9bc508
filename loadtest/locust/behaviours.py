"""Behaviours of chat users."""

from __future__ import annotations

from collections.abc import Callable
from random import choice, choices, randint, uniform

from actor import Actor

Behaviour = Callable[[Actor], None]

MESSAGES = ("Hello!", "Who is on polling today?", "Brb, coffee.", "I read that in order.", "Does anyone hear me? 👋")
# A message holds 4,000 characters; TextUser adds a number in front.
LONG_MESSAGE_CHARS = (1_000, 3_900)
BURST_MESSAGES = (3, 6)
IDLE_S = (3, 10)
AWAY_S = (2, 6)


def talk(user: Actor) -> None:
    user.simulate_typing()
    user.send_message(choice(MESSAGES))
    user.set_typing(False)


def typing(user: Actor) -> None:
    """Types without sending."""
    user.simulate_typing()
    user.set_typing(False)


def idle(user: Actor) -> None:
    """Only receives. A lost connection is counted by the user itself."""
    user.pause = uniform(*IDLE_S)


def burst(user: Actor) -> None:
    user.send_burst([choice(MESSAGES) for _ in range(randint(*BURST_MESSAGES))])


def long(user: Actor) -> None:
    user.simulate_typing()
    length = randint(*LONG_MESSAGE_CHARS)
    text = " ".join(choices(MESSAGES, k=length // 8))
    user.send_message(text[:length].strip())
    user.set_typing(False)


def away(user: Actor) -> None:
    """Disconnects; before its next behaviour the user reconnects and checks the entries it missed."""
    user.disconnect()
    user.pause = uniform(*AWAY_S)


_WEIGHTS: dict[str, dict[Behaviour, int]] = {
    "people": {talk: 6, idle: 3, typing: 2, burst: 1, long: 1, away: 1},
    "talk": {talk: 1},
    "idle": {idle: 1},
    "typing": {typing: 1},
    "burst": {burst: 1},
    "long": {long: 1},
    "away": {talk: 1, away: 1},
}
BEHAVIOURS = tuple(_WEIGHTS)
SILENT = ("idle", "typing")


def choose(behaviour: str) -> Behaviour:
    weights = _WEIGHTS[behaviour]
    return choices(list(weights), weights=list(weights.values()))[0]
