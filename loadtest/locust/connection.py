"""One Socket.IO connection on one transport that reports immediately when it ends."""

from __future__ import annotations

from collections.abc import Callable
from random import uniform
from typing import Any

import gevent
import socketio
from base_connection import BaseConnection
from engine import Engine, PollingHttp
from errors import Failure, RetryLater, fault_text
from gevent.event import Event
from http_session import REQUEST_TIMEOUT_S
from locust.contrib.socketio import SocketIOClient
from locust.event import EventHook

CLOSE_WITHIN_S = 5


class Connection(SocketIOClient, BaseConnection):
    """Locust's client without its own rows in the table, which would be the same for both transports; without the
    reconnection of the stock client, so that a lost connection is counted and the user reconnects itself; and
    without the stock client's SIGINT handler, because Locust has one.
    """

    def __init__(self, request_event: EventHook) -> None:
        BaseConnection.__init__(self)
        self.http = PollingHttp()
        SocketIOClient.__init__(
            self,
            request_event,
            reconnection=False,
            handle_sigint=False,
            http_session=self.http,
            request_timeout=REQUEST_TIMEOUT_S,
        )
        self.session_received = Event()
        self._refusal: dict[str, Any] | None = None
        self.on("session", lambda _session: self.session_received.set())
        self.on("drain", self._on_drain)
        self.on("connect_error", self._on_connect_error)

    def _engineio_client_class(self) -> type[Engine]:
        return Engine

    def open(self, url: str, transport: str, token: str, within: float) -> None:
        """Returns after the `session` event. Raises RetryLater or Failure."""
        try:
            # Bypasses the parent's connect, which would count it. Without `wait`, which does not notice a connection
            # that closes before the response.
            socketio.Client.connect(self, url, transports=[transport], auth={"token": token}, wait=False)
        except socketio.exceptions.ConnectionError as error:
            raise _connection_error(error) from error
        gevent.wait([self.session_received, self.lost], timeout=within, count=1)
        if self.session_received.is_set():
            return
        self.close()
        if self._refusal:
            raise Failure(fault_text(self._refusal))
        if self.lost.is_set():
            raise RetryLater("closed before the session event", uniform(0.5, 1.5))
        raise Failure("No session event in time")

    def command(self, name: str, data: dict[str, Any], within: float, on_response: Callable[[Any], None]) -> None:
        """Passes the value of the response on before later events are processed. Raises Failure or NodeLeft."""
        settled = Event()
        faults: list[str] = []

        def settle(answer: dict[str, Any]) -> None:
            if answer.get("ok"):
                on_response(answer["value"])
            else:
                faults.append(fault_text(answer["fault"]))
            settled.set()

        try:
            socketio.Client.emit(self, name, data, callback=settle)
        except socketio.exceptions.BadNamespaceError:
            self.lost.set()
        self.wait_for(settled, within, "No response")
        if faults:
            raise Failure(faults[0])

    def close(self) -> None:
        self.leaving = True
        # In a separate greenlet: the library catches every exception, including the one with which Locust ends this
        # user.
        gevent.spawn(self._close_socket).join(CLOSE_WITHIN_S)

    def _close_socket(self) -> None:
        self.disconnect()
        self.http.close()

    def _handle_eio_disconnect(self, reason: str) -> None:
        """Called however the connection ends, before the library's loops have ended."""
        super()._handle_eio_disconnect(reason)
        self.lost.set()

    def _on_drain(self, _event: dict[str, Any]) -> None:
        self.draining = True

    def _on_connect_error(self, error: Any = None) -> None:
        """CONNECT_ERROR is final, and its `data` is the fault. Errors below Socket.IO are raised by connect."""
        if isinstance(error, dict) and isinstance(error.get("data"), dict):
            self._refusal = error["data"]
            self.lost.set()


def _connection_error(error: BaseException) -> Exception:
    """The reason of a failed connection; the stock client reports it in two ways, and hides it for WebSocket."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    status = getattr(error, "status_code", None)
    if status == 503 or "status code 503" in str(error):
        return RetryLater("HTTP 503", uniform(0.5, 1.5))
    return Failure(f"Refused with HTTP {status}" if status else f"Not connected: {error}")
