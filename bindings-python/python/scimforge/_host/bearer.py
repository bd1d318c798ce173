"""Tokens that the server gave out itself: made here, shown once, and kept as a digest."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import math
import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from os import PathLike
from typing import Any, NamedTuple

from .exchange import Head
from .known import Authenticator, Known, Maybe, awaited
from .principal import Found, Principal, check_principal, instant, realm_of
from .token_file import TokenFile

_LOG = logging.getLogger("scimforge")

# How often `used` is told of a token, at most, and how many are remembered.
_BETWEEN_USES = 60.0
_MOST_REMEMBERED = 10_000
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]+) *", re.IGNORECASE)


class Token(NamedTuple):
    """A new token, and the form in which a server keeps it.

    >>> from scimforge.asgi import create_token
    >>> create_token().digest[:7]
    'sha256:'
    """

    token: str
    digest: str


def token_digest(token: str) -> str:
    """The form in which tokens are kept: never the token itself.

    >>> from scimforge.asgi import token_digest
    >>> token_digest("try-me")[:15]
    'sha256:4b3c1bf4'
    """
    if not isinstance(token, str) or not token:
        raise TypeError("token_digest: a token is a str that is not empty; is its environment variable set?")
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


def create_token() -> Token:
    """256 bits, under a name that scanners for leaked secrets find.

    >>> from scimforge.asgi import create_token, token_digest
    >>> token, digest = create_token()
    >>> token.startswith("scim_") and digest == token_digest(token)
    True
    """
    token = f"scim_{secrets.token_urlsafe(32)}"
    return Token(token, token_digest(token))


def token_of(authorization: str) -> str | None:
    """The token of the header, if there is one."""
    match = _BEARER.fullmatch(authorization)
    return None if match is None else match[1]


def bearer(
    tokens: Mapping[str, Principal] | None = None,
    *,
    file: str | PathLike[str] | None = None,
    lookup: Callable[[str], Maybe] | None = None,
    used: Callable[[str, datetime], object] | None = None,
    realm: str = "scim",
) -> Authenticator:
    """Tokens that the server gave out itself.

    ``tokens``: digest (see :func:`token_digest`) to principal. ``file``: a file of these, as
    ``npx @scimforge/node token make --file …`` writes it; what is made, rotated or revoked there
    counts within a second. ``lookup(digest)`` is for those that live in a database,
    ``used(digest, time)`` for a list of tokens nobody needs; both may be coroutines.

    >>> from scimforge.asgi import bearer, token_digest
    >>> auth = bearer({token_digest("try-me"): {"sub": "okta", "permissions": ["scim:*"]}})
    >>> auth.challenge
    'Bearer realm="scim"'
    """
    known = _candidates(tokens or {})
    if not known and file is None and lookup is None:
        raise TypeError("bearer: give `tokens`, `file` or `lookup`; without any nobody could sign in")
    filed = None if file is None else TokenFile(file, _candidates)

    def every() -> list[_Candidate]:
        return known if filed is None else [*known, *filed.read()]

    note = _sometimes(used)

    async def authenticate(head: Head) -> Found:
        token = token_of(head.authorization)
        if token is None:
            return None
        digest = hashlib.sha256(token.encode()).digest()
        # Every token is compared, so that the time says nothing about which one is close.
        found: tuple[Found, float] = (None, math.inf)
        for candidate, principal, expires in every():
            if hmac.compare_digest(candidate, digest):
                found = (principal, expires)
        who, until = found
        text = f"sha256:{digest.hex()}"
        if who is None and lookup is not None:
            who = await awaited(lookup(text))
            if who is not None:
                until = instant("bearer: lookup", check_principal("bearer: lookup", who).get("expires_at"))
        if who is None or until <= time.time():
            return None
        note(text)
        return {"credential": text, **who}

    scheme = {
        "type": "oauthbearertoken",
        "name": "Bearer token",
        "description": "A token in the Authorization header",
        "specUri": "https://www.rfc-editor.org/info/rfc6750",
        "primary": True,
    }
    return Known(f"Bearer {realm_of(realm)}", [scheme], authenticate, lambda: [("bearer", who) for _, who, _ in every()])


_Candidate = tuple[bytes, Mapping[str, Any], float]


def _candidates(tokens: Mapping[str, Any]) -> list[_Candidate]:
    return [
        (_digest_bytes(digest), check_principal("bearer", who), instant("bearer", who.get("expires_at")))
        for digest, who in tokens.items()
    ]


def _digest_bytes(digest: str) -> bytes:
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise TypeError("bearer: a token is given as sha256:<64 hex digits>; token_digest(token) makes it")
    return bytes.fromhex(match[1])


def _sometimes(used: Callable[[str, datetime], object] | None) -> Callable[[str], None]:
    last: dict[str, float] = {}
    telling: set[asyncio.Task[None]] = set()

    async def tell(digest: str) -> None:
        assert used is not None
        try:
            await awaited(used(digest, datetime.now(timezone.utc)))
        except Exception as error:
            # A list of tokens that cannot be written keeps nobody out.
            _LOG.warning("the use of a token could not be noted: %s", type(error).__name__)

    def note(digest: str) -> None:
        now = time.monotonic()
        if used is None or now - last.get(digest, -math.inf) < _BETWEEN_USES:
            return
        if len(last) >= _MOST_REMEMBERED:
            last.clear()
        last[digest] = now
        task = asyncio.ensure_future(tell(digest))
        telling.add(task)
        task.add_done_callback(telling.discard)

    return note
