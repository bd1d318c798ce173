"""What no caller should send: a clear error or issue, never a crash, a hang or a traceback."""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

import pytest

import scimforge as sf
from scimforge import _scimforge


def user(**members: Any) -> dict[str, Any]:
    return {"schemas": [sf.USER], "userName": "rosa", **members}


def codes(value: Any, **options: Any) -> list[str]:
    return [issue.code for issue in sf.validate(value, **options)]


def cyclic_list() -> list[Any]:
    inner: list[Any] = []
    inner.append(inner)
    return inner


def cyclic_dict() -> dict[str, Any]:
    inner: dict[str, Any] = user()
    inner["name"] = inner
    return inner


@pytest.mark.parametrize("cyclic", [cyclic_list(), cyclic_dict()], ids=["list", "dict"])
def test_an_object_that_contains_itself(cyclic: Any) -> None:
    # Wherever it is, validation ends.
    for place in ("emails", "name", "active", "unknown", sf.ENTERPRISE_USER):
        document = user(**{place: cyclic})
        assert sf.validate(document)
        sf.filter('emails.value eq "x" or name.givenName pr').matches(document)
        with pytest.raises(sf.ScimError) as caught:
            sf.project(document)
        assert caught.value.code == "too-deep"
        with pytest.raises(sf.PatchError) as caught:
            sf.apply_patch(document, {"schemas": [sf.PATCH_OP], "Operations": []})
        assert caught.value.code == "too-deep"
    assert sf.validate(cyclic)


def test_deep_objects_and_deep_text() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    document = user(emails=deep)
    assert not sf.is_valid(document)
    with pytest.raises(sf.ScimError, match="too-deep"):
        sf.project(document)
    for text in ("[" * 100_000, '{"a":' * 100_000):
        assert codes(text) == ["too-deep"]
        assert codes(text.encode()) == ["too-deep"]
        assert not sf.is_valid(text)
    # Taking it apart again must not overflow either.
    while deep:
        deep = deep[0]


def test_a_filter_of_a_hundred_thousand_parentheses() -> None:
    for text in ("(" * 100_000, "(" * 4_000 + "title pr" + ")" * 4_000, "not (" * 1_000):
        with pytest.raises(sf.FilterError) as caught:
            sf.filter(text)
        assert caught.value.code in ("filter-too-long", "filter-too-deep")
        assert caught.value.scim_type == "invalidFilter"


def test_large_text_within_and_above_the_limit() -> None:
    big = json.dumps(user(displayName="x" * (20 << 20)))
    start = time.monotonic()
    assert sf.is_valid(big) and sf.is_valid(big.encode())
    assert sf.validate(big) == []
    assert sf.project(big)["displayName"][:2] == "xx"
    assert time.monotonic() - start < 30
    too_big = "[" + " " * (65 << 20) + "]"
    assert codes(too_big) == ["too-large"]
    assert codes(too_big.encode()) == ["too-large"]
    with pytest.raises(sf.ScimError) as caught:
        sf.project(too_big)
    assert (caught.value.code, caught.value.status) == ("too-large", 413)


def test_many_members() -> None:
    members = [{"value": f"u-{number}"} for number in range(100_000)]
    group = {"schemas": [sf.GROUP], "displayName": "All", "members": members}
    start = time.monotonic()
    assert sf.validate(group) == []
    assert sf.filter('members.value eq "u-99999"', schema="Group").matches(group)
    patch = {
        "schemas": [sf.PATCH_OP],
        "Operations": [{"op": "remove", "path": 'members[value eq "u-500"]'}],
    }
    assert len(sf.apply_patch(group, patch).resource["members"]) == 99_999
    assert time.monotonic() - start < 30


def test_invalid_utf_8() -> None:
    [issue] = sf.validate(b'{"userName": "\xff"}')
    assert (issue.code, issue.span) == ("invalid-utf8", (14, 15))
    assert not sf.is_valid(b"\xff\xfe")
    with pytest.raises(sf.ScimError, match="invalid-utf8"):
        sf.project(b"\xff")


def test_half_surrogate_pairs() -> None:
    assert codes('{"userName": "\\ud800"}') == ["lone-surrogate"]
    assert codes('{"userName": "\ud800"}') == ["lone-surrogate"]
    [issue] = sf.validate(user(title="\ud800"))
    assert (issue.code, issue.pointer) == ("lone-surrogate", "/title")
    # As a name it has no place of its own.
    assert "lone-surrogate" in codes(user(**{"a\udfff": 1}))
    assert not sf.is_valid(user(**{"a\udfff": 1}))
    for call in (
        lambda: sf.project(user(title="\ud800")),
        lambda: sf.project("\ud800"),
        lambda: sf.filter('title eq "\ud800"'),
        lambda: sf.filter("title pr").matches("\ud800"),
    ):
        with pytest.raises(sf.ScimError) as caught:
            call()
        assert caught.value.code == "lone-surrogate"
    assert not sf.filter('title eq "x"').matches(user(title="\ud800"))


@pytest.mark.parametrize(
    ("value", "called"),
    [
        (datetime.datetime.now(), "a date"),
        ({1, 2}, "a set"),
        (b"bytes", "a bytes object"),
        (float("nan"), "NaN"),
        (float("-inf"), "an infinite number"),
        (print, "a function"),
        (object(), "an object of another type"),
        (10**5_000, "an integer of thousands of digits"),
    ],
    # Python itself would not print the last one.
    ids=["date", "set", "bytes", "nan", "infinite", "function", "object", "integer"],
)
def test_what_json_cannot_hold(value: Any, called: str) -> None:
    [issue] = sf.validate(user(title=value))
    assert (issue.code, issue.pointer) == ("foreign-value", "/title")
    assert issue.params["actual"] == called
    assert not sf.is_valid(user(title=value))
    with pytest.raises(sf.ScimError, match="foreign-value at /title"):
        sf.project(user(title=value))


def test_names_that_are_no_text() -> None:
    assert "foreign-value" in codes(user(**{}) | {7: "x"})
    assert not sf.is_valid(user() | {None: "x"})
    with pytest.raises(sf.ScimError, match="foreign-value"):
        sf.project(user() | {7: "x"})


def test_documents_that_are_no_resource() -> None:
    for value in (None, 3, True, [], "[]", b"null", 1.5, datetime.date.today()):
        assert not sf.is_valid(value)  # type: ignore[arg-type]
        assert sf.validate(value)  # type: ignore[arg-type]
    assert codes("") == ["invalid-json"]
    assert codes(b"") == ["invalid-json"]


def test_schemas_that_are_none() -> None:
    with pytest.raises(sf.SchemaError) as caught:
        sf.schema("Usr")
    assert caught.value.issues
    for documents in ({}, {"resourceType": {}}, '{"resourceType": 3}', {"schemas": [{}]}, "{"):
        with pytest.raises(sf.SchemaError) as caught:
            sf.schema(documents)
        assert caught.value.issues, documents
    with pytest.raises(sf.SchemaError, match="too-deep"):
        sf.schema({"schemas": cyclic_list()})


def test_options_that_are_none() -> None:
    with pytest.raises(sf.ScimError) as caught:
        sf.validate(user(), mode="creat")  # type: ignore[arg-type]
    assert caught.value.code == "invalid-option"
    with pytest.raises(sf.ScimError) as caught:
        sf.validate(user(), profile="entr")
    assert caught.value.code == "unknown-profile"
    with pytest.raises(sf.ScimError) as caught:
        sf.validate(user(), profile={"base": "rfc", "noSuchQuirk": True})
    assert caught.value.code == "invalid-option"
    with pytest.raises(sf.ScimError):
        sf.validate(user(), max_issues=0)
    with pytest.raises(TypeError):
        sf.filter(3)  # type: ignore[arg-type]


def test_patches_that_cannot_be_applied_say_which_operation() -> None:
    operations = [
        {"op": "replace", "path": "title", "value": "Baker"},
        {"op": "replace", "path": "emails[type eq", "value": "x"},
    ]
    document = user(title="Clerk")
    with pytest.raises(sf.PatchError) as caught:
        sf.apply_patch(document, {"schemas": [sf.PATCH_OP], "Operations": operations})
    assert caught.value.operation == 1
    assert document["title"] == "Clerk"
    for patch in ({}, [], "x", "{}", b"{", {"schemas": [sf.PATCH_OP], "Operations": "x"}):
        with pytest.raises(sf.PatchError):
            sf.apply_patch(document, patch)  # type: ignore[arg-type]


def test_messages_hold_no_values() -> None:
    secret = "correct horse battery"
    for document in (user(password=[secret]), user(active=secret), user(emails=secret)):
        for issue in sf.validate(document):
            assert secret not in str(issue) and secret not in repr(issue)


def test_the_walk_survives_more_than_it_reads() -> None:
    wide = {f"name-{number}": number for number in range(100_000)}
    assert len(_scimforge.copy(wide)) == 100_000
