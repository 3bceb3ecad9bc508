"""How one comes in."""

from __future__ import annotations

from collections.abc import Callable
from random import uniform
from time import monotonic
from typing import TypeVar

import gevent
import requests
from connection import REQUEST_TIMEOUT_S, direct_session
from outcome import Failure, NotNow, fault_text
from rows import Clock

# For how long a user lets the cluster say "not now" (429 and 503). At 20 new guests a second, 1,200 who come at once
# are all in after this.
PATIENCE_S = 60

Value = TypeVar("Value")


def become_guest(host: str, name: str) -> str:
    """The token of a new guest. Raises NotNow or Failure."""
    try:
        with direct_session() as session:
            answer = session.post(f"{host}/auth/guest", json={"name": name}, timeout=REQUEST_TIMEOUT_S).json()
    except requests.RequestException as error:
        raise Failure(f"POST /auth/guest: {type(error).__name__}") from error
    if answer.get("ok"):
        return str(answer["value"]["token"])
    fault = answer["fault"]
    if fault["retryable"]:
        # Later than told, everyone by another time: many are told the same.
        raise NotNow(fault_text(fault), fault.get("retryInMs", 500) / 1000 + uniform(0, 1))
    raise Failure(fault_text(fault))


def patiently(attempt: Callable[[], Value], clock: Clock) -> Value:
    """Tries again when told to, until patience ends; the clock times the last attempt. Raises Failure."""
    deadline = monotonic() + PATIENCE_S
    while True:
        clock.restart()
        try:
            return attempt()
        except NotNow as no:
            if monotonic() + no.retry_in > deadline:
                raise Failure(f"Not let in within {PATIENCE_S} s: {no}") from no
            gevent.sleep(no.retry_in)
