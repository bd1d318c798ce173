"""What is done with documents of the built-in schemas, or of one that is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import _scimforge
from ._filter import Filter
from ._patch import Inverse, PatchExplanation, PatchResult
from ._schema import Schema
from .types import Document, Issue, Limits, Mode, Profile

__all__ = [
    "apply_patch",
    "check",
    "diff",
    "explain_patch",
    "filter",
    "filter_from",
    "inverse",
    "is_valid",
    "project",
    "schema",
    "validate",
    "validate_at",
]

_by_document = Schema(_scimforge.Schema.by_document())


def schema(source: str | Document) -> Schema:
    """A schema to work with.

    ``source`` names a built-in resource type (``User``, which has the enterprise extension,
    ``Group``, ``ServiceProviderConfig``, ``ResourceType``, ``Schema``), or holds the documents of
    your own: ``{"resourceType": {…}, "schemas": [{…}]}``, as ``/ResourceTypes`` and ``/Schemas``
    serve them.

    >>> import scimforge as sf
    >>> sf.schema("User").is_valid({"schemas": [sf.USER], "userName": "rosa"})
    True
    """
    if isinstance(source, str) and not source.lstrip().startswith("{"):
        return Schema(_scimforge.Schema.named(source))
    return Schema(_scimforge.Schema.from_documents(source))


def validate(
    value: Document,
    *,
    mode: Mode = "create",
    profile: Profile | None = None,
    original: Document | None = None,
    max_issues: int | None = None,
    limits: Limits | None = None,
) -> list[Issue]:
    """:meth:`Schema.validate` by the built-in schema that the document's ``schemas`` name.

    >>> import scimforge as sf
    >>> [str(issue) for issue in sf.validate({"schemas": [sf.USER]})]
    ['required at /userName: `userName` is required']
    """
    return _by_document.validate(
        value,
        mode=mode,
        profile=profile,
        original=original,
        max_issues=max_issues,
        limits=limits,
    )


def is_valid(
    value: Document,
    *,
    mode: Mode = "create",
    profile: Profile | None = None,
    original: Document | None = None,
    limits: Limits | None = None,
) -> bool:
    """:meth:`Schema.is_valid` by the built-in schema that the document's ``schemas`` name.

    >>> import scimforge as sf
    >>> sf.is_valid({"schemas": [sf.GROUP], "displayName": "Bakers"})
    True
    """
    return _by_document.is_valid(
        value, mode=mode, profile=profile, original=original, limits=limits
    )


def check(
    value: Document,
    *,
    mode: Mode = "create",
    profile: Profile | None = None,
    original: Document | None = None,
) -> None:
    """:meth:`Schema.check` by the built-in schema that the document's ``schemas`` name.

    >>> import scimforge as sf
    >>> sf.check({"schemas": [sf.USER], "userName": "rosa"})
    """
    _by_document.check(value, mode=mode, profile=profile, original=original)


def validate_at(
    value: Document,
    path: str | Sequence[str | int],
    *,
    mode: Mode = "create",
    profile: Profile | None = None,
    original: Document | None = None,
    limits: Limits | None = None,
) -> list[Issue]:
    """:meth:`Schema.validate_at` by the built-in schema that the document's ``schemas`` name.

    >>> import scimforge as sf
    >>> typed = {"schemas": [sf.GROUP], "displayName": 7}
    >>> [issue.code for issue in sf.validate_at(typed, "/displayName")]
    ['wrong-type']
    """
    return _by_document.validate_at(
        value, path, mode=mode, profile=profile, original=original, limits=limits
    )


def filter(
    text: str,
    *,
    schema: str | Schema | Document = "User",
    profile: Profile | None = None,
    limits: Limits | None = None,
) -> Filter:
    """:meth:`Schema.filter` for users, or for the schema that is named or given.

    >>> import scimforge as sf
    >>> sf.filter('displayName sw "B"', schema="Group").matches({"displayName": "Bakers"})
    True
    """
    return _schema_of(schema).filter(text, profile=profile, limits=limits)


def filter_from(
    expression: Mapping[str, Any] | str | bytes,
    *,
    schema: str | Schema | Document = "User",
    profile: Profile | None = None,
    limits: Limits | None = None,
) -> Filter:
    """:meth:`Schema.filter_from` for users, or for the schema that is named or given.

    >>> import scimforge as sf
    >>> tree = {"not": {"attribute": "title", "operator": "pr"}}
    >>> str(sf.filter_from(tree))
    'not (title pr)'
    """
    return _schema_of(schema).filter_from(expression, profile=profile, limits=limits)


def _schema_of(source: str | Schema | Document) -> Schema:
    return source if isinstance(source, Schema) else schema(source)


def apply_patch(
    document: Document,
    patch: Document,
    *,
    profile: Profile | None = None,
    limits: Limits | None = None,
    explain: bool = False,
    max_member_loss: int | None = None,
) -> PatchResult:
    """:meth:`Schema.apply_patch` by the built-in schema that the document's ``schemas`` name.

    >>> import scimforge as sf
    >>> group = {"schemas": [sf.GROUP], "displayName": "Bakers", "members": [{"value": "u-1"}]}
    >>> operation = {"op": "remove", "path": 'members[value eq "u-1"]'}
    >>> result = sf.apply_patch(group, {"schemas": [sf.PATCH_OP], "Operations": [operation]})
    >>> "members" in result.resource, "members" in group
    (False, True)
    """
    return _by_document.apply_patch(
        document,
        patch,
        profile=profile,
        limits=limits,
        explain=explain,
        max_member_loss=max_member_loss,
    )


def explain_patch(
    document: Document,
    patch: Document,
    *,
    profile: Profile | None = None,
    limits: Limits | None = None,
    max_member_loss: int | None = None,
) -> PatchExplanation:
    """:meth:`Schema.explain_patch` by the built-in schema that ``schemas`` names.

    >>> import scimforge as sf
    >>> group = {"schemas": [sf.GROUP], "displayName": "Bakers", "members": [{"value": "u-1"}]}
    >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [{"op": "remove", "path": "members"}]}
    >>> sf.explain_patch(group, patch).operations[0].count
    1
    """
    return _by_document.explain_patch(
        document, patch, profile=profile, limits=limits, max_member_loss=max_member_loss
    )


def inverse(
    document: Document,
    patch: Document,
    *,
    profile: Profile | None = None,
    limits: Limits | None = None,
) -> Inverse:
    """:meth:`Schema.inverse` by the built-in schema that the document's ``schemas`` name.

    >>> import scimforge as sf
    >>> group = {"schemas": [sf.GROUP], "displayName": "Bakers"}
    >>> operation = {"op": "replace", "path": "displayName", "value": "Cooks"}
    >>> undo = sf.inverse(group, {"schemas": [sf.PATCH_OP], "Operations": [operation]})
    >>> undo.patch["Operations"][0]["value"]
    'Bakers'
    """
    return _by_document.inverse(document, patch, profile=profile, limits=limits)


def diff(old: Document, new: Document) -> dict[str, Any] | None:
    """:meth:`Schema.diff` by the built-in schema that the old document's ``schemas`` name.

    >>> import scimforge as sf
    >>> old = {"schemas": [sf.GROUP], "displayName": "Bakers"}
    >>> sf.diff(old, {**old, "displayName": "Cooks"})["Operations"]
    [{'op': 'replace', 'path': 'displayName', 'value': 'Cooks'}]
    """
    return _by_document.diff(old, new)


def project(
    document: Document,
    *,
    attributes: Sequence[str] | None = None,
    excluded_attributes: Sequence[str] | None = None,
    profile: Profile | None = None,
) -> dict[str, Any]:
    """:meth:`Schema.project` by the built-in schema that the document's ``schemas`` name.

    >>> import scimforge as sf
    >>> user = {"schemas": [sf.USER], "id": "7", "userName": "rosa", "password": "s3cret"}
    >>> sorted(sf.project(user))
    ['id', 'schemas', 'userName']
    """
    return _by_document.project(
        document,
        attributes=attributes,
        excluded_attributes=excluded_attributes,
        profile=profile,
    )
