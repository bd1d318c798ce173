"""What the host does with resources that were deleted and are kept. SCIM has no request for it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from .exchange import Answer

# How many are purged in one transaction.
_CHUNK = 500

Perform = Callable[[Mapping[str, Any], Mapping[str, Any]], Awaitable[Answer]]


class Refused(Exception):
    """What was to be done with a resource that was deleted cannot be done: another one has its
    ``userName`` (409), or the store does not keep what is deleted (501).

    >>> from scimforge.asgi import Refused
    >>> Refused("userName: the value is taken", 409, "uniqueness").scim_type
    'uniqueness'
    """

    def __init__(self, message: str, status: int, scim_type: str | None = None) -> None:
        super().__init__(message)
        self.status, self.scim_type = status, scim_type


async def removed(perform: Perform, who: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    page = await _done(perform, {"task": "removed", **_given(task)}, who)
    return page or {"removed": []}


async def restore(perform: Perform, who: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any] | None:
    return await _done(perform, {"task": "restore", **task}, who)


async def purge(
    perform: Perform, who: Mapping[str, Any], before: datetime, tenant: str | None
) -> dict[str, int]:
    # A time without a zone is local, as everywhere in `datetime`.
    limit = before.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    task = _given({"task": "purge", "tenant": tenant, "before": limit, "limit": _CHUNK})
    counts: dict[str, int] = {}
    while True:
        answer = await _done(perform, task, who) or {}
        for name, count in answer.get("purged", {}).items():
            counts[name] = counts.get(name, 0) + count
        if not answer.get("more"):
            return counts


async def _done(
    perform: Perform, task: Mapping[str, Any], who: Mapping[str, Any]
) -> dict[str, Any] | None:
    answer = await perform(task, who)
    if answer.status == 404:
        return None
    read: dict[str, Any] = json.loads(answer.body)
    if answer.status < 400:
        return read
    reason = "the store cannot do this" if answer.status == 501 else answer.reason or read.get("detail", "")
    raise Refused(reason, answer.status, read.get("scimType"))


def _given(task: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in task.items() if value is not None}
