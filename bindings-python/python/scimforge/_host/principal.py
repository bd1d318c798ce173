"""Who asks, in the words of the engine."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, TypedDict, Union

from .exchange import Head


class Subject(TypedDict):
    """The resource that somebody is, for ``/Me``."""

    type: str
    id: str


class Principal(TypedDict, total=False):
    """Who asks, and what they may do.

    >>> from scimforge.asgi import Principal
    >>> okta: Principal = {"sub": "okta", "tenant": "acme", "permissions": ["Users:*", "Groups:list"]}
    >>> sorted(okta)
    ['permissions', 'sub', 'tenant']
    """

    sub: str
    """The name that stands in the audit record."""
    tenant: str
    """Whose data it is; part of every key in the store."""
    permissions: Sequence[str]
    """Such as ``["Users:list", "Groups:*"]`` or ``["scim:*"]``; none if absent."""
    subject: Subject
    """Who it is on ``/Me``."""
    profile: Any
    """What is tolerated of this client: a name, or names of quirks."""
    expires_at: "datetime | str"
    """Until when a token counts: a time with its zone, or an ISO text."""
    credential: str
    """What rates are limited by; the token, or tenant and name, if absent."""


Found = Union[Mapping[str, Any], None]
Asking = Callable[[Head], Union[Found, Awaitable[Found]]]


def check_principal(where: str, principal: object) -> Mapping[str, Any]:
    """What stands in settings is checked when they are read, so that a slip is found before a
    request."""
    if not isinstance(principal, Mapping):
        raise TypeError(f"{where}: a principal is a dict")
    permissions, subject = principal.get("permissions"), principal.get("subject")
    if permissions is not None and not _are_names(permissions):
        raise TypeError(f'{where}: `permissions` is a list such as ["Users:list", "Groups:*"] or ["scim:*"]')
    if not isinstance(principal.get("tenant", ""), str):
        raise TypeError(f"{where}: `tenant` is a str")
    if subject is not None and not (
        isinstance(subject, Mapping) and all(isinstance(subject.get(name), str) for name in ("type", "id"))
    ):
        raise TypeError(f'{where}: `subject` is {{"type": …, "id": …}}')
    return principal


def _are_names(permissions: object) -> bool:
    listed = isinstance(permissions, Sequence) and not isinstance(permissions, (str, bytes))
    return listed and all(isinstance(one, str) for one in permissions)  # type: ignore[attr-defined]


def environment_of(principal: Mapping[str, Any]) -> dict[str, Any]:
    """A principal that says nothing of permissions has none."""
    sub = principal.get("sub")
    return {
        "tenant": principal.get("tenant") or "",
        "principal": None if sub is None else str(sub),
        "permissions": list(principal.get("permissions") or ()),
        "subject": principal.get("subject"),
        "profile": principal.get("profile"),
    }


def credential_of(principal: Mapping[str, Any]) -> str:
    """Whose allowance a request is taken from."""
    own = principal.get("credential")
    if isinstance(own, str):
        return own
    return json.dumps([principal.get("tenant", ""), principal.get("sub", "")])


def instant(where: str, time: object) -> float:
    """Seconds since 1970; infinity for no time."""
    if time is None:
        return math.inf
    try:
        # Python reads no Z before 3.11.
        read = datetime.fromisoformat(re.sub("[Zz]$", "+00:00", time)) if isinstance(time, str) else time
    except ValueError:
        read = None
    if not isinstance(read, datetime):
        raise TypeError(f"{where}: `expires_at` is a datetime or an ISO time")
    # A time without a zone is one of UTC, wherever the server stands.
    return (read if read.tzinfo is not None else read.replace(tzinfo=timezone.utc)).timestamp()


def realm_of(realm: str) -> str:
    """A quoted-string without anything that would end it."""
    return 'realm="' + re.sub(r'[^\x20-\x7e]|[\\"]', "", realm) + '"'
