"""Security Event Tokens (RFC 9967), signed with PyJWT and pushed (RFC 8935)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from .. import _scimforge
from .peers import peer
from .push import Receiver, Sink, common

_SETTINGS = ("issuer", "audience", "key", "alg", "kid", "url", "authorization", "types", "mode", "name")


def security_events(given: Any, kept: str, seconds: float) -> Sink:
    settings = common("`set`", given, _SETTINGS)
    receiver = Receiver("`set`", settings.get("url"), seconds)
    issuer, audience, key = (settings.get(name) for name in ("issuer", "audience", "key"))
    if not isinstance(issuer, str):
        raise TypeError("create_scim_app: `set` needs an `issuer`")
    if audience is None:
        raise TypeError("create_scim_app: `set` needs an `audience`")
    jwk = key if isinstance(key, Mapping) else {}
    alg, kid = settings.get("alg", jwk.get("alg")), settings.get("kid", jwk.get("kid"))
    if key is None or not isinstance(alg, str):
        raise TypeError("create_scim_app: `set` needs a `key` and its `alg`, such as ES256")
    library = peer("create_scim_app: `set`", "jwt", "PyJWT", "jwt")
    own = _signing_key(library, key, alg)
    mode = settings.get("mode", kept)
    name = f"set {settings.get('name') or receiver.name}"
    header = {"typ": "secevent+jwt", **({} if kid is None else {"kid": kid})}
    sent = {"content-type": "application/secevent+jwt", "accept": "application/json"}
    if settings.get("authorization") is not None:
        sent["authorization"] = settings["authorization"]

    async def deliver(event: dict[str, Any]) -> None:
        # Another receiver has another; another attempt has the same.
        digest = hashlib.sha256(f"{name}\n{event['id']}".encode()).digest()
        jti = base64.urlsafe_b64encode(digest).decode()[:32]
        options = {"issuer": issuer, "audience": audience, "jti": jti, "iat": event["time"], "mode": mode}
        claims = _scimforge.security_event(event, options)
        token: str = library.encode(claims, own, algorithm=alg, headers=header)
        await receiver.post(sent, token.encode())

    return Sink(name, deliver, settings.get("types"), mode, receiver.close)


def _signing_key(library: Any, key: Any, alg: str) -> Any:
    """The key as the library takes it. One that signs nothing is refused before there is an event."""
    try:
        own = library.PyJWK(dict(key), alg).key if isinstance(key, Mapping) else key
        library.encode({}, own, algorithm=alg)
    except Exception:
        # What the library says might quote the key.
        wrong = f"create_scim_app: the `key` of `set` is no private key for {alg}: give a JWK, or PEM"
        raise TypeError(wrong) from None
    return own
