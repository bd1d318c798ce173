"""Documents that are read once, and sorting."""

from __future__ import annotations

import json
from typing import Any

import pytest

import scimforge as sf

USERS = sf.schema("User")
TEXT = json.dumps(
    {
        "schemas": [sf.USER],
        "userName": "rosa",
        "title": "é😀",
        "active": "True",
        "emails": [{"value": "r@x.test"}],
    },
    ensure_ascii=False,
)


def removal(path: str) -> dict[str, Any]:
    return {"schemas": [sf.PATCH_OP], "Operations": [{"op": "remove", "path": path}]}


def test_a_document_says_what_the_schema_says_of_its_text() -> None:
    rosa = USERS.document(TEXT)
    assert str(rosa) == TEXT
    assert rosa.to_dict() == json.loads(TEXT)
    assert rosa.validate() == USERS.validate(TEXT)
    span = rosa.validate()[0].span
    assert span is not None and TEXT[slice(*span)] == '"True"'
    assert not rosa.is_valid() and rosa.is_valid(profile="lenient")
    assert rosa.matches(sf.filter('userName eq "ROSA"'))
    assert not rosa.matches(USERS.filter("nickName pr"))
    assert rosa.project(attributes=["userName"]) == USERS.project(TEXT, attributes=["userName"])
    assert "rosa" not in repr(rosa)


def test_places_are_those_of_the_text_that_was_given_or_none() -> None:
    data = TEXT.encode()
    span = USERS.document(data).validate()[0].span
    assert span is not None and data[slice(*span)] == b'"True"'
    assert USERS.document(json.loads(TEXT)).validate()[0].span is None


def test_a_patch_leaves_the_document_as_it_is() -> None:
    rosa = USERS.document(TEXT)
    result = rosa.apply_patch(removal("title"))
    assert result.changed and "title" not in result.resource
    assert str(rosa) == TEXT
    assert result == USERS.apply_patch(TEXT, removal("title"))
    told = rosa.apply_patch(removal("title"), explain=True).operations
    assert told is not None and told[0].effect == "removed"
    path = "emails[value é 1]"
    with pytest.raises(sf.PatchError) as caught:
        rosa.apply_patch(removal(path))
    span = caught.value.issues[0].span
    assert span is not None and path[span[0] :].startswith("é")


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(sf.ScimError) as caught:
        USERS.document("{")
    assert caught.value.code == "invalid-json"


def test_values_of_every_kind_are_sorted() -> None:
    zoe = {"id": "3", "userName": "zoe"}
    adam = '{"id":"1","userName":"Adam"}'
    mira = b'{"id":"2","userName":"mira"}'
    nobody = USERS.document({"id": "0"})
    kinds: list[Any] = [zoe, adam, mira, nobody]
    assert USERS.sort(kinds, sort_by="userName") == [adam, mira, zoe, nobody]
    downwards = USERS.sort(iter(kinds), sort_by="USERNAME", sort_order="descending")
    assert downwards == [nobody, zoe, mira, adam]
    dicts = [zoe, {"id": "2", "userName": "mira"}]
    assert USERS.sort(dicts, sort_by="userName") == dicts[::-1]
    assert USERS.sort(kinds, sort_by="shoeSize") == kinds
    with pytest.raises(sf.ScimError) as caught:
        USERS.sort(kinds, sort_by="shoeSize", profile="strict")
    assert caught.value.code == "unknown-attribute"
    with pytest.raises(sf.ScimError) as caught:
        USERS.sort([adam, "{"], sort_by="userName")
    assert caught.value.issues[0].pointer == "/1"
