"""Cases about documents: what is wrong with them, what of them is shown, their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import scimforge as sf

from .compare import differing, refused
from .given import Case, Run, as_form, chosen, documents, settings


def validate(case: Case) -> Iterator[Run]:
    schema = chosen(case)
    options = {name: case[name] for name in ("mode", "profile", "original") if name in case}
    more = settings(case)
    if "limits" in more:
        options["limits"] = more.pop("limits")
    expected = sorted(
        (issue.get("severity", "error"), issue["code"], issue.get("pointer", ""))
        for issue in case["expect"]["issues"]
    )

    whole = "at" not in case

    def run(document: Any) -> str | None:
        if whole:
            found = schema.validate(document, **{**options, **more})
        else:
            found = schema.validate_at(document, case["at"], **options)
        actual = sorted((issue.severity, issue.code, issue.pointer) for issue in found)
        valid = all(issue.severity != "error" for issue in found)
        return (
            differing("issues", actual, expected)
            or unsaid(found, case["expect"]["issues"])
            or (differing("is_valid", schema.is_valid(document, **options), valid) if whole else None)
            or next(filter(None, map(misshapen, found)), None)
        )

    for form, document in documents(case):
        yield form, lambda document=document: run(document)


def unsaid(found: list[sf.Issue], expected: list[Case]) -> str | None:
    """An expected issue may say its message and its help too."""

    def is_it(own: sf.Issue, issue: Case) -> bool:
        words = {name: issue[name] for name in ("message", "help") if name in issue}
        wanted = {"code": issue["code"], "pointer": issue.get("pointer", ""), **words}
        return all(getattr(own, name) == value for name, value in wanted.items())

    for issue in expected:
        if not any(is_it(own, issue) for own in found):
            return f"no issue {issue} in {found}"
    return None


def misshapen(issue: sf.Issue) -> str | None:
    """What every issue must have, whatever it is about."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in issue.path)
    if "".join(f"/{step}" for step in steps) != issue.pointer:
        return f"path {issue.path} is not pointer {issue.pointer}"
    if not issue.message or "?" in issue.message or not issue.spec:
        return f"incomplete: {issue!r}"
    return None


def project(case: Case) -> Iterator[Run]:
    schema, expect = chosen(case), case["expect"]

    def run(document: Any) -> str | None:
        def call() -> dict[str, Any]:
            return schema.project(
                document,
                attributes=case.get("attributes"),
                excluded_attributes=case.get("excludedAttributes"),
                profile=case.get("profile"),
            )

        if "error" in expect:
            return refused(call, expect["error"])
        once = schema.document(document).project(
            attributes=case.get("attributes"),
            excluded_attributes=case.get("excludedAttributes"),
            profile=case.get("profile"),
        )
        return differing("resource", call(), expect["resource"]) or differing(
            "the document", once, expect["resource"]
        )

    for form, document in documents(case):
        yield form, lambda document=document: run(document)


def sort(case: Case) -> Iterator[Run]:
    schema, expect, resources = chosen(case), case["expect"], case["resources"]
    options = {
        option: case[name]
        for option, name in (("sort_order", "sortOrder"), ("profile", "profile"))
        if name in case
    }

    def run(form: str) -> str | None:
        values = [as_form(form, resource) for resource in resources]

        def call() -> list[Any]:
            return schema.sort(values, sort_by=case["sortBy"], **options)

        if "error" in expect:
            return refused(call, expect["error"])
        places = [next(at for at, value in enumerate(values) if value is found) for found in call()]
        return differing("order", [resources[at]["id"] for at in places], expect["order"])

    for form in ("object", "text", "bytes"):
        yield form, lambda form=form: run(form)
