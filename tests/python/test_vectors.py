"""Every shared case of tests/vectors, through every form of input."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import scimforge as sf

ROOT = Path(os.environ.get("SCIMFORGE_ROOT", Path(__file__).parents[2]))

Case = dict[str, Any]
Run = tuple[str, Callable[[], "str | None"]]
"""The name of a form of input, and a run that gives back what is wrong."""


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


# Forms of input


def documents(case: Case, member: str = "given") -> Iterator[tuple[str, Any]]:
    """Every way a document can be handed over."""
    if f"{member}Base64" in case:
        yield "bytes", base64.b64decode(case[f"{member}Base64"])
        return
    # A str is always taken as JSON text, so a string cannot be handed over as an object.
    written = f"{member}Text"
    if written not in case and not isinstance(case[member], str):
        yield "object", case[member]
    text = case[written] if written in case else dump(case[member])
    yield "text", text
    # A text with half of a surrogate pair has no bytes.
    if not re.search("[\ud800-\udfff]", text):
        yield "bytes", text.encode()


def as_form(form: str, value: Any) -> Any:
    if form == "object":
        return value
    return dump(value) if form == "text" else dump(value).encode()


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def chosen(case: Case) -> sf.Schema:
    return sf.schema(case.get("schema", "User"))


def settings(case: Case) -> dict[str, Any]:
    return {snake(name): value for name, value in case.get("options", {}).items()}


def bending(trace: list[sf.Bent], expected: list[Any]) -> str | None:
    return differing("trace", quirks(trace, expected), expected)


def quirks(trace: list[sf.Bent], expected: list[Any]) -> list[Any]:
    """A quirk by its name, or an entry by the members that are expected of it."""

    def shown(bent: sf.Bent, wanted: Any) -> Any:
        if not isinstance(wanted, dict):
            return bent.quirk
        found = {name: getattr(bent, snake(name)) for name in wanted}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}

    entries = zip(trace, [*expected, *[None] * len(trace)])
    return [shown(bent, wanted) for bent, wanted in entries]


# The kinds


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

    def run(document: Any) -> str | None:
        found = schema.validate(document, **{**options, **more})
        actual = sorted((issue.severity, issue.code, issue.pointer) for issue in found)
        valid = all(issue.severity != "error" for issue in found)
        return (
            differing("issues", actual, expected)
            or differing("is_valid", schema.is_valid(document, **options), valid)
            or next(filter(None, map(misshapen, found)), None)
        )

    for form, document in documents(case):
        yield form, lambda document=document: run(document)


def misshapen(issue: sf.Issue) -> str | None:
    """What every issue must have, whatever it is about."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in issue.path)
    if "".join(f"/{step}" for step in steps) != issue.pointer:
        return f"path {issue.path} is not pointer {issue.pointer}"
    if not issue.message or "?" in issue.message or not issue.spec:
        return f"incomplete: {issue!r}"
    return None


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


def code_points(text: str, at: int) -> int:
    return len(text.encode()[:at].decode())


def pointed_at(text: str, call: Callable[[], Any], wanted: str) -> str | None:
    try:
        call()
    except sf.FilterError as error:
        [issue] = error.issues
        return differing("caret", issue.caret(text), wanted)
    return "no error"


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


def protocol(case: Case) -> Iterator[Run]:
    for form in ("object", "text", "bytes"):
        yield form, lambda form=form: conversation(case, form)


def conversation(case: Case, form: str) -> str | None:
    server = sf.MemoryServer(case.get("config"))
    for resource in case.get("store", []):
        server.insert(as_form(form, resource))
    made = 0
    for index, step in enumerate(case["steps"]):
        request, expect = step["request"], step["expect"]
        body = request.get("bodyText")
        if body is not None and form == "bytes":
            body = body.encode()
        elif "body" in request:
            # A str would be sent as it is, so a JSON string is sent as text.
            inner = request["body"]
            body = dump(inner) if isinstance(inner, str) else as_form(form, inner)
        answer = server.handle(
            request["method"],
            request["target"],
            request.get("headers"),
            body,
            env={
                "now": f"2026-03-01T09:{30 + index // 60:02}:{index % 60:02}Z",
                "ids": [f"id-{made + offset}" for offset in range(1, 65)],
                "baseUrl": "https://scim.example.test/v2",
                **step.get("env", {}),
            },
        )
        made += created(answer)
        if problem := unexpected(answer, expect):
            shown = answer.body.decode(errors="replace")[:600]
            return f"step {index + 1}: {problem}\nanswered {answer.status}: {shown}"
    return None


def created(answer: sf.Response) -> int:
    """How many resources a step made: each took one identifier."""
    if answer.status != 200:
        return int(answer.status == 201)
    operations = answer.json().get("Operations", [])
    return sum(operation["status"] == "201" for operation in operations)


def unexpected(answer: sf.Response, expect: Case) -> str | None:
    if answer.status != expect["status"]:
        return differing("status", answer.status, expect["status"])
    for name, value in expect.get("headers", {}).items():
        actual = answer.headers.get(name)
        if actual is None if value == "*" else actual != value:
            return differing(f"header {name}", actual, value)
    if expect.get("noBody") and answer.body:
        return "a body, where none should be"
    body = answer.json()
    for pointer in expect.get("absent", []):
        if there(body, pointer):
            return f"{pointer} should be absent"
    return missing(body, expect["body"], "") if "body" in expect else None


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


RUNNERS: dict[str, Callable[[Case], Iterator[Run]]] = {
    "validate": validate,
    "filter": filter_,
    "patch": patch,
    "diff": diff,
    "emit": emit,
    "project": project,
    "sort": sort,
    "protocol": protocol,
    "schema": schema,
    "migrate": migrate,
}


# Comparing


def refused(call: Callable[[], Any], expected: Case) -> str | None:
    try:
        outcome = call()
    except sf.ScimError as error:
        issue = error.issues[0]
        operation = issue.params.get("operation")
        actual = {
            "code": error.code,
            "scimType": error.scim_type,
            "operation": None if operation is None else int(operation),
            "pointer": issue.pointer,
            "at": issue.span and issue.span[0],
        }
        return differing("error", {name: actual[name] for name in expected}, dict(expected))
    return f"no error, but {outcome!r}\nexpected {expected}"


def differing(what: str, actual: Any, expected: Any) -> str | None:
    if same(actual, expected):
        return None
    return f"{what}: {shown(actual)}\nexpected: {shown(expected)}"


def shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: members in the same order, numbers by value, booleans no numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def missing(actual: Any, expected: Any, place: str) -> str | None:
    """What of the expected part is not there: ``"*"`` is anything."""
    if expected == "*":
        return f"{place} is missing" if actual is None else None
    if isinstance(expected, dict) and isinstance(actual, dict):
        pairs = [(name, actual.get(name), value) for name, value in expected.items()]
    elif isinstance(expected, list) and isinstance(actual, list) and len(actual) == len(expected):
        pairs = [(index, *pair) for index, pair in enumerate(zip(actual, expected))]
    else:
        return differing(place, actual, expected)
    problems = (missing(inner, value, f"{place}/{step}") for step, inner, value in pairs)
    return next(filter(None, problems), None)


def there(value: Any, pointer: str) -> bool:
    return at(value, pointer, absent := object()) is not absent


def at(value: Any, pointer: str, default: Any = None) -> Any:
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return default
    return value


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: "_" + capital[0].lower(), name)
