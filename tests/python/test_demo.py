"""The demo's first step, and how it refuses files; `cargo xtask demo` runs all of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("SCIMFORGE_ROOT", Path(__file__).parents[2]))
DEMO = ROOT / "tests/demo"
DATA = ROOT / "tests/data"

sys.path.insert(0, str(DEMO))

from convert import Unusable, convert  # noqa: E402


def test_the_demo_data_converts_to_valid_resources() -> None:
    found = convert(DATA / "acme.ldif")
    report = found.report
    assert found.errors == []
    assert report["converted"]["User"] >= 200 and report["converted"]["Group"] >= 10
    assert len(found.resources) == sum(report["converted"].values())
    assert report["read"] == (
        len(found.resources) + sum(report["skipped"].values()) + report["rejected"]
    )
    assert all(outcome.line > 0 and outcome.issues for outcome in found.rejected)
    assert len(found.rejected) == report["rejected"] > 0
    keys = {outcome.key for outcome in found.resources}
    for outcome in found.resources:
        for member in (outcome.resource or {}).get("members", []):
            assert member["value"] in keys


def test_no_password_gets_over() -> None:
    for outcome in convert(DATA / "acme.ldif").resources:
        assert "password" not in (outcome.resource or {})
        assert "{SSHA}" not in repr(outcome)


@pytest.mark.parametrize("name", sorted(path.name for path in (DATA / "bad").glob("*")))
def test_bad_files_give_rejections_or_one_clear_sentence(name: str) -> None:
    try:
        found = convert(DATA / "bad" / name)
    except Unusable as error:
        assert "\n" not in str(error)
    else:
        assert found.rejected or found.report["warnings"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("missing.ldif", "no such file"), ("", "is a folder"), ("bad/empty.ldif", "is empty"), ("bad/not-ldif.json", "no-records")],
)
def test_what_is_no_ldif_file_is_refused_in_one_line(name: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, str(DEMO / "demo.py"), "--once", str(DATA / name)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert "Traceback" not in done.stdout
