"""Documents that are read once and asked often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import _scimforge
from ._filter import Filter
from ._patch import OperationReport, PatchResult
from .types import Bent, Document, Issue, Limits, Mode, Profile

__all__ = ["ScimDocument"]


class ScimDocument:
    """A document that was read for a schema; made by :meth:`Schema.document`. It never changes.

    Validation, filters, projection and PATCH work on its text where it lies.

    >>> import scimforge as sf
    >>> rosa = sf.schema("User").document('{"userName": "rosa", "title": "Baker"}')
    >>> rosa.matches(sf.filter('title eq "baker"'))
    True
    >>> rosa.project(attributes=["title"])
    {'title': 'Baker'}
    """

    __slots__ = ("_native",)

    def __init__(self, native: _scimforge.StoredDocument) -> None:
        self._native = native

    def validate(
        self,
        *,
        mode: Mode = "create",
        profile: Profile | None = None,
        original: Document | None = None,
        max_issues: int | None = None,
    ) -> list[Issue]:
        """Everything that is wrong with it; see :meth:`Schema.validate`.

        >>> import scimforge as sf
        >>> rosa = sf.schema("User").document('{"userName": "rosa"}')
        >>> [issue.code for issue in rosa.validate()]
        ['missing-schemas']
        """
        found = self._native.validate(mode, profile, original, max_issues)
        return [] if found is None else [Issue._of(issue) for issue in found]

    def is_valid(
        self,
        *,
        mode: Mode = "create",
        profile: Profile | None = None,
        original: Document | None = None,
    ) -> bool:
        """Whether it has no error.

        >>> import scimforge as sf
        >>> sf.schema("User").document('{"userName": "rosa"}').is_valid(profile="lenient")
        True
        """
        return self._native.is_valid(mode, profile, original)

    def matches(self, filter: Filter) -> bool:
        """Whether it fits a filter.

        >>> import scimforge as sf
        >>> sf.schema("User").document('{"active": true}').matches(sf.filter("active eq false"))
        False
        """
        return self._native.matches(filter._native)

    def project(
        self,
        *,
        attributes: Sequence[str] | None = None,
        excluded_attributes: Sequence[str] | None = None,
        profile: Profile | None = None,
    ) -> dict[str, Any]:
        """What is shown of it; see :meth:`Schema.project`.

        >>> import scimforge as sf
        >>> rosa = sf.schema("User").document('{"password": "s3cret", "USERNAME": "rosa"}')
        >>> rosa.project()
        {'userName': 'rosa'}
        """
        # A text would be taken for its letters.
        only = [attributes] if isinstance(attributes, str) else attributes
        without = [excluded_attributes] if isinstance(excluded_attributes, str) else excluded_attributes
        return self._native.project(only and list(only), without and list(without), profile)

    def apply_patch(
        self,
        patch: Document,
        *,
        profile: Profile | None = None,
        limits: Limits | None = None,
        explain: bool = False,
        max_member_loss: int | None = None,
    ) -> PatchResult:
        """Applies a PATCH message; this document stays as it is. See :meth:`Schema.apply_patch`.

        >>> import scimforge as sf
        >>> rosa = sf.schema("User").document('{"userName": "rosa", "title": "Baker"}')
        >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [{"op": "remove", "path": "title"}]}
        >>> rosa.apply_patch(patch).resource
        {'userName': 'rosa'}
        """
        result = self._native.apply_patch(patch, profile, limits, explain, max_member_loss)
        told = result.get("operations")
        return PatchResult(
            result["resource"],
            result["changed"],
            [Bent._of(entry) for entry in result["trace"]],
            None if told is None else [OperationReport._of(report) for report in told],
        )

    def to_dict(self) -> dict[str, Any]:
        """The document as an object.

        >>> import scimforge as sf
        >>> sf.schema("User").document('{"userName": "rosa"}').to_dict()
        {'userName': 'rosa'}
        """
        return self._native.to_dict()

    def __str__(self) -> str:
        return str(self._native)

    def __repr__(self) -> str:
        return f"<ScimDocument of {len(str(self))} characters>"
