"""Python objects read in place: the contract of nodes, and what is special about forms."""

from __future__ import annotations

import enum
import json
from typing import Any

import pytest

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


def test_places_in_a_trace_count_code_points() -> None:
    text = 'title eq "😀é" and active eq "True"'
    [bent] = sf.filter(text).trace
    assert bent.span == (text.index('"True"'), len(text))
    path = 'emails[display eq "😀é" and primary eq "True"]'
    message = {"schemas": [sf.PATCH_OP], "Operations": [{"op": "remove", "path": path}]}
    user = {"schemas": [sf.USER], "userName": "rosa"}
    for sent in (message, json.dumps(message)):
        first = sf.apply_patch(user, sent).trace[0]
        assert (first.pointer, first.span) == (
            "/Operations/0/path",
            (path.index('"True"'), len(path) - 1),
        )
        [told] = sf.explain_patch(user, sent).operations
        assert told.trace[0].span == first.span
        stored = sf.schema("User").document(user).apply_patch(sent, explain=True)
        assert stored.operations is not None
        assert stored.trace[0].span == stored.operations[0].trace[0].span == first.span
