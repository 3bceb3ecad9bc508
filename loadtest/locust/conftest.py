"""Locust patches sockets and threads, which must happen before other imports use them."""

import locust  # noqa: F401
