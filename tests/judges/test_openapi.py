"""The OpenAPI document, and what schemathesis finds when it asks as the document says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from conftest import TOKEN

# SCIM takes more than a schema says (names in any case, a cursor among pages by index) and less
# (filters, paths and versions have rules of their own): both are judged elsewhere.
NOT_ASKED = "positive_data_acceptance,negative_data_rejection"


@pytest.mark.parametrize("options", [[], ["--oven"], ["--bare"]])
def test_the_document_is_valid(server: Callable[..., str], options: list[str]) -> None:
    answer = httpx2.get(f"{server('lenient', 'memory', *options)}/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    errors = OpenAPIV31SpecValidator(answer.json()).iter_errors()
    assert [str(error) for error in errors] == []
    paths = answer.json()["paths"]
    assert ("/Bulk" in paths, "/Me" in paths) == (("--bare" not in options,) * 2)


@pytest.mark.parametrize(
    ("profile", "store", "options", "operations"),
    [("lenient", "memory", [], 27), ("strict", "sqlite", ["--oven"], 34)],
)
def test_what_the_document_says(
    server: Callable[..., str],
    tmp_path: Path,
    profile: str,
    store: str,
    options: list[str],
    operations: int,
) -> None:
    run = subprocess.run(
        [Path(sys.executable).parent / "schemathesis", "run"]
        + [f"{server(profile, store, *options)}/openapi.json"]
        + ["--header", f"Authorization: Bearer {TOKEN}", "--exclude-checks", NOT_ASKED]
        + ["--phases", "examples,fuzzing", "--max-examples", "5", "--workers", "1"]
        + ["--generation-deterministic", "--no-shrink"]
        + ["--warnings", "off", "--no-color"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"Tested: {operations}\n" in run.stdout, run.stdout
