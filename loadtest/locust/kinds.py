"""User classes by the value of --transport."""

from __future__ import annotations

from person import Person
from rest_people import RestUser
from socketio_people import PollingUser, WebSocketUser
from text_people import TextUser

_KINDS: dict[str, list[type[Person]]] = {
    "websocket": [WebSocketUser],
    "polling": [PollingUser],
    "ws": [TextUser],
    "rest": [RestUser],
    "both": [WebSocketUser, PollingUser],
    "mixed": [WebSocketUser, PollingUser, TextUser, RestUser],
}
TRANSPORTS = tuple(_KINDS)


def kinds_of(transport: str) -> list[type[Person]]:
    return _KINDS[transport]


def people_of(transport: str, users: int) -> dict[str, float]:
    """Number of users of each class, by label."""
    kinds = kinds_of(transport)
    weights = sum(each.weight for each in kinds)
    return {each.label: users * each.weight / weights for each in kinds}
