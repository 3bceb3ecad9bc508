from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from shapes import SHAPES, ChosenShape, Plan, rate_problem
from user_classes import classes_for, users_per_class

PLAN = Plan(users=300, spawn_rate=30, seconds=60)


def users(shape: str, plan: Plan = PLAN) -> list[int]:
    return [SHAPES[shape].users_at(second, plan) for second in range(int(plan.seconds))]


def options(**given: Any) -> SimpleNamespace:
    return SimpleNamespace(
        **{"num_users": 300, "spawn_rate": 30.0, "run_time": 60, "shape": "steady", "transport": "both"} | given
    )


def test_steady_has_all_users_all_the_time() -> None:
    assert users("steady") == [300] * 60


def test_ramp_increases_evenly_for_two_thirds() -> None:
    climbing, all_there = users("ramp")[:40], users("ramp")[40:]
    steps = [later - earlier for earlier, later in zip(climbing[1:], climbing[2:], strict=False)]
    assert set(steps) == {7, 8}
    assert climbing[0] == 1 and set(all_there) == {300}


def test_spike_has_all_users_in_the_second_third() -> None:
    assert users("spike") == [30] * 20 + [300] * 20 + [30] * 20


def test_soak_starts_holds_and_stops() -> None:
    soak = users("soak")
    assert soak[:7] == [1, 50, 100, 150, 200, 250, 300]
    assert set(soak[6:55]) == {300}
    assert soak[55:] == [250, 200, 150, 100, 50]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("few", [1, 2, 9])
def test_there_is_at_least_one_user_and_never_more_than_requested(shape: str, few: int) -> None:
    there = users(shape, Plan(few, 1, 60))
    assert min(there) >= 1 and max(there) == few


def test_a_shape_too_fast_for_the_spawn_rate_is_reported() -> None:
    assert rate_problem(options()) is None
    assert rate_problem(options(shape="spike")) is None
    assert rate_problem(options(shape="spike", spawn_rate=13.0)) == (
        "At --spawn-rate 13, 270 users take 21 s to start, and --shape spike allows 20 of its 60 s. "
        "Use a higher --spawn-rate or a longer --time."
    )
    assert rate_problem(options(shape="soak", spawn_rate=49.0)) is not None
    assert rate_problem(options(shape="ramp", spawn_rate=7.5)) is None
    assert rate_problem(options(shape="steady", run_time=None, spawn_rate=0.01)) is None


def test_the_chosen_shape_follows_the_options_and_ends() -> None:
    shape = ChosenShape()
    runner: Any = SimpleNamespace(environment=SimpleNamespace(parsed_options=options(shape="spike")))
    shape.runner = runner
    at = 0.0
    shape.get_run_time = lambda: at  # type: ignore[method-assign]
    assert shape.tick() == (30, 30.0, classes_for("both"))
    at = 25.0
    assert shape.tick() == (300, 30.0, classes_for("both"))
    runner.environment.parsed_options = options(shape="steady", transport="rest")
    assert shape.tick() == (300, 30.0, classes_for("rest"))
    at = 60.0
    assert shape.tick() is None


def test_users_are_distributed_by_weight() -> None:
    assert users_per_class("mixed", 300) == {"websocket": 100, "polling": 100, "ws": 50, "rest": 50}
    assert users_per_class("ws", 7) == {"ws": 7}
