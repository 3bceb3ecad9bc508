"""Checks before and after a run: whether a server listens, and whether messages were delivered."""

from __future__ import annotations

import logging
import socket
import sys
from urllib.parse import urlsplit

from behaviours import SILENT
from kinds import kinds_of
from locust.env import Environment
from rows import REQUEST_TYPE, row_name


def expect_listener(host: str) -> None:
    url = urlsplit(host)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.create_connection((url.hostname or "", port), timeout=5).close()
    except OSError:
        sys.exit(
            f"Nothing listens at {host}. Start the cluster in another terminal, npm run cluster -- --nodes 3, "
            "or name another address with --host."
        )


def expect_deliveries(environment: Environment, transport: str, behaviour: str) -> None:
    """A run without deliveries has no failures but proves nothing."""
    what = "connect" if behaviour in SILENT else "send→delivery"
    for each in kinds_of(transport):
        row = environment.stats.entries.get((row_name(each.label, what), REQUEST_TYPE))
        if row is None or row.num_requests == row.num_failures:
            happened = "Nobody came by" if behaviour in SILENT else "Not one message was delivered by"
            logging.error("%s %s.", happened, each.label)
            environment.process_exit_code = 1
