"""What the demo prints: pleasant on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

console = Console(highlight=False)
if not console.is_terminal:
    console = Console(highlight=False, width=110)

_kept: list[str] = []
_broken: list[str] = []


def title(text: str) -> None:
    console.print(f"\n[bold]{escape(text)}[/]")


def step(number: int, text: str) -> None:
    console.print(f"\n[bold cyan]{number}  {escape(text)}[/]")


def line(text: str, style: str = "") -> None:
    console.print("   " + escape(text), style=style, soft_wrap=True)


def expect(held: bool, sentence: str, otherwise: str = "") -> bool:
    """Notes whether an expectation held, and says so."""
    if held:
        _kept.append(sentence)
        console.print(f"   [green]✓[/] {escape(sentence)}", soft_wrap=True)
    else:
        _broken.append(f"{sentence}: {otherwise}" if otherwise else sentence)
        console.print(f"   [bold red]✗[/] {escape(_broken[-1])}", soft_wrap=True)
    return held


def expectations() -> tuple[list[str], list[str]]:
    """Those that held, and those that did not."""
    return _kept, _broken


def table(heads: Iterable[str], rows: Iterable[Iterable[object]], numbers: int | None = None) -> None:
    """A small table; ``numbers`` is the column to set to the right."""
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for index, head in enumerate(heads):
        shown.add_column(head, justify="right" if index == numbers else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(escape(str(cell)) for cell in row))
    console.print(Padding(shown, (0, 0, 0, 3), expand=False))


class Bar:
    """How far a piece of work is."""

    def __init__(self, what: str, total: int, progress: Progress | None) -> None:
        self._what, self._total, self._done, self._told = what, total, 0, 0
        self._start = time.monotonic()
        self._progress = progress
        self._task = progress.add_task(what, total=total) if progress else None

    def advance(self, by: int = 1) -> None:
        self._done += by
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self._done)
            return
        # Without a terminal: a line at every quarter.
        quarter = self._done * 4 // self._total if self._total else 4
        if quarter > self._told:
            self._told = quarter
            seconds = time.monotonic() - self._start
            line(f"{self._what}: {self._done} of {self._total} after {seconds:.1f} s")


@contextmanager
def bar(what: str, total: int) -> Iterator[Bar]:
    if not console.is_terminal:
        yield Bar(what, total, None)
        return
    columns = (
        TextColumn("   {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield Bar(what, total, progress)


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 user``, ``2 users``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"
