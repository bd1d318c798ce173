"""The Python package next to the libraries of others.

Before anything is timed, both sides have to agree on what comes out. What a peer does otherwise
is named in a note and timed for neither side.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from typing import Any

import scimforge as sf

from race import Table, Way

DATA = Path(os.environ["SCIMFORGE_PEERS"]) / "data"
USER = sf.schema("User")
STORED = "response"
"""The mode: users as a server stores and shows them."""


def lines(name: str, count: int | None = None) -> list[str]:
    with (DATA / name).open(encoding="utf-8") as file:
        return [line.rstrip("\n") for _, line in zip(range(count or 10**9), file)]


TEXTS = lines("users.ndjson", 1_000)
BYTES = [text.encode() for text in TEXTS]
DICTS = [json.loads(text) for text in TEXTS]
FILTERS = [json.loads(line) for line in lines("filters.ndjson")]
PATCHES = [line.encode() for line in lines("patches.ndjson")]
FEW = 12
"""Users for what a peer takes milliseconds for."""


def peer(distribution: str, module: str) -> tuple[str, Any]:
    """A name with its version, and the module; the reason in its place if it is not there."""
    try:
        return f"{distribution} {version(distribution)}", importlib.import_module(module)
    except ImportError as error:
        return distribution, f"{distribution} is not installed ({error})"


def run_all(table: Table) -> None:
    validate_bytes(table)
    validate_dicts(table)
    name, models = peer("scim2-models", "scim2_models")
    if isinstance(models, str):
        table.missing("parse and bind a filter", name, models)
        table.missing("PATCH, bytes to a dict", name, models)
        return
    # The generated people have hosts that nobody can register.
    importlib.import_module("email_validator").SPECIAL_USE_DOMAIN_NAMES.clear()
    filters(table, name, models)
    patches(table, name, models)


def validate_bytes(table: Table) -> None:
    works = ("validate bytes, all issues", "validate bytes, yes or no")
    name, orjson = peer("orjson", "orjson")
    if isinstance(orjson, str):
        for work in works:
            table.missing(work, name, orjson)
        return
    for user in BYTES:
        assert USER.validate(user, mode=STORED) == []

    def issues() -> None:
        for user in BYTES:
            USER.validate(user, mode=STORED)

    def answers() -> None:
        for user in BYTES:
            USER.is_valid(user, mode=STORED)

    def loads() -> None:
        for user in BYTES:
            orjson.loads(user)

    for work, ours in zip(works, (Way("validate", issues), Way("is_valid", answers))):
        table.add(work, ours, Way(f"{name}, loads", loads))


def validate_dicts(table: Table) -> None:
    work = "validate a dict, yes or no"
    name, jsonschema_rs = peer("jsonschema-rs", "jsonschema_rs")
    if isinstance(jsonschema_rs, str):
        return table.missing(work, name, jsonschema_rs)
    # By the JSON Schema that our schema is exported as. Formats are checked, as we check them.
    exported = USER.to_json_schema(mode=STORED)
    validator = jsonschema_rs.validator_for(exported, validate_formats=True)
    for user in DICTS:
        assert USER.is_valid(user, mode=STORED) and validator.is_valid(user)
    for wrong in ({"userName": 5}, {"active": "yes"}, {"meta": {"created": "yesterday"}}):
        user = {**DICTS[0], **wrong}
        assert not USER.is_valid(user, mode=STORED) and not validator.is_valid(user), wrong

    def ours() -> None:
        for user in DICTS:
            USER.is_valid(user, mode=STORED)

    def theirs() -> None:
        for user in DICTS:
            validator.is_valid(user)

    table.add(work, Way("is_valid", ours), Way(f"{name}, is_valid", theirs))


def filters(table: Table, name: str, models: Any) -> None:
    full = models.User[models.EnterpriseUser]
    parse = models.ScimFilter[full]
    # A server reads filters that it has not read before.
    forget = importlib.import_module("scim2_models.path.grammar")._cached_filter.cache_clear
    some = [full.model_validate(user) for user in DICTS[:200]]
    for text in FILTERS:
        mine = [USER.filter(text).matches(user) for user in DICTS[:200]]
        if mine != [parse(text).match(user) for user in some]:
            table.note(f"{name} finds other users by this filter: {text}")

    def ours() -> None:
        for text in FILTERS:
            USER.filter(text)

    def theirs() -> None:
        forget()
        for text in FILTERS:
            parse(text)

    table.add(
        "parse and bind a filter",
        Way("Schema.filter", ours),
        Way(f"{name}, none read before", theirs),
    )


def patches(table: Table, name: str, models: Any) -> None:
    full = models.User[models.EnterpriseUser]
    message = models.PatchOp[full]

    def ours(user: bytes, patch: bytes) -> dict[str, Any]:
        return USER.apply_patch(user, patch).resource

    def theirs(user: bytes, patch: bytes) -> dict[str, Any]:
        resource = full.model_validate_json(user)
        message.model_validate_json(patch).patch(resource)
        return resource.model_dump()

    same = [patch for patch in PATCHES if agree(table, name, patch, ours, theirs)]

    def pairs(count: int) -> Iterator[tuple[bytes, bytes]]:
        return zip(BYTES[:count], cycle(same))

    def run_ours() -> None:
        for user, patch in pairs(FEW):
            ours(user, patch)

    def run_theirs() -> None:
        for user, patch in pairs(FEW):
            theirs(user, patch)

    table.add(
        "PATCH, bytes to a dict",
        Way("apply_patch", run_ours),
        Way(f"{name}, validate, patch, dump", run_theirs),
    )


def agree(table: Table, name: str, patch: bytes, ours: Any, theirs: Any) -> bool:
    for user in BYTES[:FEW]:
        try:
            same = as_sets(ours(user, patch)) == as_sets(theirs(user, patch))
        except Exception as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            table.note(f"{name} refuses this PATCH ({reason}), timed without: {patch.decode()}")
            return False
        if not same:
            table.note(
                f"{name} makes another resource of this PATCH, timed without: {patch.decode()}"
            )
            return False
    return True


def as_sets(resource: dict[str, Any]) -> dict[str, Any]:
    """Dates are told in two ways by one instant."""
    text = json.dumps(resource, default=str).replace(".250000Z", ".250Z")
    return json.loads(text)


if __name__ == "__main__":
    table = Table()
    run_all(table)
    table.run()
