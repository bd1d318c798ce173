"""Cases about filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import scimforge as sf

from .compare import differing, quirks, refused
from .given import Case, Run, as_form, chosen, code_points, documents, settings


def filter_(case: Case) -> Iterator[Run]:
    schema, expect = chosen(case), case["expect"]

    def parse(form: str = "object") -> sf.Filter:
        options = {"profile": case.get("profile"), **settings(case)}
        if "from" in case:
            return schema.filter_from(as_form(form, case["from"]), **options)
        return schema.filter(case["filter"], **options)

    def check(what: str | None, parsed: sf.Filter) -> str | None:
        return what or told(schema, case, parsed)

    made_of = ("object", "text", "bytes") if "from" in case else ("text",)
    if "error" in expect:
        error = dict(expect["error"])
        caret = error.pop("caret", None)
        if "at" in error:
            error["at"] = code_points(case["filter"], error["at"])
        for form in made_of:
            yield form, lambda form=form: refused(lambda: parse(form), error)
        if caret is not None:
            yield "caret", lambda: pointed_at(case["filter"], parse, caret)
    elif not {"matches", "explains"} & expect.keys():
        for form in made_of:
            yield form, lambda form=form: told(schema, case, parse(form))
    elif "resources" in case:

        def select(form: str) -> str | None:
            parsed = parse()
            fitting = [r["id"] for r in case["resources"] if parsed.matches(as_form(form, r))]
            return check(differing("matches", fitting, expect["matches"]), parsed)

        for form in ("object", "text", "bytes"):
            yield form, lambda form=form: select(form)
    else:

        wanted = expect.get("matches", expect.get("explains", {}).get("matches"))

        def match(document: Any) -> str | None:
            parsed = parse()
            problem = differing("matches", parsed.matches(document), wanted)
            return check(problem or explained(case, parsed, document, wanted), parsed)

        for form, document in documents(case):
            yield form, lambda document=document: match(document)


def told(schema: sf.Schema, case: Case, made: sf.Filter) -> str | None:
    """What a filter says of itself: its text, its tree, what is left when it is simplified."""
    options = {"profile": case.get("profile"), **settings(case)}
    again = schema.filter_from(made.expression, **options)
    shown: dict[str, Callable[[], Any]] = {
        "prints": lambda: str(made),
        "expression": lambda: made.expression,
        "trace": lambda: quirks(made.trace, case["expect"]["trace"]),
        "simplified": lambda: str(made.simplified()),
    }
    asked = {name: wanted for name, wanted in case["expect"].items() if name in shown}
    problems = (differing(name, shown[name](), wanted) for name, wanted in asked.items())
    return next(filter(None, problems), None) or differing(
        "its expression", again.expression, made.expression
    )


def explained(case: Case, made: sf.Filter, document: Any, wanted: bool) -> str | None:
    """The filter, simplified or not, and its explanation agree on every document."""
    explanation = made.explain(document)
    problem = differing("simplified", made.simplified().matches(document), wanted) or differing(
        "explained", explanation["matches"], wanted
    )
    if problem is None and "explains" in case["expect"]:
        explains = in_code_points(case["expect"]["explains"], case["filter"])
        return differing("explains", explanation, explains)
    return problem


def in_code_points(explains: Any, text: str) -> Any:
    if isinstance(explains, list):
        return [in_code_points(part, text) for part in explains]
    if not isinstance(explains, dict):
        return explains
    return {
        name: [code_points(text, at) for at in member]
        if name == "span"
        else in_code_points(member, text)
        for name, member in explains.items()
    }


def pointed_at(text: str, call: Callable[[], Any], wanted: str) -> str | None:
    try:
        call()
    except sf.FilterError as error:
        [issue] = error.issues
        return differing("caret", issue.caret(text), wanted)
    return "no error"
