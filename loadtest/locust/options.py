"""Command-line options in addition to Locust's own; the web page shows them as well."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from behaviours import BEHAVIOURS
from kinds import TRANSPORTS
from locust.argument_parser import LocustArgumentParser
from shapes import SHAPES, haste

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
        help="people do all of it, each thing as often as people do; the others do one thing only",
    )
    parser.add_argument(
        "--rooms", type=int, default=0, help=f"How many rooms to talk in; one for {USERS_PER_ROOM} users if 0"
    )
    parser.add_argument("--ack-timeout", type=float, default=10, help="Seconds until a command counts as unanswered")
    parser.add_argument("--delivery-timeout", type=float, default=10, help="Seconds until a message counts as lost")
    # 10 per second stays below the 20 guests per second that a cluster admits from one address. stop_timeout gives
    # users time to wait for the delivery of their last messages.
    parser.set_defaults(host="http://localhost:8080", spawn_rate=10, stop_timeout=30)
    parser.error = wrong_usage  # type: ignore[method-assign]


def check(options: Any, headless: bool) -> None:
    """Exits with an error text if the options are invalid; in the web page they can still be changed."""
    if options.num_users is not None and options.num_users < 1:
        wrong_usage("--users is 1 or more.")
    if not options.spawn_rate > 0:
        wrong_usage("--spawn-rate is above 0: so many users come a second.")
    if options.rooms < 0:
        wrong_usage("--rooms is 1 or more; 0 for one room for 15 users.")
    if not (options.ack_timeout > 0 and options.delivery_timeout > 0):
        wrong_usage("--ack-timeout and --delivery-timeout are above 0 seconds.")
    if headless and (problem := haste(options)):
        wrong_usage(problem)


def wrong_usage(sentence: str) -> NoReturn:
    print(f"{sentence}\nnpm run locust -- --help says what there is.", file=sys.stderr)
    sys.exit(2)
