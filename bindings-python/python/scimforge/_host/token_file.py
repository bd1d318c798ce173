"""A file of tokens, as ``npx @scimforge/node token`` writes it. It is read again when it has changed, so
that a token that is revoked is refused at once."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

# How long what was read is taken for what is there.
_LOOK_AGAIN = 0.5

_T = TypeVar("_T")


class TokenFile(Generic[_T]):
    def __init__(self, path: str | os.PathLike[str], candidates: Callable[[Mapping[str, Any]], list[_T]]) -> None:
        self._path, self._candidates = os.fspath(path), candidates
        self._stamp: tuple[int, int, int] | None = None
        self._known: list[_T] = []
        self._looked = 0.0
        self._look()

    def read(self) -> list[_T]:
        """A file that cannot be read lets nobody in: perhaps somebody was taken out of it."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_AGAIN:
            self._look()
            self._looked = now
        return self._known

    def _look(self) -> None:
        try:
            found = os.stat(self._path)
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp == self._stamp:
                return
            with open(self._path, encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            raise self._wrong("there is no such file") from None
        self._known = self._candidates(self._tokens(text))
        self._stamp = stamp

    def _tokens(self, text: str) -> dict[str, Any]:
        try:
            tokens = json.loads(text)["tokens"]
            return {digest: {_own(name): value for name, value in who.items()} for digest, who in tokens.items()}
        except (ValueError, LookupError, TypeError, AttributeError):
            # What stands there is nobody's to read in a log.
            raise self._wrong("this is no file of tokens") from None

    def _wrong(self, what: str) -> TypeError:
        return TypeError(f"{self._path}: {what}; `npx @scimforge/node token make --file {self._path}` makes one")


def _own(name: str) -> str:
    return "expires_at" if name == "expiresAt" else name
