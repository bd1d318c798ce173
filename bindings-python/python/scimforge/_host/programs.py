"""What a program of the engine's SQL says of the rows that it finds."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .. import _scimforge

# Passwords of a Bulk that are hashed before its transaction; the rest is where it is written.
_MOST_AHEAD = 1000

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)

# Hashes that were made ahead, of each password as many as it is there.
Ahead = dict[str, list[str]]


def hashed(operation: str, ahead: Ahead | None = None) -> str:
    """The operation with its passwords, if it has some, in the form in which they are kept. All else
    stays the text that it is: numbers may have more digits than a float has."""
    if '"password"' not in operation:
        return operation
    parts, end = [], 0
    for at, behind in _places(operation):
        password: str = json.loads(operation[at:behind])
        made = (ahead or {}).get(password)
        parts += [operation[end:at], json.dumps(made.pop() if made else _scimforge.hash_password(password))]
        end = behind
    return "".join(parts) + operation[end:]


def _places(operation: str) -> Iterator[tuple[int, int]]:
    """Where passwords stand: beside the resource, of a Bulk in each of several operations."""
    wanted = 3 if operation.startswith('{"op":"insertMany"') else 1
    depth, named = 0, False
    for token in _TOKEN.finditer(operation):
        text = token[0]
        if text in "{[":
            depth += 1
        elif text in "}]":
            depth -= 1
        elif named:
            yield token.span()
        named = depth == wanted and text == '"password"' and operation.startswith(':"', token.end())


async def hashed_ahead(passwords: Sequence[str], run: Callable[[Callable[[str], str], str], Awaitable[str]]) -> Ahead:
    """Hashes passwords before a transaction begins: that takes long, and others wait for it. Those
    of one request come one after the other, so that many of them keep nobody else's waiting."""
    ahead: Ahead = {}
    for password in passwords[:_MOST_AHEAD]:
        ahead.setdefault(password, []).append(await run(_scimforge.hash_password, password))
    return ahead


def lines(rows: Iterable[Sequence[Any]]) -> list[str]:
    return [row[0] for row in rows]


def row_text(rows: Sequence[Sequence[Any]]) -> str:
    return f'{{"row":{rows[0][0] if rows else "null"}}}'


def part_text(rows: Sequence[Sequence[Any]]) -> str:
    """A resource with some of its members, or with all of them if they are few."""
    if rows and not rows[0][1]:
        return f'{{"part":{rows[0][0]}}}'
    return row_text(rows)


class Page:
    """A page of which the number of all matches is still to be asked for."""

    def __init__(self, count: Mapping[str, Any], written: Callable[[int], str]) -> None:
        self.count, self._written = count, written

    def __call__(self, total: int) -> str:
        return self._written(total)


def described_page(
    found: list[str], exact: bool, count: Mapping[str, Any] | None, plan: Mapping[str, Any]
) -> str | Page:
    """The result of a query. Resources go from text to text: only the engine reads them."""
    rows = f'{{"rows":[{",".join(found)}]'
    if not exact:
        return f'{rows},"residual":true}}'
    if count is None:
        return f'{rows},"residual":false}}'

    def written(total: int) -> str:
        return f'{rows},"total":{total},"residual":false}}'

    # A page that is not full is the last one.
    offset, after = plan["offset"], plan.get("after")
    if after is None and len(found) < plan["limit"] and (found or offset == 0):
        return written(offset + len(found))
    return Page(count, written)


def removed_text(rows: Iterable[Sequence[Any]]) -> str:
    return f'{{"removed":[{",".join(row[0] for row in rows)}]}}'


def memberships_text(rows: Iterable[Sequence[Any]]) -> str:
    found = [
        {"member": member, "group": group, **({} if display is None else {"display": display})}
        for member, group, display in rows
    ]
    return json.dumps({"memberships": found})


def refused(step: Mapping[str, Any], rows: Sequence[Sequence[Any]]) -> dict[str, Any] | None:
    """What stands in the way, if something does."""
    need = step.get("need")
    if need == "told":
        told: dict[str, Any] | None = rows[0][0] and json.loads(rows[0][0])
        return told
    if need == "row" and not rows:
        otherwise: dict[str, Any] = step["otherwise"]
        return otherwise
    if need == "none" and rows:
        return {"conflict": rows[0][0]}
    return None
