"""Chat users over all APIs: npm run locust -- --users 300 --spawn-rate 30 --time 60s --transport mixed

Exits with code 1 on a command without a response, a fault, an undelivered message, a gap or repetition in a room's
entries, a lost connection, and if a transport delivered nothing.
"""

from __future__ import annotations

import signal
from typing import Any

import gevent
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import WorkerRunner
from options import USERS_PER_ROOM, add_options, check
from rest_user import RestUser
from run_checks import check_deliveries, check_server_listens
from shapes import ChosenShape
from socketio_user import PollingUser, WebSocketUser
from text_user import TextUser
from user_classes import users_per_class

# Locust finds the user classes and the shape in this module.
__all__ = ["ChosenShape", "PollingUser", "RestUser", "TextUser", "WebSocketUser"]


@events.init_command_line_parser.add_listener
def add_arguments(parser: LocustArgumentParser) -> None:
    add_options(parser)


@events.init.add_listener
def prepare(environment: Environment, **_: Any) -> None:
    options: Any = environment.parsed_options
    interrupt_the_main_greenlet()
    if isinstance(environment.runner, WorkerRunner):
        return
    check(options, options.headless or options.autostart)
    if options.headless:
        check_server_listens(environment.host or "")


def interrupt_the_main_greenlet() -> None:
    """Python raises KeyboardInterrupt in whichever greenlet is running; Locust expects it in the main greenlet."""
    main = gevent.getcurrent()
    gevent.signal_handler(signal.SIGINT, lambda: gevent.kill(main, KeyboardInterrupt))


@events.test_start.add_listener
def count_users(environment: Environment, **_: Any) -> None:
    """Adds the counts to the options, which Locust sends to its workers; it does not send the number of users."""
    if isinstance(environment.runner, WorkerRunner):
        return
    options: Any = environment.parsed_options
    users = options.num_users or 1
    options.rooms_now = options.rooms or max(1, round(users / USERS_PER_ROOM))
    options.users_by_label = users_per_class(options.transport, users)


@events.quitting.add_listener
def check_results(environment: Environment, **_: Any) -> None:
    options: Any = environment.parsed_options
    if not isinstance(environment.runner, WorkerRunner):
        check_deliveries(environment, options.transport, options.behaviour)
