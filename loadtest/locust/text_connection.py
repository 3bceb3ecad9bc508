"""A plain WebSocket connection to /ws: text messages in both directions."""

from __future__ import annotations

from collections.abc import Callable
from random import uniform

import gevent
import websocket
from base_connection import BaseConnection
from errors import Failure, RetryLater

# Close codes (RFC 6455, section 7.4.1, and its registry): going away, service restart.
LEAVING_CODES = (1001, 1012)
# The server pings every 10 s.
SILENCE_S = 35


class TextConnection(BaseConnection):
    def __init__(self, host: str, within: float, receive: Callable[[str], None]) -> None:
        """Connects. Raises RetryLater or Failure."""
        super().__init__()
        self._on_text = receive
        try:
            self._ws = websocket.create_connection(
                f"{host.replace('http', 'ws', 1)}/ws",
                timeout=within,
                http_no_proxy=["*"],
                enable_multithread=True,
                skip_utf8_validation=True,
            )
        except websocket.WebSocketBadStatusException as error:
            if error.status_code == 503:
                raise RetryLater("HTTP 503", uniform(0.5, 1.5)) from error
            raise Failure(f"Refused with HTTP {error.status_code}") from error
        except (websocket.WebSocketException, OSError) as error:
            raise Failure(f"Not connected: {type(error).__name__}") from error
        self._ws.settimeout(SILENCE_S)
        gevent.spawn(self._read).link(lambda _reader: self.lost.set())

    def send(self, text: str) -> None:
        """Raises Failure."""
        try:
            self._ws.send(text)
        except (websocket.WebSocketException, OSError) as error:
            raise Failure("Not sent: the connection was lost") from error

    def close(self) -> None:
        self.leaving = True
        try:
            # Waits for the server's close frame, which the reader receives.
            self._ws.send_close()
            self.lost.wait(1)
        except (websocket.WebSocketException, OSError):
            pass
        self._ws.shutdown()

    def _read(self) -> None:
        try:
            while True:
                opcode, data = self._ws.recv_data()
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    self.draining = int.from_bytes(data[:2], "big") in LEAVING_CODES
                    return
                self._on_text(data.decode())
        except (websocket.WebSocketException, OSError):
            return
