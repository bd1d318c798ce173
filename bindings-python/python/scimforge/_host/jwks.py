"""The public keys of an authorization server: a document, or where one is fetched."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

_SECONDS = 5.0
# How long keys are believed, and how soon at the earliest they are asked for again.
_BELIEVED = 600.0
_BETWEEN = 30.0
_MOST_BYTES = 1 << 20

# The keys that an algorithm takes.
_KINDS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    **{"ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521")},
    "EdDSA": ("OKP", None),
}
ALGORITHMS = tuple(_KINDS)


class Keys:
    """``jwks`` is a document or a URL; without it, the issuer's own metadata name the URL."""

    def __init__(self, issuer: str, jwks: Any) -> None:
        self._issuer, self._url = issuer, jwks if isinstance(jwks, str) else None
        self._fixed = jwks is not None and self._url is None
        self._listed: list[Any] = _listed(jwks) if self._fixed else []
        self._asked = 0.0
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, header: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The one that a token was signed with; none if there is none, or no telling which."""
        if not self._fixed and (not self._listed or time.monotonic() - self._asked > _BELIEVED):
            await self._fetch()
        found = self._fitting(header)
        # A key that nobody has heard of may be a new one.
        if not found and not self._fixed and time.monotonic() - self._asked > _BETWEEN:
            await self._fetch()
            found = self._fitting(header)
        return found[0] if len(found) == 1 else None

    def _fitting(self, header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        alg, kid = header.get("alg"), header.get("kid")
        kind, curve = _KINDS.get(str(alg), (None, None))
        return [
            key
            for key in self._listed
            if isinstance(key, Mapping)
            and key.get("kty") == kind
            and curve in (None, key.get("crv"))
            and kid in (None, key.get("kid"))
            and key.get("alg", alg) == alg
            and key.get("use", "sig") == "sig"
        ]

    async def _fetch(self) -> None:
        """All who wait for the keys wait for one request."""
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.ensure_future(self._fetched())
        # One who goes away leaves it to the others.
        await asyncio.shield(self._fetching)

    async def _fetched(self) -> None:
        if self._url is None:
            where = f"{self._issuer.removesuffix('/')}/.well-known/openid-configuration"
            metadata = await asyncio.to_thread(_got, where)
            # RFC 8414 and OpenID Connect Discovery: the document has to be the issuer's own.
            own = isinstance(metadata, dict) and metadata.get("issuer") == self._issuer
            if not own or not isinstance(metadata.get("jwks_uri"), str):
                raise RuntimeError("jwt: the issuer has no metadata that name it and its keys; give `jwks`")
            self._url = metadata["jwks_uri"]
        self._listed = _listed(await asyncio.to_thread(_got, self._url))
        self._asked = time.monotonic()


def _listed(document: Any) -> list[Any]:
    keys = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(keys, (list, tuple)):
        raise TypeError('jwt: `jwks` is a URL, or a document such as {"keys": [{"kty": "EC", …}]}')
    return list(keys)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Whoever can redirect could name other keys."""


def _got(url: str) -> Any:
    """A document, or an error that says nothing of its content."""
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
        asked = urllib.request.Request(url, headers={"accept": "application/json"})
        with opener.open(asked, timeout=_SECONDS) as response:
            text = response.read(_MOST_BYTES + 1)
        return json.loads(text) if len(text) <= _MOST_BYTES else None
    except urllib.error.HTTPError as error:
        error.close()
        raise RuntimeError(f"jwt: the keys cannot be had: status {error.code}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise RuntimeError(f"jwt: the keys cannot be had: {type(reason).__name__}") from None
