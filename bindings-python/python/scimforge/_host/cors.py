"""Which pages of other origins may ask: none, unless they are listed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .exchange import Answer, Head

_METHODS = "GET, POST, PUT, PATCH, DELETE"
_ALLOWED = "accept, authorization, content-type, idempotency-key, if-match, if-none-match"
_EXPOSED = "allow, content-location, etag, location, retry-after, www-authenticate"
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")


class CrossOrigin:
    def __init__(self, origins: Sequence[str]) -> None:
        if isinstance(origins, str) or not all(_ORIGIN.fullmatch(origin) for origin in origins):
            raise TypeError("create_scim_app: `cors` is a list of origins such as https://admin.example.test")
        self._known = frozenset(origins)

    def headers(self, head: Head) -> dict[str, str]:
        if not self._known:
            return {}
        origin = head.headers.get("origin", "")
        if origin not in self._known:
            return {"vary": "origin"}
        return {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": _EXPOSED,
            "vary": "origin",
        }

    def preflight(self, head: Head) -> Answer | None:
        asked = head.method == "OPTIONS" and "access-control-request-method" in head.headers
        if not self._known or not asked:
            return None
        allowed = self.headers(head)
        if "access-control-allow-origin" in allowed:
            allowed["access-control-allow-methods"] = _METHODS
            allowed["access-control-allow-headers"] = _ALLOWED
            allowed["access-control-max-age"] = "600"
        return Answer(204, allowed, b"")
