"""Events until they are delivered: what is asked of the tables of a store.

What is run is the core's; here is in which order. A program is a generator that yields statements:
it is given the rows of each, and how many rows it changed.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# How often a claim makes room for other resources, before it is content with what it has.
_ROUNDS = 20

Rows = tuple[list[Any], int]
Programmed = Generator[tuple[str, list[Any]], Rows, Any]


@dataclass(frozen=True)
class Claimed:
    """An event that is to be delivered, and how often it was tried, with this time.

    >>> from scimforge.asgi import Claimed
    >>> Claimed(seq=7, attempts=1, event={"name": "user.created"}).seq
    7
    """

    seq: int
    attempts: int
    event: dict[str, Any]


@dataclass(frozen=True)
class Settled:
    """What became of a delivery: it is ``done``, it is due ``again`` after ``wait`` seconds, or
    ``dead``: given up.

    >>> from scimforge.asgi import Settled
    >>> Settled("again", failure="status 503", wait=2.0).outcome
    'again'
    """

    outcome: str
    failure: str = ""
    wait: float = 0.0


@dataclass(frozen=True)
class Letter:
    """What was given up for a receiver.

    >>> from scimforge.asgi import Letter
    >>> Letter("webhook crm", 7, 15, "status 410", {"name": "user.created"}).failure
    'status 410'
    """

    sink: str
    seq: int
    attempts: int
    failure: str
    event: dict[str, Any]


class Outbox(Protocol):
    """Where a store keeps the events of changes until they are delivered. A ``sink`` is the name of
    a receiver; times are seconds. A store of yours has one as ``outbox``, see :class:`StoreBase`.

    >>> from scimforge.asgi import Outbox
    >>> [name for name in ("claim", "settle", "changes", "prune") if hasattr(Outbox, name)]
    ['claim', 'settle', 'changes', 'prune']
    """

    async def claim(self, sink: str, limit: int, lease: float) -> list[Claimed]:
        """Up to ``limit`` events that are due for a receiver, each of another resource and the first
        of it that is still to be delivered. For ``lease`` they belong to the one who asked.

        >>> import asyncio
        >>> from scimforge.asgi import Claimed
        >>> class Shelf:
        ...     async def claim(self, sink, limit, lease):
        ...         return [Claimed(7, 1, {"name": "user.created"})][:limit]
        >>> asyncio.run(Shelf().claim("webhook crm", 8, lease=31))[0].seq
        7
        """

    async def settle(
        self, sink: str, claimed: Claimed, settled: Settled, lease: float | None
    ) -> Claimed | None:
        """What became of a delivery. Of another attempt than the last it changes nothing. After what
        is ``done``, and with a ``lease``, answers the next event of the same resource as if it had
        been claimed.

        >>> import asyncio
        >>> from scimforge.asgi import Claimed, Settled
        >>> class Shelf:
        ...     async def settle(self, sink, claimed, settled, lease):
        ...         print(sink, claimed.seq, settled.outcome, settled.wait)
        >>> claimed = Claimed(7, 1, {"name": "user.created"})
        >>> asyncio.run(Shelf().settle("webhook crm", claimed, Settled("again", "status 503", 2.0), None))
        webhook crm 7 again 2.0
        """

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        """The events behind one, as ``{"seq", "event"}``, in order; none may turn up before one that
        was answered.

        >>> import asyncio
        >>> class Shelf:
        ...     rows = [{"seq": 7, "event": {"name": "user.created"}}]
        ...     async def changes(self, after, limit):
        ...         return [row for row in self.rows if row["seq"] > after][:limit]
        >>> asyncio.run(Shelf().changes(6, 500))[0]["seq"]
        7
        """

    async def prune(
        self, age: float, known: Sequence[str], abandoned_after: float
    ) -> tuple[dict[str, int], bool]:
        """Forgets events of that age that are not to be delivered any more, and whether there are
        more of them. May give up what is for others than the ``known`` receivers and was due for
        ``abandoned_after`` already, and answers how much, by receiver.

        >>> import asyncio
        >>> class Shelf:
        ...     async def prune(self, age, known, abandoned_after):
        ...         return {}, False  # an outbox that keeps everything
        >>> asyncio.run(Shelf().prune(7 * 86400, ["webhook crm"], 86400))
        ({}, False)
        """

    async def dead_letters(self, after: tuple[int, str], limit: int, receiver: str | None) -> list[Letter]:
        """What was given up, in the order of ``seq`` and ``sink``, behind such a place.

        >>> import asyncio
        >>> from scimforge.asgi import Letter
        >>> class Shelf:
        ...     dead = [Letter("webhook crm", 7, 15, "status 410", {"name": "user.created"})]
        ...     async def dead_letters(self, after, limit, receiver):
        ...         return [one for one in self.dead if (one.seq, one.sink) > after][:limit]
        >>> asyncio.run(Shelf().dead_letters((0, ""), 100, None))[0].failure
        'status 410'
        """

    async def retry(self, receivers: Sequence[str], ids: Sequence[str] | None) -> int:
        """Has what was given up for these receivers delivered again, all of it or these (``seq``, a
        full stop, ``sink``); answers how many.

        >>> import asyncio
        >>> class Shelf:
        ...     async def retry(self, receivers, ids):
        ...         return 0 if ids is None else len(ids)
        >>> asyncio.run(Shelf().retry(["webhook crm"], ["7.webhook crm"]))
        1
        """


def sinks_of(config: Mapping[str, Any]) -> list[str] | None:
    """Whom events are kept for, if there are events."""
    events = config.get("events")
    if events is None or events is False:
        return None
    return list(events.get("sinks") or []) if isinstance(events, Mapping) else []


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _claimed(row: Any) -> Claimed:
    seq, attempts, event = row
    return Claimed(int(seq), attempts, json.loads(event))


def claim(sql: Mapping[str, str], sink: str, limit: int, lease: float) -> Programmed:
    found: list[Any] = []
    for _ in range(_ROUNDS):
        rows, _changed = yield sql["claim"], [sink, limit - len(found), _milliseconds(lease)]
        found += rows
        if len(found) >= limit:
            break
        _none, parked = yield sql["park"], [sink]
        if parked == 0:
            break
    return sorted(map(_claimed, found), key=lambda one: one.seq)


def settle(
    sql: Mapping[str, str], sink: str, claimed: Claimed, settled: Settled, lease: float | None
) -> Programmed:
    own = [sink, claimed.seq, claimed.attempts]
    if settled.outcome == "again":
        yield sql["again"], [*own, settled.failure, _milliseconds(settled.wait)]
        return None
    if settled.outcome == "dead":
        places, _ = yield sql["dead"], [*own, settled.failure]
    else:
        places, _ = yield sql["done"], own
    # What is not of the attempt that was claimed is somebody else's by now.
    if not places:
        return None
    if lease is None:
        yield sql["wake"], [sink, *places[0]]
        return None
    rows, _ = yield sql["next"], [sink, *places[0], _milliseconds(lease)]
    return _claimed(rows[0]) if rows else None


def prune(
    sql: Mapping[str, str], sinks: Sequence[str], age: float, abandoned_after: float
) -> Programmed:
    given_up: dict[str, int] = {}
    lost, _ = yield sql["abandoned"], [json.dumps(list(sinks)), _milliseconds(abandoned_after)]
    for (sink,) in lost:
        _rows, given_up[sink] = yield sql["abandon"], [sink, "no such receiver"]
    for sink in sinks:
        yield sql["heal"], [sink]
    _rows, gone = yield sql["prune"], [_milliseconds(age)]
    return given_up, gone > 0


def change(seq: Any, event: Any) -> dict[str, Any]:
    return {"seq": int(seq), "event": json.loads(event) if isinstance(event, str) else event}


class SqlOutbox:
    """What the tables of a store are asked, one program at a time."""

    def __init__(self, sql: Mapping[str, str], run: Callable[[Programmed], Awaitable[Any]]) -> None:
        self._sql, self._run = sql, run

    async def claim(self, sink: str, limit: int, lease: float) -> list[Claimed]:
        found: list[Claimed] = await self._run(claim(self._sql, sink, limit, lease))
        return found

    async def settle(
        self, sink: str, claimed: Claimed, settled: Settled, lease: float | None
    ) -> Claimed | None:
        following: Claimed | None = await self._run(settle(self._sql, sink, claimed, settled, lease))
        return following

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        return await self._changes([after, limit])

    async def _changes(self, params: list[Any]) -> list[dict[str, Any]]:
        rows, _ = await self._run(_alone(self._sql["changes"], params))
        return [{"seq": int(seq), "event": json.loads(event)} for seq, event in rows]

    async def prune(
        self, age: float, known: Sequence[str], abandoned_after: float
    ) -> tuple[dict[str, int], bool]:
        done: tuple[dict[str, int], bool] = await self._run(prune(self._sql, known, age, abandoned_after))
        return done

    async def dead_letters(self, after: tuple[int, str], limit: int, receiver: str | None) -> list[Letter]:
        rows, _ = await self._run(_alone(self._sql["letters"], [*after, limit, receiver]))
        return [
            Letter(sink, int(seq), attempts, failure, json.loads(event))
            for sink, seq, attempts, failure, event in rows
        ]

    async def retry(self, receivers: Sequence[str], ids: Sequence[str] | None) -> int:
        asked = [json.dumps(list(receivers)), None if ids is None else json.dumps(list(ids))]
        _, count = await self._run(_alone(self._sql["retry"], asked))
        return int(count)


def _alone(text: str, params: list[Any]) -> Programmed:
    return (yield text, params)
