"""
People who chat, by whatever door there is: npm run locust -- --users 300 --spawn-rate 30 --time 60s --transport mixed

Fails (exit code 1) on a command that is not answered, a fault, a message that is not delivered, a hole or a repetition
in what a room hears, a lost connection, and when a transport delivered nothing at all.
"""

from __future__ import annotations

import signal
from typing import Any

import gevent
from kinds import people_of
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import WorkerRunner
from options import USERS_PER_ROOM, add_options, check
from reckoning import expect_deliveries, expect_listener
from rest_people import RestUser
from shapes import ChosenShape
from socketio_people import PollingUser, WebSocketUser
from text_people import TextUser

# Locust takes users and shape from here.
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
        expect_listener(environment.host or "")


def interrupt_the_main_greenlet() -> None:
    """Python raises KeyboardInterrupt in whichever greenlet runs at Ctrl-C; Locust expects it in the main one alone."""
    main = gevent.getcurrent()
    gevent.signal_handler(signal.SIGINT, lambda: gevent.kill(main, KeyboardInterrupt))


@events.test_start.add_listener
def count_people(environment: Environment, **_: Any) -> None:
    """Workers are told these with all options of our own; how many users there are, Locust does not tell them."""
    if isinstance(environment.runner, WorkerRunner):
        return
    options: Any = environment.parsed_options
    users = options.num_users or 1
    options.rooms_now = options.rooms or max(1, round(users / USERS_PER_ROOM))
    options.people = people_of(options.transport, users)


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    options: Any = environment.parsed_options
    if not isinstance(environment.runner, WorkerRunner):
        expect_deliveries(environment, options.transport, options.behaviour)
