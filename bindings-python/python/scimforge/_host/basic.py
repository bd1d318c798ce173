"""HTTP Basic (RFC 7617), and passwords."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from .. import _scimforge
from .exchange import Head
from .known import Authenticator, Known, Maybe, awaited
from .principal import Found, check_principal, realm_of

_BASIC = re.compile(r"Basic +([A-Za-z0-9+/]+={0,2}) *", re.IGNORECASE)


def password_hash(password: str) -> str:
    """The form in which passwords are kept: an argon2id PHC string.

    >>> from scimforge.asgi import password_hash
    >>> password_hash("correct horse").startswith("$argon2id$v=19$")
    True
    """
    return _scimforge.hash_password(password)


def password_matches(hash: str, password: str) -> bool:
    """Whether a password is the one that an argon2id PHC string was made of: of
    :func:`password_hash`, or of those that stores keep of users. It takes long on purpose.

    >>> from scimforge.asgi import password_hash, password_matches
    >>> kept = password_hash("three lanterns at the quay")
    >>> password_matches(kept, "three lanterns at the pier")
    False
    """
    return _scimforge.verify_password(hash, password)


def basic(
    users: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    lookup: Callable[[str], Maybe] | None = None,
    realm: str = "scim",
) -> Authenticator:
    """HTTP Basic (RFC 7617) for clients that know nothing else. Only over TLS.

    ``users``: name to principal with ``password``, as :func:`password_hash` makes it.
    ``lookup(name)`` for those that live in a database; it may be a coroutine.

    >>> from scimforge.asgi import basic, password_hash
    >>> auth = basic({"hr": {"password": password_hash("correct horse"), "permissions": ["scim:*"]}})
    >>> auth.challenge
    'Basic realm="scim", charset="UTF-8"'
    """
    known = {name: _checked_user("basic", user) for name, user in (users or {}).items()}
    if not known and lookup is None:
        raise TypeError("basic: give `users` or `lookup`; without either nobody could sign in")
    passwords = _Passwords()

    async def authenticate(head: Head) -> Found:
        given = credentials(head.authorization)
        if given is None:
            return None
        name, password = given
        user: Found = known.get(name)
        if user is None and lookup is not None:
            user = await awaited(lookup(name))
            if user is not None:
                _checked_user("basic: lookup", user)
        if user is None:
            await passwords.compare_with_nobody(password)
            return None
        if not await passwords.is_right(name, password, user["password"]):
            return None
        principal = {key: value for key, value in user.items() if key != "password"}
        return {"sub": name, "credential": f"basic:{name}", **principal}

    scheme = {
        "type": "httpbasic",
        "name": "HTTP Basic",
        "description": "A name and a password in the Authorization header",
        "specUri": "https://www.rfc-editor.org/info/rfc7617",
        "primary": True,
    }
    listed = [("basic", user) for user in known.values()]
    return Known(f'Basic {realm_of(realm)}, charset="UTF-8"', [scheme], authenticate, lambda: listed)


def _checked_user(where: str, user: object) -> Mapping[str, Any]:
    checked = check_principal(where, user)
    phc = checked.get("password")
    if not isinstance(phc, str) or not _scimforge.is_password_hash(phc):
        raise TypeError(f"{where}: `password` is an argon2id PHC string; password_hash(password) makes it")
    return checked


def credentials(authorization: str) -> tuple[str, str] | None:
    """Name and password, if there are such."""
    match = _BASIC.fullmatch(authorization)
    if match is None:
        return None
    try:
        text = base64.b64decode(match[1] + "=" * (-len(match[1]) % 4)).decode(errors="replace")
    except binascii.Error:
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon else None


class _Passwords:
    """Comparisons take long on purpose: what was right needs no second look for a while, and
    guesses wait for each other, but not without end."""

    _REMEMBERED = 5 * 60.0
    _MOST_REMEMBERED = 1_000
    _MOST_AT_ONCE = 2
    _MOST_WAITING = 64

    def __init__(self) -> None:
        # Under a key that is gone with the process.
        self._secret = os.urandom(32)
        self._until: dict[bytes, float] = {}
        self._nobody: str | None = None
        self._inside = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def is_right(self, name: str, password: str, phc: str) -> bool:
        parts = "\0".join(str(len(part)) + ":" + part for part in (name, password, phc))
        proof = hmac.digest(self._secret, parts.encode(errors="surrogatepass"), "sha256")
        if self._until.get(proof, 0) > time.monotonic():
            return True
        if not await self._verify(phc, password):
            return False
        if len(self._until) >= self._MOST_REMEMBERED:
            self._until.clear()
        self._until[proof] = time.monotonic() + self._REMEMBERED
        return True

    async def compare_with_nobody(self, password: str) -> None:
        """So that a name which nobody has takes as long."""
        if self._nobody is None:
            self._nobody = await asyncio.to_thread(password_hash, secrets.token_urlsafe(16))
        await self._verify(self._nobody, password)

    async def _verify(self, phc: str, password: str) -> bool:
        if self._inside < self._MOST_AT_ONCE:
            self._inside += 1
        elif len(self._waiting) < self._MOST_WAITING:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        else:
            raise RuntimeError("basic: too many passwords are being checked")
        try:
            return await asyncio.to_thread(_scimforge.verify_password, phc, password)
        finally:
            while self._waiting:
                waiting = self._waiting.pop(0)
                if not waiting.done():
                    waiting.set_result(None)
                    break
            else:
                self._inside -= 1
