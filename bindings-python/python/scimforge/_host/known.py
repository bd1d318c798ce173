"""What an authenticator is."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Union

from .exchange import Head
from .principal import Found

Maybe = Union[Found, Awaitable[Found]]


class Authenticator(Protocol):
    """Finds out who asks. An object of yours with these members goes as ``auth``.

    >>> from scimforge.asgi import Authenticator, MemoryStore, create_scim_app, none
    >>> nobody_asks: Authenticator = none()
    >>> app = create_scim_app(store=MemoryStore(), auth=nobody_asks)
    """

    @property
    def challenge(self) -> str | None:
        """What ``WWW-Authenticate`` says to those who are not let in.

        >>> from scimforge.asgi import none
        >>> none().challenge is None
        True
        """

    @property
    def schemes(self) -> Sequence[Mapping[str, Any]]:
        """What ``/ServiceProviderConfig`` says of it.

        >>> from scimforge.asgi import basic, password_hash
        >>> basic({"hr": {"password": password_hash("correct horse")}}).schemes[0]["type"]
        'httpbasic'
        """

    async def authenticate(self, head: Head) -> Found:
        """The principal, or ``None`` for somebody unknown.

        >>> import asyncio
        >>> from scimforge.asgi import Head, none
        >>> asyncio.run(none().authenticate(Head("GET", "/Users", "/Users", {})))["permissions"]
        ['scim:*']
        """


@dataclass(frozen=True)
class Known:
    challenge: str | None
    schemes: Sequence[Mapping[str, Any]]
    asking: Callable[[Head], Awaitable[Found]]
    principals: Callable[[], Sequence[tuple[str, Mapping[str, Any]]]] = lambda: ()
    """Those that stand in the settings, and what they were given to."""

    async def authenticate(self, head: Head) -> Found:
        return await self.asking(head)


async def awaited(given: Any) -> Any:
    """What a function gives, be it a coroutine or not."""
    return await given if inspect.isawaitable(given) else given
