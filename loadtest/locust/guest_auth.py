"""Guest sign-in with retries."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import gevent
from errors import Failure, RetryLater
from http_session import ask, direct_session
from request_stats import Clock

# How long a user retries after 429 and 503. At 20 new guests per second, 1,200 simultaneous guests are admitted
# within this time.
RETRY_FOR_S = 60

Value = TypeVar("Value")


def create_guest(host: str, name: str, within: float) -> str:
    """Returns the token of a new guest. Raises RetryLater or Failure."""
    with direct_session() as session:
        return str(ask(session, "POST", f"{host}/auth/guest", {"name": name}, within)["token"])


def with_retries(attempt: Callable[[], Value], clock: Clock) -> Value:
    """Retries as requested until the time limit; the clock measures the last attempt. Raises Failure."""
    deadline = monotonic() + RETRY_FOR_S
    while True:
        clock.restart()
        try:
            return attempt()
        except RetryLater as no:
            if monotonic() + no.retry_in > deadline:
                raise Failure(f"Not admitted within {RETRY_FOR_S} s: {no}") from no
            gevent.sleep(no.retry_in)
