"""Databases that several tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import HOME, Postgres

from scimforge.asgi import MemoryStore, PostgresStore, SqliteStore


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    if not HOME.exists():
        pytest.skip("PostgreSQL is not installed")
    server = Postgres()
    yield server
    server.stop()


STORES = ["memory", "sqlite", "sqlite with JSONB", "sqlite in memory", "postgres"]


@pytest.fixture
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Any]:
    """Makes an empty store of a kind."""
    number = 0

    def make(kind: str) -> Any:
        nonlocal number
        number += 1
        path = str(tmp_path / f"scim{number}.db")
        if kind == "postgres":
            server = request.getfixturevalue("postgres")
            return PostgresStore(server.conninfo, prefix=server.prefix(), max_connections=4)
        if kind == "sqlite with JSONB":
            return SqliteStore(path, library=pytest.importorskip("pysqlite3"))
        makers = {
            "memory": MemoryStore,
            "sqlite": lambda: SqliteStore(path),
            "sqlite in memory": lambda: SqliteStore(":memory:"),
        }
        return makers[kind]()

    return make
