"""HTTP sessions and requests."""

from __future__ import annotations

from random import uniform
from typing import Any

import requests
from errors import Failure, RetryLater, fault_text
from requests import Session

# Timeout of requests that the server answers immediately; polls have a longer one.
REQUEST_TIMEOUT_S = 10


def direct_session(token: str | None = None) -> Session:
    """A session that does not search the environment and files for proxies and passwords on each request."""
    session = Session()
    session.trust_env = False
    if token:
        session.headers["Authorization"] = f"Bearer {token}"
    return session


def ask(session: Session, method: str, url: str, fields: dict[str, Any], within: float) -> Any:
    """Returns the value of the response. Raises RetryLater or Failure."""
    given: dict[str, Any] = {"params" if method == "GET" else "json": fields}
    try:
        answer = session.request(method, url, timeout=within, **given).json()
    except requests.Timeout as error:
        raise Failure("No response in time") from error
    except requests.RequestException as error:
        raise Failure(f"{method} request: {type(error).__name__}") from error
    if answer.get("ok"):
        return answer["value"]
    fault = answer["fault"]
    if fault["retryable"]:
        # Adds jitter, because many clients get the same delay.
        raise RetryLater(fault_text(fault), fault.get("retryInMs", 500) / 1000 + uniform(0, 1))
    raise Failure(fault_text(fault))
