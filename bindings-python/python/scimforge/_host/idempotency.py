"""A POST that is sent again with its Idempotency-Key is answered again, and not done again. What
is remembered is bounded, and gone with the process."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from .exchange import Answer, Head

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_MINUTES = 10
_MOST = 1_000
_MOST_BYTES = 8 << 20

Once = Callable[[Head, bytes, Any, Callable[[], Awaitable[Answer]]], Awaitable["Answer | None"]]


@dataclass
class _Entry:
    request: bytes
    answering: asyncio.Future[Answer]
    until: float
    size: int = 0
    done: bool = False


def idempotency(setting: Any = True) -> Once:
    if setting is False:
        return _always
    given = {} if setting is True or setting is None else dict(setting)
    minutes, most = given.pop("minutes", _MINUTES), given.pop("max", _MOST)
    if given or not minutes > 0 or not most > 0:
        raise TypeError('create_scim_app: `idempotency` is False or {"minutes": 10, "max": 1000}')
    return _Remembered(minutes * 60, most).once


async def _always(head: Head, body: bytes, whose: Any, work: Callable[[], Awaitable[Answer]]) -> Answer:
    return await work()


class _Remembered:
    def __init__(self, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._answers: dict[str, _Entry] = {}
        self._bytes = 0

    async def once(
        self, head: Head, body: bytes, whose: Any, work: Callable[[], Awaitable[Answer]]
    ) -> Answer | None:
        """``None`` for an answer that belongs to another request with this key."""
        key = head.headers.get("idempotency-key", "")
        if head.method != "POST" or not _KEY.fullmatch(key) or head.path.endswith("/.search"):
            return await work()
        name = json.dumps([whose, key])
        request = hashlib.sha256(head.target.encode() + b"\n" + body).digest()
        self._forget_old()
        while (before := self._answers.get(name)) is not None:
            if before.request != request:
                return None
            # What failed is tried again, by the first of those that waited.
            await asyncio.wait([before.answering])
            if (again := _lasting(before.answering)) is not None:
                return again
            if self._answers.get(name) is before:
                self._forget(name)
        # The work goes on if whoever asked for it first goes away.
        answering = asyncio.ensure_future(work())
        entry = _Entry(request, answering, time.monotonic() + self._seconds)
        self._answers[name] = entry
        answering.add_done_callback(lambda _: self._keep(name, entry))
        self._forget_while(lambda: len(self._answers) > self._most)
        return await asyncio.shield(answering)

    def _keep(self, name: str, entry: _Entry) -> None:
        if self._answers.get(name) is not entry:
            return
        answered = _lasting(entry.answering)
        if answered is None:
            return self._forget(name)
        entry.size, entry.done = len(answered.body), True
        self._bytes += entry.size
        self._forget_while(lambda: self._bytes > _MOST_BYTES or len(self._answers) > self._most)

    def _forget(self, name: str) -> None:
        entry = self._answers.pop(name, None)
        self._bytes -= entry.size if entry is not None else 0

    def _forget_while(self, is_too_much: Callable[[], bool]) -> None:
        """From the oldest on, but none that is under way: what is sent again meanwhile would be done
        again."""
        for name, entry in list(self._answers.items()):
            if not is_too_much():
                return
            if entry.done:
                self._forget(name)

    def _forget_old(self) -> None:
        now = time.monotonic()
        for name, entry in list(self._answers.items()):
            if entry.until > now:
                break
            if entry.done:
                self._forget(name)


def _lasting(answering: asyncio.Future[Answer]) -> Answer | None:
    """The answer, unless there may be another one the next time."""
    if answering.cancelled() or answering.exception() is not None:
        return None
    answered = answering.result()
    passing = answered.status >= 500 or answered.status in (401, 403, 429)
    return None if passing else answered
