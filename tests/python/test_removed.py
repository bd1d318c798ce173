"""What is deleted softly, in the hands of the host."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import STORES
from serving import app_of, direct, user

from scimforge.asgi import MemoryStore, Refused, SqliteStore, StoreBase, create_scim_app, none
from scimforge.wsgi import create_scim_wsgi

Make = Callable[[str], Any]
LATE = datetime(2100, 1, 1, tzinfo=timezone.utc)


class Host:
    """An endpoint in one event loop."""

    def __init__(self, store: Any, **more: Any) -> None:
        self.records: list[dict[str, Any]] = []
        settings = {"delete": "soft", "observe": {"audit": self.records.append}, "auth": none(), **more}
        self.app = create_scim_app(store=store, on_error=lambda error: None, **settings)
        self.loop = asyncio.new_event_loop()

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *given: object) -> None:
        self.run(self.app.aclose())
        self.loop.close()

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self.run(asked(self.app, method, path, body))


async def asked(app: Any, method: str, path: str, body: Any) -> tuple[int, Any]:
    import json

    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"" if body is None else json.dumps(body).encode()}

    async def send(part: dict[str, Any]) -> None:
        sent.append(part)

    headers = [(b"host", b"scim.example.test"), (b"content-type", b"application/scim+json")]
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": f"/scim/v2{path}", "query_string": query.encode(), "headers": headers}
    await app(scope, receive, send)
    text = sent[1]["body"]
    return sent[0]["status"], json.loads(text) if text else None


@pytest.mark.parametrize("kind", STORES)
def test_it_is_listed_restored_and_purged(kind: str, make_store: Make) -> None:
    with Host(make_store(kind)) as host:
        _, rosa = host.ask("POST", "/Users", user("rosa", title="Cook"))
        one = f"/Users/{rosa['id']}"
        assert host.ask("DELETE", one)[0] == 204
        page = host.run(host.app.removed(limit=1))
        assert [(row["id"], row["userName"]) for row in page["removed"]] == [(rosa["id"], "rosa")]
        assert host.run(host.app.removed(after=page["next"])) == {"removed": []}
        assert host.run(host.app.removed(tenant="north")) == {"removed": []}
        assert host.run(host.app.restore("nobody")) is None
        back = host.run(host.app.restore(rosa["id"], by="admin"))
        assert (back["title"], back["meta"]["created"]) == ("Cook", rosa["meta"]["created"])
        assert host.ask("GET", one)[0] == 200
        record = next(record for record in reversed(host.records) if record["operation"] == "Users:restore")
        assert (record["principal"], record["id"], record["status"]) == ("admin", rosa["id"], 200)
        host.ask("DELETE", one)
        assert host.ask("POST", "/Users", user("ROSA"))[0] == 201
        with pytest.raises(Refused) as refused:
            host.run(host.app.restore(rosa["id"]))
        assert (refused.value.status, refused.value.scim_type) == (409, "uniqueness")
        assert host.run(host.app.purge(datetime(2020, 1, 1))) == {}
        assert host.run(host.app.purge(LATE, tenant="north")) == {}
        assert host.run(host.app.purge(LATE)) == {"User": 1}
        assert host.run(host.app.removed()) == {"removed": []}


@pytest.mark.parametrize("kind", STORES)
def test_events_forget_who_was_purged(kind: str, make_store: Make) -> None:
    def fail(event: Any, **more: Any) -> None:
        raise RuntimeError("not now")

    events = {"mode": "full", "on_event": fail, "retry": {"attempts": 1}}
    values = {"title": 'zebra \0 ","data":', "externalId": 'zebra-\\"7","data":{}'}
    with Host(make_store(kind), events=events) as host:
        _, rosa = host.ask("POST", "/Users", user("rosa", **values))
        _, otto = host.ask("POST", "/Users", user("otto", **values))
        for one in (rosa, otto):
            host.ask("DELETE", f"/Users/{one['id']}")
        host.run(host.app.restore(otto["id"]))
        while len(host.run(host.app.dead_letters())) < 5:
            host.run(asyncio.sleep(0.02))
        assert host.run(host.app.purge(LATE)) == {"User": 1}
        letters = [letter["event"] for letter in host.run(host.app.dead_letters())]
        for found in (host.run(changes(host.app)), letters):
            own = [event for event in found if event["resourceId"] == rosa["id"]]
            assert [event["name"] for event in own] == ["user.created", "user.deleted"]
            assert "zebra" not in str(own) and "title" in own[0]["attributes"]
            other = [event for event in found if event["resourceId"] == otto["id"]]
            assert [event.get("data", {}).get("title") for event in other] == [values["title"], None, values["title"]]
            assert {event["externalId"] for event in other} == {values["externalId"]}


async def changes(app: Any) -> list[dict[str, Any]]:
    return [change["event"] async for change in app.changes()]


def test_the_file_has_nothing_of_what_was_purged(tmp_path: Path) -> None:
    path = tmp_path / "scim.db"
    with Host(SqliteStore(str(path))) as host:
        _, rosa = host.ask("POST", "/Users", user("rosa", title="zebra-" + "q" * 20_000))
        host.ask("DELETE", f"/Users/{rosa['id']}")
        assert host.run(host.app.purge(LATE)) == {"User": 1}
    assert b"zebra-" not in path.read_bytes()


def test_who_cannot_be_kept_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "scim.db"
    with Host(SqliteStore(str(path))) as host:
        _, rosa = host.ask("POST", "/Users", user("rosa"))
        one = f"/Users/{rosa['id']}"
        other = sqlite3.connect(path)
        full = "SELECT RAISE(ABORT, 'the disk is full')"
        for event in ("INSERT", "DELETE"):
            other.execute(f"CREATE TRIGGER on_{event} BEFORE {event} ON removed BEGIN {full}; END")
        assert host.ask("DELETE", one)[0] == 500
        assert host.ask("GET", one)[1]["userName"] == "rosa"
        other.execute("DROP TRIGGER on_INSERT")
        assert host.ask("DELETE", one)[0] == 204
        with pytest.raises(Refused):
            host.run(host.app.restore(rosa["id"]))
        assert host.ask("GET", one)[0] == 404
        assert len(host.run(host.app.removed())["removed"]) == 1
        other.close()


def test_a_password_outlives_a_restoration_and_not_a_new_beginning(tmp_path: Path) -> None:
    path = tmp_path / "scim.db"
    with Host(SqliteStore(str(path)), delete={"mode": "soft", "recreate": "restore"}) as host:
        _, rosa = host.ask("POST", "/Users", user("rosa", password="correct-horse"))
        one = f"/Users/{rosa['id']}"
        secrets = lambda: sqlite3.connect(path).execute("SELECT count(*) FROM secret").fetchone()[0]
        host.ask("DELETE", one)
        host.run(host.app.restore(rosa["id"]))
        assert secrets() == 1
        host.ask("DELETE", one)
        assert host.ask("POST", "/Users", user("rosa"))[1]["id"] == rosa["id"]
        assert secrets() == 0


def test_wsgi_has_the_same() -> None:
    application = create_scim_wsgi(store=MemoryStore(), auth=none(), delete="soft")
    assert application.removed() == {"removed": []}
    assert application.restore("u-1") is None
    assert application.purge(LATE) == {}
    application.close()


def test_a_store_of_ones_own_says_whether_it_keeps_what_is_deleted() -> None:
    class Plain(StoreBase):
        pass

    with pytest.raises(TypeError, match="lacks removed, restore, purge"):
        create_scim_app(store=Plain(), auth=none(), delete="soft")
    with Host(Plain(), delete="hard") as host, pytest.raises(Refused, match="cannot do this"):
        host.run(host.app.removed())

    class Keeping(Plain):
        rows: dict[str, Any] = {}
        kept: dict[str, Any] = {}

        def get(self, key: Any) -> Any:
            return self.rows.get(key["id"])

        def insert(self, key: Any, resource: Any, unique: Any, password: Any) -> None:
            self.rows[key["id"]] = resource

        def remove(self, key: Any, if_version: Any, keep: Any = None) -> Any:
            resource = self.rows.pop(key["id"], None)
            if resource is None:
                return False
            self.kept[key["id"]] = {"kept": keep, "resource": resource}
            return True

        def removed(self, plan: Any) -> Any:
            return [row for id, row in self.kept.items() if plan.get("id", id) == id]

        def restore(self, key: Any, resource: Any, unique: Any, password: Any, anew: bool) -> Any:
            if self.kept.pop(key["id"], None) is None:
                return False
            self.rows[key["id"]] = resource
            return True

        def purge(self, plan: Any) -> Any:
            count = len(self.kept)
            self.kept.clear()
            return {"User": count} if count else {}

    with Host(Keeping()) as host:
        _, rosa = host.ask("POST", "/Users", user("rosa"))
        host.ask("DELETE", f"/Users/{rosa['id']}")
        assert host.run(host.app.removed())["removed"][0]["userName"] == "rosa"
        assert host.run(host.app.restore(rosa["id"]))["userName"] == "rosa"
        host.ask("DELETE", f"/Users/{rosa['id']}")
        assert host.run(host.app.purge(LATE)) == {"User": 1}
