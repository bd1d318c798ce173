"""Exported JSON Schemas in the hands of another validator."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from jsonschema.validators import validator_for
from test_vectors import load
from vectors.given import chosen

import scimforge as sf

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ROSA: dict[str, Any] = {
    "schemas": [sf.USER, ENTERPRISE],
    "userName": "rosa",
    "name": {"givenName": "Rosa", "familyName": "Lind"},
    "active": True,
    "emails": [
        {"value": "rosa@north.test", "type": "gym", "primary": True},
        {"value": "rosa@home.example", "type": "home", "primary": False},
    ],
    "profileUrl": "../pages/rosa",
    "meta": {"created": "2026-03-01T09:30:00Z"},
    ENTERPRISE: {"department": "Ovens", "manager": {"value": "u-9"}},
    "shoeSize": 38,
}


def validator(draft: Any, mode: Any = "create", schema: str = "User") -> Any:
    exported = sf.schema(schema).to_json_schema(draft=draft, mode=mode)
    kind = validator_for(exported, default=None)
    kind.check_schema(exported)
    return kind(exported)


@pytest.mark.parametrize("draft", ["2020-12", "07"])
def test_a_good_user_is_good_and_a_bad_one_is_not(draft: str) -> None:
    user = validator(draft)
    user.validate(ROSA)
    for name, value in [
        ("userName", 7),
        ("active", "true"),
        ("emails", {"value": "rosa@north.test"}),
        ("emails", ["rosa@north.test"]),
        ("schemas", [ENTERPRISE]),
        ("schemas", [sf.USER, sf.USER]),
        (ENTERPRISE, {"manager": "u-9"}),
    ]:
        assert not user.is_valid({**ROSA, name: value}), name
    assert not user.is_valid({"schemas": [sf.USER]})
    twice = {**ROSA, "emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]}
    assert user.is_valid(twice) is (draft == "07"), "draft 07 cannot say it"


def test_the_mode_decides_what_is_required() -> None:
    answer = validator("2020-12", "response")
    assert not answer.is_valid(ROSA)
    answer.validate({**ROSA, "id": "u-1", "meta": {"resourceType": "User"}})


@pytest.mark.parametrize("draft", ["2020-12", "07"])
@pytest.mark.parametrize(
    "schema", ["User", "Group", "ServiceProviderConfig", "ResourceType", "Schema"]
)
def test_every_built_in_schema_is_a_json_schema(schema: str, draft: str) -> None:
    for mode in ("create", "replace", "patch", "response", "import"):
        validator(draft, mode, schema)


def is_canonical(given: Any, exported: dict[str, Any]) -> bool:
    """Whether there is no ``null``, and every name that the schema knows is in its spelling."""
    if isinstance(given, list):
        return all(is_canonical(item, exported.get("items", {})) for item in given)
    if not isinstance(given, dict):
        return given is not None
    known = exported.get("properties", {})
    other_case = {name.lower() for name in known} - {name.lower() for name in known if name in given}
    return all(
        name.lower() not in other_case and is_canonical(value, known.get(name, {}))
        for name, value in given.items()
    )


def test_what_is_right_for_us_is_right_for_json_schema() -> None:
    checked = 0
    for case in load():
        if not case["id"].startswith("validate/") or not isinstance(case.get("given"), dict):
            continue
        # A JSON Schema knows nothing of profiles, of what is stored and of one field alone.
        if case["expect"]["issues"] or not case.keys().isdisjoint(("profile", "original", "at")):
            continue
        exported = chosen(case).to_json_schema(mode=case.get("mode", "create"))
        if is_canonical(case["given"], exported):
            jsonschema.validate(case["given"], exported)
            checked += 1
    assert checked > 20
