from __future__ import annotations

import gevent
from connection import Connection
from locust.event import EventHook


def test_a_user_who_is_ended_while_they_hang_up_does_not_go_on() -> None:
    connection = Connection(EventHook())

    def catches_all() -> None:
        try:
            gevent.sleep(60)
        except BaseException:
            return

    connection.disconnect = catches_all
    went_on = False

    def user() -> None:
        nonlocal went_on
        connection.leave()
        went_on = True

    leaving = gevent.spawn(user)
    gevent.sleep(0)
    leaving.kill(timeout=30)
    assert leaving.dead and not went_on
