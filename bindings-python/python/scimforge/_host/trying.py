"""A store behind the engine, without HTTP, and requests at random: what the tests of stores are
made of."""

from __future__ import annotations

import asyncio
import inspect
import json
import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ..server import Response
from .exchange import Answer, Head
from .own import Conflict, StoreBase, VersionMismatch
from .store import open_store

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def user(user_name: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": user_name, **more}


def group(name: str, *members: str) -> dict[str, Any]:
    return {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in members]}


def patch(*operations: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemas": [_PATCH], "Operations": list(operations)}


def join(*members: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": one} for one in members]}


def bulk(*operations: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemas": [_BULK], "Operations": list(operations)}


def same(found: Any, wanted: Any, about: str = "") -> None:
    """An assertion that says what it saw, whoever runs it."""
    if found != wanted:
        raise AssertionError(f"{about}: {found!r} instead of {wanted!r}".removeprefix(": "))


class Server:
    def __init__(self, store: Any, config: Mapping[str, Any] | None = None) -> None:
        self.loop = asyncio.new_event_loop()
        self.store: Any = self.loop.run_until_complete(self._open(store, config or {}))

    async def _open(self, store: Any, config: Mapping[str, Any]) -> Any:
        store = await store if inspect.isawaitable(store) else store
        # Nobody in this process hashes for the store in memory, nor perhaps for one of your own.
        return open_store(store, {"changePassword": True, **config})

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *given: object) -> None:
        self.loop.run_until_complete(self.store.close())
        self.loop.close()

    def send(self, method: str, target: str, body: Any = None, headers: Any = None, env: Any = None) -> Response:
        return self.together((method, target, body, headers, env))[0]

    def task(self, task: Mapping[str, Any], env: Any = None) -> Response:
        answer = self.loop.run_until_complete(self.store.task(task, _surroundings(env)))
        return _told(f"{task}", answer)

    def together(self, *requests: tuple[Any, ...]) -> list[Response]:
        return self.loop.run_until_complete(self._all(requests))

    async def _all(self, requests: tuple[tuple[Any, ...], ...]) -> list[Response]:
        return list(await asyncio.gather(*(self._one(*request) for request in requests)))

    async def _one(
        self, method: str, target: str, body: Any = None, headers: Any = None, env: Any = None
    ) -> Response:
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        names = {name.lower(): value for name, value in (headers or {}).items()}
        head = Head(method, target.partition("?")[0], target, names)
        return _told(f"{method} {target}", await self.store.handle(head, sent, _surroundings(env)))

    def create(self, resource: Mapping[str, Any], endpoint: str = "/Users") -> dict[str, Any]:
        made = self.send("POST", endpoint, resource)
        if made.status != 201:
            raise AssertionError(f"POST {endpoint}: {made.status} {made.body!r}")
        read: dict[str, Any] = made.json()
        return read

    def count(self, target: str, env: Any = None) -> int:
        found: int = self.send("GET", target, env=env).json()["totalResults"]
        return found


class Plain(StoreBase):
    """The least that is a store: what one is compared with that does not say who is in which group."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, ...], dict[str, Any]] = {}
        self._taken: dict[tuple[str, ...], tuple[str, ...]] = {}

    def get(self, key: Mapping[str, str]) -> Any:
        return self._rows.get(tuple(key.values()))

    def query(self, plan: Mapping[str, Any]) -> Any:
        return [row for key, row in self._rows.items() if key[0] == plan["tenant"] and key[1] in plan["types"]]

    def insert(self, key: Mapping[str, str], resource: Any, unique: Any, password: Any) -> None:
        own = tuple(key.values())
        places = [(*own[:2], one["path"], one["key"]) for one in unique]
        for place in places:
            if self._taken.get(place, own) != own:
                raise Conflict(place[2])
        self._free(own)
        self._rows[own] = resource
        self._taken.update(dict.fromkeys(places, own))

    def replace(self, key: Mapping[str, str], resource: Any, unique: Any, password: Any, if_version: Any) -> bool:
        if not self._is_there(key, if_version):
            return False
        self.insert(key, resource, unique, password)
        return True

    def remove(self, key: Mapping[str, str], if_version: Any) -> bool:
        if not self._is_there(key, if_version):
            return False
        self._free(tuple(key.values()))
        del self._rows[tuple(key.values())]
        return True

    def _is_there(self, key: Mapping[str, str], if_version: Any) -> bool:
        row = self.get(key)
        if row is not None and if_version not in (None, row["meta"]["version"]):
            raise VersionMismatch
        return row is not None

    def _free(self, own: tuple[str, ...]) -> None:
        self._taken = {place: taken for place, taken in self._taken.items() if taken != own}


def _surroundings(env: Any) -> dict[str, Any]:
    return {"baseUrl": "https://scim.example.test/v2", "tenant": "", **(env or {})}


def _told(about: str, answer: Answer) -> Response:
    """What went wrong in the store is no answer."""
    if answer.reason is not None:
        raise AssertionError(f"{about}: {answer.reason}")
    return Response(answer.status, answer.headers, answer.body)


# What databases read in ways of their own.
_WORDS = [
    *["rosa", "Rosa", "søren", "SØREN", "İpek", "straße", 'a"b', "it's", "100%", "x_y", "\\", "", "$1", "?1"],
    *["z" * 300, "z" * 299],
]
_COMPARED = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
SORTED = ["userName", "displayName", "emails", "meta.lastModified", "active", "id", "name.familyName", "members"]


class Requests:
    """Requests at random, the same for a seed."""

    def __init__(self, seed: int, sorts: list[str]) -> None:
        self.chance, self._sorts = random.Random(seed), sorts
        self.ids = ["nobody"]

    def following(self) -> tuple[str, str, Any]:
        endpoint, make = self._one_of([("/Users", self._user), ("/Users", self._user), ("/Groups", self._group)])
        one = f"{endpoint}/{self._one_of(self.ids)}"
        kind = self.chance.random()
        if kind < 0.3:
            return "POST", endpoint, make()
        if kind < 0.4:
            return "PUT", one, make()
        if kind < 0.55:
            return "PATCH", one, patch(self._operation())
        if kind < 0.65:
            return ("DELETE" if kind < 0.6 else "GET"), one, None
        return "GET", f"{endpoint if self._often(0.85) else ''}/?{urlencode(self._query())}", None

    def task(self) -> dict[str, Any] | None:
        """What the host does beside them with what is deleted softly, now and then."""
        kind, name = self.chance.randrange(100), self._one_of(["User", "User", "Group"])
        if kind < 15:
            return {"task": "restore", "type": name, "id": self._one_of(self.ids)}
        if kind < 20:
            return {"task": "removed", "type": name, "limit": 1 + self.chance.randrange(5)}
        if kind < 22:
            return {"task": "purge", "before": f"2026-03-01T09:30:{self.chance.randrange(60):02}Z", "limit": 10}
        return None

    def _one_of(self, several: Any) -> Any:
        return self.chance.choice(several)

    def _often(self, part: float) -> bool:
        return self.chance.random() < part

    def _name(self) -> str:
        return f"{self._one_of(_WORDS)}{self.chance.randrange(12)}"

    def _user(self) -> dict[str, Any]:
        made = user(self._name(), name={"familyName": self._one_of(_WORDS)})
        made["schemas"].append(ENTERPRISE)
        for name in ("externalId", "displayName", "active"):
            if self._often(0.5):
                made[name] = self._often(0.5) if name == "active" else self._one_of(_WORDS)
        made["emails"] = [
            {"value": f"{self._one_of(['ada', 'Bo', 'cy'])}@north.test", "type": self._one_of(["work", "home"]), "primary": place == 0}
            for place in range(self.chance.randrange(3))
        ]
        manager = {"value": self._one_of(["m-1", "m-2"])}
        made[ENTERPRISE] = {"department": self._one_of(_WORDS), "manager": manager}
        return made

    def _group(self) -> dict[str, Any]:
        members = [
            self._one_of(self.ids) if self._often(0.5) else f"m-{self.chance.randrange(5)}"
            for _ in range(self.chance.randrange(4))
        ]
        if self._often(0.1):
            members += [f"x-{number}" for number in range(110)]
        return group(self._one_of(_WORDS) or "none", *members)

    def _operation(self) -> dict[str, Any]:
        made: dict[str, Any] = self._one_of(
            [
                join(f"m-{self.chance.randrange(5)}"),
                {"op": "remove", "path": f'members[value eq "m-{self.chance.randrange(5)}"]'},
                {"op": "replace", "path": "displayName", "value": self._one_of(_WORDS) or "none"},
                {"op": "replace", "path": "userName", "value": self._name()},
                {"op": "remove", "path": "externalId"},
                {"op": "add", "value": {"emails": [{"value": "new@north.test", "type": "work"}]}},
            ]
        )
        return made

    def _leaf(self) -> str:
        compared, either = self._one_of(_COMPARED), self._one_of(["eq", "ne"])
        quoted = json.dumps(self._one_of(_WORDS), ensure_ascii=False)
        leaf: str = self._one_of(
            [
                f"userName {compared} {json.dumps(self._name(), ensure_ascii=False)}",
                f"displayName {compared} {quoted}",
                f"externalId {compared} {quoted}",
                f"name.familyName {compared} {quoted}",
                f'emails.value {compared} "{self._one_of(["ADA", "bo"])}@north.test"',
                f'emails[type eq "work" and value {compared} "ada@north.test"]',
                f"emails[primary {either} true]",
                f"active {either} true",
                f"{ENTERPRISE}:department {compared} {quoted}",
                'manager.value eq "m-1"',
                f'members.value {either} "m-{self.chance.randrange(5)}"',
                f'id eq "{self._one_of(self.ids)}"',
                f'groups.value {either} "{self._one_of(self.ids)}"',
                f"groups[display eq {quoted}]",
                f'meta.created {self._one_of(["gt", "le"])} "2026-03-01T09:30:40Z"',
                f"{self._one_of(['title', 'emails', 'externalId', 'members'])} pr",
            ]
        )
        return leaf

    def _query(self) -> dict[str, Any]:
        leaf, query = self._leaf, dict[str, Any]()
        if self._often(0.8):
            query["filter"] = self._one_of([leaf(), f"{leaf()} and {leaf()}", f"{leaf()} or {leaf()}", f"not ({leaf()})"])
        if self._often(0.5):
            query |= {"sortBy": self._one_of(self._sorts), "sortOrder": self._one_of(["ascending", "descending"])}
        if self._often(0.5):
            query |= {"startIndex": self.chance.randrange(20), "count": self.chance.randrange(8)}
        return query
