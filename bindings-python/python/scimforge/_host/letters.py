"""What was given up: to be looked at, and tried again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .deliveries import Deliveries

_MOST = 1_000
# An `id` is the number of its event, a full stop, and the name of its receiver.
_PLACE = re.compile(r"(\d{1,18})\.(.*)", re.DOTALL)


async def dead_letters(
    deliveries: Deliveries | None, receiver: str | None, after: str | None, limit: int
) -> list[dict[str, Any]]:
    known = offered(deliveries, "dead_letters")
    if not (isinstance(limit, int) and 1 <= limit <= _MOST):
        raise TypeError(f"dead_letters: `limit` is a number from 1 to {_MOST}")
    found = await known.outbox.dead_letters(_place(after), limit, receiver)
    return [
        {
            "id": f"{letter.seq}.{letter.sink}",
            "receiver": letter.sink,
            "seq": letter.seq,
            "attempts": letter.attempts,
            "failure": letter.failure,
            "event": letter.event,
        }
        for letter in found
    ]


async def retry_dead_letters(
    deliveries: Deliveries | None, receiver: str | None, ids: Sequence[str] | None
) -> int:
    """The answer is how many are tried again."""
    offer = offered(deliveries, "retry_dead_letters")
    if receiver is not None and receiver not in offer.known:
        raise TypeError(f"retry_dead_letters: there is no receiver `{receiver}`")
    listed = isinstance(ids, Sequence) and not isinstance(ids, (str, bytes))
    if ids is not None and not (listed and all(isinstance(one, str) for one in ids)):
        raise TypeError("retry_dead_letters: `ids` is a list of the `id` of dead letters")
    # Nobody would deliver what is for others.
    count = await offer.outbox.retry(offer.known if receiver is None else [receiver], ids)
    offer.kick()
    return count


def offered(deliveries: Deliveries | None, name: str) -> Deliveries:
    if deliveries is None:
        raise TypeError(f"{name}: set `events`, and a store that keeps them")
    return deliveries


def _place(after: str | None) -> tuple[int, str]:
    if after is None:
        return 0, ""
    match = _PLACE.fullmatch(str(after))
    if match is None:
        raise TypeError("dead_letters: `after` is the `id` of the last one that you have")
    return int(match[1]), match[2]
