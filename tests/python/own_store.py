"""Stores as developers would write them: one of five methods, and one that can do everything."""

from __future__ import annotations

import contextlib
import copy
import json
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from scimforge.asgi import Claimed, Conflict, Letter, Settled, StoreBase, VersionMismatch

Key = tuple[str, ...]


class Own(StoreBase):
    """A store as a developer would write it: coroutines, and checking versions."""

    def __init__(self) -> None:
        self.rows: dict[Key, dict[str, Any]] = {}
        # Names in the form in which they are compared.
        self.names: dict[Key, str] = {}

    async def get(self, key: Any) -> Any:
        return self.rows.get(tuple(key.values()))

    def query(self, plan: Any) -> Any:
        return [
            row for (tenant, kind, _), row in self.rows.items() if tenant == plan["tenant"] and kind in plan["types"]
        ]

    async def insert(self, key: Any, resource: Any, unique: Any, password: Any) -> None:
        own = tuple(key.values())
        name = next((one["key"] for one in unique if one["path"] == "userName"), None)
        for other, taken in self.names.items():
            if other[:2] == own[:2] and other != own and taken == name:
                raise Conflict("userName")
        self.names.pop(own, None)
        if name is not None:
            self.names[own] = name
        self.rows[own] = resource

    async def replace(self, key: Any, resource: Any, unique: Any, password: Any, if_version: Any) -> bool:
        row = self.rows.get(tuple(key.values()))
        if row is None:
            return False
        if if_version not in (None, row["meta"]["version"]):
            raise VersionMismatch
        await self.insert(key, resource, unique, password)
        return True

    async def remove(self, key: Any, if_version: Any) -> bool:
        row = self.rows.get(tuple(key.values()))
        if row is not None and if_version not in (None, row["meta"]["version"]):
            raise VersionMismatch
        self.names.pop(tuple(key.values()), None)
        return self.rows.pop(tuple(key.values()), None) is not None


class Shelves(StoreBase):
    """A store in dicts, with members of their own, transactions, an outbox, and what was deleted."""

    def __init__(self) -> None:
        self.rows: dict[Key, dict[str, Any]] = {}
        self.members: dict[Key, dict[str, dict[str, Any]]] = {}
        self.taken: dict[tuple[str, str, str, str], Key] = {}
        self.kept: dict[Key, dict[str, Any]] = {}
        self.outbox = Told()

    def _whole(self, key: Key, only: Sequence[str] | None = None) -> Any:
        row = self.rows.get(key)
        own = self.members.get(key, {})
        shown = list(own.values()) if only is None else [own[one] for one in only if one in own]
        return row if row is None or not shown else {**row, "members": shown}

    def get(self, key: Any) -> Any:
        return self._whole(tuple(key.values()))

    def part(self, key: Any, asked: Any) -> Any:
        own = tuple(key.values())
        if len(self.members.get(own, ())) <= asked["few"]:
            return {"row": self._whole(own)}
        return {"part": self._whole(own, asked["members"])}

    def query(self, plan: Any) -> Any:
        own = [key for key in self.rows if key[0] == plan["tenant"] and key[1] in plan["types"]]
        return [self._whole(key, () if plan.get("withoutMembers") else None) for key in own]

    def memberships(self, plan: Any) -> Any:
        wanted = {one.lower(): one for one in plan["members"]}
        return [
            {"member": wanted[folded], "group": key[2], "display": self.rows[key].get("displayName")}
            for key, members in self.members.items()
            if key[:2] == (plan["tenant"], plan["type"])
            for folded in members
            if folded in wanted
        ]

    async def insert(self, key: Any, resource: Any, unique: Any, password: Any, event: Any = None) -> None:
        own = tuple(key.values())
        if own in self.rows or own in self.kept:
            raise Conflict("id")
        self._put(own, resource, unique)
        self.outbox.keep(event)

    def replace(
        self, key: Any, resource: Any, unique: Any, password: Any, if_version: Any, event: Any = None, members: Any = None
    ) -> bool:
        own = tuple(key.values())
        if not self._is_there(own, if_version):
            return False
        kept = self.members.get(own, {}) if members is not None else {}
        self._put(own, resource, unique)
        for change in members or ():
            self._change(kept, change)
        if members is not None:
            self.members[own] = kept
        self.outbox.keep(event)
        return True

    def remove(self, key: Any, if_version: Any, event: Any = None, keep: Any = None) -> bool:
        own = tuple(key.values())
        if not self._is_there(own, if_version):
            return False
        if keep is not None:
            self.kept[own] = {"kept": keep, "resource": self._whole(own)}
        if keep is None or keep.get("unique") != "kept":
            self._free(own)
        del self.rows[own]
        self.members.pop(own, None)
        self.outbox.keep(event)
        return True

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Shelves]:
        kept = (self.__dict__, self.outbox.__dict__)
        before = [copy.deepcopy({name: own for name, own in one.items() if name != "outbox"}) for one in kept]
        try:
            yield self
        except BaseException:
            for one, own in zip(kept, before, strict=True):
                one.update(own)
            raise

    # ---- what was deleted ----

    def removed(self, plan: Any) -> Any:
        found = [
            row for key, row in self.kept.items() if key[:2] == (plan["tenant"], plan["type"]) and plan.get("id", key[2]) == key[2]
        ]
        place = lambda row: (row["kept"]["at"], row["resource"]["id"])
        found.sort(key=place)
        if "unique" in plan:
            return self._last_with(plan, found)
        if "after" in plan:
            found = [row for row in found if place(row) > (plan["after"]["at"], plan["after"]["id"])]
        return found[: plan["limit"]] if "limit" in plan else found

    def _last_with(self, plan: Any, found: list[Any]) -> list[Any]:
        for wanted in plan["unique"]:
            named = [row for row in found if str(row["resource"].get(wanted["path"], "")).lower() == wanted["key"].lower()]
            if named:
                return named[-1:]
        return []

    def restore(self, key: Any, resource: Any, unique: Any, password: Any, anew: bool, event: Any = None) -> bool:
        own = tuple(key.values())
        if own not in self.kept:
            return False
        self._put(own, resource, unique)
        del self.kept[own]
        self.outbox.keep(event)
        return True

    def purge(self, plan: Any) -> Any:
        counts: dict[str, int] = {}
        old = [key for key, row in self.kept.items() if row["kept"]["at"] < plan["before"] and plan.get("tenant", key[0]) == key[0]]
        for key in sorted(old, key=lambda key: (self.kept[key]["kept"]["at"], key[2]))[: plan["limit"]]:
            self._free(key)
            del self.kept[key]
            counts[key[1]] = counts.get(key[1], 0) + 1
        return counts

    # ---- rows ----

    def _is_there(self, own: Key, if_version: Any) -> bool:
        row = self.rows.get(own)
        if row is not None and if_version not in (None, row["meta"]["version"]):
            raise VersionMismatch
        return row is not None

    def _put(self, own: Key, resource: Any, unique: Any) -> None:
        places = [(own[0], own[1], one["path"], one["key"]) for one in unique]
        for place in places:
            if self.taken.get(place, own) != own:
                raise Conflict(place[2])
        self._free(own)
        self.taken.update(dict.fromkeys(places, own))
        self.rows[own] = {name: value for name, value in resource.items() if name != "members"}
        self.members[own] = {}
        for member in resource.get("members", ()):
            self._change(self.members[own], {"new": member})

    def _free(self, own: Key) -> None:
        for place in [place for place, taken in self.taken.items() if taken == own]:
            del self.taken[place]

    def _change(self, members: dict[str, dict[str, Any]], change: Any) -> None:
        if "old" in change and "new" not in change:
            members.pop(change["old"]["value"].lower(), None)
        if "new" in change:
            members[change["new"]["value"].lower()] = change["new"]


class Told:
    """Its outbox: plain methods do."""

    def __init__(self) -> None:
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.sinks: dict[str, dict[int, dict[str, Any]]] = {"one": {}, "two": {}}
        self.made = 0

    def keep(self, event: Any) -> None:
        if event is None:
            return
        self.made += 1
        self.events.append((self.made, event))
        resource = (event["tenant"], event["resourceType"], event["resourceId"])
        for queue in self.sinks.values():
            queue[self.made] = {"event": event, "of": resource, "due": 0.0, "attempts": 0, "dead": None}

    def _first(self, queue: dict[int, dict[str, Any]], of: Any) -> int | None:
        return min((seq for seq, row in queue.items() if row["of"] == of and row["dead"] is None), default=None)

    def _take(self, queue: dict[int, dict[str, Any]], seq: int, lease: float) -> Claimed:
        row = queue[seq]
        row["due"], row["attempts"] = time.monotonic() + lease, row["attempts"] + 1
        return Claimed(seq, row["attempts"], row["event"])

    def claim(self, sink: str, limit: int, lease: float) -> list[Claimed]:
        queue = self.sinks.setdefault(sink, {})
        firsts = {self._first(queue, row["of"]) for row in queue.values() if row["dead"] is None}
        due = [seq for seq in sorted(one for one in firsts if one is not None) if queue[seq]["due"] <= time.monotonic()]
        return [self._take(queue, seq, lease) for seq in due[:limit]]

    def settle(self, sink: str, claimed: Claimed, settled: Settled, lease: float | None) -> Claimed | None:
        queue = self.sinks[sink]
        row = queue.get(claimed.seq)
        if row is None or row["dead"] is not None or row["attempts"] != claimed.attempts:
            return None
        if settled.outcome == "again":
            row["due"] = time.monotonic() + settled.wait
            return None
        if settled.outcome == "dead":
            row["dead"] = settled.failure
            return None
        del queue[claimed.seq]
        following = self._first(queue, row["of"])
        return None if lease is None or following is None else self._take(queue, following, lease)

    def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        return [{"seq": seq, "event": event} for seq, event in self.events if seq > after][:limit]

    def prune(self, age: float, known: Sequence[str], abandoned_after: float) -> None:
        waiting = {seq for queue in self.sinks.values() for seq, row in queue.items() if row["dead"] is None}
        if age <= 0:
            self.events = [(seq, event) for seq, event in self.events if seq in waiting]

    def dead_letters(self, after: tuple[int, str], limit: int, receiver: str | None) -> list[Letter]:
        found = [
            Letter(sink, seq, row["attempts"], row["dead"], row["event"])
            for sink, queue in self.sinks.items()
            for seq, row in queue.items()
            if row["dead"] is not None and (seq, sink) > after and receiver in (None, sink)
        ]
        return sorted(found, key=lambda one: (one.seq, one.sink))[:limit]

    def retry(self, receivers: Sequence[str], ids: Sequence[str] | None) -> int:
        again = [
            row
            for sink, queue in self.sinks.items()
            for seq, row in queue.items()
            if row["dead"] is not None and sink in receivers and (ids is None or f"{seq}.{sink}" in ids)
        ]
        for row in again:
            row |= {"dead": None, "attempts": 0, "due": 0.0}
        return len(again)
