"""Whether a store of the developer's own answers what it promised. A slip is found where it is made,
and is never shown as somebody's resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def row(call: str, found: Any) -> Any:
    """A resource as it was given to the store, or nothing."""
    if found is None:
        return None
    if isinstance(found, Mapping) and isinstance(found.get("id"), str) and isinstance(found.get("schemas"), (list, tuple)):
        return found
    raise TypeError(
        f"store.{call} answers a resource as it was given to `insert` (a dict with `id` and `schemas`), not {_described(found)}"
        + _odd(found)
    )


def _odd(found: Any) -> str:
    """Databases count, and a number is not what clients know it by."""
    key = found.get("id") if isinstance(found, Mapping) else None
    return "" if key is None or isinstance(key, str) else f"; its `id` is a {type(key).__name__} and not a str"


def page(found: Any, plan: Mapping[str, Any]) -> dict[str, Any]:
    """A page, or everything: which of both, nobody guesses, as with the one the filter is still to
    do."""
    if not isinstance(found, Mapping):
        return {"rows": _rows(listed("query", found)), "residual": True}
    if not isinstance(found.get("rows"), Iterable):
        raise TypeError(
            f'store.query answers a list of resources, or {{"rows", "residual", "total"}}, not {_described(found)}'
        )
    rows, residual = _rows(found["rows"]), found.get("residual")
    if not isinstance(residual, bool):
        raise TypeError(
            "store.query: say `residual`: False if `rows` are the page that was asked for, filtered, sorted and cut; "
            "True if the engine is to do that"
        )
    if not residual and plan["needTotal"] and not _is_count(found.get("total")):
        raise TypeError(
            "store.query: a page that is complete (`residual` False) needs the `total` of all matches, where the "
            "plan has `needTotal`"
        )
    if not residual and len(rows) > plan["limit"]:
        raise TypeError(
            "store.query: there are more `rows` than the `limit` of the plan; with `residual` True the engine cuts "
            "the page"
        )
    return {**found, "rows": rows}


def _is_count(found: Any) -> bool:
    return isinstance(found, int) and found >= 0


def listed(call: str, found: Any) -> list[Any]:
    """What a call answers is a list, or something like it."""
    if isinstance(found, Iterable) and not isinstance(found, (str, bytes, Mapping)):
        return list(found)
    raise TypeError(f"store.{call} answers a list, not {_described(found)}")


def _rows(found: Iterable[Any]) -> list[Any]:
    rows = [row("query", one) for one in found]
    if None in rows:
        raise TypeError("store.query: one of `rows` is no resource")
    return rows


def _described(found: Any) -> str:
    """The names of what is there, for the log; values are people's."""
    if found is None:
        return "None (is a `return` missing?)"
    if isinstance(found, Mapping):
        return f"a dict with {', '.join(map(str, list(found)[:8])) or 'nothing in it'}"
    return f"a {type(found).__name__}"
