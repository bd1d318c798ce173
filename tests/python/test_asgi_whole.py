"""Who is removed leaves the groups, or stays with all that was there: whatever breaks in between, and
however many leave at once."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from serving import Postgres, join, message, user

import scimforge as sf
from scimforge._host import connections
from scimforge._host.exchange import Head
from scimforge._host.store import OpenStore, open_store
from scimforge._host.trying import Server
from scimforge.asgi import PostgresStore, SqliteStore

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
Json = dict[str, Any]
REMOVALS = pytest.mark.parametrize("removal", ["hard", "soft"])


def in_groups(server: Server, people: list[str]) -> list[str]:
    members = [{"value": one} for one in people]
    both = [{"schemas": [sf.GROUP], "displayName": name, "members": members} for name in ("bakers", "cooks")]
    return [server.create(one, "/Groups")["id"] for one in both]


def members(server: Server, group: str) -> list[str]:
    found: Json = server.send("GET", f"/Groups/{group}").json()
    return sorted(one["value"] for one in found.get("members", []))


async def sent(store: OpenStore, method: str, path: str, body: Json | None = None) -> int:
    """The status; what goes wrong at a store is one of 500."""
    env = {"baseUrl": "https://scim.example.test/v2", "tenant": ""}
    given = b"" if body is None else json.dumps(body).encode()
    try:
        answer = await store.handle(Head(method, path, path, {}), given, env)
    except RuntimeError:
        return 500
    status: int = answer.status
    return status


class Breaking:
    """Loses the connection before a statement."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self.seen = -1, 0
        plain: Callable[..., Any] = connections.changed

        async def changed(connection: Any, text: str, params: Any = ()) -> Any:
            self.left, self.seen = self.left - 1, self.seen + 1
            if self.left == 0:
                connection.pgconn.finish()
            return await plain(connection, text, params)

        monkeypatch.setattr(connections, "changed", changed)

    def arm(self, number: int) -> None:
        self.left, self.seen = number, 0


@REMOVALS
@pytest.mark.parametrize("events", [None, True])
def test_a_connection_that_is_lost_leaves_all_or_nothing(
    removal: str, events: bool | None, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"delete": removal, "events": events}
    with Server(PostgresStore(postgres.conninfo, prefix=postgres.prefix()), settings) as server:
        stays = server.create(user("stays"))["id"]
        groups = in_groups(server, [stays])
        breaking = Breaking(monkeypatch)
        undone = at = 0
        while True:
            at += 1
            breaking.arm(-1)
            goes = server.create(user(f"goes-{at}"))["id"]
            for group in groups:
                server.send("PATCH", f"/Groups/{group}", join(goes))
            breaking.arm(at)
            status = server.loop.run_until_complete(sent(server.store, "DELETE", f"/Users/{goes}"))
            asked = breaking.seen
            breaking.arm(-1)
            there = server.send("GET", f"/Users/{goes}").status == 200
            for group in groups:
                assert members(server, group) == sorted([stays, goes] if there else [stays]), f"{at} of {asked}"
            assert status == (500 if there else 204), f"{at} of {asked}"
            if asked < at:
                break
            undone += there
            assert server.send("DELETE", f"/Users/{goes}").status == (204 if there else 404)
        assert undone > 4 and undone == at - 1


@REMOVALS
def test_who_cannot_leave_a_group_is_not_removed(removal: str, postgres: Postgres, tmp_path: Path) -> None:
    prefix, path = postgres.prefix(), tmp_path / "scim.db"

    def refuse() -> None:
        postgres.rows_of(f"""
            CREATE FUNCTION {prefix}no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
            CREATE TRIGGER no BEFORE DELETE ON {prefix}member FOR EACH ROW EXECUTE FUNCTION {prefix}no();""")

    def refuse_in_file() -> None:
        with sqlite3.connect(path) as file:
            file.execute("CREATE TRIGGER no BEFORE DELETE ON member BEGIN SELECT RAISE(ABORT, 'no'); END")

    stores = [(PostgresStore(postgres.conninfo, prefix=prefix), refuse), (SqliteStore(str(path)), refuse_in_file)]
    for store, refusing in stores:
        with Server(store, {"delete": removal}) as server:
            rosa = server.create(user("rosa"))["id"]
            groups = in_groups(server, [rosa])
            refusing()
            assert server.loop.run_until_complete(sent(server.store, "DELETE", f"/Users/{rosa}")) == 500
            assert server.send("GET", f"/Users/{rosa}").status == 200
            assert [members(server, group) for group in groups] == [[rosa], [rosa]]


@REMOVALS
def test_of_fifty_who_leave_two_groups_at_once_all_do(removal: str, postgres: Postgres) -> None:
    prefix, settings = postgres.prefix(), {"delete": removal}
    with Server(PostgresStore(postgres.conninfo, prefix=prefix), settings) as first:
        ids = [first.create(user(f"u{number}"))["id"] for number in range(56)]
        leave, come, stay = ids[:50], ids[50:53], ids[53:]
        groups = in_groups(first, leave + stay)

        def bulk(member: str) -> Json:
            # In the other order: one of two that wait for each other begins anew.
            paths = [f"/Groups/{group}" for group in sorted(groups, reverse=True)]
            change = message({"op": "add", "path": "members", "value": [{"value": member}]})
            each = [{"method": "PATCH", "path": path, "data": change} for path in paths]
            return {"schemas": [BULK], "Operations": each}

        async def all_of_them() -> list[int]:
            second = open_store(PostgresStore(postgres.conninfo, prefix=prefix), settings)
            stores = [first.store, second] * 25
            removing = [sent(store, "DELETE", f"/Users/{one}") for one, store in zip(leave, stores)]
            coming = [sent(second, "POST", "/Bulk", bulk(one)) for one in come]
            statuses = await asyncio.gather(*removing, *coming)
            await second.close()
            return statuses

        assert first.loop.run_until_complete(all_of_them()) == [204] * 50 + [200] * 3
        for group in groups:
            assert members(first, group) == sorted(stay + come)
        assert first.send("GET", "/Users?count=0").json()["totalResults"] == 6


def test_the_members_of_a_group_that_comes_back_are_looked_for_by_few_statements(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(monkeypatch)
    stores = [PostgresStore(postgres.conninfo, prefix=postgres.prefix()), SqliteStore(str(tmp_path / "scim.db"))]
    for store in stores:
        with Server(store, {"delete": "soft"}) as server:
            ids = [server.create(user(f"u{number}"))["id"] for number in range(60)]
            group, _ = in_groups(server, ids)
            for path in (f"/Groups/{group}", *(f"/Users/{one}" for one in ids[:3])):
                assert server.send("DELETE", path).status == 204
            breaking.arm(-1)
            env = {"baseUrl": "https://scim.example.test/v2", "tenant": "", "now": "2026-03-01T09:30:00Z"}
            task = {"task": "restore", "type": "Group", "id": group}
            answer = server.loop.run_until_complete(server.store.task(task, env))
            back = [one["value"] for one in json.loads(answer.body)["members"]]
            assert back == ids[3:]
            assert breaking.seen < 30
