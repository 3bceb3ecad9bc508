"""User classes by the value of --transport."""

from __future__ import annotations

from rest_user import RestUser
from socketio_user import PollingUser, WebSocketUser
from text_user import TextUser
from user import ChatUser

_CLASSES: dict[str, list[type[ChatUser]]] = {
    "websocket": [WebSocketUser],
    "polling": [PollingUser],
    "ws": [TextUser],
    "rest": [RestUser],
    "both": [WebSocketUser, PollingUser],
    "mixed": [WebSocketUser, PollingUser, TextUser, RestUser],
}
TRANSPORTS = tuple(_CLASSES)


def classes_for(transport: str) -> list[type[ChatUser]]:
    return _CLASSES[transport]


def users_per_class(transport: str, users: int) -> dict[str, float]:
    """Number of users of each class, by label."""
    kinds = classes_for(transport)
    weights = sum(each.weight for each in kinds)
    return {each.label: users * each.weight / weights for each in kinds}
