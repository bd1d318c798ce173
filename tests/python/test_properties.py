"""What holds for whatever comes in.

A failure prints the seed beside the smallest case; SCIMFORGE_SEED and SCIMFORGE_RUNS look
elsewhere and longer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

import scimforge as sf

SEED = int(os.environ.get("SCIMFORGE_SEED", "20260301"))
RUNS = int(os.environ.get("SCIMFORGE_RUNS", "150"))
USER = sf.schema("User")


def holds_for(*strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """A property as a test, the same cases each time."""

    def decorate(check: Callable[..., None]) -> Any:
        @seed(SEED)
        @settings(
            max_examples=RUNS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.tuples(*strategies))
        def test(drawn: tuple[Any, ...]) -> None:
            note(f"SCIMFORGE_SEED={SEED}")
            check(*drawn)

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


# -- documents: near the schema they find more than arbitrary ones --

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXT, inner, max_size=4).filter(
            lambda members: len({name.lower() for name in members}) == len(members)
        )
    ),
    max_leaves=12,
)
VALUES = JSON | st.sampled_from(
    ["True", "rosa@north.test", "2026-03-01T09:30:00Z", "work", "en-GB", "NO", "AQID", sf.USER]
)
ELEMENTS = st.dictionaries(
    st.sampled_from(["value", "type", "primary", "display", "$ref", "VALUE2", "size"]),
    VALUES,
    max_size=4,
)
USERS = st.fixed_dictionaries(
    {
        "schemas": st.sampled_from(
            [[sf.USER], [sf.USER, sf.ENTERPRISE_USER], [], [sf.USER, sf.USER]]
        )
    },
    optional={
        "id": VALUES,
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
DOCUMENTS = USERS | JSON
MODES = st.sampled_from(["create", "replace", "patch", "response", "import"])


def forms(document: Any) -> list[Any]:
    text = json.dumps(document, ensure_ascii=False)
    data = text.encode()
    texts = [text, data, bytearray(data), memoryview(data)]
    # A str is always JSON text; whatever else is there is an object.
    return texts if isinstance(document, str) else [document, tupled(document), *texts]


def tupled(value: Any) -> Any:
    """Every list as the other sequence that is an array."""
    if isinstance(value, list):
        return tuple(map(tupled, value))
    return {key: tupled(item) for key, item in value.items()} if isinstance(value, dict) else value


def outcome(run: Callable[[], Any]) -> Any:
    """What a call gives, or raises; never anything but a ScimError."""
    try:
        return run()
    except sf.ScimError as error:
        # Places in a text are told in its own units.
        return [(issue.code, issue.pointer, issue.params) for issue in error.issues]


def alike(document: Any, run: Callable[[Any], Any]) -> Any:
    first, *rest = (outcome(lambda: run(form)) for form in forms(document))
    for other in rest:
        assert other == first
    return first


@holds_for(DOCUMENTS, MODES)
def test_dict_text_and_bytes_have_the_same_issues(document: Any, mode: Any) -> None:
    said = alike(document, lambda form: placeless(USER.validate(form, mode=mode)))
    valid = all(issue.severity != "error" for issue in said)
    assert alike(document, lambda form: USER.is_valid(form, mode=mode)) == valid
    at = alike(document, lambda form: placeless(USER.validate_at(form, "/emails", mode=mode)))
    assert all(issue in said for issue in at)

    text = json.dumps(document, ensure_ascii=False)
    data = text.encode()
    spans = [issue.span for issue in USER.validate(text, mode=mode)]
    in_bytes = [issue.span for issue in USER.validate(data, mode=mode)]
    assert [span and text[slice(*span)] for span in spans] == [
        span and data[slice(*span)].decode() for span in in_bytes
    ]


def placeless(issues: list[sf.Issue]) -> list[sf.Issue]:
    """Places in a text are told in its own units, and an object has none."""
    return [replace(issue, span=None) for issue in issues]


FILTERS = [
    USER.filter(text)
    for text in (
        'emails[type eq "work" and not (value pr)] or userName sw "r"',
        "active eq true and title pr",
        'name.familyName gt "k" or meta.created ge "2026-01-01T00:00:00Z"',
        f'{sf.ENTERPRISE_USER}:manager.value ne "7" and id ne null',
    )
]


@holds_for(DOCUMENTS, st.sampled_from(FILTERS))
def test_dict_text_and_bytes_match_alike(document: Any, filter: sf.Filter) -> None:
    alike(document, filter.matches)


NAMES = st.lists(
    st.sampled_from(
        ["userName", "name.familyName", "emails.value", "emails", "schemas", "password", "groups"]
        + [f"{sf.ENTERPRISE_USER}:manager", "meta.version"]
    ),
    max_size=4,
)
PROJECTIONS = (
    st.just({})
    | st.builds(dict, attributes=NAMES)
    | st.builds(dict, excluded_attributes=NAMES)
)


@holds_for(DOCUMENTS, PROJECTIONS)
def test_a_projection_is_its_own_projection(document: Any, options: Any) -> None:
    projected = alike(document, lambda form: USER.project(form, **options))
    if isinstance(projected, dict):
        assert USER.project(projected, **options) == projected


# -- a diff --

WORDS = st.sampled_from(["a", "b", "B", 'x"y\\z]', "é"])
EMAILS = st.tuples(
    # A list is a set: what is there twice, but for case, is there once.
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={"value": WORDS, "type": st.sampled_from(["work", "home"]), "display": WORDS},
        ),
        max_size=4,
        unique_by=lambda email: json.dumps(email, sort_keys=True).lower(),
    ),
    st.integers(0, 5),
).map(
    lambda drawn: [
        {**email, "primary": True} if place == drawn[1] else email
        for place, email in enumerate(drawn[0])
    ]
)
RIGHT_USERS = st.fixed_dictionaries(
    {"schemas": st.just([sf.USER, sf.ENTERPRISE_USER]), "userName": st.just("rosa")},
    optional={
        "title": WORDS,
        "active": st.booleans(),
        "name": st.fixed_dictionaries({}, optional={"givenName": WORDS, "familyName": WORDS}),
        "emails": EMAILS,
        sf.ENTERPRISE_USER: st.fixed_dictionaries(
            {"department": WORDS},
            optional={"manager": st.fixed_dictionaries({"value": WORDS})},
        ),
    },
)


@holds_for(RIGHT_USERS, RIGHT_USERS)
def test_a_diff_applied_to_the_old_makes_the_new(old: Any, new: Any) -> None:
    message = USER.diff(old, new)
    made = old if message is None else USER.apply_patch(old, message, profile="strict").resource
    assert USER.diff(made, new) is None
    assert USER.diff(new, made) is None
    for before, after in zip(forms(old), reversed(forms(new))):
        assert USER.diff(before, after) == message


# -- nothing but a ScimError --

PATHS = WORDS | st.sampled_from(
    ["emails", 'emails[type eq "work"].value', "name.givenName", "members[", "9"]
)
OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "Replace", "remove"]) | JSON,
        "path": PATHS | JSON,
        "value": VALUES,
    },
)
MESSAGES = (
    st.fixed_dictionaries(
        {"schemas": st.just([sf.PATCH_OP]), "Operations": st.lists(OPERATIONS, max_size=3)}
    )
    | JSON
)


@holds_for(DOCUMENTS, MESSAGES)
def test_a_patch_of_any_form_gives_the_same_or_fails_the_same(document: Any, patch: Any) -> None:
    first = forms(patch)[0]
    alike(document, lambda form: USER.apply_patch(form, first))
    user = {"schemas": [sf.USER], "userName": "rosa"}
    alike(patch, lambda form: USER.apply_patch(user, form))
    assert user == {"schemas": [sf.USER], "userName": "rosa"}


ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "name": WORDS | JSON,
        "type": st.sampled_from(["string", "complex", "kiln"]) | JSON,
        "multiValued": JSON,
        "subAttributes": JSON,
    },
)
SCHEMAS = st.fixed_dictionaries(
    {}, optional={"id": st.just("urn:acme:Kiln") | JSON, "attributes": st.lists(ATTRIBUTES) | JSON}
)
ANYTHING = (
    DOCUMENTS
    | MESSAGES
    | SCHEMAS
    | st.fixed_dictionaries({"resourceType": JSON, "schemas": st.lists(SCHEMAS, max_size=2)})
)


@holds_for(ANYTHING, ANYTHING, TEXT | st.sampled_from(["emails[type", "not (", ""]))
def test_whatever_is_not_understood_is_a_scim_error(given: Any, other: Any, text: str) -> None:
    for form in (*forms(given), text, text.encode()):
        calls: list[Callable[[], Any]] = [
            lambda: sf.schema(form),
            lambda: USER.validate(form, original=other),
            lambda: USER.validate_at(form, text),
            lambda: USER.filter(text).matches(form),
            lambda: USER.apply_patch(form, other),
            lambda: USER.diff(form, other),
            lambda: USER.project(form, attributes=[text]),
            lambda: sf.lint_schema(form),
            lambda: sf.schema_changes(form, other),
        ]
        for call in calls:
            outcome(call)


# Python has more than JSON: the walk refuses it, or reads it, and raises nothing of its own.
OBJECTS = st.recursive(
    VALUES
    | st.floats()
    | st.complex_numbers()
    | st.binary(max_size=4)
    | st.dates()
    | st.text(st.characters(categories=["Cs"]), max_size=2)
    | st.sets(st.integers(), max_size=2)
    | st.just(object()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.none() | st.integers() | TEXT, inner, max_size=3)
    ),
    max_leaves=8,
)


ODD_USERS = st.fixed_dictionaries(
    {"schemas": st.just([sf.USER])},
    optional={"userName": OBJECTS, "emails": OBJECTS, "x": OBJECTS},
)


@holds_for(ODD_USERS | OBJECTS)
def test_objects_that_no_json_has_raise_nothing_else(document: Any) -> None:
    outcome(lambda: USER.validate(document))
    outcome(lambda: USER.is_valid(document))
    outcome(lambda: FILTERS[0].matches(document))
    outcome(lambda: USER.project(document))
    outcome(lambda: USER.apply_patch(document, document))
    outcome(lambda: USER.diff(document, document))


@holds_for(st.binary(max_size=40))
def test_bytes_that_are_no_text_or_no_json_are_an_issue(data: bytes) -> None:
    outcome(lambda: USER.validate(data))
    outcome(lambda: FILTERS[0].matches(data))
    outcome(lambda: USER.apply_patch(data, data))
    outcome(lambda: USER.project(data))
