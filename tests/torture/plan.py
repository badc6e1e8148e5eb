"""The plan of a round, which follows from its seed alone."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from tests.torture.faults import CLOCK_ERRORS, FAULTS

UNPREDICTED = {"server_clock_wrong", "device_clock_jumps", "tombstones_purged"}
KINDS = ["python", "bare", "bare"]


@dataclass(frozen=True)
class Plan:
    """Users and devices of a round, what becomes of them, and how long it takes.

    `people` has the kinds of devices of each user, `offsets_us` the error of each device's clock,
    `faults` the names of faults with the seconds after which they begin.
    """

    seed: int
    people: tuple[tuple[str, ...], ...]
    offsets_us: tuple[int, ...]
    badness: float
    faults: tuple[tuple[float, str], ...]
    seconds: float

    @classmethod
    def of(cls, seed: int, *, with_node: bool, faults: list[str] | None = None) -> "Plan":
        """The plan of a seed; `faults` limits the choice of faults."""
        chance = random.Random(seed)
        kinds = [*KINDS, *(["typescript"] if with_node and chance.random() < 0.25 else [])]
        people = tuple(tuple(kinds) for _ in range(chance.choice([1, 2, 2])))
        names = list(FAULTS) if faults is None else faults
        seconds = chance.uniform(1.5, 3.5)
        wrong = 0.35 if chance.random() < 0.5 else 0.0
        plan = cls(
            seed,
            people,
            tuple(
                chance.choice(CLOCK_ERRORS) if chance.random() < wrong else 0
                for kinds in people
                for _ in kinds
            ),
            badness=chance.choice([0.0, 0.1, 0.25, 0.4]),
            faults=tuple(
                sorted(
                    (chance.uniform(0.1, seconds * 0.7), chance.choice(names))
                    for _ in range(chance.choice([0, 1, 1, 2, 3]) if names else 0)
                )
            ),
            seconds=seconds,
        )
        return plan.for_a_restore() if plan.has("backup_restored") else plan

    def has(self, fault: str) -> bool:
        """True if this is among the faults."""
        return fault in {name for _, name in self.faults}

    def for_a_restore(self) -> "Plan":
        """Without what the model of a restored history does not predict: corrected clocks."""
        faults = tuple(it for it in self.faults if it[1] not in UNPREDICTED)
        people = tuple(
            tuple("bare" if kind == "typescript" else kind for kind in kinds)
            for kinds in self.people
        )
        return replace(self, offsets_us=(0,) * len(self.offsets_us), faults=faults, people=people)

    def smaller(self) -> "list[tuple[str, Plan]]":
        """Plans with one thing less each, and what is left out."""
        plans = [
            (f"without {name}", replace(self, faults=(*self.faults[:i], *self.faults[i + 1 :])))
            for i, (_, name) in enumerate(self.faults)
        ]
        if self.badness:
            plans.append(("on a good network", replace(self, badness=0.0)))
        if any(self.offsets_us):
            right = replace(self, offsets_us=(0,) * len(self.offsets_us))
            plans.append(("with right clocks", right))
        if len(self.people) > 1:
            plans.append(("with one user", replace(self, people=self.people[:1])))
        return plans

    def __str__(self) -> str:
        faults = ", ".join(f"{name} at {at:.1f} s" for at, name in self.faults) or "no fault"
        return (
            f"{len(self.people)} users with {', '.join(self.people[0])}; clocks off by"
            f" {[it // 10**6 for it in self.offsets_us]} s; {self.badness:.0%} of the exchanges"
            f" harmed; {faults}; {self.seconds:.1f} s"
        )


async def shrunk(plan: Plan, breaks: Callable[[Plan], Awaitable[bool]], tries: int = 2) -> Plan:
    """The smallest plan that still breaks something, each smaller one tried so many times."""
    for _, smaller in plan.smaller():
        for _ in range(tries):
            if await breaks(smaller):
                return await shrunk(smaller, breaks, tries)
    return plan
