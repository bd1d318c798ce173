"""Failed sign-ins: who fails too often, from one address or for one name, has to wait before the
next try is looked at. Credentials that were right before are let through to be looked at, so that
nobody is kept out by others who guess from the same address or at the same name."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import math
import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict

from .basic import credentials
from .bearer import token_digest, token_of
from .exchange import Head

_MAX = 10
_MINUTES = 5.0
_MOST_COUNTED = 20_000
_MOST_RIGHT = 10_000
_PORTS = (re.compile(r"\[(.*)\](?::\d+)?"), re.compile(r"([^:]+):\d+"))


class FailedSignIns(TypedDict, total=False):
    """How many failures, in how many minutes: ``{"max": 10, "minutes": 5}``."""

    max: int
    minutes: float


Ended = Literal["failed", "right", "unknown"]


class _Try:
    """One that is being looked at."""

    def __init__(self, credential: str, causes: list[str]) -> None:
        self.credential, self.causes = credential, causes
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()


class Guard:
    """The tries to sign in at one endpoint."""

    def __init__(self, setting: FailedSignIns | Literal[False] | None, trust_proxy: int | bool) -> None:
        wanted: Mapping[str, Any] = setting or {}
        self._most: int = wanted.get("max", _MAX)
        self._seconds: float = wanted.get("minutes", _MINUTES) * 60
        if not self._most >= 1 or not self._seconds > 0 or set(wanted) - {"max", "minutes"}:
            raise TypeError('create_scim_app: `failed_sign_ins` is False or {"max": 10, "minutes": 5}')
        if not isinstance(trust_proxy, int) or trust_proxy < 0:
            raise TypeError("create_scim_app: `trust_proxy` is the number of proxies before the server")
        self._off = setting is False
        self.proxies = int(trust_proxy)
        # Under a key that is gone with the process.
        self._secret = os.urandom(32)
        self._counted: dict[str, tuple[int, float]] = {}
        self._right: dict[str, None] = {}
        self._by_credential: dict[str, _Try] = {}
        self._by_cause: dict[str, dict[_Try, None]] = {}
        self._of_head: dict[int, _Try] = {}

    async def admit(self, head: Head) -> int:
        """The seconds until a try is looked at; 0 for now. What may be too many at once wait for
        each other. Who was admitted is ended by one of the other calls."""
        if self._off or not head.authorization:
            return 0
        credential = self._credential_of(head)
        causes = self._causes(head)
        while credential not in self._right:
            now = time.monotonic()
            self._forget_the_old(now)
            full = [until for count, until in map(self._live(now), causes) if count >= self._most]
            if full:
                return math.ceil(max(full) - now)
            # What is being looked at may be one failure more.
            another = self._before(credential, causes, now)
            if not another:
                self._begin(head, credential, causes)
                break
            done, _ = await asyncio.wait(another, return_when=asyncio.FIRST_COMPLETED)
            # Where nobody knows, as when the directory is away, none has to wait for each of the others.
            if any(one.result() == "unknown" for one in done):
                break
        return 0

    def failed(self, head: Head) -> None:
        # Who says nothing guesses nothing.
        if self._off or not head.authorization:
            return
        self._right.pop(self._credential_of(head), None)
        now = time.monotonic()
        live = self._live(now)
        for cause in self._causes(head):
            count, until = live(cause)
            # The last that failed stands last, so that the first is the one to forget.
            self._counted.pop(cause, None)
            if len(self._counted) >= _MOST_COUNTED:
                del self._counted[next(iter(self._counted))]
            self._counted[cause] = (count + 1, until if count else now + self._seconds)
        self._end(head, "failed")

    def succeeded(self, head: Head) -> None:
        if self._off or not head.authorization:
            return
        credential = self._credential_of(head)
        if credential not in self._right:
            if len(self._right) >= _MOST_RIGHT:
                del self._right[next(iter(self._right))]
            self._right[credential] = None
        self._end(head, "right")

    def unknown(self, head: Head) -> None:
        """Nobody could say."""
        self._end(head, "unknown")

    def _causes(self, head: Head) -> list[str]:
        """What a try is counted for."""
        address = address_of(head, self.proxies)
        given = credentials(head.authorization)
        named = [] if given is None else [f"name {self._digest(given[0])}"]
        return named if address is None else [f"address {address}", *named]

    def _credential_of(self, head: Head) -> str:
        token = token_of(head.authorization)
        return self._digest(head.authorization) if token is None else token_digest(token)

    def _digest(self, text: str) -> str:
        return hmac.digest(self._secret, text.encode(errors="surrogatepass"), "sha256").hex()

    def _live(self, now: float) -> Callable[[str], tuple[int, float]]:
        def live(cause: str) -> tuple[int, float]:
            count, until = self._counted.get(cause, (0, 0.0))
            return (count, until) if until > now else (0, 0.0)

        return live

    def _forget_the_old(self, now: float) -> None:
        while self._counted:
            first = next(iter(self._counted))
            if self._counted[first][1] > now:
                break
            del self._counted[first]

    def _before(self, credential: str, causes: list[str], now: float) -> list[asyncio.Future[Ended]]:
        """Tries of which one has to end before this one may begin. One credential is looked at
        once at a time."""
        same = self._by_credential.get(credential)
        if same is not None:
            return [same.ended]
        live = self._live(now)
        for cause in causes:
            those = self._by_cause.get(cause, {})
            if those and len(those) >= self._most - live(cause)[0]:
                return [one.ended for one in those]
        return []

    def _begin(self, head: Head, credential: str, causes: list[str]) -> None:
        one = _Try(credential, causes)
        self._of_head[id(head)] = one
        self._by_credential[credential] = one
        for cause in causes:
            self._by_cause.setdefault(cause, {})[one] = None

    def _end(self, head: Head, how: Ended) -> None:
        one = self._of_head.pop(id(head), None)
        if one is None:
            return
        if self._by_credential.get(one.credential) is one:
            del self._by_credential[one.credential]
        for cause in one.causes:
            those = self._by_cause.get(cause, {})
            those.pop(one, None)
            if not those:
                self._by_cause.pop(cause, None)
        one.ended.set_result(how)


def address_of(head: Head, proxies: int) -> str | None:
    """What tries are counted for: the address of the client, or of its network."""
    client = client_of(head, proxies)
    return _network(client) or client or None


def client_of(head: Head, proxies: int) -> str:
    """The address of the client. What proxies say counts for as many of them as there are: the
    rest of the header is the client's own."""
    forwarded = head.headers.get("x-forwarded-for", "").split(",") if proxies else []
    told = forwarded[-proxies].strip() if len(forwarded) >= proxies > 0 else ""
    for port in _PORTS:
        # Some proxies add the port, which is another for each connection.
        match = port.fullmatch(told)
        told = match[1] if match else told
    return told if _network(told) else head.address


def _network(text: str) -> str | None:
    """Whoever has one address of IPv6 has the 2^64 beside it."""
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return None
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
