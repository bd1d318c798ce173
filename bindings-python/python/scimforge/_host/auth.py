"""Who is let in, from what the developer gave."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from .access_tokens import jwt
from .basic import basic
from .bearer import bearer
from .exchange import Head
from .known import Authenticator, Known, awaited
from .principal import Asking, Found


def none() -> Authenticator:
    """Everybody is let in, to everything: for tests, and behind a proxy that has asked already.

    >>> from scimforge.asgi import none
    >>> none().schemes
    ()
    """

    async def everybody(head: Head) -> Found:
        return {"permissions": ["scim:*"], "tenant": head.params.get("tenant", "")}

    return Known(None, (), everybody)


def authenticator(given: object) -> Authenticator:
    """What the endpoint works with, from what the developer gave."""
    if isinstance(given, (list, tuple)) and given:
        return _any_of([authenticator(one) for one in given])
    if hasattr(given, "authenticate"):
        own: Any = given
        challenge, schemes = getattr(own, "challenge", None), getattr(own, "schemes", ())
        return Known(challenge, schemes, _asking(own.authenticate), getattr(own, "principals", lambda: ()))
    if given in (bearer, basic, jwt, none):
        raise TypeError(f"create_scim_app: `auth` is {getattr(given, '__name__', '')}(…), called")
    if callable(given):
        return Known('Bearer realm="scim"', (), _asking(given))
    raise TypeError(
        "create_scim_app: `auth` is bearer({…}), basic({…}), jwt(…), none(), a function of your own, or a list of them"
    )


def _asking(asked: Asking) -> Callable[[Head], Awaitable[Found]]:
    async def ask(head: Head) -> Found:
        found: Found = await awaited(asked(head))
        return found

    return ask


def _any_of(several: Sequence[Authenticator]) -> Authenticator:
    """The first that knows who asks; only if none does, a failure of one of them counts."""

    async def authenticate(head: Head) -> Found:
        failure: Exception | None = None
        for one in several:
            try:
                principal = await one.authenticate(head)
            except Exception as error:
                failure = failure or error
                continue
            if principal is not None:
                return principal
        if failure is not None:
            raise failure
        return None

    challenges = dict.fromkeys(one.challenge for one in several if one.challenge is not None)
    schemes = [scheme for one in several for scheme in one.schemes]
    primary = [{**scheme, "primary": place == 0} for place, scheme in enumerate(schemes)]
    principals = lambda: [found for one in several for found in getattr(one, "principals", lambda: ())()]
    return Known(", ".join(challenges) or None, primary, authenticate, principals)
