"""Number of users at each time of a run."""

from __future__ import annotations

import logging
from math import ceil
from typing import Any, ClassVar, NamedTuple

from locust import LoadTestShape, User
from locust.runners import MasterRunner
from user_classes import classes_for


class Plan(NamedTuple):
    users: int
    spawn_rate: float
    seconds: float


class Shape(LoadTestShape):
    abstract = True
    description: ClassVar[str]
    default_seconds: ClassVar[float]

    def users_at(self, second: float, plan: Plan) -> int:
        raise NotImplementedError

    def peak_arrivals(self, plan: Plan) -> tuple[int, float]:
        """Largest number of users that start at once, and the seconds available for it."""
        return plan.users, plan.seconds

    def tick(self) -> tuple[int, float] | None:
        raise NotImplementedError


class Steady(Shape):
    abstract = True
    description = "all users, started at --spawn-rate, until the end"
    default_seconds = float("inf")

    def users_at(self, second: float, plan: Plan) -> int:
        return plan.users


class Ramp(Shape):
    abstract = True
    description = "an even increase for two thirds of the time, then all users"
    default_seconds = 300

    def users_at(self, second: float, plan: Plan) -> int:
        return min(plan.users, max(1, ceil(plan.users * second / (plan.seconds * 2 / 3))))

    def peak_arrivals(self, plan: Plan) -> tuple[int, float]:
        return plan.users, plan.seconds * 2 / 3


class Spike(Shape):
    abstract = True
    description = "a tenth of the users; all at once in the second third; a tenth again"
    default_seconds = 120

    def users_at(self, second: float, plan: Plan) -> int:
        busy = plan.seconds / 3 <= second < plan.seconds * 2 / 3
        return plan.users if busy else ceil(plan.users / 10)

    def peak_arrivals(self, plan: Plan) -> tuple[int, float]:
        return plan.users - ceil(plan.users / 10), plan.seconds / 3


class Soak(Shape):
    abstract = True
    description = "users start during the first tenth, stay, and stop during the last tenth"
    default_seconds = 3600

    def users_at(self, second: float, plan: Plan) -> int:
        ramp = plan.seconds / 10
        share = min(1, second / ramp, (plan.seconds - second) / ramp)
        return max(1, ceil(plan.users * share))

    def peak_arrivals(self, plan: Plan) -> tuple[int, float]:
        return plan.users, plan.seconds / 10


SHAPES: dict[str, Shape] = {"steady": Steady(), "ramp": Ramp(), "spike": Spike(), "soak": Soak()}


def plan_of(options: Any) -> Plan:
    return Plan(options.num_users or 1, options.spawn_rate, options.run_time or SHAPES[options.shape].default_seconds)


def rate_problem(options: Any) -> str | None:
    """An error text if the shape needs more users per second than --spawn-rate allows."""
    plan = plan_of(options)
    users, seconds = SHAPES[options.shape].peak_arrivals(plan)
    needed = users / plan.spawn_rate
    if needed <= seconds:
        return None
    return (
        f"At --spawn-rate {plan.spawn_rate:g}, {users} users take {needed:.0f} s to start, "
        f"and --shape {options.shape} allows {seconds:.0f} of its {plan.seconds:.0f} s. "
        "Use a higher --spawn-rate or a longer --time."
    )


class ChosenShape(LoadTestShape):
    """Delegates to the shape of --shape with the user classes of --transport; the web page may change both between
    runs.
    """

    use_common_options = True

    def tick(self) -> tuple[int, float, list[type[User]] | None] | None:
        assert self.runner and self.runner.environment.parsed_options
        options: Any = self.runner.environment.parsed_options
        plan, second = plan_of(options), self.get_run_time()
        problem = rate_problem(options)
        if problem:
            logging.error(problem)
        if problem or second >= plan.seconds:
            if isinstance(self.runner, MasterRunner):
                # Without this, Locust would not wait for the workers' last figures.
                self.runner.stop()
            return None
        return SHAPES[options.shape].users_at(second, plan), plan.spawn_rate, [*classes_for(options.transport)]
