"""Every shared case of tests/vectors, through every form of input."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from vectors.documents import project, sort, validate
from vectors.filters import filter_
from vectors.given import Case, Run
from vectors.migrations import migrate
from vectors.patches import diff, emit, patch
from vectors.schemas import schema
from vectors.server import events, protocol

ROOT = Path(os.environ.get("SCIMFORGE_ROOT", Path(__file__).parents[2]))
RUNNERS: dict[str, Callable[[Case], Iterator[Run]]] = {
    "validate": validate,
    "filter": filter_,
    "patch": patch,
    "diff": diff,
    "emit": emit,
    "project": project,
    "sort": sort,
    "protocol": protocol,
    "events": events,
    "schema": schema,
    "migrate": migrate,
}


def test_vectors() -> None:
    cases = load()
    assert cases, f"no cases in {ROOT / 'tests/vectors'}"
    runs = 0
    failures: list[str] = []
    for case in cases:
        kind = case["id"].split("/", 1)[0]
        if kind not in RUNNERS:
            failures.append(f"{case['id']}: no runner for the kind {kind}")
            continue
        problems: dict[str, list[str]] = {}
        for form, run in RUNNERS[kind](case):
            runs += 1
            try:
                problem = run()
            except Exception as error:
                problem = f"unexpected {type(error).__name__}: {error}"
            if problem is not None:
                problems.setdefault(problem, []).append(form)
        for problem, forms in problems.items():
            inner = problem.replace("\n", "\n  ")
            failures.append(f"{case['id']} ({', '.join(forms)})\n  {inner}")
    print(f"\nvectors: {len(cases)} cases, {runs} runs")
    assert not failures, f"{len(failures)} failures\n\n" + "\n".join(failures[:40])


def load() -> list[Case]:
    files = sorted((ROOT / "tests/vectors").glob("*/*.json"))
    return [case for file in files for case in json.loads(file.read_bytes())]
