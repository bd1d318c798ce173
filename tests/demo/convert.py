"""Step 1: an LDIF export becomes SCIM users and groups."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import scimforge as sf

POSIX = sf.posix_schema()


class Unusable(Exception):
    """A file that the demo can do nothing with; the text says why."""


@dataclass
class Converted:
    """What a file gave."""

    resources: list[sf.Outcome]
    rejected: list[sf.Outcome]
    report: dict[str, Any]
    errors: list[tuple[sf.Outcome, sf.Issue]]
    """Resources that are not valid, and why."""
    advice: Counter[str]
    """Lighter findings of validation, by code."""


def documents() -> dict[str, Any]:
    """Our users: those of RFC 7643 with one more extension, as a server would serve them."""
    documents = sf.schema("User").to_dict()
    extension = {"schema": POSIX["id"], "required": False}
    documents["resourceType"].setdefault("schemaExtensions", []).append(extension)
    documents["schemas"].append(POSIX)
    return documents


def check(path: Path) -> None:
    """Says at once what need not be tried."""
    try:
        if path.is_dir():
            raise Unusable(f"{path} is a folder, not an LDIF file")
        with path.open("rb") as file:
            if not file.read(1):
                raise Unusable(f"{path} is empty")
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> Unusable:
    return Unusable(f"cannot read {path}: {(error.strerror or str(error)).lower()}")


def convert(path: Path, progress: Any = None) -> Converted:
    """Converts a file, and validates every resource as an import."""
    schemas = {"User": sf.schema(documents()), "Group": sf.schema("Group")}
    found = Converted([], [], {}, [], Counter())
    try:
        # Expiry dates are held against today.
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        run = sf.read_ldif(path, progress=progress, now=now)
        for outcome in run:
            if outcome.outcome == "rejected":
                found.rejected.append(outcome)
            if outcome.resource is None or outcome.type is None:
                continue
            # So that the next run finds what this one made.
            outcome.resource.setdefault("externalId", outcome.key)
            found.resources.append(outcome)
            for issue in schemas[outcome.type].validate(outcome.resource, mode="import"):
                if issue.severity == "error":
                    found.errors.append((outcome, issue))
                else:
                    found.advice[issue.code] += 1
        found.report = run.report
    except OSError as error:
        raise unreadable(path, error) from error
    except sf.MigrationError as error:
        hint = f" ({error.help})" if error.help else ""
        raise Unusable(f"{path} cannot be migrated: {error}{hint}") from error
    return found
