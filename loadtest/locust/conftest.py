"""Locust replaces sockets and threads, which has to happen before anything uses them."""

import locust  # noqa: F401
