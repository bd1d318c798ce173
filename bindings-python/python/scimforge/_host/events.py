"""The setting ``events``: who is told of changes, and how."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from .known import awaited
from .push import Sink, Threads
from .security_events import security_events
from .webhook import webhook

# What the hook is called in the tables.
_HOOK = "on_event"
_DAY = 24 * 3600.0
_RETRY = {"attempts": 15, "first_seconds": 1, "most_seconds": 3600, "timeout_seconds": 15}


class Retry(TypedDict, total=False):
    """How often an event is tried, and how long the pauses are."""

    attempts: int
    """How often an event is tried before it is given up; 15, which take about 6 hours."""
    first_seconds: float
    """The first wait; each is twice as long as the one before."""
    most_seconds: float
    """The longest wait; an hour."""
    timeout_seconds: float
    """How long a receiver may take; 15."""


class _Receiver(TypedDict, total=False):
    types: Sequence[str]
    """Names (``user.deactivated``) and URIs of events; a URI stands for those that it begins. All, if
    absent."""
    mode: str
    """``"full"`` for values, where these are kept."""
    name: str
    """What it is called in the outbox and in messages. If absent its host, and a digest of the URL,
    which may have a secret in it."""


class _Webhook(TypedDict):
    url: str
    """Begins with ``https:``, but for receivers on this machine."""
    secret: str
    """As the receiver has it: ``whsec_`` and base64."""


class Webhook(_Webhook, _Receiver, total=False):
    """A receiver of webhooks, signed as Standard Webhooks has it.

    >>> from scimforge.asgi import Webhook
    >>> crm: Webhook = {"url": "https://crm.example.test/hook", "secret": "whsec_" + "c2VjcmV0" * 4}
    """


class _SecurityEvents(TypedDict):
    issuer: str
    audience: "str | Sequence[str]"
    key: Any
    """A private key: a JWK as a dict, PEM, or what PyJWT takes."""
    url: str


class SecurityEvents(_SecurityEvents, _Receiver, total=False):
    """A receiver of Security Event Tokens (RFC 9967), signed and pushed (RFC 8935)."""

    alg: str
    """The algorithm of the key, such as ``ES256``; that of the JWK if it has one."""
    kid: str
    """The name of the key in the header of tokens; that of the JWK if it has one."""
    authorization: str
    """The header ``Authorization`` of what is pushed."""


class EventSettings(TypedDict, total=False):
    """Who is told of changes. What is told is kept with the change, and delivered at least once.

    >>> from scimforge.asgi import EventSettings
    >>> events: EventSettings = {"mode": "full", "on_event": print, "keep_days": 30}
    """

    mode: str
    """What is kept of a change: the paths of attributes (``"notice"``), or the values as well
    (``"full"``)."""
    on_event: Callable[[dict[str, Any]], Any]
    """Gets each event; one that it raises at, or that takes too long, comes again."""
    webhooks: Sequence[Webhook]
    set: SecurityEvents
    deliver: bool
    """Whether this process delivers; false where others do that."""
    retry: Retry
    keep_days: float
    """How long events are kept that were delivered, or given up; 7."""


@dataclass(frozen=True)
class Events:
    mode: str
    sinks: tuple[Sink, ...]
    """All that are known, delivered to here or elsewhere."""
    set_mode: str | None
    deliver: bool
    retry: Mapping[str, float]
    keep: float

    @property
    def known(self) -> list[str]:
        return [sink.name for sink in self.sinks]

    @property
    def engine(self) -> dict[str, Any]:
        """What the engine is told."""
        pushed = {} if self.set_mode is None else {"set": self.set_mode}
        return {"mode": self.mode, "sinks": self.known, **pushed}

    @classmethod
    def of(cls, given: Any) -> Events | None:
        if given is None or given is False:
            return None
        if given is True:
            given = {}
        if not isinstance(given, Mapping):
            raise TypeError("create_scim_app: `events` is True or a dict")
        retry = _retry(given.get("retry") or {})
        mode = given.get("mode", "notice")
        if mode not in ("notice", "full"):
            raise TypeError('create_scim_app: `events["mode"]` is "notice" or "full"')
        keep = given.get("keep_days", 7)
        if not (isinstance(keep, (int, float)) and keep >= 0):
            raise TypeError('create_scim_app: `events["keep_days"]` is a number of days')
        sinks = list(_sinks(given, mode, retry["timeout_seconds"]))
        pushed = given.get("set")
        set_mode = None if pushed is None else sinks[-1].mode
        return cls(mode, tuple(sinks), set_mode, given.get("deliver", True), retry, keep * _DAY)


def _retry(given: Mapping[str, Any]) -> dict[str, float]:
    for name, value in given.items():
        if name not in _RETRY:
            raise TypeError(f'create_scim_app: `events["retry"]` has no `{name}`, but {", ".join(_RETRY)}')
        if not (isinstance(value, (int, float)) and value > 0):
            raise TypeError(f'create_scim_app: `events["retry"]["{name}"]` is a positive number')
    return {**_RETRY, **given}


def _sinks(given: Mapping[str, Any], kept: str, seconds: float) -> list[Sink]:
    hook, webhooks = given.get("on_event"), given.get("webhooks")
    if hook is not None and not callable(hook):
        raise TypeError('create_scim_app: `events["on_event"]` is a function')
    if webhooks is not None and not isinstance(webhooks, (list, tuple)):
        raise TypeError('create_scim_app: `events["webhooks"]` is a list')
    sinks = [] if hook is None else [_hook(hook)]
    sinks += [webhook(one, seconds) for one in webhooks or ()]
    if given.get("set") is not None:
        sinks.append(security_events(given["set"], kept, seconds))
    names = [sink.name for sink in sinks]
    for name in names:
        if names.count(name) > 1:
            raise TypeError(f"create_scim_app: two receivers of events are called `{name}`; give one a `name`")
    if kept != "full" and any(sink.mode == "full" for sink in sinks):
        raise TypeError(
            'create_scim_app: values are told (mode "full") only where they are kept: set `events["mode"]` '
            'to "full" as well'
        )
    return sinks


def _hook(hook: Callable[[dict[str, Any]], Any]) -> Sink:
    threads = Threads("scim-hook")

    async def deliver(event: dict[str, Any]) -> None:
        if inspect.iscoroutinefunction(hook):
            await hook(event)
        else:
            # One that takes its time keeps no request waiting.
            await awaited(await threads.run(lambda: hook(event)))

    return Sink(_HOOK, deliver, close=threads.close)
