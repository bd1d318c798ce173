"""What the cases hand over, and how."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import scimforge as sf

Case = dict[str, Any]
Run = tuple[str, Callable[[], "str | None"]]
"""The name of a form of input, and a run that gives back what is wrong."""


def documents(case: Case, member: str = "given") -> Iterator[tuple[str, Any]]:
    """Every way a document can be handed over."""
    if f"{member}Base64" in case:
        yield "bytes", base64.b64decode(case[f"{member}Base64"])
        return
    # A str is always taken as JSON text, so a string cannot be handed over as an object.
    written = f"{member}Text"
    if written not in case and not isinstance(case[member], str):
        yield "object", case[member]
    text = case[written] if written in case else dump(case[member])
    yield "text", text
    # A text with half of a surrogate pair has no bytes.
    if not re.search("[\ud800-\udfff]", text):
        yield "bytes", text.encode()


def as_form(form: str, value: Any) -> Any:
    if form == "object":
        return value
    return dump(value) if form == "text" else dump(value).encode()


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def chosen(case: Case) -> sf.Schema:
    return sf.schema(case.get("schema", "User"))


def settings(case: Case) -> dict[str, Any]:
    return {snake(name): value for name, value in case.get("options", {}).items()}


def code_points(text: str, at: int) -> int:
    return len(text.encode()[:at].decode())


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: "_" + capital[0].lower(), name)
