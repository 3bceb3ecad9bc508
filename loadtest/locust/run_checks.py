"""Checks before and after a run: whether a server listens, and whether messages were delivered."""

from __future__ import annotations

import logging
import socket
import sys
from urllib.parse import urlsplit

from behaviours import SILENT
from locust.env import Environment
from request_stats import REQUEST_TYPE, row_name
from user_classes import classes_for


def check_server_listens(host: str) -> None:
    url = urlsplit(host)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.create_connection((url.hostname or "", port), timeout=5).close()
    except OSError:
        sys.exit(
            f"No server listens at {host}. Start a cluster in another terminal with npm run cluster -- --nodes 3, "
            "or set another address with --host."
        )


def check_deliveries(environment: Environment, transport: str, behaviour: str) -> None:
    """A run without deliveries has no failures but proves nothing."""
    what = "connect" if behaviour in SILENT else "send→delivery"
    for each in classes_for(transport):
        row = environment.stats.entries.get((row_name(each.label, what), REQUEST_TYPE))
        if row is None or row.num_requests == row.num_failures:
            happened = "No user connected over" if behaviour in SILENT else "No message was delivered over"
            logging.error("%s %s.", happened, each.label)
            environment.process_exit_code = 1
