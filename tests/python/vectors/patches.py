"""Cases about changes: what a PATCH does, makes of two documents, and looks like to others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import scimforge as sf

from .compare import bending, differing, quirks, refused
from .given import Case, Run, as_form, chosen, documents, dump, settings


def patch(case: Case) -> Iterator[Run]:
    schema, expect = chosen(case), case["expect"]

    def run(form: str, document: Any) -> str | None:
        def apply() -> sf.PatchResult:
            message = as_form(form, case["patch"])
            return schema.apply_patch(
                document,
                message,
                profile=case.get("profile"),
                explain="operations" in expect,
                max_member_loss=case.get("maxMemberLoss"),
                **settings(case),
            )

        before = dump(document) if form == "object" else None
        if "error" in expect:
            problem = refused(apply, expect["error"])
        else:
            result = apply()
            problem = differing("resource", result.resource, expect["resource"]) or differing(
                "changed", result.changed, expect["changed"]
            )
            if problem is None and "trace" in expect:
                problem = bending(result.trace, expect["trace"])
            options = {"profile": case.get("profile"), **settings(case)}
            if problem is None and "operations" in expect:
                dry = schema.explain_patch(document, as_form(form, case["patch"]), **options)
                problem = told_of(result.operations, expect) or told_of(dry.operations, expect)
            if problem is None and "inverse" in expect:
                undo = schema.inverse(document, as_form(form, case["patch"]), **options)
                found = {"operations": undo.patch and undo.patch["Operations"], "lost": undo.lost}
                problem = differing("inverse", found, expect["inverse"])
        if problem is None and before is not None and dump(document) != before:
            return "the document that was given has changed"
        return problem

    for form, document in documents(case):
        yield form, lambda form=form, document=document: run(form, document)


def told_of(operations: list[sf.OperationReport] | None, expect: dict[str, Any]) -> str | None:
    expected = [report["trace"] for report in expect["operations"]]
    expected += [[]] * (len(operations or []) - len(expected))
    found = [
        {
            "op": report.op,
            "effect": report.effect,
            "count": report.count,
            "changes": [
                {
                    "scimPath": change.scim_path,
                    "effect": change.effect,
                    "count": change.count,
                    "touched": [
                        {"pointer": place.pointer, "effect": place.effect}
                        for place in change.touched
                    ],
                }
                for change in report.changes
            ],
            "trace": quirks(report.trace, wanted),
        }
        for report, wanted in zip(operations or [], expected)
    ]
    return differing("operations", found, expect["operations"])


def diff(case: Case) -> Iterator[Run]:
    schema, expect = chosen(case), case["expect"]

    def run(form: str, document: Any) -> str | None:
        found = schema.diff(document, as_form(form, case["to"]))
        return differing("operations", found and found["Operations"], expect["operations"])

    for form, document in documents(case):
        yield form, lambda form=form, document=document: run(form, document)


def emit(case: Case) -> Iterator[Run]:
    schema, expect = chosen(case), case["expect"]
    options = {name: case[name] for name in ("profile", "original") if name in case}
    options.update(settings(case))

    def run(document: Any) -> str | None:
        def call() -> sf.EmittedPatch | sf.EmittedResource:
            if "patch" in case:
                return schema.emit_patch(document, **options)
            return schema.emit(document, **options)

        if "error" in expect:
            return refused(call, expect["error"])
        made = call()
        operations = [message["Operations"] for message in made.messages]
        return (
            differing("messages", operations, expect.get("messages", []))
            or differing("resource", getattr(made, "resource", None), expect.get("resource"))
            or ("trace" in expect and bending(made.trace, expect["trace"]))
            or None
        )

    for form, document in documents(case, "patch" if "patch" in case else "given"):
        yield form, lambda document=document: run(document)
