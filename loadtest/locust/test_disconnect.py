from __future__ import annotations

import gevent
from connection import Connection
from locust.event import EventHook


def test_a_user_killed_while_disconnecting_does_not_continue() -> None:
    connection = Connection(EventHook())

    def swallow_everything() -> None:
        try:
            gevent.sleep(60)
        except BaseException:
            return

    connection.disconnect = swallow_everything
    continued = False

    def user() -> None:
        nonlocal continued
        connection.close()
        continued = True

    leaving = gevent.spawn(user)
    gevent.sleep(0)
    leaving.kill(timeout=30)
    assert leaving.dead and not continued
