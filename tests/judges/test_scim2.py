"""scim2-tester, alone and through its command line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from conftest import TOKEN
from explained import Verdict, settle
from inputs import Transport, good_inputs  # noqa: F401

PRAISE = {"SUCCESS", "COMPLIANT", "ACCEPTABLE"}
NEVER = {"ERROR", "CRITICAL"}
LINE = re.compile(rf"^({'|'.join(status.name for status in Status)}) (\w+)$")


def test_the_command_line_as_it_is(server: Callable[..., str]) -> None:
    run = subprocess.run(
        [Path(sys.executable).parent / "scim2", "--url", server("lenient", "sqlite"), "test", "--verbose"],
        env={**os.environ, "SCIM_CLI_HEADERS": f"Authorization: Bearer {TOKEN}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == "", run.stderr
    verdicts: list[Verdict] = []
    for line in run.stdout.splitlines():
        if found := LINE.match(line):
            verdicts.append(Verdict(*found.groups()))
        elif verdicts:
            verdicts[-1] = verdicts[-1]._replace(why=f"{verdicts[-1].why}\n{line}")
    assert len(verdicts) > 100, run.stdout
    settle("scim2-cli", verdicts, PRAISE, NEVER)


@pytest.mark.usefixtures("good_inputs")
@pytest.mark.parametrize(("profile", "store"), [("lenient", "memory"), ("strict", "sqlite")])
def test_every_kind_of_attribute(server: Callable[..., str], profile: str, store: str) -> None:
    base = server(profile, store, "--oven")
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx2.Client(base_url=base, headers=headers, transport=Transport()) as http:
        results = check_server(SyncSCIMClient(http))
    assert {result.resource_type for result in results} >= {"User", "Group", "Oven"}
    settle(
        "scim2-tester",
        (Verdict(result.status.name, result.title, str(result.reason)) for result in results),
        PRAISE,
        NEVER,
    )
