"""What OpenTelemetry sees: spans in the memory of its own SDK."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from parity import bulk
from serving import ERROR, Postgres, listening, message, user
from test_asgi_events import app_of, ask

from scimforge.asgi import MemoryStore, PostgresStore, SqliteStore, StoreBase, create_scim_app, none


class Spans:
    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    @property
    def observe(self) -> dict[str, Any]:
        return {"otel": self.provider, "audit": lambda record: None}

    def all(self) -> list[Any]:
        return list(self._exporter.get_finished_spans())

    def named(self) -> list[tuple[str, str | None]]:
        """The spans, each with the name of the one that it is part of."""
        names = {span.context.span_id: span.name for span in self.all()}
        return [(span.name, span.parent and names.get(span.parent.span_id)) for span in self.all()]

    def reset(self) -> None:
        self._exporter.clear()


class Shelf(StoreBase):
    def __init__(self) -> None:
        self.rows: dict[str, Any] = {}

    def get(self, key: Any) -> Any:
        return self.rows.get(key["id"])

    async def query(self, plan: Any) -> Any:
        return list(self.rows.values())

    def insert(self, key: Any, resource: Any, unique: Any, password: Any) -> None:
        self.rows[key["id"]] = resource


def test_a_list_is_a_span_with_that_of_its_query_in_it_and_the_shape_of_its_filter() -> None:
    spans = Spans()
    with listening(store=Shelf(), observe=spans.observe) as ask:
        ask("POST", "/Users", user("rosa@north.test"))
        spans.reset()
        filter = 'userName eq "rosa@north.test" and not (emails[type eq "work" and value co "south"] or active pr)'
        answer = ask("GET", f"/Users?filter={filter.replace(' ', '%20')}", user_agent="Okta SCIM Client")
        assert answer.status == 200
        asked = [(f"scim.store.{name}", "scim.Users.list") for name in ("query", "memberships")]
        assert spans.named() == [*asked, ("scim.Users.list", None)]
        query, _, listed = spans.all()
        assert (listed.kind, query.kind) == (SpanKind.SERVER, SpanKind.CLIENT)
        assert dict(listed.attributes) == {
            "http.request.method": "GET",
            "url.scheme": "http",
            "user_agent.original": "Okta SCIM Client",
            "http.response.status_code": 200,
            "http.route": "/Users",
            "scim.operation": "Users:list",
            "scim.filter.shape": "userName eq ? and not (emails[type eq ? and value co ?] or active pr)",
        }
        assert dict(query.attributes) == {"db.operation.name": "query"}


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_stores_that_answer_as_a_whole_are_one_span_and_values_are_in_none(kind: str, tmp_path: Any) -> None:
    spans = Spans()
    store: Any = MemoryStore() if kind == "memory" else SqliteStore(str(tmp_path / "scim.db"))
    with listening(store=store, observe=spans.observe) as ask:
        path = f"/Users/{ask('POST', '/Users', user('rosa@north.test')).body['id']}"
        ask("GET", path)
        ask("PATCH", path, message({"op": "replace", "path": "title", "value": "Rosa's"}))
        ask("POST", "/Bulk", bulk({"method": "DELETE", "path": path}))
        ask("GET", "/Users/rosa@north.test")
        ask("GET", "/Schemas")
        ask("GET", "/Users?filter=title+eq+%22rosa")
    seen = spans.all()
    assert [span.name for span in seen] == [
        *["scim.store.insert", "scim.Users.create", "scim.store.get", "scim.Users.view", "scim.store.replace", "scim.Users.update"],
        *["scim.store.bulk", "scim.Bulk.run", "scim.store.get", "scim.Users.view", "scim.Discovery.view", "scim.store.query", "scim.Users.list"],
    ]
    assert seen[0].attributes.get("db.system.name") == (None if kind == "memory" else "sqlite")
    assert seen[7].attributes["scim.bulk.operations"] == 1
    assert (seen[9].attributes["http.route"], seen[9].attributes["scim.error.code"]) == ("/Users/{id}", "not-found")
    assert seen[12].status.status_code == StatusCode.UNSET, "a mistake of the client is none of the server"
    assert "rosa" not in "".join(span.to_json() for span in seen).lower()


def test_operations_on_postgresql_are_spans_by_themselves(postgres: Postgres) -> None:
    spans = Spans()
    store = PostgresStore(postgres.conninfo, prefix=postgres.prefix())
    with listening(store=store, observe=spans.observe) as ask:
        assert ask("POST", "/Users", user("rosa")).status == 201
        post = {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("otto")}
        assert ask("POST", "/Bulk", bulk(post)).status == 200
    names = spans.named()
    assert names[0] == ("scim.store.insert", "scim.Users.create")
    assert {parent for name, parent in names if name.startswith("scim.store.")} == {"scim.Users.create", "scim.Bulk.run"}
    assert {span.attributes["db.system.name"] for span in spans.all() if span.kind == SpanKind.CLIENT} == {"postgresql"}


def test_a_span_goes_on_where_that_of_the_client_ended_or_is_part_of_that_of_the_server() -> None:
    spans = Spans()
    with listening(store=MemoryStore(), observe=spans.observe) as asking:
        asking("GET", "/Users", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
    last = spans.all()[-1]
    assert (f"{last.context.trace_id:032x}", f"{last.parent.span_id:016x}") == ("a" * 32, "b" * 16)
    spans.reset()

    async def run() -> None:
        app = app_of(MemoryStore(), [], observe=spans.observe)
        with spans.provider.get_tracer("server").start_as_current_span("GET"):
            assert (await ask(app, "GET", "/Users"))[0] == 200

    asyncio.run(run())
    assert ("scim.Users.list", "GET") in spans.named()
    assert next(span for span in spans.all() if span.name == "scim.Users.list").kind == SpanKind.INTERNAL


def test_failures_of_a_store_are_errors_without_what_they_say() -> None:
    class Failing(Shelf):
        async def query(self, plan: Any) -> Any:
            raise ValueError("rosa@north.test is not a number")

    spans, errors = Spans(), []  # type: ignore[var-annotated]

    async def run() -> None:
        app = app_of(Failing(), errors, observe=spans.observe)
        assert (await ask(app, "GET", "/Users"))[0] == 500

    asyncio.run(run())
    assert len(errors) == 1 and len(spans.all()) == 2
    for span in spans.all():
        assert (span.status.status_code, span.attributes["error.type"], span.events) == (StatusCode.ERROR, "store-failure", ())
        assert "rosa" not in span.to_json()


def test_answers_are_the_same_and_who_is_not_let_in_leaves_a_span_too() -> None:
    spans = Spans()
    with listening(store=MemoryStore(), observe=spans.observe) as asking:
        refused = asking("GET", "/Users", authorization="")
        assert (refused.status, refused.body["schemas"]) == (401, [ERROR])
    [only] = spans.all()
    assert (only.name, only.attributes["http.response.status_code"]) == ("scim.Users.list", 401)


GLOBAL = """
import asyncio, json, sys
sys.path.insert(0, sys.argv[1])
from opentelemetry import trace
from test_asgi_trace import Spans
from test_asgi_events import app_of, ask
from scimforge.asgi import MemoryStore
spans = Spans()
trace.set_tracer_provider(spans.provider)
app = app_of(MemoryStore(), [], observe={"otel": True})
asyncio.run(ask(app, "GET", "/Users"))
scope = spans.all()[0].instrumentation_scope
print(json.dumps([[span.name for span in spans.all()], scope.name]))
"""

WITHOUT = """
import sys
sys.modules["opentelemetry"] = None
from scimforge.asgi import MemoryStore, create_scim_app, none
create_scim_app(store=MemoryStore(), auth=none())
try:
    create_scim_app(store=MemoryStore(), auth=none(), observe={"otel": True})
except ImportError as error:
    print(error)
"""


def test_the_provider_of_the_process_is_meant_by_true_and_what_is_missing_is_named() -> None:
    def run(program: str) -> str:
        given = [sys.executable, "-c", program, str(Path(__file__).parent)]
        return subprocess.run(given, capture_output=True, text=True, check=True).stdout

    assert json.loads(run(GLOBAL)) == [["scim.store.query", "scim.Users.list"], "scimforge"]
    assert 'pip install "scimforge[otel]"' in run(WITHOUT)
    with pytest.raises(TypeError, match="otel"):
        create_scim_app(store=MemoryStore(), auth=none(), observe={"otel": "yes"})
