"""HTTP as all doors need it."""

from __future__ import annotations

from random import uniform
from typing import Any

import requests
from outcome import Failure, NotNow, fault_text
from requests import Session

# A request that opens a connection, or that carries what a client says, is answered at once or not at all.
REQUEST_TIMEOUT_S = 10


def direct_session(token: str | None = None) -> Session:
    """Without requests' search for proxies and passwords, in the environment and in files, at each poll."""
    session = Session()
    session.trust_env = False
    if token:
        session.headers["Authorization"] = f"Bearer {token}"
    return session


def ask(session: Session, method: str, url: str, fields: dict[str, Any], within: float) -> Any:
    """The value of the answer. Raises NotNow or Failure."""
    given: dict[str, Any] = {"params" if method == "GET" else "json": fields}
    try:
        answer = session.request(method, url, timeout=within, **given).json()
    except requests.Timeout as error:
        raise Failure("Not answered in time") from error
    except requests.RequestException as error:
        raise Failure(f"{method} request: {type(error).__name__}") from error
    if answer.get("ok"):
        return answer["value"]
    fault = answer["fault"]
    if fault["retryable"]:
        # Later than told, everyone by another time: many are told the same.
        raise NotNow(fault_text(fault), fault.get("retryInMs", 500) / 1000 + uniform(0, 1))
    raise Failure(fault_text(fault))
