"""Where an endpoint lies."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = re.compile(r"[A-Za-z0-9._~-]+")


class Below(NamedTuple):
    mount: str
    path: str
    params: dict[str, str]


class BasePath:
    """A path; a segment such as ``:tenant`` stands for any name."""

    def __init__(self, text: str) -> None:
        if not isinstance(text, str) or (text and not text.startswith("/")) or {"?", "#"} & set(text):
            raise TypeError(
                "create_scim_app: `base_path` begins with a slash, such as /scim/v2 or /tenants/:tenant/scim"
            )
        fixed = text.rstrip("/")
        self._segments = fixed.split("/")[1:]
        named = any(segment.startswith(":") for segment in self._segments)
        # What the engine may take off paths inside of messages.
        self.text = "" if named else fixed

    def below(self, path: str) -> Below | None:
        """The path without the base; it is cut, never decoded."""
        params: dict[str, str] = {}
        rest = path
        for segment in self._segments:
            if not rest.startswith("/"):
                return None
            own, slash, after = rest[1:].partition("/")
            if segment.startswith(":"):
                if _NAME.fullmatch(own) is None:
                    return None
                params[segment[1:]] = own
            elif own != segment:
                return None
            rest = slash + after
        if rest and not rest.startswith("/"):
            return None
        return Below(path[: len(path) - len(rest)], rest or "/", params)
