"""scim-sanity, which probes a running server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from conftest import TOKEN
from explained import Verdict, settle


@pytest.mark.parametrize(("profile", "store"), [("strict", "memory"), ("lenient", "sqlite")])
def test_the_probe(server: Callable[..., str], profile: str, store: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "scim_sanity", "probe", server(profile, store)]
        + ["--token", TOKEN, "--i-accept-side-effects", "--json-output"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout, run.stderr
    told = json.loads(run.stdout)
    assert told["mode"] == "strict"
    assert told["issues"] == []
    settle(
        "scim-sanity",
        (Verdict(line["status"], line["name"], line.get("message", "")) for line in told["results"]),
        praise={"pass"},
        never={"fail", "error"},
    )
