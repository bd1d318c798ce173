"""Two ways side by side, as core/benches/support/race.rs has it for Rust.

Interleaved rounds, the CPU time of the process, medians, ratios and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import process_time_ns

ROUNDS = 15
SAMPLE = 48_000_000
"""What is shorter than this is repeated within a round; nanoseconds."""


@dataclass
class Way:
    """A name, and a run of it."""

    name: str
    run: Callable[[], object]
    repeats: int = 1

    def time(self) -> float:
        """The time of one run."""
        start = process_time_ns()
        for _ in range(self.repeats):
            self.run()
        return (process_time_ns() - start) / self.repeats

    def settle(self) -> None:
        start, runs = process_time_ns(), 0
        while process_time_ns() - start < SAMPLE:
            self.run()
            runs += 1
        self.repeats = runs


@dataclass
class Race:
    work: str
    ours: Way
    rival: Way
    ratios: list[float] = field(default_factory=list)


class Table:
    """The lines, run in interleaved rounds."""

    def __init__(self) -> None:
        self._races: list[Race] = []
        self._notes: list[str] = []

    def add(self, work: str, ours: Way, rival: Way) -> None:
        """``ours`` against ``rival``; each run does as much as the other's."""
        self._races.append(Race(work, ours, rival))

    def missing(self, work: str, against: str, reason: str) -> None:
        """A line that could not be run: the table has it all the same."""
        print(f"| {work} | {against} | {reason} |")

    def note(self, text: str) -> None:
        self._notes.append(text)

    def run(self) -> None:
        for race in self._races:
            race.ours.settle()
            race.rival.settle()
        for turn in range(ROUNDS):
            for race in self._races:
                # Who runs second finds warmer caches: they take turns.
                if turn % 2 == 0:
                    ours, rival = race.ours.time(), race.rival.time()
                else:
                    rival, ours = race.rival.time(), race.ours.time()
                race.ratios.append(ours / rival)
        for race in self._races:
            race.ratios.sort()
            low, middle, high = (race.ratios[ROUNDS * quarter // 4] for quarter in (1, 2, 3))
            print(
                f"| {race.work} | {race.ours.name}: {race.rival.name} "
                f"| {middle:.5f} ({low:.5f} - {high:.5f}) |"
            )
        for text in self._notes:
            print(f"note: {text}")
