"""Command-line options in addition to Locust's own; the web page shows them as well."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from behaviours import BEHAVIOURS
from locust.argument_parser import LocustArgumentParser
from shapes import SHAPES, rate_problem
from user_classes import TRANSPORTS

USERS_PER_ROOM = 15


def add_options(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "--transport",
        choices=TRANSPORTS,
        default="both",
        help="websocket and polling are Socket.IO's, ws is plain text on /ws, both the first two, mixed all four",
    )
    shapes = "; ".join(f"{name}: {shape.description}" for name, shape in SHAPES.items())
    parser.add_argument("--shape", choices=tuple(SHAPES), default="steady", help=shapes)
    parser.add_argument(
        "--behaviour",
        choices=BEHAVIOURS,
        default="people",
        help="people mixes all behaviours with realistic weights; the others repeat a single one",
    )
    parser.add_argument(
        "--rooms", type=int, default=0, help=f"Number of rooms; 0 for one per {USERS_PER_ROOM} users"
    )
    parser.add_argument("--ack-timeout", type=float, default=10, help="Seconds to wait for the response to a command")
    parser.add_argument("--delivery-timeout", type=float, default=10, help="Seconds to wait for the delivery of a message")
    # 10 per second stays below the 20 guests per second that a cluster admits from one address. stop_timeout gives
    # users time to wait for the delivery of their last messages.
    parser.set_defaults(host="http://localhost:8080", spawn_rate=10, stop_timeout=30)
    parser.error = usage_error  # type: ignore[method-assign]


def check(options: Any, headless: bool) -> None:
    """Exits with an error text if the options are invalid; in the web page they can still be changed."""
    if options.num_users is not None and options.num_users < 1:
        usage_error("--users must be at least 1.")
    if not options.spawn_rate > 0:
        usage_error("--spawn-rate must be above 0 users per second.")
    if options.rooms < 0:
        usage_error("--rooms must be at least 1, or 0 for one room per 15 users.")
    if not (options.ack_timeout > 0 and options.delivery_timeout > 0):
        usage_error("--ack-timeout and --delivery-timeout must be above 0 seconds.")
    if headless and (problem := rate_problem(options)):
        usage_error(problem)


def usage_error(sentence: str) -> NoReturn:
    print(f"{sentence}\nRun npm run locust -- --help for all options.", file=sys.stderr)
    sys.exit(2)
