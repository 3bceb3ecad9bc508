"""Exceptions that end an attempt."""

from __future__ import annotations

from typing import Any


class Failure(Exception):
    """Fails the load test. Its text is a row of Locust's report, so it contains no ids or numbers."""


class RetryLater(Exception):
    """The cluster refuses temporarily, which is no failure: retry after `retry_in` seconds."""

    def __init__(self, reason: str, retry_in: float) -> None:
        super().__init__(reason)
        self.retry_in = retry_in


class NodeLeft(Exception):
    """The connection ended because its node has shut down, as announced."""


def fault_text(fault: dict[str, Any]) -> str:
    return f"Fault {fault['code']}: {fault['message']}"
