"""Virtual users of the REST API, which poll for new messages."""

from __future__ import annotations

from typing import Any

import gevent
from errors import Failure
from guest_auth import with_retries
from http_session import ask, direct_session
from locust.env import Environment
from pending_message import PendingMessage
from request_stats import Clock
from requests import Session
from room_user import RoomUser

READ_EVERY_S = 1.0
PAGE_MESSAGES = 200
# A cluster accepts 100 requests per second from one address; this is the share of reads, and the share of other
# requests.
READS_PER_SECOND = 50
OTHER_REQUESTS_PER_SECOND = 15


class RestUser(RoomUser):
    label = "rest"
    pace = 1 / OTHER_REQUESTS_PER_SECOND

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.session: Session | None = None
        self.read_every = max(READ_EVERY_S, self.options.users_by_label[self.label] / READS_PER_SECOND)

    @property
    def connected(self) -> bool:
        return self.session is not None

    def open_session(self) -> None:
        """The first request opens the connection."""
        self.sign_in()
        self.session = session = direct_session(self.token)
        try:
            more = self.read("connect")
            while more:
                more = self.read("read")
            self.set_status("online")
        except Failure:
            self.session = None
            raise
        gevent.spawn(self.read_on, session)

    def disconnect(self) -> None:
        session, self.session = self.session, None
        if session:
            session.close()

    def send(self, message: PendingMessage) -> None:
        self.pending[message.client_id] = message
        fields = {"senderId": self.name, "message": message.text, "clientId": message.client_id}
        with self.stats.timed("send→ack", since=message.at) as clock:
            self.stream.acknowledge(self.ask("POST", "/sendMessage", fields, clock))

    def await_delivery(self, message: PendingMessage) -> None:
        if not message.delivered.wait(self.read_every + self.options.delivery_timeout):
            raise Failure("Message not delivered in time")

    def set_typing(self, typing: bool) -> None:
        self.set_status("typing" if typing else "online")

    def set_status(self, status: str) -> None:
        with self.stats.timed("typing→ack" if status == "typing" else "status→ack") as clock:
            self.ask("POST", "/updateStatus", {"userId": self.name, "status": status}, clock)

    def read_on(self, session: Session) -> None:
        """Polls until the user leaves."""
        gevent.sleep(self.read_every)
        while self.session is session:
            try:
                if not self.read("read"):
                    gevent.sleep(self.read_every)
            except Failure:
                # Already counted; the next request may succeed.
                gevent.sleep(self.read_every)

    def read(self, what: str) -> bool:
        """Returns whether there are more pages. Raises Failure."""
        first = self.stream.epoch is None
        query = {"limit": 1} if first else {"after": self.stream.last, "limit": PAGE_MESSAGES}
        with self.stats.timed(what) as clock:
            page = self.ask("GET", "/getMessages", query, clock)
        entries = sorted(page["messages"] + page["changes"], key=lambda entry: int(entry["seq"]))
        # A page ends at `next`, not at the room's head.
        self.begin(page | {"entries": entries, "head": page["next"], "more": False})
        return bool(page["more"]) and not first

    def ask(self, method: str, path: str, fields: dict[str, Any], clock: Clock) -> Any:
        session = self.session
        assert session
        url, given = f"{self.host}{path}", {"roomId": self.stream.room} | fields
        return with_retries(lambda: ask(session, method, url, given, self.options.ack_timeout), clock)
