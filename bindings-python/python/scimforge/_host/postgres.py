"""Resources in PostgreSQL, over psycopg 3. The engine writes the SQL; here it is run."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from .. import _scimforge
from ..errors import ScimError
from . import outbox
from .exchange import Answer, Head
from .outbox import Claimed, Programmed, Settled
from .programs import described_page, hashed, lines, memberships_text, part_text, refused, removed_text, row_text
from .store import Stepped

# Another transaction was in the way, or took a unique value just now: the same again.
_AGAIN = ("40001", "40P01", "23505")
_TRIES = 5
# How many resources are read at once when what stands beside them is filled anew.
_BATCH = 200


class PostgresStore:
    """Resources in PostgreSQL, in tables of our own whose names begin with ``prefix``. They are
    those of ``pgStore`` of ``@scimforge/node``: both may serve one database.

    ``database``: a connection string, for which a pool is opened, or a
    ``psycopg_pool.AsyncConnectionPool`` of yours (``pip install "scimforge[postgres]"`` brings
    both). With ``in_transaction`` it is one ``psycopg.AsyncConnection``, in a transaction that you
    end. The tables are made at the first request, unless ``migrate`` is false: then you run what
    :meth:`ScimApp.ddl` gives.

    >>> from scimforge.asgi import PostgresStore
    >>> store = PostgresStore("dbname=people", prefix="app.scim_")
    """

    def __init__(
        self,
        database: Any,
        *,
        prefix: str = "scim_",
        migrate: bool = True,
        in_transaction: bool = False,
        max_connections: int = 10,
    ) -> None:
        is_pool = isinstance(database, str) or hasattr(database, "connection")
        if not (hasattr(database, "cursor") if in_transaction else is_pool):
            raise TypeError(
                "PostgresStore: give a connection string or an AsyncConnectionPool, or an AsyncConnection "
                "with `in_transaction`"
            )
        self._database, self._in_transaction = database, in_transaction
        self._prefix, self._migrate, self._most = prefix, migrate, max_connections

    def _open(self, config: Mapping[str, Any]) -> _OpenPostgres:
        settings = {"changePassword": True, **config}
        sql = _scimforge.Sql(json.dumps(settings), self._prefix)
        connections: _Pool | _One
        if self._in_transaction:
            connections = _One(self._database)
        else:
            connections = _Pool(self._database, self._most)
        tables = _Tables(connections, sql, self._prefix, self._migrate)
        sinks = outbox.sinks_of(config)
        # Whose transaction it is has others deliver what is in it.
        kept = None if sinks is None or self._in_transaction else _Outbox(tables, sinks)
        return _OpenPostgres(settings, tables, kept)


class _OpenPostgres:
    def __init__(self, settings: Mapping[str, Any], tables: _Tables, outbox: _Outbox | None) -> None:
        self._tables, self.outbox = tables, outbox
        self._stepped = Stepped(settings, tables.perform, tables)

    async def handle(self, head: Head, body: bytes, env: Mapping[str, Any]) -> Answer:
        return await self._stepped.handle(head, body, env)

    async def task(self, task: Mapping[str, Any], env: Mapping[str, Any]) -> Answer:
        return await self._stepped.task(task, env)

    async def prepare(self) -> None:
        await self._tables.prepare()

    async def close(self) -> None:
        await self._tables.close()

    def ddl(self) -> str:
        return self._tables.sql.ddl()

    def explain(self, plan: Mapping[str, Any]) -> Any:
        return json.loads(self._tables.sql.explain(json.dumps(plan)))


class _Pool:
    """Connections of a pool; a pool of our own is opened with the first."""

    def __init__(self, database: Any, most: int) -> None:
        self._pool, self._own, self._most = database, isinstance(database, str), most
        self._opening: asyncio.Lock | None = None

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        if isinstance(self._pool, str):
            await self._open()
        async with self._pool.connection() as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            yield connection

    def statement(self) -> contextlib.AbstractAsyncContextManager[Any]:
        return self.connection()

    async def _open(self) -> None:
        from psycopg_pool import AsyncConnectionPool

        self._opening = self._opening or asyncio.Lock()
        async with self._opening:
            if isinstance(self._pool, str):
                pool = AsyncConnectionPool(
                    self._pool, min_size=1, max_size=self._most, open=False, kwargs={"autocommit": True}
                )
                await pool.open()
                self._pool = pool

    async def close(self) -> None:
        if self._own and not isinstance(self._pool, str):
            await self._pool.close()


class _One:
    """One connection, in a transaction that is not ours: operations come one after the other."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._turn: asyncio.Lock | None = None

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        self._turn = self._turn or asyncio.Lock()
        async with self._turn:
            yield self._connection

    def statement(self) -> contextlib.AbstractAsyncContextManager[Any]:
        # What fails would end the transaction around it.
        return self.transaction()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self.connection() as connection:
            if connection.info.transaction_status.name == "IDLE":
                if connection.autocommit:
                    raise RuntimeError("the connection of the store is in no transaction")
                # It begins with the first statement.
                await connection.execute("SELECT 1")
            # Inside of a transaction this is a savepoint.
            async with connection.transaction():
                yield connection

    async def close(self) -> None:
        pass


class _Outbox:
    """Events in the tables. Any number of processes deliver from it: what one has claimed, the
    others pass over until its time runs out."""

    def __init__(self, tables: _Tables, sinks: list[str]) -> None:
        self._tables, self._sinks = tables, sinks
        self._sql: dict[str, str] = json.loads(tables.sql.outbox_sql())

    async def claim(self, limit: int, lease: float) -> list[Claimed]:
        program = outbox.claim(self._sql, self._sinks[0], limit, lease)
        found: list[Claimed] = await self._tables.program(program)
        return found

    async def settle(self, claimed: Claimed, settled: Settled, lease: float | None) -> Claimed | None:
        program = outbox.settle(self._sql, self._sinks[0], claimed, settled, lease)
        following: Claimed | None = await self._tables.program(program)
        return following

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        last = await self._settled_sequence(after)
        if last is None:
            return []
        rows = await self._tables.rows(self._sql["changes"], [after, limit, last])
        return [outbox.change(*row) for row in rows]

    async def prune(self, age: float, abandoned_after: float) -> tuple[dict[str, int], bool]:
        program = outbox.prune(self._sql, self._sinks, age, abandoned_after)
        done: tuple[dict[str, int], bool] = await self._tables.program(program)
        return done

    async def _settled_sequence(self, after: int) -> int | None:
        """Numbers are given before a transaction ends, so one may turn up behind a larger one. Up
        to the number that this answers, all that will ever be there is there: whoever had taken
        one of them has ended. Nothing where no number was given since."""
        rows = self._tables.rows
        sequence = f"{self._tables.prefix}event_seq_seq"
        given = await rows(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")
        last: int = given[0][0]
        # Who only looks spends no number of a transaction.
        if last <= after:
            return None
        now = (await rows("SELECT pg_current_xact_id()::text"))[0][0]
        pause = 0.005
        while True:
            ended = await rows("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8", [now])
            if ended[0][0]:
                return last
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.25)


class _Refused(Exception):
    """Rolls back, and says what is answered."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer


class _Tables:
    def __init__(
        self, connections: _Pool | _One, sql: _scimforge.Sql, prefix: str, migrate: bool
    ) -> None:
        self.sql = sql
        self._connections, self._prefix = connections, prefix
        self._prepared = not migrate
        self._preparing: asyncio.Lock | None = None

    async def perform(self, operation: str) -> tuple[str, str | None]:
        """The result, and what is for the log."""
        try:
            await self.prepare()
            if '"password"' in operation:
                operation = await asyncio.to_thread(hashed, operation)
            return await self._run(json.loads(self.sql.program(operation)), operation), None
        except Exception as error:
            reason = _described(error)
            return json.dumps({"failed": reason}), reason

    async def prepare(self) -> None:
        """Makes the tables, and fills anew what stands beside the resources if the schemas have
        changed."""
        if self._prepared:
            return
        self._preparing = self._preparing or asyncio.Lock()
        async with self._preparing:
            if not self._prepared:
                await self._changing(self._make)
                self._prepared = True

    async def close(self) -> None:
        await self._connections.close()

    @property
    def prefix(self) -> str:
        return self._prefix

    async def rows(self, text: str, params: Any = ()) -> list[Any]:
        """Those of one statement, a transaction by itself."""
        await self.prepare()
        async with self._connections.connection() as connection:
            return await _rows(connection, text, params)

    async def program(self, program: Programmed) -> Any:
        """Statements in one transaction; each is told what the one before it gave."""
        await self.prepare()
        given: Any = None
        async with self._connections.transaction() as connection:
            while True:
                try:
                    text, params = program.send(given)
                except StopIteration as end:
                    return end.value
                given = await _changed(connection, text, params)

    async def _run(self, program: dict[str, Any], operation: str) -> str:
        if "get" in program:
            return row_text(await self._read(program["get"]))
        if "part" in program:
            return part_text(await self._read(program["part"]))
        if "query" in program:
            return await self._query(program["query"], json.loads(operation))
        if "memberships" in program:
            return memberships_text(await self._read(program["memberships"]))
        if "removed" in program:
            return removed_text(await self._read(program["removed"]))
        if "purge" in program:
            return await self._purge(program["purge"][0])
        if "steps" in program:
            return await self._change(program["steps"])
        raise NotImplementedError(f"the store does not know what to do for {', '.join(program)}")

    async def _read(self, statement: Mapping[str, Any]) -> list[Any]:
        async with self._connections.connection() as connection:
            return await _rows(connection, statement["text"], statement["params"])

    async def _query(self, query: dict[str, Any], plan: dict[str, Any]) -> str:
        exact, count = query["exact"], query.get("count")
        found = [] if exact and plan["limit"] == 0 else lines(await self._read(query))
        page = described_page(found, exact, count, plan)
        return page if isinstance(page, str) else page(int((await self._read(page.count))[0][0]))

    async def _purge(self, statement: Mapping[str, Any]) -> str:
        """One statement, which answers what it did."""
        told = ""

        async def work(connection: Any) -> None:
            nonlocal told
            told = (await _rows(connection, statement["text"], statement["params"]))[0][0]

        await self._changing(work, alone=True)
        return told

    async def _change(self, steps: list[dict[str, Any]]) -> str:
        async def work(connection: Any) -> None:
            for step in steps:
                stop = refused(step, await _rows(connection, step["text"], step["params"]))
                if stop is not None:
                    raise _Refused(stop)

        try:
            # One statement is a transaction by itself.
            await self._changing(work, alone=len(steps) == 1)
        except _Refused as stop:
            return json.dumps(stop.answer)
        return '{"done":true}'

    async def _changing(self, work: Callable[[Any], Awaitable[None]], alone: bool = False) -> None:
        """Runs work in a transaction."""
        connections = self._connections
        begin = connections.statement if alone else connections.transaction
        attempt = 1
        while True:
            try:
                async with begin() as connection:
                    return await work(connection)
            except Exception as error:
                if getattr(error, "sqlstate", None) not in _AGAIN or attempt == _TRIES:
                    raise
                attempt += 1

    async def _make(self, connection: Any) -> None:
        wanted = self.sql.description()
        if await self._setting(connection) == wanted and await self._keeps(connection):
            return
        # Of several processes that start, one does it.
        await _rows(connection, "SELECT pg_advisory_xact_lock(hashtext($1))", [f"scimforge {self._prefix}"])
        if await self._setting(connection) == wanted:
            if not await self._keeps(connection):
                await connection.execute(self.sql.outbox())
            return
        await connection.execute(self.sql.ddl())
        await self._refresh(connection)
        keep = f"INSERT INTO {self._prefix}setting VALUES ('filled', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        await _rows(connection, keep, [wanted])

    async def _keeps(self, connection: Any) -> bool:
        """Whether events have their tables, if there are events."""
        if not self.sql.outbox():
            return True
        there = await _rows(connection, "SELECT to_regclass($1) IS NOT NULL", [f"{self._prefix}delivery_dead"])
        return bool(there[0][0])

    async def _setting(self, connection: Any) -> str | None:
        there = await _rows(connection, "SELECT to_regclass($1) IS NOT NULL", [f"{self._prefix}setting"])
        if not there[0][0]:
            return None
        rows = await _rows(connection, f"SELECT value FROM {self._prefix}setting WHERE name = 'filled'")
        return rows[0][0] if rows else None

    async def _refresh(self, connection: Any) -> None:
        await connection.execute(f"LOCK TABLE {self._prefix}document IN EXCLUSIVE MODE")
        # What was removed may have kept its values.
        kept = f"SELECT 1 FROM {self._prefix}removed r WHERE r.row = t.row"
        await connection.execute(f"DELETE FROM {self._prefix}taken t WHERE NOT EXISTS ({kept})")
        page = self.sql.page()
        last = 0
        while rows := await _rows(connection, page, [last, _BATCH]):
            for last, tenant, resource in rows:
                for step in self._refreshing(tenant, resource):
                    stop = refused(step, await _rows(connection, step["text"], step["params"]))
                    if stop is not None and "conflict" in stop:
                        raise RuntimeError(
                            f"`{stop['conflict']}` cannot be unique: two resources have the same value"
                        )

    def _refreshing(self, tenant: str, resource: str) -> list[dict[str, Any]]:
        """Of a type that this server does not have, nothing."""
        try:
            steps: list[dict[str, Any]] = json.loads(self.sql.refresh(tenant, resource))["steps"]
            return steps
        except ScimError as error:
            if error.code == "unknown-schema":
                return []
            raise


async def _rows(connection: Any, text: str, params: Any = ()) -> list[Any]:
    return (await _changed(connection, text, params))[0]


async def _changed(connection: Any, text: str, params: Any = ()) -> tuple[list[Any], int]:
    """The rows, and how many rows were changed."""
    from psycopg import AsyncRawCursor

    async with AsyncRawCursor(connection) as cursor:
        # Prepared, a statement would have one plan for a name that is rare and one that is not.
        await cursor.execute(text, params, prepare=False)
        return await cursor.fetchall() if cursor.description is not None else [], cursor.rowcount


def _described(error: Exception) -> str:
    """For the log. The server's detail quotes values, so it stays out."""
    state = getattr(error, "sqlstate", None)
    if state is None:
        return f"postgres: {type(error).__name__}: {error}"
    message = getattr(getattr(error, "diag", None), "message_primary", None)
    return f"postgres: {state} {message or type(error).__name__}"
