"""Who changes the same at the same time, and what a Bulk does as a whole, in PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from serving import Postgres, join, message, user

import scimforge as sf
from scimforge import _scimforge
from scimforge._host import postgres as host
from scimforge._host import transactions
from scimforge._host.connections import described
from scimforge._host.exchange import Answer, Head
from scimforge._host.store import open_store
from scimforge._host.trying import Server
from scimforge.asgi import MemoryStore, PostgresStore

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
Json = dict[str, Any]


def bulk(operations: list[Json], **more: Any) -> Json:
    return {"schemas": [BULK], "Operations": operations, **more}


def creates(names: list[str]) -> list[Json]:
    return [
        {"method": "POST", "path": "/Users", "bulkId": f"u{at}", "data": user(name)}
        for at, name in enumerate(names)
    ]


def retitle(user_id: str, title: str) -> Json:
    change = message({"op": "replace", "path": "title", "value": title})
    return {"method": "PATCH", "path": f"/Users/{user_id}", "data": change}


def statuses(answered: sf.Response) -> list[str]:
    assert answered.status == 200, answered.body
    return [one["status"] for one in answered.json()["Operations"]]


def plainly(server: Server, body: Json) -> Answer:
    """A Bulk in whose course something may go wrong."""
    env = {"baseUrl": "https://scim.example.test/v2", "tenant": ""}
    sending = server.store.handle(Head("POST", "/Bulk", "/Bulk", {}), json.dumps(body).encode(), env)
    answered: Answer = server.loop.run_until_complete(sending)
    return answered


def total(server: Server) -> int:
    found: int = server.send("GET", "/Users?count=0").json()["totalResults"]
    return found


def test_of_eight_who_change_one_group_nobody_is_refused(postgres: Postgres) -> None:
    prefix = postgres.prefix()
    members = [f"m-{number}" for number in range(160)]
    with Server(PostgresStore(postgres.conninfo, prefix=prefix)) as first:
        people = [first.create(user(f"u{number}"))["id"] for number in range(40)]
        group = {"schemas": [sf.GROUP], "displayName": "All", "members": [{"value": one} for one in people]}
        one = f"/Groups/{first.create(group, '/Groups')['id']}"

        async def crowd() -> list[Answer]:
            # Of the developer, and as psycopg makes connections by itself, without `autocommit`.
            pool = AsyncConnectionPool(postgres.conninfo, min_size=1, max_size=4, open=False)
            await pool.open()
            stores = [open_store(PostgresStore(pool, prefix=prefix), {}) for _ in range(2)]
            for _ in range(6):
                stores.append(open_store(PostgresStore(postgres.conninfo, prefix=prefix, max_connections=2), {}))

            async def ask(at: int, method: str, path: str, body: Any) -> Answer:
                sent = b"" if body is None else json.dumps(body).encode()
                env = {"baseUrl": "https://scim.example.test/v2", "tenant": ""}
                return await stores[at % 8].handle(Head(method, path, path, {}), sent, env)

            joining = [ask(at, "PATCH", one, join(member)) for at, member in enumerate(members)]
            # Who is removed leaves the group that others change.
            leaving = [ask(at + 1, "DELETE", f"/Users/{gone}", None) for at, gone in enumerate(people)]
            answers = await asyncio.gather(*joining, *leaving)
            for store in stores:
                await store.close()
            await pool.close()
            return list(answers)

        answers = asyncio.run(crowd())
        assert {answer.reason for answer in answers} == {None}
        # A large group is not shown anew.
        assert {answer.status for answer in answers} <= {200, 204}
        found = first.send("GET", one).json()["members"]
        assert sorted(member["value"] for member in found) == sorted(members)


def test_who_says_which_version_waits_for_nobody(postgres: Postgres) -> None:
    with Server(PostgresStore(postgres.conninfo, prefix=postgres.prefix())) as server:
        made = server.create(user("rosa"))
        old = {"if-match": made["meta"]["version"]}
        one = f"/Users/{made['id']}"
        asked = [("PATCH", one, message({"op": "replace", "path": "title", "value": f"t{at}"}), old) for at in range(4)]
        assert sorted(answer.status for answer in server.together(*asked)) == [200, 412, 412, 412]


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("RAISE EXCEPTION 'in the way' USING ERRCODE = '40P01'", '{"versionMismatch": true}'),
        ("RAISE EXCEPTION 'not today'", '{"failed": "postgres: P0001 not today"}'),
    ],
)
def test_what_is_locked_is_let_go_of(then: str, told: str, postgres: Postgres) -> None:
    prefix = postgres.prefix()
    with Server(PostgresStore(postgres.conninfo, prefix=prefix)) as server:
        trigger(server, postgres, prefix, then)
        made = server.create(user("rosa"))
        key = {"tenant": "", "type": "User", "id": made["id"]}
        lock = json.dumps({"op": "lock", "key": key}, separators=(",", ":"))
        change = {"op": "replace", "key": key, "resource": {**made, "userName": "odd"}, "unique": []}

        def is_free() -> bool:
            select = f"SELECT id FROM {prefix}document FOR UPDATE SKIP LOCKED"
            return postgres.rows(select) == [(made["id"],)]

        async def one() -> None:
            async with server.store._tables.session() as perform:
                assert await perform(lock) == ('{"done":true}', None)
                assert not is_free()
                assert (await perform(json.dumps(change)))[0] == told
                assert is_free()
                # Once more in the same request, of which nothing comes.
                assert await perform(lock) == ('{"done":true}', None)
                assert not is_free()
            assert is_free()

        server.loop.run_until_complete(one())


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are run."""
    run: list[str] = []
    plain = host.rows

    async def noted(connection: Any, text: str, params: Any = ()) -> list[Any]:
        run.append(text)
        return await plain(connection, text, params)

    for module in (host, transactions):
        monkeypatch.setattr(module, "rows", noted)
    return run


@pytest.mark.parametrize("most", [None, 1, 3])
def test_many_creates_come_out_as_if_each_had_gone_alone(most: int | None, postgres: Postgres) -> None:
    names = [f"user{at}" for at in range(250)]
    # Taken before, taken by one of the same hundred, by one of another, and no user at all.
    names[7], names[40], names[160] = "Rosa", "USER12", "user3"
    operations = creates(names)
    operations[90]["data"] = {"schemas": [sf.USER]}
    operations[92]["data"]["password"] = "correct-horse"
    body = bulk(operations, **({} if most is None else {"failOnErrors": most}))

    def answered(store: Any) -> tuple[list[Any], int]:
        with Server(store) as server:
            server.create(user("rosa"))
            answer = server.send("POST", "/Bulk", body)
            assert answer.status == 200, answer.body
            told = [(one["status"], one.get("bulkId"), one.get("response")) for one in answer.json()["Operations"]]
            return told, total(server)

    assert answered(PostgresStore(postgres.conninfo, prefix=postgres.prefix())) == answered(MemoryStore())


def test_many_creates_take_few_statements(postgres: Postgres, texts: list[str]) -> None:
    with Server(PostgresStore(postgres.conninfo, prefix=postgres.prefix())) as server:
        assert server.send("GET", "/Users").status == 200
        texts.clear()
        group = {"schemas": [sf.GROUP], "displayName": "All", "members": [{"value": "bulkId:u3"}]}
        last = {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group}
        answer = server.send("POST", "/Bulk", bulk([*creates([f"user{at}" for at in range(200)]), last]))
        assert statuses(answer) == ["201"] * 201
        assert len([text for text in texts if "INSERT" in text]) <= 4
        fourth = answer.json()["Operations"][3]["location"].rpartition("/")[2]
        found = server.send("GET", f"/Groups?filter=members.value+eq+%22{fourth}%22").json()
        assert found["totalResults"] == 1


def trigger(server: Server, postgres: Postgres, prefix: str, then: str) -> None:
    """Runs this where a user named ``odd`` is written."""
    server.loop.run_until_complete(server.store.prepare())
    postgres.rows_of(f"""
        CREATE FUNCTION {prefix}odd() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.json LIKE '%"odd"%' THEN {then}; END IF; RETURN NEW; END $$;
        CREATE TRIGGER odd BEFORE INSERT OR UPDATE ON {prefix}document FOR EACH ROW EXECUTE FUNCTION {prefix}odd();""")


def test_what_fails_in_a_bulk_is_undone_alone(postgres: Postgres) -> None:
    prefix = postgres.prefix()
    with Server(PostgresStore(postgres.conninfo, prefix=prefix)) as server:
        trigger(server, postgres, prefix, "RAISE EXCEPTION 'not today'")
        answer = plainly(server, bulk(creates(["rosa", "odd", "lind"])))
        told = json.loads(answer.body)["Operations"]
        assert [one["status"] for one in told] == ["201", "500", "201"]
        assert "not today" in (answer.reason or "") and b"not today" not in answer.body
        assert total(server) == 2


def test_a_bulk_whose_connection_ends_acknowledges_nothing(postgres: Postgres) -> None:
    prefix = postgres.prefix()
    with Server(PostgresStore(postgres.conninfo, prefix=prefix)) as server:
        trigger(server, postgres, prefix, "PERFORM pg_terminate_backend(pg_backend_pid())")
        old = server.create(user("old"))["id"]
        for operations in (
            [retitle(old, "Baker"), *creates(["rosa", "odd", "lind"])],
            [retitle(old, "Baker"), *creates(["odd"])],
        ):
            with pytest.raises(RuntimeError, match="postgres: "):
                plainly(server, bulk(operations))
        assert total(server) == 1
        assert "title" not in server.send("GET", f"/Users/{old}").json()
        assert statuses(server.send("POST", "/Bulk", bulk(creates(["rosa"])))) == ["201"]


def test_a_bulk_of_which_something_cannot_be_read_acknowledges_nothing(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = transactions.rows

    async def failing(connection: Any, text: str, params: Any = ()) -> list[Any]:
        if text.startswith("SELECT") and "document d WHERE" in text:
            text, params = "SELECT 1 / 0", ()
        return await plain(connection, text, params)

    with Server(PostgresStore(postgres.conninfo, prefix=postgres.prefix())) as server:
        old = server.create(user("old"))["id"]
        with monkeypatch.context() as patched:
            patched.setattr(transactions, "rows", failing)
            with pytest.raises(RuntimeError, match="22012"):
                plainly(server, bulk([*creates(["new"]), retitle(old, "Baker"), *creates(["newer"])]))
        assert total(server) == 1


def test_values_that_cannot_be_read_are_in_no_line_of_the_log(postgres: Postgres) -> None:
    with psycopg.connect(postgres.conninfo) as connection, pytest.raises(psycopg.Error) as failed:
        connection.execute("SELECT 'rosa@north.test'::uuid")
    assert described(failed.value) == "postgres: 22P02 invalid input syntax for type uuid"


def test_a_transaction_that_cannot_be_kept_is_noticed(postgres: Postgres) -> None:
    with Server(PostgresStore(postgres.conninfo, prefix=postgres.prefix())) as server:
        made = server.create(user("rosa"))
        key = {"tenant": "", "type": "User", "id": "u-2"}
        insert = {"op": "insert", "key": key, "resource": {**made, "id": "u-2"}, "unique": []}

        async def work(perform: Any) -> Answer:
            assert await perform(json.dumps(insert)) == ('{"done":true}', None)
            with contextlib.suppress(psycopg.Error):
                await transactions.rows(perform.__self__._connection, "SELECT 1 / 0")
            return Answer(200, {}, b"")

        async def no_passwords() -> dict[str, list[str]]:
            return {}

        with pytest.raises(RuntimeError, match="25P02"):
            server.loop.run_until_complete(server.store._tables.together(work, no_passwords))
        assert total(server) == 1


def test_two_bulks_that_wait_for_each_other_are_both_done(postgres: Postgres, texts: list[str]) -> None:
    with Server(PostgresStore(postgres.conninfo, prefix=postgres.prefix())) as server:
        ids = [server.create(user(f"u{at}"))["id"] for at in range(40)]
        both = server.together(
            ("POST", "/Bulk", bulk([retitle(one, "Baker") for one in ids])),
            ("POST", "/Bulk", bulk([retitle(one, "Cook") for one in reversed(ids)])),
        )
        assert [statuses(answer) for answer in both] == [["200"] * 40] * 2
        assert any("pg_advisory_xact_lock(" in text and "hashtext" in text for text in texts[50:]), "one was undone"
        found = server.send("GET", "/Users").json()["Resources"]
        assert len({one["title"] for one in found}) == 1, "one after the other"


def test_nobody_waits_in_a_transaction_for_the_passwords_of_a_bulk(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain: Callable[[str], str] = _scimforge.hash_password
    waiting: list[int] = []

    def noted(password: str) -> str:
        with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
            row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'").fetchone()
        assert row is not None
        waiting.append(row[0])
        return plain(password)

    monkeypatch.setattr(_scimforge, "hash_password", noted)
    prefix = postgres.prefix()
    with Server(PostgresStore(postgres.conninfo, prefix=prefix)) as server:
        operations = creates(["rosa", "lind", "ada"])
        for operation in operations:
            operation["data"]["password"] = "alder"
        assert statuses(server.send("POST", "/Bulk", bulk(operations))) == ["201"] * 3
    assert waiting == [0, 0, 0]
    kept = [row[0] for row in postgres.rows(f"SELECT phc FROM {prefix}secret")]
    assert len(set(kept)) == 3 and all(_scimforge.verify_password(phc, "alder") for phc in kept)


def test_a_bulk_in_a_transaction_of_the_developer(postgres: Postgres) -> None:
    prefix = postgres.prefix()
    with Server(PostgresStore(postgres.conninfo, prefix=prefix)) as server:
        old = server.create(user("old"))["id"]

        async def inside() -> list[str]:
            async with await psycopg.AsyncConnection.connect(postgres.conninfo) as connection:
                store = open_store(PostgresStore(connection, prefix=prefix, in_transaction=True), {"bulk": True})
                body = json.dumps(bulk([*creates(["rosa", "ROSA", "lind"]), retitle(old, "Cook")])).encode()
                env = {"baseUrl": "https://scim.example.test/v2", "tenant": ""}
                answer = await store.handle(Head("POST", "/Bulk", "/Bulk", {}), body, env)
                await connection.rollback()
                return [one["status"] for one in json.loads(answer.body)["Operations"]]

        assert asyncio.run(inside()) == ["201", "409", "201", "200"]
        assert total(server) == 1
