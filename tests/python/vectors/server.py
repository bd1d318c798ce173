"""Cases about requests and their answers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import scimforge as sf

from .compare import differing, missing, refused, there
from .given import Case, Run, as_form, dump


def protocol(case: Case) -> Iterator[Run]:
    for form in ("object", "text", "bytes"):
        yield form, lambda form=form: conversation(case, form)


def events(case: Case) -> Iterator[Run]:
    """The claims of tokens for an event."""

    def claims() -> str | None:
        run = lambda: sf.security_event(case["event"], case["options"])
        if "error" in case:
            return refused(run, case["error"])
        return differing("claims", run(), case["claims"])

    yield "object", claims


def conversation(case: Case, form: str) -> str | None:
    server = sf.MemoryServer(case.get("config"))
    for resource in case.get("store", []):
        server.insert(as_form(form, resource))
    made, cursor, told = 0, "", 0
    for index, step in enumerate(case["steps"]):
        # `{nextCursor}` is that of the last answer that had one.
        step = json.loads(json.dumps(step).replace("{nextCursor}", cursor))
        expect = step["expect"]
        env = {
            "now": f"2026-03-01T09:{30 + index // 60:02}:{index % 60:02}Z",
            "ids": [f"id-{made + offset}" for offset in range(1, 65)],
            "baseUrl": "https://scim.example.test/v2",
            **step.get("env", {}),
        }
        answer = server.task(step["task"], env=env) if "task" in step else asked(server, step["request"], form, env)
        made += created(answer)
        cursor = (answer.json() or {}).get("nextCursor", cursor)
        if problem := unexpected(answer, expect):
            shown = answer.body.decode(errors="replace")[:600]
            return f"step {index + 1}: {problem}\nanswered {answer.status}: {shown}"
        changes = server.changes(told)
        told = changes[-1]["seq"] if changes else told
        if problem := other_events([change["event"] for change in changes], expect):
            return f"step {index + 1}: {problem}\nevents: {dump(changes)}"
    return None


def asked(server: sf.MemoryServer, request: Case, form: str, env: Case) -> sf.Response:
    body = request.get("bodyText")
    if body is not None and form == "bytes":
        body = body.encode()
    elif "body" in request:
        # A str would be sent as it is, so a JSON string is sent as text.
        inner = request["body"]
        body = dump(inner) if isinstance(inner, str) else as_form(form, inner)
    return server.handle(request["method"], request["target"], request.get("headers"), body, env=env)


def other_events(events: list[Case], expect: Case) -> str | None:
    """What differs; ``untold`` is what is in none of the events."""
    for name in expect.get("untold", []):
        if any(name in event for event in events):
            return f"{name} should be absent"
    return missing(events, expect["events"], "events") if "events" in expect else None


def created(answer: sf.Response) -> int:
    """How many resources a step made: each took one identifier."""
    if answer.status != 200:
        return int(answer.status == 201)
    operations = (answer.json() or {}).get("Operations", [])
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
