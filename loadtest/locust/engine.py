"""Engine.IO client with much less CPU per packet and poll than its library."""

from __future__ import annotations

import json
from threading import current_thread
from typing import Any, ClassVar
from urllib.parse import urlsplit

import engineio
import requests
from engineio.payload import Payload
from geventhttpclient import HTTPClient
from geventhttpclient.response import HTTPParseError
from http_session import REQUEST_TIMEOUT_S

# All packets queued for a polling client arrive in one response. python-engineio treats more than 16 packets in it as
# an attack and disconnects.
Payload.max_decode_packets = 100_000

# An open poll ends with a ping after at most 10 s.
POLL_TIMEOUT_S = 20


class Engine(engineio.Client):
    def _trigger_event(self, event: str, *args: Any, **_: Any) -> Any:
        """Handles events in the reader, in wire order. The library would start a thread for each packet."""
        return super()._trigger_event(event, *args, run_async=False)

    def disconnect(self, abort: bool = False, reason: str | None = None) -> None:
        """When the server closes the connection, the reader itself calls this and must not wait for its own end."""
        by_reader = current_thread() is self.read_loop_task
        super().disconnect(abort or by_reader, reason)
        if by_reader:
            # The library empties the queue at the end, including the item that wakes the writer, for which the reader
            # waits.
            self.queue.put(None)


class Answer:
    def __init__(self, status_code: int, content: bytes) -> None:
        self.status_code = status_code
        self.content = content

    def json(self) -> Any:
        return json.loads(self.content)


class PollingHttp:
    """The part of requests.Session that Engine.IO's client uses, on the HTTP client of Locust's FastHttpUser."""

    cookies = ()
    auth = None
    cert = None
    verify = True
    proxies: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        # By method: one connection holds the open poll, another sends the posts.
        self._clients: dict[str, HTTPClient] = {}

    def request(
        self,
        method: str,
        url: str,
        headers: dict[str, str] | None = None,
        data: Any = None,
        timeout: float | None = None,
    ) -> Answer:
        try:
            client = self._clients.get(method) or self._connect(method, url)
            answer = client.request(method, url[url.index("/", 8) :], data or b"", headers or {})
            return Answer(answer.status_code, answer.read())
        except (OSError, RuntimeError, HTTPParseError) as error:
            raise requests.ConnectionError(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _connect(self, method: str, url: str) -> HTTPClient:
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        client = HTTPClient.from_url(
            origin,
            connection_timeout=REQUEST_TIMEOUT_S,
            network_timeout=POLL_TIMEOUT_S if method == "GET" else REQUEST_TIMEOUT_S,
            block_size=65_536,
        )
        self._clients[method] = client
        return client
