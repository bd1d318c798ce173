"""What is, against what is expected."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import scimforge as sf

from .given import Case, snake


def bending(trace: list[sf.Bent], expected: list[Any]) -> str | None:
    return differing("trace", quirks(trace, expected), expected)


def quirks(trace: list[sf.Bent], expected: list[Any]) -> list[Any]:
    """A quirk by its name, or an entry by the members that are expected of it."""

    def shown(bent: sf.Bent, wanted: Any) -> Any:
        if not isinstance(wanted, dict):
            return bent.quirk
        found = {name: getattr(bent, snake(name)) for name in wanted}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}

    entries = zip(trace, [*expected, *[None] * len(trace)])
    return [shown(bent, wanted) for bent, wanted in entries]


def refused(call: Callable[[], Any], expected: Case) -> str | None:
    try:
        outcome = call()
    except sf.ScimError as error:
        issue = error.issues[0]
        operation = issue.params.get("operation")
        actual = {
            "code": error.code,
            "scimType": error.scim_type,
            "operation": None if operation is None else int(operation),
            "pointer": issue.pointer,
            "at": issue.span and issue.span[0],
            "help": issue.help,
        }
        return differing("error", {name: actual[name] for name in expected}, dict(expected))
    return f"no error, but {outcome!r}\nexpected {expected}"


def differing(what: str, actual: Any, expected: Any) -> str | None:
    if same(actual, expected):
        return None
    return f"{what}: {shown(actual)}\nexpected: {shown(expected)}"


def shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: members in the same order, numbers by value, booleans no numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def missing(actual: Any, expected: Any, place: str) -> str | None:
    """What of the expected part is not there: ``"*"`` is anything."""
    if expected == "*":
        return f"{place} is missing" if actual is None else None
    if isinstance(expected, dict) and isinstance(actual, dict):
        pairs = [(name, actual.get(name), value) for name, value in expected.items()]
    elif isinstance(expected, list) and isinstance(actual, list) and len(actual) == len(expected):
        pairs = [(index, *pair) for index, pair in enumerate(zip(actual, expected))]
    else:
        return differing(place, actual, expected)
    problems = (missing(inner, value, f"{place}/{step}") for step, inner, value in pairs)
    return next(filter(None, problems), None)


def there(value: Any, pointer: str) -> bool:
    return at(value, pointer, absent := object()) is not absent


def at(value: Any, pointer: str, default: Any = None) -> Any:
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return default
    return value
