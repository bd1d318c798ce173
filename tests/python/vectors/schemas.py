"""Cases about schema documents, and schemas in the words of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import scimforge as sf

from .compare import at, differing, missing, refused, there
from .documents import misshapen
from .given import Case, Run, as_form, chosen, documents


def schema(case: Case) -> Iterator[Run]:
    expect = case["expect"]

    def changes(form: str, old: Any) -> str | None:
        def call() -> sf.SchemaChanges:
            return sf.schema_changes(old, as_form(form, case["new"]))

        if "error" in expect:
            return refused(call, expect["error"])
        return missing(asdict(call()), expect, "")

    def lint(document: Any) -> str | None:
        found = sf.lint_schema(document)
        actual = sorted((issue.severity, issue.code, issue.pointer) for issue in found)
        expected = sorted(
            (issue.get("severity", "warning"), issue["code"], issue.get("pointer", ""))
            for issue in expect["issues"]
        )
        problem = differing("issues", actual, expected)
        return problem or next(filter(None, map(misshapen, found)), None)

    if "old" in case:
        for form, document in documents(case, "old"):
            yield form, lambda form=form, document=document: changes(form, document)
    elif "export" in case:
        yield "text", lambda: exported(case)
    else:
        for form, document in documents(case, "lint"):
            yield form, lambda document=document: lint(document)


def exported(case: Case) -> str | None:
    expect = case["expect"]
    if case["export"] == "fields":
        return differing("fields", chosen(case).fields(), expect["fields"])
    if case["export"] == "types":
        types = chosen(case).to_typescript()
        wrong = [part for part in expect.get("contains", []) if part not in types]
        wrong += [part for part in expect.get("lacks", []) if part in types]
        return f"{wrong} in\n{types}" if wrong else None

    def call() -> dict[str, Any]:
        return chosen(case).to_json_schema(**case.get("options", {}))

    if "error" in expect:
        return refused(call, expect["error"])
    made = call()
    for pointer in expect.get("absent", []):
        if there(made, pointer):
            return f"{pointer} should be absent"
    problems = (
        differing(pointer, at(made, pointer), wanted)
        for pointer, wanted in expect.get("at", {}).items()
    )
    return next(filter(None, problems), None)
