"""Resources in one SQLite file, through the library that Python has."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .. import _scimforge
from .exchange import Answer, Head, NativeAnswer, environment_text, request_text, task_environment
from .outbox import Programmed, SqlOutbox, sinks_of
from .programs import (
    Ahead,
    described_page,
    hashed,
    hashed_ahead,
    lines,
    memberships_text,
    part_text,
    refused,
    removed_text,
    row_text,
)
from .trace import AsAWhole, Tracing

# How long to wait for another process that writes.
_PATIENCE = 10.0
# Since this version there is JSONB.
_JSONB = (3, 45, 1)
# Since this one there is `->>`, and what tables are made with.
_OLDEST = (3, 38, 0)
# How many resources are read at once when what stands beside them is filled anew.
_BATCH = 200


class SqliteStore:
    """Resources in one SQLite file; nothing has to be installed. ``:memory:`` is for tests.

    The file is the one that ``sqliteStore`` of ``@scimforge/node`` uses: both may serve it. A
    library older than SQLite 3.45 keeps what filters compare as text instead of JSONB, and newer
    ones read that. ``library`` is a module like :mod:`sqlite3`, such as ``pysqlite3``, where
    Python's own is too old.

    >>> from scimforge.asgi import SqliteStore, create_scim_app, none
    >>> app = create_scim_app(store=SqliteStore(":memory:"), auth=none())
    """

    def __init__(self, path: str, *, readers: int = 2, library: Any = sqlite3) -> None:
        path = str(path)
        if not path or path.startswith("file:"):
            raise TypeError("SqliteStore: give the path of a file, or :memory:")
        if readers < 1:
            raise TypeError("SqliteStore: `readers` is at least 1")
        if library.sqlite_version_info < _OLDEST:
            raise RuntimeError(f"SqliteStore: SQLite {library.sqlite_version} is too old, 3.38 is needed")
        self._path, self._readers, self._library = path, readers, library

    def _open(self, config: Mapping[str, Any]) -> _OpenSqlite:
        return _OpenSqlite(self._path, self._readers, self._library, config)


class _OpenSqlite:
    """One thread with a connection for changes, and some for reading, which do not wait for it."""

    def __init__(self, path: str, readers: int, library: Any, config: Mapping[str, Any]) -> None:
        settings = json.dumps({"changePassword": True, "atomic": True, **config})
        self._path, self._library = path, library
        self._engine = _scimforge.Engine(settings)
        self._sql = _scimforge.SqliteSql(settings, library.sqlite_version_info >= _JSONB)
        self._connections: list[_Connection] = []
        self._own = threading.local()
        # What is deleted softly is purged some day, and then not to be read in the file either.
        self._forgets = config.get("delete") is not None
        self._writer = ThreadPoolExecutor(1, "scim-writer")
        # A database in memory belongs to its connection.
        alone = path == ":memory:"
        self._reader = self._writer if alone else ThreadPoolExecutor(readers, "scim-reader")
        self._hashing = ThreadPoolExecutor(2, "scim-hashing")
        self._prepared = False
        sinks = sinks_of(config)
        self.outbox = None if sinks is None else SqlOutbox(json.loads(self._sql.outbox_sql()), self.program)
        # Makes the tables, so that what is wrong with the file is found at once.
        self._writer.submit(self._connection).result()

    async def handle(self, head: Head, body: bytes, env: Mapping[str, Any]) -> Answer:
        reads = head.method in ("GET", "HEAD") or head.path.endswith("/.search")
        given = (request_text(head), body, environment_text(env, head, body))
        loop = asyncio.get_running_loop()
        if reads:
            return await loop.run_in_executor(self._reader, self._answer, given, {})
        # The one writer waits for no hash.
        hashing = functools.partial(loop.run_in_executor, self._hashing)
        ahead = await hashed_ahead(self._engine.passwords(*given), hashing)
        return await loop.run_in_executor(self._writer, self._answer, given, ahead)

    async def task(self, task: Mapping[str, Any], env: Mapping[str, Any]) -> Answer:
        given = (json.dumps(task), task_environment(env))
        loop = asyncio.get_running_loop()
        run = lambda: self._connection().answer(self._engine.task(*given), {})
        return await loop.run_in_executor(self._reader if task["task"] == "removed" else self._writer, run)

    def _answer(self, given: tuple[str, bytes, str], ahead: Ahead) -> Answer:
        return self._connection().answer(self._engine.begin(*given), ahead)

    def _connection(self) -> _Connection:
        """That of the thread."""
        own: _Connection | None = getattr(self._own, "connection", None)
        if own is None:
            own = _Connection(self._library, self._path, self._sql, self._forgets)
            self._connections.append(own)
            if not self._prepared:
                own.prepare()
                self._prepared = True
            self._own.connection = own
        return own

    async def program(self, program: Programmed) -> Any:
        """Runs what is asked of the outbox, in one transaction."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, lambda: self._connection().program(program))

    def traced(self, tracing: Tracing) -> AsAWhole:
        return AsAWhole(self, tracing, "sqlite")

    async def prepare(self) -> None:
        pass

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._hashing.shutdown()
        self._writer.shutdown()
        self._reader.shutdown()
        while self._connections:
            self._connections.pop().close()

    def explain(self, plan: Mapping[str, Any]) -> Any:
        return json.loads(self._sql.explain(json.dumps(plan)))


class _Connection:
    def __init__(self, library: Any, path: str, sql: _scimforge.SqliteSql, forgets: bool) -> None:
        self._sql = sql
        self._errors = library.Error
        self._jsonb: bool = library.sqlite_version_info >= _JSONB
        # Transactions are begun and ended here. Connections are closed by whoever closes the store.
        self._database = library.connect(
            path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        # FULL: what was answered has reached the disk, also when the power fails.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._rows(f"PRAGMA {pragma}")
        if forgets:
            self._rows("PRAGMA secure_delete = ON")

    def close(self) -> None:
        self._database.close()

    def answer(self, exchange: _scimforge.Exchange, ahead: Ahead) -> Answer:
        """One request, in one transaction."""
        writes = exchange.writes()
        reason: str | None = None
        answer: NativeAnswer | None = None
        # A writer takes its lock first: whoever reads, decides and writes must not be overtaken.
        self._rows("BEGIN IMMEDIATE" if writes else "BEGIN")
        try:
            operation, answer = exchange.step()
            while operation is not None:
                result, failed = self._perform(operation, writes, ahead)
                reason = failed or reason
                operation, answer = exchange.step(result)
            assert answer is not None
            self._rows("COMMIT" if answer[0] < 400 else "ROLLBACK")
        except BaseException:
            # A failed COMMIT leaves the transaction open.
            if self._database.in_transaction:
                self._rows("ROLLBACK")
            raise
        return Answer.of(answer, reason)

    def _perform(self, operation: str, writes: bool, ahead: Ahead) -> tuple[str, str | None]:
        """The result, and what is for the log."""
        try:
            program = json.loads(self._sql.program(hashed(operation, ahead)))
            try:
                return self._run(program, operation), None
            except self._errors as error:
                # Another host wrote JSONB into a file of ours.
                if self._jsonb or "malformed JSON" not in str(error):
                    raise
            self._read_again(writes)
            return self._run(program, operation), None
        except Exception as error:
            # The database's own messages name tables and columns only.
            reason = f"sqlite: {error}"
            return json.dumps({"failed": reason}), reason

    def _run(self, program: dict[str, Any], operation: str) -> str:
        if "get" in program:
            return row_text(self._rows(**program["get"]))
        if "part" in program:
            return part_text(self._rows(**program["part"]))
        if "query" in program:
            return self._query(program["query"], json.loads(operation))
        if "memberships" in program:
            return memberships_text(self._rows(**program["memberships"]))
        if "present" in program:
            return str(self._rows(**program["present"])[0][0])
        if "removed" in program:
            return removed_text(self._rows(**program["removed"]))
        if "purge" in program:
            return self._purge(program["purge"])
        if "steps" in program:
            return self._change(program["steps"])
        raise NotImplementedError(f"the store does not know what to do for {', '.join(program)}")

    def _query(self, query: dict[str, Any], plan: dict[str, Any]) -> str:
        exact, count = query["exact"], query.get("count")
        wanted = not exact or plan["limit"] > 0
        found = lines(self._rows(query["text"], query["params"])) if wanted else []
        page = described_page(found, exact, count, plan)
        return page if isinstance(page, str) else page(int(self._rows(**page.count)[0][0]))

    def _purge(self, statements: list[dict[str, Any]]) -> str:
        found = [self._rows(**statement) for statement in statements]
        answer: str = found[0][0][0]
        return answer

    def _change(self, steps: list[dict[str, Any]]) -> str:
        """Wholly or not at all: others of the same request may go on after one that failed."""
        with self._savepoint() as keep:
            for step in steps:
                stop = refused(step, self._rows(step["text"], step["params"]))
                if stop is not None:
                    return json.dumps(stop)
            keep()
        return '{"done":true}'

    @contextlib.contextmanager
    def _savepoint(self) -> Iterator[Any]:
        kept = False

        def keep() -> None:
            nonlocal kept
            kept = True

        self._rows("SAVEPOINT operation")
        try:
            yield keep
        finally:
            if not kept:
                self._rows("ROLLBACK TO operation")
            self._rows("RELEASE operation")

    def program(self, program: Programmed) -> Any:
        """Statements in one transaction; each is told what the one before it gave."""
        self._rows("BEGIN IMMEDIATE")
        try:
            given: Any = None
            while True:
                try:
                    text, params = program.send(given)
                except StopIteration as end:
                    self._rows("COMMIT")
                    return end.value
                cursor = self._database.execute(text, params)
                given = (cursor.fetchall(), cursor.rowcount)
        except BaseException:
            if self._database.in_transaction:
                self._rows("ROLLBACK")
            raise

    def _rows(self, text: str, params: Any = ()) -> list[Any]:
        rows: list[Any] = self._database.execute(text, params).fetchall()
        return rows

    # ---- the tables, and whether what they hold fits the resource types ----

    def prepare(self) -> None:
        self._rows("BEGIN IMMEDIATE")
        try:
            version = self._rows("PRAGMA user_version")[0][0]
            upgrade = self._sql.upgrade(version)
            if upgrade is None:
                raise RuntimeError("SqliteStore: the file was written by a newer release")
            self._script(upgrade)
            self._script(self._sql.outbox())
            settings = dict(self._rows("SELECT name, value FROM setting"))
            other_types = settings.get("indexed") != self._sql.description()
            if other_types or not (self._jsonb or settings.get("shadow") == "text"):
                self._fill()
            self._rows("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._rows("ROLLBACK")
            raise

    def _script(self, text: str) -> None:
        # `executescript` would end the transaction. A statement ends where SQLite says so.
        statement = ""
        for line in text.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self._rows(statement)
                statement = ""

    def _read_again(self, writes: bool) -> None:
        """Makes text of what this library cannot read."""
        if writes:
            return self._fill()
        self._rows("COMMIT")
        self._rows("BEGIN IMMEDIATE")
        self._fill()
        self._rows("COMMIT")
        self._rows("BEGIN")

    def _fill(self) -> None:
        """Fills what stands beside the documents, for attributes that were not looked up before,
        or for a library that writes them otherwise."""
        # Indexes of what cannot be read could not be changed.
        made = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'document' AND sql IS NOT NULL"
        for (name,) in self._rows(made):
            self._rows(f'DROP INDEX "{name}"')
        if not self._jsonb:
            self._rows("INSERT OR REPLACE INTO setting VALUES ('shadow', 'text')")
        self._rows("DELETE FROM value")
        # What was removed may have kept its values.
        self._rows("DELETE FROM taken WHERE row NOT IN (SELECT row FROM removed)")
        page = self._sql.page()
        last = -(1 << 63)
        while rows := self._rows(page, (last, _BATCH)):
            for last, tenant, resource in rows:
                for step in json.loads(self._sql.refresh(tenant, resource))["steps"]:
                    stop = refused(step, self._rows(step["text"], step["params"]))
                    if stop is not None and "conflict" in stop:
                        raise RuntimeError(
                            f"`{stop['conflict']}` cannot be unique: another resource has the value "
                            f"of {json.loads(resource)['id']}"
                        )
        self._script(self._sql.indexes())
        wanted = self._sql.description()
        self._rows("INSERT OR REPLACE INTO setting VALUES ('indexed', ?)", (wanted,))
