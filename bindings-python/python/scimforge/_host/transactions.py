"""Transactions of PostgreSQL: of one change, of a Bulk, and of a request that was overtaken."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from .connections import One, Pool, Refused, described, rows
from .exchange import Answer
from .programs import Ahead
from .store import Perform

# Another transaction was in the way, or took a unique value just now: the same again.
_IN_THE_WAY = ("40001", "40P01")
_TAKEN = ("23505",)
_AGAIN = (*_IN_THE_WAY, *_TAKEN)
_TRIES = 5

_T = TypeVar("_T")
Work = Callable[[Any], Awaitable[None]]


class Run(Protocol):
    """Where the statements of an operation run."""

    async def read(self, statement: Mapping[str, Any]) -> list[Any]: ...

    async def changing(self, work: Work, alone: bool) -> None:
        """Runs work in a transaction, which ``Refused`` rolls back. ``alone`` is one statement."""


# Carries out an operation, and answers the result.
CarryOut = Callable[[str, Run, Ahead], Awaitable[str]]


async def _repeated(work: Callable[[int], Awaitable[_T]], codes: tuple[str, ...]) -> _T:
    attempt = 1
    while True:
        try:
            return await work(attempt)
        except Exception as error:
            if getattr(error, "sqlstate", None) not in codes or attempt == _TRIES:
                raise
            attempt += 1


def _failed(reason: str) -> tuple[str, str | None]:
    return json.dumps({"failed": reason}), reason


class EachAlone:
    """Each operation is a transaction by itself."""

    def __init__(self, connections: Pool | One) -> None:
        self._connections = connections

    async def read(self, statement: Mapping[str, Any]) -> list[Any]:
        async with self._connections.connection() as connection:
            return await rows(connection, statement["text"], statement["params"])

    async def changing(self, work: Work, alone: bool) -> None:
        begin = self._connections.statement if alone else self._connections.transaction

        async def change(_: int) -> None:
            async with begin() as connection:
                await work(connection)

        await _repeated(change, _AGAIN)


class Locking:
    """What one request does: from where it has a resource locked, up to its next change, it is one
    transaction."""

    def __init__(self, pool: Pool, perform: Perform, carry_out: CarryOut) -> None:
        self._pool, self._perform, self._carry_out = pool, perform, carry_out
        self._held: Any = None
        self._ends = contextlib.AsyncExitStack()

    async def perform(self, operation: str) -> tuple[str, str | None]:
        if self._held is None and operation.startswith('{"op":"lock"'):
            # Without a transaction nothing is locked, and who is overtaken again is told.
            with contextlib.suppress(Exception):
                self._held = await self._ends.enter_async_context(self._pool.transaction())
        if self._held is None:
            return await self._perform(operation)
        try:
            return await self._carry_out(operation, self, {}), None
        except Exception as error:
            # After a failure nothing else can be done in it.
            await self._end(error)
            return _failed(described(error))

    async def read(self, statement: Mapping[str, Any]) -> list[Any]:
        return await rows(self._held, statement["text"], statement["params"])

    async def changing(self, work: Work, alone: bool) -> None:
        try:
            await work(self._held)
        except Exception as error:
            await self._end(error)
            # What is taken by now is seen when the resource is read again.
            if getattr(error, "sqlstate", None) in _AGAIN:
                raise Refused({"versionMismatch": True}) from None
            raise
        self._held = None
        await self._ends.aclose()

    async def end(self) -> None:
        """What is still open has changed nothing."""
        if self._held is not None:
            await self._end(Refused({}))

    async def _end(self, why: Exception) -> None:
        """Rolls back."""
        self._held = None
        with contextlib.suppress(Exception):
            await self._ends.__aexit__(type(why), why, None)


class _Undone(Exception):
    """An operation failed, and nothing but itself was undone."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Together:
    """The operations of a Bulk, in one transaction: each is kept or not by itself."""

    def __init__(self, connection: Any, ahead: Ahead, carry_out: CarryOut) -> None:
        self._connection, self._ahead, self._carry_out = connection, ahead, carry_out

    async def perform(self, operation: str) -> tuple[str, str | None]:
        """What fails without a savepoint of its own, such as a read, undoes the operations before
        it, and so ends all."""
        try:
            return await self._carry_out(operation, self, self._ahead), None
        except _Undone as undone:
            return _failed(undone.reason)

    async def read(self, statement: Mapping[str, Any]) -> list[Any]:
        return await rows(self._connection, statement["text"], statement["params"])

    async def changing(self, work: Work, alone: bool) -> None:
        async def change(_: int) -> None:
            # Inside of a transaction this is a savepoint.
            async with self._connection.transaction():
                await work(self._connection)

        try:
            await _repeated(change, _TAKEN)
        except Refused:
            raise
        except Exception as error:
            # Where two wait for each other, only one that is undone as a whole lets go of all that
            # it holds.
            if self._connection.broken or getattr(error, "sqlstate", None) in _IN_THE_WAY:
                raise
            raise _Undone(described(error)) from None


async def in_one_transaction(
    pool: Pool, prefix: str, ahead: Ahead, carry_out: CarryOut, work: Callable[[Perform], Awaitable[Answer]]
) -> Answer:
    """Does the work of a Bulk. One that was in another's way begins anew, alone."""

    async def in_one(attempt: int) -> Answer:
        shared = "_shared" if attempt == 1 else ""
        each_time = {password: list(made) for password, made in ahead.items()}
        async with pool.transaction() as connection:
            lock = f"SELECT pg_advisory_xact_lock{shared}(hashtext($1))"
            await rows(connection, lock, [f"scimforge bulk {prefix}"])
            answer = await work(Together(connection, each_time, carry_out).perform)
            # Where a transaction cannot be kept, a COMMIT says nothing of it; this does.
            await rows(connection, "SELECT 1")
            return answer

    return await _repeated(in_one, _IN_THE_WAY)


_CHANGES = re.compile(r'{"op":"(?:remove|replace|restore|tell|lock)"')


class Whole:
    """A request that changes several resources, such as one who is removed and the groups that are
    left: all of it is kept or nothing. The transaction begins with the first change, unless ``free``
    does that alone: then there is no other."""

    def __init__(
        self,
        pool: Pool,
        perform: Perform,
        carry_out: CarryOut,
        free: Callable[[str], Awaitable[str | None]],
        lock: Work | None,
    ) -> None:
        self._pool, self._alone, self._carry_out = pool, perform, carry_out
        self._free, self._lock = free, lock
        self._within: Perform | None = None
        self._ends = contextlib.AsyncExitStack()

    async def perform(self, operation: str) -> tuple[str, str | None]:
        if self._within is None:
            if _CHANGES.match(operation) is None:
                return await self._alone(operation)
            try:
                done = await self._free(operation)
                if done is not None:
                    return done, None
                self._within = await self._begin()
            except Exception as error:
                if getattr(error, "sqlstate", None) in _IN_THE_WAY:
                    raise
                return _failed(described(error))
        return await self._within(operation)

    async def _begin(self) -> Perform:
        connection = await self._ends.enter_async_context(self._pool.transaction())
        if self._lock is not None:
            await self._lock(connection)
        return Together(connection, {}, self._carry_out).perform

    async def run(self, work: Callable[[Perform], Awaitable[Answer]]) -> Answer:
        with contextlib.suppress(Refused):
            async with self._ends:
                answer = await work(self.perform)
                # What fails is undone.
                if answer.status >= 400:
                    raise Refused({})
        return answer


async def as_a_whole(
    pool: Pool,
    prefix: str,
    perform: Perform,
    carry_out: CarryOut,
    free: Callable[[str], Awaitable[str | None]],
    work: Callable[[Perform], Awaitable[Answer]],
) -> Answer:
    """Does the work of a request in one transaction. Where two wait for each other, one begins anew,
    behind all Bulks."""

    async def behind(connection: Any) -> None:
        await rows(connection, "SELECT pg_advisory_xact_lock(hashtext($1))", [f"scimforge bulk {prefix}"])

    async def once(attempt: int) -> Answer:
        return await Whole(pool, perform, carry_out, free, behind if attempt > 1 else None).run(work)

    return await _repeated(once, _IN_THE_WAY)


async def alone(pool: Pool, statement: Mapping[str, Any]) -> list[Any]:
    """The rows of one statement, which is a transaction by itself."""

    async def once(_: int) -> list[Any]:
        async with pool.statement() as connection:
            return await rows(connection, statement["text"], statement["params"])

    return await _repeated(once, _IN_THE_WAY)
