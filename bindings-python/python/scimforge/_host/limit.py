"""How fast somebody may ask: a token bucket for each credential, in this process."""

from __future__ import annotations

import inspect
import math
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypedDict

from .exchange import Head

_RATE = re.compile(r"(\d+(?:\.\d+)?) ?/ ?(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_MOST_BUCKETS = 10_000


class _PerToken(TypedDict):
    per_token: str


class RateLimit(_PerToken, total=False):
    """So many requests in a time, such as ``{"per_token": "25/s", "burst": 50}``."""

    burst: int


Limiter = Callable[[str, Head], Awaitable[int]]
OwnLimiter = Callable[[str, Head], "float | Awaitable[float]"]


def rate_limiter(setting: RateLimit | OwnLimiter | None) -> Limiter | None:
    """Answers the seconds to wait, 0 for none. A function of the developer's own decides for
    several processes at once."""
    if setting is None:
        return None
    if callable(setting):
        own = setting

        async def ask(credential: str, head: Head) -> int:
            # Where it cannot be asked nobody is let in, and whoever reads the log sees whose fault it is.
            try:
                seconds = own(credential, head)
                if inspect.isawaitable(seconds):
                    seconds = await seconds
            except Exception as error:
                reason = "rate_limit: your function failed, and so the request was not let in"
                raise RuntimeError(reason) from error
            return _whole(seconds)

        return ask
    match = _RATE.fullmatch(str(setting.get("per_token", "")))
    if match is None or float(match[1]) == 0:
        raise TypeError('create_scim_app: `rate_limit` is {"per_token": "25/s", "burst": 50} or a function')
    per_second = float(match[1]) / _SECONDS[match[2]]
    burst = setting.get("burst", max(1, math.ceil(per_second)))
    if not burst >= 1:
        raise TypeError('create_scim_app: `rate_limit["burst"]` is at least 1')
    return _buckets(per_second, burst)


def _buckets(per_second: float, burst: float) -> Limiter:
    left: dict[str, tuple[float, float]] = {}

    async def take(credential: str, head: Head) -> int:
        now = time.monotonic()
        # The last that asked stands last, so that the first is the one to forget.
        before, at = left.pop(credential, (burst, now))
        tokens = min(burst, before + (now - at) * per_second)
        if len(left) >= _MOST_BUCKETS:
            del left[next(iter(left))]
        allowed = tokens >= 1
        left[credential] = (tokens - 1 if allowed else tokens, now)
        return 0 if allowed else _whole((1 - tokens) / per_second)

    return take


def _whole(seconds: Any) -> int:
    """Some clients ignore a Retry-After that is no whole number (Q-7D)."""
    # A limiter that cannot say how long keeps the client out for a minute.
    if not math.isfinite(seconds):
        return 60
    return math.ceil(seconds) if seconds > 0 else 0
