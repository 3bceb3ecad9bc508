"""How an attempt can end, other than well."""

from __future__ import annotations

from typing import Any


class Failure(Exception):
    """What makes the load test fail. Its text is a row of Locust's report, so it names no ids and no numbers."""


class NotNow(Exception):
    """The cluster says no for now, which is an answer and no failure: try again after so many seconds."""

    def __init__(self, reason: str, retry_in: float) -> None:
        super().__init__(reason)
        self.retry_in = retry_in


class Moved(Exception):
    """The connection ended because its node is leaving, as the node had announced."""


def fault_text(fault: dict[str, Any]) -> str:
    return f"Fault {fault['code']}: {fault['message']}"
