from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from outcome import Failure
from stream import Stream
from voices import Voices


@pytest.fixture(autouse=True)
def nothing_said() -> Iterator[None]:
    yield
    for memory in (Voices.said, Voices.came_back, Stream.acknowledged):
        memory.clear()


def entries(*seqs: int) -> list[dict[str, Any]]:
    return [{"seq": seq} for seq in seqs]


def joined(head: int, *seqs: int, epoch: str = "e", truncated: bool = False) -> dict[str, Any]:
    return {"epoch": epoch, "head": head, "entries": entries(*seqs), "more": False, "truncated": truncated}


def test_a_stream_is_whole_over_several_connections() -> None:
    stream = Stream("room")
    stream.begin(joined(5))
    stream.hear("e", entries(6, 7))
    assert stream.asked() == {"room": "room", "after": 7, "epoch": "e"}
    stream.begin(joined(9, 8, 9))
    stream.hear("e", entries(10))
    stream.begin(joined(30, 30, truncated=True))
    stream.begin(joined(2, epoch="another"))
    stream.hear("another", entries(3))


@pytest.mark.parametrize(
    ("heard", "why"), [((8,), "A hole"), ((6, 6), "twice"), ((6, 7, 6), "out of order"), ((5,), "twice")]
)
def test_a_stream_with_a_hole_or_a_repetition_fails(heard: tuple[int, ...], why: str) -> None:
    stream = Stream("room")
    stream.begin(joined(5))
    with pytest.raises(Failure, match=why):
        stream.hear("e", entries(*heard))


def test_an_answer_that_keeps_something_fails() -> None:
    stream = Stream("room")
    stream.begin(joined(5))
    with pytest.raises(Failure, match="A hole between"):
        stream.begin(joined(7, 6))


def test_what_was_acknowledged_has_to_be_reached() -> None:
    ear, mouth = Stream("room"), Stream("room")
    ear.begin(joined(5))
    mouth.begin(joined(5))
    mouth.acknowledge({"seq": 6})
    goal = ear.goal
    mouth.acknowledge({"seq": 7})
    assert not ear.reached(goal)
    ear.hear("e", entries(6))
    assert ear.reached(goal) and not ear.reached(ear.goal)


def said_by(*speakers: Voices) -> list[str]:
    return [f"{speaker.number()} hello" for speaker in speakers]


def test_voices_are_whole_from_the_first_frame_on() -> None:
    ada, bob, ear = Voices(), Voices(), Voices()
    early, late = said_by(ada, ada)
    (hers, his, next_of_hers) = said_by(ada, bob, ada)
    assert ear.hear("somebody on the page") is None
    # Messages in flight when the connection opened may be received or not.
    assert early and ear.hear(late) is None
    for frame in (hers, his, next_of_hers, "load-ffffffffffff/9 of another process", "load-ffffffffffff/10 again"):
        ear.hear(frame)
    assert ada.hear(late) == late.split()[0]


def test_a_lost_or_doubled_message_of_anybody_is_noticed() -> None:
    ada, ear = Voices(), Voices()
    ear.hear("the first frame")
    one, two, three = said_by(ada, ada, ada)
    with pytest.raises(Failure, match="A hole"):
        ear.hear(two)
    ear.hear(three)
    with pytest.raises(Failure, match="twice"):
        ear.hear(one)


def test_what_came_back_to_its_speaker_has_to_be_reached() -> None:
    ada, ear, deaf = Voices(), Voices(), Voices()
    ear.hear("the first frame")
    (one,) = said_by(ada)
    ada.hear(one)
    assert not ear.reached(ear.goal) and deaf.reached(deaf.goal)
    ear.hear(one)
    assert ear.reached(ear.goal)
