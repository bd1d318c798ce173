"""Resources in PostgreSQL, over psycopg 3. The engine writes the SQL; here it is run."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

from .. import _scimforge
from ..errors import ScimError
from .connections import One, Pool, Refused, changed, described, rows
from .exchange import Answer, Head
from .outbox import Programmed, SqlOutbox, sinks_of
from .programs import (
    Ahead,
    described_page,
    hashed,
    lines,
    memberships_text,
    part_text,
    refused,
    removed_text,
    row_text,
)
from .store import Hashing, Perform, Stepped
from .trace import Tracing
from .transactions import EachAlone, Locking, Run, alone, as_a_whole, in_one_transaction

# How many resources are read at once when what stands beside them is filled anew.
_BATCH = 200
# How many creates of a Bulk are written at once.
_CREATES = 100

_DONE = '{"done":true}'


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
        settings = {"changePassword": True, "locks": True, "atomic": True, "maxBatch": _CREATES, **config}
        sql = _scimforge.Sql(json.dumps(settings), self._prefix)
        connections: Pool | One
        if self._in_transaction:
            connections = One(self._database)
        else:
            connections = Pool(self._database, self._most)
        tables = _Tables(connections, sql, self._prefix, self._migrate)
        sinks = sinks_of(config)
        # Whose transaction it is has others deliver what is in it.
        kept = None if sinks is None or self._in_transaction else _Outbox(tables)
        return _OpenPostgres(settings, tables, kept)


class _OpenPostgres:
    def __init__(self, settings: Mapping[str, Any], tables: _Tables, outbox: _Outbox | None) -> None:
        self._tables, self.outbox = tables, outbox
        own = tables.pool is not None
        self._stepped = Stepped(
            settings,
            tables.perform,
            tables,
            session=tables.session if own else None,
            together=tables.together if own else None,
            whole=tables.whole if own else None,
        )

    def traced(self, tracing: Tracing) -> _OpenPostgres:
        self._stepped.traced(tracing, "postgresql")
        return self

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


class _Outbox(SqlOutbox):
    """Events in the tables. Any number of processes deliver from it: what one has claimed, the
    others pass over until its time runs out."""

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables
        super().__init__(json.loads(tables.sql.outbox_sql()), tables.program)

    async def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        last = await self._settled_sequence(after)
        return [] if last is None else await self._changes([after, limit, last])

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


@contextlib.contextmanager
def _unquoted() -> Iterator[None]:
    """What the database says quotes values."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "sqlstate"):
            raise RuntimeError(described(error)) from None
        raise


class _Tables:
    def __init__(
        self, connections: Pool | One, sql: _scimforge.Sql, prefix: str, migrate: bool
    ) -> None:
        self.sql = sql
        self._connections, self._prefix = connections, prefix
        self._alone = EachAlone(connections)
        self._prepared = not migrate
        self._preparing: asyncio.Lock | None = None

    @property
    def pool(self) -> Pool | None:
        """Connections whose transactions are ours."""
        return self._connections if isinstance(self._connections, Pool) else None

    async def perform(self, operation: str) -> tuple[str, str | None]:
        """The result, and what is for the log."""
        try:
            return await self.carry_out(operation, self._alone, {}), None
        except Exception as error:
            reason = described(error)
            return json.dumps({"failed": reason}), reason

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[Perform]:
        """For one request."""
        assert self.pool is not None
        session = Locking(self.pool, self.perform, self.carry_out)
        try:
            yield session.perform
        finally:
            await session.end()

    async def together(self, work: Callable[[Perform], Awaitable[Answer]], hashing: Hashing) -> Answer:
        """For one Bulk."""
        assert self.pool is not None
        # Nobody waits for a hash in a transaction.
        ahead = await hashing()
        with _unquoted():
            await self.prepare()
            return await in_one_transaction(self.pool, self._prefix, ahead, self.carry_out, work)

    async def whole(self, work: Callable[[Perform], Awaitable[Answer]]) -> Answer:
        """For one request that changes several resources."""
        assert self.pool is not None
        with _unquoted():
            return await as_a_whole(self.pool, self._prefix, self.perform, self.carry_out, self._free, work)

    async def _free(self, operation: str) -> str | None:
        """Removes somebody who is in no group, by one statement."""
        assert self.pool is not None
        await self.prepare()
        if not operation.startswith('{"op":"remove"'):
            return None
        free = json.loads(self.sql.program(operation)).get("free")
        if free is None:
            return None
        told: str | None = (await alone(self.pool, free))[0][0]
        if told is None:
            return _DONE
        return None if "grouped" in json.loads(told) else told

    async def carry_out(self, operation: str, run: Run, ahead: Ahead) -> str:
        await self.prepare()
        if '"password"' in operation:
            operation = await asyncio.to_thread(hashed, operation, ahead)
        return await _performed(json.loads(self.sql.program(operation)), operation, run)

    async def prepare(self) -> None:
        """Makes the tables, and fills anew what stands beside the resources if the schemas have
        changed."""
        if self._prepared:
            return
        self._preparing = self._preparing or asyncio.Lock()
        async with self._preparing:
            if not self._prepared:
                await self._alone.changing(self._make, alone=False)
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
            return await rows(connection, text, params)

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
                given = await changed(connection, text, params)

    async def _make(self, connection: Any) -> None:
        wanted = self.sql.description()
        if await self._setting(connection) == wanted and await self._keeps(connection):
            return
        # Of several processes that start, one does it.
        await rows(connection, "SELECT pg_advisory_xact_lock(hashtext($1))", [f"scimforge {self._prefix}"])
        if await self._setting(connection) == wanted:
            if not await self._keeps(connection):
                await connection.execute(self.sql.outbox())
            return
        await connection.execute(self.sql.ddl())
        await self._refresh(connection)
        keep = f"INSERT INTO {self._prefix}setting VALUES ('filled', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        await rows(connection, keep, [wanted])

    async def _keeps(self, connection: Any) -> bool:
        """Whether events have their tables, if there are events."""
        if not self.sql.outbox():
            return True
        there = await rows(connection, "SELECT to_regclass($1) IS NOT NULL", [f"{self._prefix}event_by_resource"])
        return bool(there[0][0])

    async def _setting(self, connection: Any) -> str | None:
        there = await rows(connection, "SELECT to_regclass($1) IS NOT NULL", [f"{self._prefix}setting"])
        if not there[0][0]:
            return None
        found = await rows(connection, f"SELECT value FROM {self._prefix}setting WHERE name = 'filled'")
        return found[0][0] if found else None

    async def _refresh(self, connection: Any) -> None:
        await connection.execute(f"LOCK TABLE {self._prefix}document IN EXCLUSIVE MODE")
        # What was removed may have kept its values.
        kept = f"SELECT 1 FROM {self._prefix}removed r WHERE r.row = t.row"
        await connection.execute(f"DELETE FROM {self._prefix}taken t WHERE NOT EXISTS ({kept})")
        page = self.sql.page()
        last = 0
        while found := await rows(connection, page, [last, _BATCH]):
            for last, tenant, resource in found:
                for step in self._refreshing(tenant, resource):
                    stop = refused(step, await rows(connection, step["text"], step["params"]))
                    if stop is not None and "conflict" in stop:
                        raise RuntimeError(
                            f"`{stop['conflict']}` cannot be unique: another resource has the value "
                            f"of {json.loads(resource)['id']}"
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


async def _performed(program: dict[str, Any], operation: str, run: Run) -> str:
    if "get" in program:
        return row_text(await run.read(program["get"]))
    if "part" in program:
        return part_text(await run.read(program["part"]))
    if "query" in program:
        return await _queried(program["query"], json.loads(operation), run)
    if "memberships" in program:
        return memberships_text(await run.read(program["memberships"]))
    if "present" in program:
        return str((await run.read(program["present"]))[0][0])
    if "removed" in program:
        return removed_text(await run.read(program["removed"]))
    if "purge" in program:
        return await _told(program["purge"][0], run)
    if "inserted" in program:
        return await _told(program["inserted"], run)
    if "lock" in program:
        await run.read(program["lock"])
        return _DONE
    if "steps" in program:
        return await _changed(program["steps"], run)
    raise NotImplementedError(f"the store does not know what to do for {', '.join(program)}")


async def _queried(query: dict[str, Any], plan: dict[str, Any], run: Run) -> str:
    exact, count = query["exact"], query.get("count")
    found = [] if exact and plan["limit"] == 0 else lines(await run.read(query))
    page = described_page(found, exact, count, plan)
    return page if isinstance(page, str) else page(int((await run.read(page.count))[0][0]))


async def _told(statement: Mapping[str, Any], run: Run) -> str:
    """One statement, which answers what it did."""
    told = ""

    async def work(connection: Any) -> None:
        nonlocal told
        told = (await rows(connection, statement["text"], statement["params"]))[0][0]

    await run.changing(work, alone=True)
    return told


async def _changed(steps: list[dict[str, Any]], run: Run) -> str:
    async def work(connection: Any) -> None:
        for step in steps:
            stop = refused(step, await rows(connection, step["text"], step["params"]))
            if stop is not None:
                raise Refused(stop)

    try:
        # One statement is a transaction by itself.
        await run.changing(work, alone=len(steps) == 1)
    except Refused as stop:
        return json.dumps(stop.answer)
    return _DONE
