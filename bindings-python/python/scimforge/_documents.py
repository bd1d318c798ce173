"""Work on schema documents: doubts about one, and what a new version means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from . import _scimforge
from .types import Document, Issue

__all__ = ["SchemaChange", "SchemaChanges", "lint_schema", "schema_changes"]


@dataclass(frozen=True)
class SchemaChange:
    """One difference between two versions of a schema.

    >>> import scimforge as sf
    >>> old = {"id": "urn:acme:Badge", "attributes": [{"name": "pin"}]}
    >>> [change] = sf.schema_changes(old, {**old, "attributes": []}).changes
    >>> change.path, change.what, change.verdict
    ('pin', 'attribute-removed', 'breaking')
    """

    path: str
    """The attribute, such as ``emails.type``; empty for the schema itself."""
    what: str
    """A stable word such as ``type-changed``."""
    verdict: Literal["compatible", "breaking"]
    """Whether clients of the old version can stumble over it."""
    reason: str
    """Why."""


@dataclass(frozen=True)
class SchemaChanges:
    """What a new version of a schema means for clients of the old one.

    >>> import scimforge as sf
    >>> badge = {"id": "urn:acme:Badge", "attributes": [{"name": "pin"}]}
    >>> sf.schema_changes(badge, badge)
    SchemaChanges(verdict='compatible', changes=[])
    """

    verdict: Literal["compatible", "breaking"]
    """``breaking`` if one of the changes is."""
    changes: list[SchemaChange]
    """Every difference."""


def lint_schema(document: Document) -> list[Issue]:
    """What is wrong or doubtful in a schema document.

    Also takes ``{"resourceType": {…}, "schemas": […]}``. Errors make the document unreadable,
    warnings are contradictions, advice is what is missing for people.

    >>> import scimforge as sf
    >>> pin = {"name": "pin", "description": "Opens doors", "mutability": "writeOnly"}
    >>> badge = {"id": "urn:acme:Badge", "description": "A badge", "attributes": [pin]}
    >>> [(issue.severity, issue.code) for issue in sf.lint_schema(badge)]
    [('advice', 'missing-schemas'), ('warning', 'readable-secret')]
    """
    return [Issue._of(issue) for issue in _scimforge.lint_schema(document)]


def schema_changes(old: Document, new: Document) -> SchemaChanges:
    """What a new version of a schema document means for clients of the old one.

    >>> import scimforge as sf
    >>> def badge(**pin):
    ...     return {"id": "urn:acme:Badge", "attributes": [{"name": "pin", **pin}]}
    >>> found = sf.schema_changes(badge(), badge(required=True))
    >>> found.verdict, [(change.path, change.what) for change in found.changes]
    ('breaking', [('pin', 'required-added')])
    """
    found = _scimforge.schema_changes(old, new)
    return SchemaChanges(found["verdict"], [SchemaChange(**change) for change in found["changes"]])
