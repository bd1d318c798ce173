"""Our server on a socket, once for each profile and store, for the judges."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TOKEN = "quay-7-judges"


@contextmanager
def listening(profile: str, store: str, *options: str) -> Iterator[str]:
    """The address of a server that is gone afterwards; what it told of must be nothing."""
    process = subprocess.Popen(
        ["node", str(HERE / "server.mjs"), profile, store, *options],
        env={**os.environ, "SCIMFORGE_TOKEN": TOKEN},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        base = process.stdout.readline().strip()
        assert base, process.communicate(timeout=20)[1]
        yield base
    finally:
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts a server: `server("strict", "sqlite")`."""
    with ExitStack() as stack:

        def start(profile: str, store: str, *options: str) -> str:
            place = store if store == "memory" else str(tmp_path / f"{profile}.db")
            return stack.enter_context(listening(profile, place, *options))

        yield start
