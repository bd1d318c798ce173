"""Requests that the Python and the Node host answer alike: settings, who asks, and what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import scimforge as sf

ALL = {"sub": "all", "permissions": ["scim:*"]}
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
COSTS = {
    "id": "urn:north:params:scim:schemas:Costs",
    "name": "Costs",
    "attributes": [{"name": "center", "type": "string", "multiValued": False, "uniqueness": "none"}],
}
DEVICE = {
    "id": "urn:north:params:scim:schemas:Device",
    "name": "Device",
    "attributes": [
        {"name": "serial", "type": "string", "required": True, "caseExact": True, "uniqueness": "server"}
    ],
}


@dataclass
class Ask:
    method: str
    target: str
    body: Any = None
    by: str | None = "all"
    """A token, or ``name:password``."""
    headers: dict[str, str] = field(default_factory=dict)
    keep: str = ""
    """What the answer is called in requests behind it: ``{rosa.id}``."""


@dataclass
class Life:
    """An endpoint, and what it is asked in order."""

    name: str
    asked: list[Ask]
    settings: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=lambda: {"all": ALL})
    users: dict[str, Any] | None = None
    resources: list[Any] = field(default_factory=list)
    base: str = "/scim/v2"


def user(user_name: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [sf.USER], "userName": user_name, **more}


def group(name: str, *members: str) -> dict[str, Any]:
    return {"schemas": [sf.GROUP], "displayName": name, "members": [{"value": one} for one in members]}


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [sf.PATCH_OP], "Operations": list(operations)}


def replace(path: str, value: Any) -> dict[str, Any]:
    return patch({"op": "replace", "path": path, "value": value})


def bulk(*operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": list(operations), **more}


def search(**asked: Any) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], **asked}


ROSA = {
    **user("rosa", id="u-1", title="Baker", emails=[{"value": "rosa@north.test", "type": "work"}]),
    "meta": {"resourceType": "User"},
}

LIVES = [
    Life(
        "every day",
        [
            Ask("POST", "/Users", user("rosa", password="three lanterns", name={"familyName": "Lind"}), keep="rosa"),
            Ask("POST", "/Users", user("ROSA")),
            Ask("POST", "/Users", user("otto", emails=[{"value": "o@north.test", "type": "work"}]), keep="otto"),
            Ask("POST", "/Groups", group("Bakers", "{rosa.id}"), keep="bakers"),
            Ask("GET", "/Users/{rosa.id}"),
            Ask("GET", "/Users/{rosa.id}", headers={"if-none-match": "{rosa.meta.version}"}),
            Ask("HEAD", "/Users/{rosa.id}"),
            Ask("GET", "/Users/nobody"),
            Ask("GET", "/users/{rosa.id}/"),
            Ask("PUT", "/Users/{rosa.id}", user("rosa", displayName="Rosa"), headers={"if-match": 'W/"other"'}),
            Ask("PUT", "/Users/{rosa.id}", user("rosa", displayName="Rosa", emials=[])),
            Ask("PATCH", "/Users/{rosa.id}", replace("active", "False")),
            Ask("PATCH", "/Groups/{bakers.id}", patch({"op": "add", "path": "members", "value": [{"value": "{otto.id}"}]})),
            Ask("PATCH", "/Groups/{bakers.id}", patch({"op": "remove", "path": 'members[value eq "{rosa.id}"]'})),
            Ask("GET", "/Users?filter=userName%20eq%20%22ROSA%22&attributes=userName,displayName"),
            Ask("GET", "/Users?sortBy=userName&sortOrder=descending&startIndex=2&count=1&excludedAttributes=emails"),
            Ask("GET", "/?filter=meta.resourceType%20eq%20%22Group%22"),
            Ask("GET", "/Users?filter=userName%20equals%20%22x%22"),
            Ask("GET", "/Users?filter=nothing%20eq%20%22x%22"),
            Ask("POST", "/Users/.search", search(filter='emails[type eq "work"]', count=1)),
            Ask("POST", "/.search", search(filter="displayName pr", attributes=["displayName"], sortBy="displayName")),
            Ask("DELETE", "/Users/{otto.id}"),
            Ask("DELETE", "/Users/{otto.id}"),
            Ask("GET", "/Groups/{bakers.id}"),
            Ask("GET", "/Me"),
        ],
    ),
    Life(
        "what is no request of SCIM",
        [
            Ask("GET", "/Elsewhere"),
            Ask("PUT", "/Users", user("x")),
            Ask("POST", "/Users/u-1", user("x")),
            Ask("OPTIONS", "/Users"),
            Ask("TRACE", "/Users"),
            Ask("GET", "/Users", headers={"accept": "text/html"}),
            Ask("GET", "/Users", headers={"accept": "application/json"}),
            Ask("POST", "/Users", "userName=x", headers={"content-type": "application/x-www-form-urlencoded"}),
            Ask("POST", "/Users", '{"userName": '),
            Ask("POST", "/Users", "[]"),
            Ask("POST", "/Users", b"\xff\xfe".decode("latin-1")),
            Ask("POST", "/Users", ""),
            Ask("POST", "/Users", user("x", title="y" * 3_000)),
            Ask("PATCH", "/Users/u-1", patch(*[{"op": "remove", "path": "title"}] * 4)),
            Ask("GET", "/Users?filter=" + "title%20pr%20and%20" * 30 + "title%20pr"),
            Ask("GET", "/Users?count=1000000"),
            Ask("GET", "/Users?count=-1"),
            Ask("GET", "/Users?count=many"),
            Ask("GET", "/%55sers/u-1"),
            Ask("GET", "/Users/../Groups"),
            Ask("GET", "/Users//u-1"),
        ],
        settings={"limits": {"max_body": "2kb", "max_results": 5, "default_page_size": 2, "filter_bytes": 400, "patch_operations": 3}},
        resources=[ROSA],
    ),
    Life(
        "discovery",
        [
            Ask("GET", "/ServiceProviderConfig", by=None),
            Ask("GET", "/ResourceTypes", by=None),
            Ask("GET", "/ResourceTypes/User"),
            Ask("GET", f"/Schemas/{sf.USER}"),
            Ask("GET", "/Schemas?filter=id%20pr"),
            Ask("GET", "/Schemas/nothing"),
            Ask("POST", "/Schemas", {}),
            Ask("GET", "/openapi.json", by=None),
        ],
        settings={"open_discovery": True, "documentation_uri": "https://docs.example/scim", "base_url": "https://id.example/scim/"},
    ),
    Life("elsewhere", [Ask("GET", "/api/scim/Users"), Ask("HEAD", "/api/scim/Users"), Ask("GET", "/scim/v2/Printers")], base=""),
    Life("discovery that is closed", [Ask("GET", path, by=who) for path in ("/Schemas", "/openapi.json") for who in (None, "all")], settings={"open_discovery": False}),
    Life("no openapi", [Ask("GET", "/openapi.json"), Ask("GET", "/ServiceProviderConfig")], settings={"openapi": False, "idempotency": False}),
    Life(
        "who may do what",
        [
            Ask("GET", "/Users", by=None),
            Ask("GET", "/Users", by="nobody"),
            Ask("GET", "/Users", by="bare"),
            Ask("GET", "/Users", by="reader"),
            Ask("POST", "/Users", user("x"), by="reader"),
            Ask("GET", "/Groups", by="reader"),
            Ask("POST", "/Users", user("otto"), by="writer"),
            Ask("POST", "/Bulk", bulk({"method": "POST", "path": "/Users", "bulkId": "a", "data": user("b")}), by="reader"),
            Ask("GET", "/Users?filter=userName%20pr", by="north"),
            Ask("GET", "/Users?sortBy=userName", by="hr:right"),
            Ask("GET", "/Users", by="hr:wrong"),
            Ask("GET", "/Users", by=None, headers={"authorization": "Digest x"}),
            Ask("GET", "/Users", by="old"),
            Ask("GET", "/ServiceProviderConfig"),
        ],
        settings={"permissions": {"Users:create": "people.write"}},
        tokens={
            **{"all": ALL, "bare": {"sub": "bare"}, "reader": {"sub": "r", "permissions": ["Users:list", "Users:view"]}},
            **{"writer": {"permissions": ["people.write"]}, "north": {"tenant": "north", "permissions": ["scim:*"]}},
        },
        users={"hr": {"permissions": ["scim:*"]}},
        resources=[ROSA],
    ),
    Life(
        "attributes with permissions",
        [
            Ask("GET", "/Users/u-1", by=who) for who in ("hr", "guest")
        ] + [
            Ask("PATCH", "/Users/u-1", replace("title", "Cook"), by=who) for who in ("guest", "hr")
        ] + [
            Ask("GET", "/Users?filter=title%20eq%20%22cook%22", by=who) for who in ("guest", "hr")
        ] + [
            Ask("GET", "/Users?sortBy=title", by="guest"),
            Ask("PUT", "/Users/u-1", user("rosa", title="Chef"), by="guest"),
            Ask("GET", "/Users/u-1", by="hr"),
            Ask("GET", "/Schemas", by="guest"),
        ],
        settings={"attribute_permissions": {"User": {"title": {"read": "hr.read", "write": "hr.write"}}}},
        tokens={
            "hr": {"sub": "hr", "permissions": ["scim:*", "hr.read", "hr.write"]},
            "guest": {"sub": "guest", "permissions": ["Users:*"]},
        },
        resources=[ROSA],
    ),
    Life(
        "what does not belong into a URL",
        [
            Ask("GET", "/Users?filter=emails.value%20co%20%22rosa%22"),
            Ask("GET", "/Users?filter=emails%20pr"),
            Ask("POST", "/Users/.search", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": 'emails.value co "rosa"'}),
        ],
        settings={"sensitive_attributes": ["emails"]},
        resources=[ROSA],
    ),
    *(
        Life(
            f"names and passwords that are prepared, or not: {settings}",
            [
                Ask("POST", "/Users", {"userName": "\uff32osa", "title": "wide"}),
                Ask("POST", "/Users", {"userName": "ros\u0061\u030a", "password": "caf\u00e9\u00a0au lait"}),
                Ask("POST", "/Users", {"userName": "ROS\u00c5"}),
                Ask("POST", "/Users", {"userName": "\u2665"}),
                Ask("POST", "/Users", {"userName": "rosa lind", "password": "tab\tstop"}),
                Ask("GET", "/Users?sortBy=userName&filter=" + quote('userName sw "ros\u00e5" or userName ew "\uff21"')),
            ],
            settings=settings,
            resources=[ROSA],
        )
        for settings in ({}, {"profile": "strict"}, {"precis": False, "profile": "strict"})
    ),
    Life(
        "profiles of clients",
        [
            Ask("PATCH", "/Users/u-1", patch({"op": "Replace", "path": "active", "value": "False"}), by=who)
            for who in ("strict", "entra", "none")
        ] + [
            Ask("POST", "/Users", {"userName": "otto"}, by=who) for who in ("strict", "entra")
        ] + [
            Ask("PATCH", "/Users/u-1", patch({"op": "add", "path": 'emails[type eq "home"].value', "value": "r@home.test"}), by=who)
            for who in ("strict", "entra")
        ],
        settings={"profile": "rfc"},
        tokens={
            **{name: {"sub": name, "permissions": ["scim:*"], "profile": name} for name in ("strict", "entra")},
            "none": {"permissions": ["scim:*"]},
        },
        resources=[ROSA],
    ),
    Life(
        "a request that is sent again",
        [
            Ask("POST", "/Users", user("rosa"), headers={"idempotency-key": "k-1"}, keep="rosa"),
            Ask("POST", "/Users", user("rosa"), headers={"idempotency-key": "k-1"}),
            Ask("POST", "/Users", user("otto"), headers={"idempotency-key": "k-1"}),
            Ask("POST", "/Users", user("rosa"), by="other", headers={"idempotency-key": "k-1"}),
            Ask("POST", "/Users", user("rosa"), headers={"idempotency-key": "with a space"}),
            Ask("POST", "/Users/.search", search(), headers={"idempotency-key": "k-1"}),
            Ask("PATCH", "/Users/{rosa.id}", replace("title", "x"), headers={"idempotency-key": "k-1"}),
        ],
        tokens={"all": ALL, "other": {"sub": "other", "permissions": ["scim:*"]}},
    ),
    Life(
        "a POST of what is there",
        [
            Ask("POST", "/Users", user("rosa", externalId="hr-1", title="Baker"), keep="rosa"),
            Ask("POST", "/Users", user("rosa.lind", externalId="hr-1")),
            Ask("POST", "/Users", user("otto", externalId="hr-2")),
            Ask("PUT", "/Users/{rosa.id}", user("rosa", externalId="hr-2")),
            Ask("GET", "/Users?sortBy=externalId"),
        ],
        settings={"create": "upsert-by-externalId"},
    ),
    Life(
        "deleted softly",
        [
            Ask("POST", "/Users", user("rosa", title="Baker"), keep="rosa"),
            Ask("POST", "/Groups", group("Bakers", "{rosa.id}"), keep="bakers"),
            Ask("DELETE", "/Users/{rosa.id}"),
            Ask("GET", "/Users/{rosa.id}"),
            Ask("GET", "/Groups/{bakers.id}"),
            Ask("POST", "/Users", user("Rosa", displayName="R")),
            Ask("GET", "/Users"),
        ],
        settings={"delete": {"mode": "soft", "recreate": "restore"}},
    ),
    Life(
        "deleted softly, with names that stay taken",
        [
            Ask("POST", "/Users", user("rosa"), keep="rosa"),
            Ask("DELETE", "/Users/{rosa.id}"),
            Ask("POST", "/Users", user("Rosa")),
        ],
        settings={"delete": {"mode": "soft", "unique": "kept"}},
    ),
    Life(
        "too fast",
        [Ask("GET", "/Users"), Ask("GET", "/Users"), Ask("GET", "/Users", by="other"), Ask("GET", "/openapi.json"), Ask("POST", "/Users", user("x"))],
        settings={"rate_limit": {"per_token": "1/h", "burst": 1}, "open_discovery": True},
        tokens={"all": ALL, "other": {"sub": "other", "permissions": ["scim:*"]}},
    ),
    Life(
        "who guesses",
        [*[Ask("GET", "/Users", by="guess")] * 3, Ask("GET", "/Users"), Ask("GET", "/Schemas", by=None)],
        settings={"failed_sign_ins": {"max": 2, "minutes": 60}},
    ),
    Life(
        "pages of other origins",
        [
            Ask("GET", "/Users", headers={"origin": "https://admin.example.test"}),
            Ask("GET", "/Users", headers={"origin": "https://evil.example.test"}),
            Ask("GET", "/Users"),
            *[
                Ask("OPTIONS", "/Users", by=None, headers={"origin": origin, "access-control-request-method": "POST"})
                for origin in ("https://admin.example.test", "https://evil.example.test")
            ],
            Ask("OPTIONS", "/Users", by=None, headers={"origin": "https://admin.example.test"}),
        ],
        settings={"cors": ["https://admin.example.test"]},
    ),
    Life(
        "Bulk",
        [
            Ask(
                "POST",
                "/Bulk",
                bulk(
                    {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group("All", "bulkId:a")},
                    {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("rosa")},
                    {"method": "POST", "path": "/Users", "bulkId": "b", "data": user("Rosa")},
                    {"method": "PATCH", "path": "/Users/bulkId:a", "data": replace("title", "Cook")},
                    {"method": "DELETE", "path": "/Users/nobody"},
                ),
            ),
            Ask("POST", "/Bulk", bulk(*[{"method": "DELETE", "path": "/Users/x"}] * 3, failOnErrors=2)),
            Ask("POST", "/Bulk", bulk(*[{"method": "DELETE", "path": "/Users/x"}] * 6)),
            Ask("POST", "/Bulk", bulk({"method": "GET", "path": "/Users"})),
            Ask("POST", "/Bulk", {"schemas": []}),
            Ask("GET", "/Bulk"),
        ],
        settings={"bulk": {"max_operations": 5, "max_payload_size": "1mb"}},
    ),
    Life(
        "/Me",
        [
            Ask("GET", "/Me"),
            Ask("PATCH", "/Me", replace("displayName", "Rosa L.")),
            Ask("PATCH", "/Me", replace("userName", "root")),
            Ask("DELETE", "/Me"),
            Ask("GET", "/Me", by="stranger"),
        ],
        settings={"me": {"writable": ["displayName"]}},
        tokens={
            "all": {"permissions": ["Me:*"], "subject": {"type": "User", "id": "u-1"}},
            "stranger": {"permissions": ["Me:*"]},
        },
        resources=[ROSA],
    ),
    Life(
        "pages by cursor",
        [
            Ask("GET", "/Users?cursor&count=2", keep="page"),
            Ask("GET", "/Users?cursor={page.nextCursor}&count=2"),
            Ask("GET", "/Users?cursor=made-up"),
            Ask("GET", "/ServiceProviderConfig"),
        ],
        settings={"pagination": {"cursor_key": "0123456789abcdef0123456789abcdef", "cursor_timeout": 600}},
        resources=[{**ROSA, "id": f"u-{number}", "userName": f"u{number}"} for number in range(3)],
    ),
    Life(
        "a path for each tenant",
        [
            Ask("POST", "/Users", user("rosa")),
            Ask("GET", "/Users", by="south"),
            Ask("GET", "/../../south/scim/Users", by="all"),
        ],
        settings={"base_path": "/t/:tenant/scim"},
        base="/t/north/scim",
        tokens={name: {"tenant": tenant, "permissions": ["scim:*"]} for name, tenant in (("all", "north"), ("south", "south"))},
    ),
    Life(
        "types of one's own",
        [
            Ask("POST", "/Devices", {"schemas": [DEVICE["id"]], "serial": "A-1"}),
            Ask("POST", "/Devices", {"schemas": [DEVICE["id"]], "serial": "A-1"}),
            Ask("POST", "/Devices", {"schemas": [DEVICE["id"]]}),
            Ask("POST", "/Users", {**user("rosa"), "schemas": [sf.USER, COSTS["id"]], COSTS["id"]: {"center": "7"}}),
            Ask("GET", f"/Users?filter={COSTS['id']}:center%20eq%20%227%22"),
            Ask("GET", "/Groups"),
            Ask("GET", "/ResourceTypes"),
            Ask("GET", "/openapi.json"),
        ],
        settings={
            "resources": [
                {
                    **{"name": "User", "endpoint": "/Users", "schema": sf.USER},
                    "schemaExtensions": [{"schema": COSTS["id"], "required": False}],
                },
                {"name": "Device", "endpoint": "/Devices", "schema": DEVICE["id"]},
            ],
            "schemas": [COSTS, DEVICE],
        },
    ),
    Life(
        "versions that are asked for",
        [
            Ask("PUT", "/Users/u-1", user("rosa")),
            Ask("PATCH", "/Users/u-1", replace("title", "x"), headers={"if-match": "*"}),
            Ask("DELETE", "/Users/u-1"),
        ],
        settings={"require_if_match": True},
        resources=[ROSA],
    ),
    Life("no versions", [Ask("GET", "/Users/u-1"), Ask("GET", "/ServiceProviderConfig")], settings={"etag": False}, resources=[ROSA]),
    Life(
        "who removes too many members",
        [
            Ask("POST", "/Groups", group("All", *(f"m-{number}" for number in range(20))), keep="all"),
            Ask("PATCH", "/Groups/{all.id}", patch({"op": "remove", "path": "members"})),
            Ask("PATCH", "/Groups/{all.id}", patch({"op": "remove", "path": 'members[value eq "m-3"]'})),
        ],
        settings={"limits": {"max_member_loss": 5}},
    ),
]
