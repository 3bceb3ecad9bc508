from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from errors import Failure
from sender_sequences import SenderSequences
from stream import Stream


@pytest.fixture(autouse=True)
def reset_shared_state() -> Iterator[None]:
    yield
    for shared in (SenderSequences.sent, SenderSequences.returned, Stream.acknowledged):
        shared.clear()


def entries(*seqs: int) -> list[dict[str, Any]]:
    return [{"seq": seq} for seq in seqs]


def joined(head: int, *seqs: int, epoch: str = "e", truncated: bool = False) -> dict[str, Any]:
    return {"epoch": epoch, "head": head, "entries": entries(*seqs), "more": False, "truncated": truncated}


def test_a_stream_continues_over_several_connections() -> None:
    stream = Stream("room")
    stream.begin(joined(5))
    stream.receive("e", entries(6, 7))
    assert stream.join_input() == {"room": "room", "after": 7, "epoch": "e"}
    stream.begin(joined(9, 8, 9))
    stream.receive("e", entries(10))
    stream.begin(joined(30, 30, truncated=True))
    stream.begin(joined(2, epoch="another"))
    stream.receive("another", entries(3))


@pytest.mark.parametrize(
    ("seqs", "why"), [((8,), "Gap"), ((6, 6), "Duplicate"), ((6, 7, 6), "out-of-order"), ((5,), "Duplicate")]
)
def test_a_gap_or_duplicate_fails(seqs: tuple[int, ...], why: str) -> None:
    stream = Stream("room")
    stream.begin(joined(5))
    with pytest.raises(Failure, match=why):
        stream.receive("e", entries(*seqs))


def test_a_join_response_with_missing_entries_fails() -> None:
    stream = Stream("room")
    stream.begin(joined(5))
    with pytest.raises(Failure, match="Gap between"):
        stream.begin(joined(7, 6))


def test_acknowledged_entries_must_arrive() -> None:
    receiver, sender = Stream("room"), Stream("room")
    receiver.begin(joined(5))
    sender.begin(joined(5))
    sender.acknowledge({"seq": 6})
    goal = receiver.goal
    sender.acknowledge({"seq": 7})
    assert not receiver.reached(goal)
    receiver.receive("e", entries(6))
    assert receiver.reached(goal) and not receiver.reached(receiver.goal)


def messages_from(*senders: SenderSequences) -> list[str]:
    return [f"{sender.next_prefix()} hello" for sender in senders]


def test_messages_of_each_sender_are_checked_from_the_first_frame_on() -> None:
    ada, bob, receiver = SenderSequences(), SenderSequences(), SenderSequences()
    first, second = messages_from(ada, ada)
    (first_of_ada, first_of_bob, second_of_ada) = messages_from(ada, bob, ada)
    assert receiver.receive("a message of the web page") is None
    # Messages in flight when the connection opened may be received or not.
    assert first and receiver.receive(second) is None
    elsewhere = ("load-ffffffffffff/9 of another process", "load-ffffffffffff/10 again")
    for frame in (first_of_ada, first_of_bob, second_of_ada, *elsewhere):
        receiver.receive(frame)
    assert ada.receive(second) == second.split()[0]


def test_lost_and_duplicate_messages_are_detected() -> None:
    ada, receiver = SenderSequences(), SenderSequences()
    receiver.receive("the first frame")
    one, two, three = messages_from(ada, ada, ada)
    with pytest.raises(Failure, match="Gap"):
        receiver.receive(two)
    receiver.receive(three)
    with pytest.raises(Failure, match="Duplicate"):
        receiver.receive(one)


def test_returned_messages_must_arrive() -> None:
    ada, receiver, idle = SenderSequences(), SenderSequences(), SenderSequences()
    receiver.receive("the first frame")
    (one,) = messages_from(ada)
    ada.receive(one)
    assert not receiver.reached(receiver.goal) and idle.reached(idle.goal)
    receiver.receive(one)
    assert receiver.reached(receiver.goal)
