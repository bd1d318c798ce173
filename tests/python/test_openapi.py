"""The OpenAPI document of the server in memory."""

from __future__ import annotations

import scimforge as sf


def test_the_document_is_the_one_that_is_served() -> None:
    server, url = sf.MemoryServer({"resourceTypes": ["Group"]}), "https://id.example.test/scim"
    served = server.handle("GET", "/openapi.json", env={"baseUrl": url})
    assert served.headers["content-type"] == "application/json"
    assert served.json() == server.openapi(url)
    assert "/Users" not in server.openapi()["paths"]
