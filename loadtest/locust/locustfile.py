"""
Chat on both transports, through the edge: npm run locust -- --users 50 --time 20s --transport polling

Fails (exit code 1) on a command that is not answered, a fault, a message that is not delivered, a hole or a repetition
in a room's seq, a lost connection, and when a transport delivered nothing at all.
"""

from __future__ import annotations

import logging
import socket
import sys
from random import choice
from typing import Any
from urllib.parse import urlsplit

from hubbub_user import HubbubUser
from locust import events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import WorkerRunner
from rows import REQUEST_TYPE, row_name

USERS_PER_ROOM = 15
LINES = ("Hello!", "Who is on polling today?", "Brb, coffee.", "I read that in order.", "Does anyone hear me?")


class Chatter(HubbubUser):
    abstract = True

    @task(4)
    def talk(self) -> None:
        with self.in_room():
            self.types()
            self.says(choice(LINES))
            self.set_typing(False)

    @task(1)
    def think_better_of_it(self) -> None:
        with self.in_room():
            self.types()
            self.set_typing(False)


class WebSocketUser(Chatter):
    transport = "websocket"
    label = "ws"


class PollingUser(Chatter):
    transport = "polling"
    label = "polling"


@events.init_command_line_parser.add_listener
def add_arguments(parser: LocustArgumentParser) -> None:
    parser.add_argument("--transport", choices=["websocket", "polling", "both"], default="both")
    parser.add_argument(
        "--rooms", type=int, default=0, help=f"How many rooms to talk in; one for {USERS_PER_ROOM} users if not given"
    )
    parser.add_argument("--ack-timeout", type=float, default=10, help="Seconds until a command counts as unanswered")
    parser.add_argument("--delivery-timeout", type=float, default=10, help="Seconds until a message counts as lost")
    # 10 a second stays below the 20 guests that a cluster lets in from one address. Users end when what they last said
    # has come back, or has not.
    parser.set_defaults(host="http://localhost:8080", spawn_rate=10, stop_timeout=30)


@events.init.add_listener
def prepare(environment: Environment, **_: Any) -> None:
    options: Any = environment.parsed_options
    chosen = [each for each in chat_users(environment) if options.transport in ("both", each.transport)]
    environment.user_classes[:] = chosen
    if options.headless and not isinstance(environment.runner, WorkerRunner):
        expect_listener(environment.host or "")


@events.test_start.add_listener
def choose_rooms(environment: Environment, **_: Any) -> None:
    # Workers are told the number with all other options of our own; they do not know how many users there are.
    options: Any = environment.parsed_options
    options.rooms = options.rooms or max(1, round((options.num_users or 1) / USERS_PER_ROOM))


@events.quitting.add_listener
def expect_deliveries(environment: Environment, **_: Any) -> None:
    """A run in which nobody was heard has no failures and has shown nothing."""
    if isinstance(environment.runner, WorkerRunner):
        return
    for each in chat_users(environment):
        row = environment.stats.entries.get((row_name(each.label, "send→delivery"), REQUEST_TYPE))
        if row is None or row.num_requests == row.num_failures:
            logging.error("Not one message was delivered on %s.", each.transport)
            environment.process_exit_code = 1


def chat_users(environment: Environment) -> list[type[HubbubUser]]:
    return [each for each in environment.user_classes if issubclass(each, HubbubUser)]


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
