"""Cases about identities from other formats."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import scimforge as sf

from .compare import differing, missing, refused
from .given import Case, Run


def migrate(case: Case) -> Iterator[Run]:
    text = case.get("inputText")
    source = base64.b64decode(case["inputBase64"]) if text is None else text.encode()
    options, expect = case.get("options") or {}, case["expect"]

    def whole(source: bytes) -> tuple[list[sf.Outcome], dict[str, Any]]:
        run = sf.migrate(case["format"], source, **options)
        return list(run), run.report

    def pieces() -> tuple[list[sf.Outcome], dict[str, Any]]:
        migration = sf.Migration(case["format"], **options)
        chunks = [source[at : at + 7] for at in range(0, len(source), 7)]
        for chunk in chunks:
            migration.scan(chunk)
        migration.end_scan()
        outcomes = [outcome for chunk in chunks for outcome in migration.convert(chunk)]
        outcomes.extend(migration.end_convert())
        return outcomes, migration.report

    def run(call: Callable[[], tuple[list[sf.Outcome], dict[str, Any]]]) -> str | None:
        if "error" in expect:
            return refused(call, expect["error"])
        return migrated(*call(), expect)

    if text is not None:
        yield "text", lambda: run(lambda: whole(text.encode("utf-8")))
    yield "bytes", lambda: run(lambda: whole(source))
    yield "chunks", lambda: run(pieces)


def migrated(outcomes: list[sf.Outcome], report: dict[str, Any], expect: Case) -> str | None:
    made = [
        {"type": outcome.type, "key": outcome.key, "resource": outcome.resource}
        for outcome in outcomes
        if outcome.outcome == "resource"
    ]
    refused_lines = [
        {"line": outcome.line, "code": outcome.issues[0].code}
        for outcome in outcomes
        if outcome.outcome == "rejected"
    ]
    warned = [
        (outcome.line, issue.code, issue.severity)
        for outcome in outcomes
        if outcome.outcome == "resource"
        for issue in outcome.issues
    ]
    wanted = [(issue["line"], issue["code"], issue["severity"]) for issue in expect.get("issues", [])]
    unsaid = [issue for issue in wanted if issue not in warned]
    return (
        differing("resources", made, expect.get("resources", []))
        or differing("rejected", refused_lines, expect.get("rejected", []))
        or (differing("issues", warned, unsaid) if unsaid else None)
        or (missing(report, expect["report"], "report") if "report" in expect else None)
    )
