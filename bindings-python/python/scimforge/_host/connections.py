"""Connections to PostgreSQL over psycopg 3, and what is run on them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any


class Pool:
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


class One:
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


class Refused(Exception):
    """Rolls back, and says what is answered."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer


async def rows(connection: Any, text: str, params: Any = ()) -> list[Any]:
    return (await changed(connection, text, params))[0]


async def changed(connection: Any, text: str, params: Any = ()) -> tuple[list[Any], int]:
    """The rows, and how many rows were changed."""
    from psycopg import AsyncRawCursor

    async with AsyncRawCursor(connection) as cursor:
        # Prepared, a statement would have one plan for a name that is rare and one that is not.
        await cursor.execute(text, params, prepare=False)
        return await cursor.fetchall() if cursor.description is not None else [], cursor.rowcount


def described(error: Exception) -> str:
    """For the log. The server's detail quotes values, so it stays out; of a value that cannot be read
    (class 22) the message does, behind a colon."""
    state = getattr(error, "sqlstate", None)
    if state is None:
        return f"postgres: {type(error).__name__}: {error}"
    message = getattr(getattr(error, "diag", None), "message_primary", None) or type(error).__name__
    return f"postgres: {state} {message.split(':')[0] if state.startswith('22') else message}"
