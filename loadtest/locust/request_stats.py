"""The rows of one transport in Locust's table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from errors import Failure
from locust.event import EventHook

REQUEST_TYPE = "chat"


class RequestStats:
    def __init__(self, request_event: EventHook, label: str) -> None:
        self._request_event = request_event
        self._label = label

    @contextmanager
    def timed(self, what: str, since: float | None = None) -> Iterator[Clock]:
        """Counts and re-raises a Failure; other exceptions are not counted."""
        clock = Clock(since)
        try:
            yield clock
        except Failure as failure:
            self.report(what, clock.elapsed, failure)
            raise
        self.report(what, clock.elapsed)

    def checked(self, what: str, check: Callable[[], None]) -> None:
        """Counts only a Failure."""
        try:
            check()
        except Failure as failure:
            self.report(what, error=failure)

    def report(self, what: str, seconds: float = 0, error: Failure | None = None) -> None:
        self._request_event.fire(
            request_type=REQUEST_TYPE,
            name=row_name(self._label, what),
            response_time=seconds * 1000,
            response_length=0,
            exception=error,
            context={},
        )


def row_name(label: str, what: str) -> str:
    return f"{label}: {what}"


class Clock:
    """Measures in seconds on perf_counter."""

    def __init__(self, since: float | None) -> None:
        self._since = perf_counter() if since is None else since
        self._until: float | None = None

    def restart(self) -> None:
        self._since = perf_counter()

    def stop(self, at: float) -> None:
        self._until = at

    @property
    def elapsed(self) -> float:
        return (self._until or perf_counter()) - self._since
