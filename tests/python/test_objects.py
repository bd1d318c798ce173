"""Python objects read in place: the contract of nodes, and that every form says the same."""

from __future__ import annotations

import enum
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scimforge as sf
from scimforge import _scimforge


def test_the_walk_keeps_the_contract_of_nodes() -> None:
    assert _scimforge.conform(json.loads) > 10
    # Tuples are arrays, too.
    assert _scimforge.conform(lambda text: tupled(json.loads(text))) > 10


def tupled(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(tupled, value))
    return {key: tupled(item) for key, item in value.items()} if isinstance(value, dict) else value


class Colour(enum.IntEnum):
    RED = 3


class Loud(int):
    def __repr__(self) -> str:
        return "not a number"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (True, True),
        (1, 1),
        (10**40, 10**40),
        (-(2**63) - 1, -(2**63) - 1),
        (Colour.RED, 3),
        (Loud(10**30), 10**30),
        (1.0, 1.0),
        (5e-324, 5e-324),
        (1.7976931348623157e308, 1.7976931348623157e308),
        ("é😀\0", "é😀\0"),
        ({"b": 1, "a": [None]}, {"b": 1, "a": [None]}),
    ],
)
def test_values_come_back_as_they_were(given: Any, read: Any) -> None:
    copied = _scimforge.copy({"x": given})["x"]
    assert copied == read
    assert type(copied) in (type(read), int)
    if isinstance(read, dict):
        assert list(copied) == list(read)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=6), inner, max_size=4
        ).filter(lambda members: len({name.lower() for name in members}) == len(members))
    ),
    max_leaves=12,
)

# Documents near the schema find more than arbitrary ones.
VALUES = JSON | st.sampled_from(
    ["True", "rosa@north.test", "2026-03-01T09:30:00Z", "work", "en-GB", "NO", "AQID", sf.USER]
)
ELEMENTS = st.dictionaries(
    st.sampled_from(["value", "type", "primary", "display", "$ref", "VALUE2", "size"]),
    VALUES,
    max_size=4,
)
USERS = st.fixed_dictionaries(
    {"schemas": st.sampled_from([[sf.USER], [sf.USER, sf.ENTERPRISE_USER], [], [sf.USER, sf.USER]])},
    optional={
        "userName": VALUES,
        "ACTIVE": VALUES,
        "name": st.dictionaries(st.sampled_from(["givenName", "familyname", "x"]), VALUES) | VALUES,
        "emails": st.lists(ELEMENTS | VALUES, max_size=3) | VALUES,
        "x509Certificates": st.lists(ELEMENTS, max_size=2),
        "groups": st.lists(ELEMENTS, max_size=2),
        "password": VALUES,
        "meta": VALUES,
        sf.ENTERPRISE_USER: st.dictionaries(st.sampled_from(["department", "manager"]), VALUES)
        | VALUES,
        "unknown": VALUES,
    },
)


@settings(max_examples=300, deadline=None)
@given(USERS | JSON, st.sampled_from(["create", "replace", "patch", "response", "import"]))
def test_dict_text_and_bytes_give_the_same_issues(document: Any, mode: Any) -> None:
    text = json.dumps(document, ensure_ascii=False)
    schema = sf.schema("User")
    said = schema.validate(text, mode=mode)
    assert schema.validate(text.encode(), mode=mode) == said
    assert schema.validate(bytearray(text.encode()), mode=mode) == said
    assert schema.validate(memoryview(text.encode()), mode=mode) == said
    valid = all(issue.severity != "error" for issue in said)
    assert schema.is_valid(text, mode=mode) == valid
    # A str is always JSON text; whatever else is there is an object.
    if not isinstance(document, str):
        assert schema.validate(document, mode=mode) == said
        assert schema.is_valid(document, mode=mode) == valid


@settings(max_examples=100, deadline=None)
@given(USERS)
def test_dict_text_and_bytes_match_and_project_alike(document: Any) -> None:
    text = json.dumps(document, ensure_ascii=False)
    schema = sf.schema("User")
    staff = schema.filter('emails[type eq "work"] or userName sw "r" or active eq true')
    assert staff.matches(document) == staff.matches(text) == staff.matches(text.encode())
    assert schema.project(document) == schema.project(text) == schema.project(text.encode())


def test_free_functions_choose_by_the_document() -> None:
    group = {"SCHEMAS": [sf.GROUP.upper()], "displayName": "Bakers"}
    for form in (group, json.dumps(group), json.dumps(group).encode()):
        assert sf.is_valid(form), form
        assert not sf.validate(form)
        assert sf.project(form)["displayName"] == "Bakers"
        assert sf.validate_at(form, ["displayName"]) == []
    assert sf.validate({"schemas": [sf.GROUP]})[0].pointer == "/displayName"
    with pytest.raises(sf.ValidationError):
        sf.check({"schemas": [sf.USER]})


def test_spans_are_in_characters_for_text_and_in_bytes_for_bytes() -> None:
    text = '{"é😀": tru}'
    [by_text], [by_bytes] = sf.validate(text), sf.validate(text.encode())
    assert by_text.span is not None and by_bytes.span is not None
    assert text[by_text.span[0] :] == "tru}"
    assert text.encode()[by_bytes.span[0] :] == b"tru}"
    wrong = 'displayName eq "é😀" and ?'
    with pytest.raises(sf.FilterError) as caught:
        sf.filter(wrong)
    span = caught.value.issues[0].span
    assert span is not None and wrong[span[0] : span[1]] == "?"


def test_the_original_may_be_any_form() -> None:
    stored = {"schemas": [sf.USER], "id": "7", "userName": "rosa"}
    for original in (stored, json.dumps(stored), json.dumps(stored).encode()):
        assert sf.is_valid({**stored}, mode="replace", original=original)
