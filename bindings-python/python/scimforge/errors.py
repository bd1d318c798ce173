"""The exceptions. All of them can be pickled, and so cross process borders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from .types import Issue

__all__ = [
    "FilterError",
    "MigrationError",
    "PatchError",
    "SchemaError",
    "ScimError",
    "ValidationError",
]

_Self = TypeVar("_Self", bound="ScimError")


class ScimError(Exception):
    """A call that could not be done, with the issues that say why.

    >>> import scimforge as sf
    >>> try:
    ...     sf.filter('userName eqq "rosa"')
    ... except sf.ScimError as error:
    ...     print(error.code, error.scim_type, error.status, error.issues[0].span)
    unknown-operator invalidFilter 400 (9, 12)
    """

    issues: tuple[Issue, ...]
    """What is wrong, the most important first."""
    status: int
    """The HTTP status that answers it."""

    def __init__(self, issues: Iterable[Issue] = (), status: int = 400) -> None:
        self.issues = tuple(issues)
        self.status = status
        # These are what pickling calls the class with.
        super().__init__(self.issues, status)

    @property
    def code(self) -> str:
        """The code of the first issue.

        >>> import scimforge as sf
        >>> try:
        ...     sf.filter("")
        ... except sf.ScimError as error:
        ...     print(error.code)
        filter-empty
        """
        return self.issues[0].code if self.issues else ""

    @property
    def scim_type(self) -> str | None:
        """The ``scimType`` of the first issue.

        >>> import scimforge as sf
        >>> try:
        ...     sf.filter("title pr and")
        ... except sf.ScimError as error:
        ...     print(error.scim_type)
        invalidFilter
        """
        return self.issues[0].scim_type if self.issues else None

    @property
    def help(self) -> str | None:
        """What to do about the first issue.

        >>> import scimforge as sf
        >>> try:
        ...     sf.filter("titel pr", profile="strict")
        ... except sf.ScimError as error:
        ...     print(error.help)
        did you mean `title`?
        """
        return self.issues[0].help if self.issues else None

    def __str__(self) -> str:
        return "; ".join(map(str, self.issues)) or "the call failed"

    @classmethod
    def _of(cls: type[_Self], issues: Iterable[Mapping[str, Any]], status: int) -> _Self:
        return cls(map(Issue._of, issues), status)


class ValidationError(ScimError):
    """A document is not valid; :func:`scimforge.check` raises it.

    >>> import scimforge as sf
    >>> try:
    ...     sf.check({"schemas": [sf.USER]})
    ... except sf.ValidationError as error:
    ...     print(error)
    required at /userName: `userName` is required
    """


class SchemaError(ScimError):
    """A schema that is not one.

    >>> import scimforge as sf
    >>> try:
    ...     sf.schema({"resourceType": {}})
    ... except sf.SchemaError as error:
    ...     print(error.code)
    invalid-resource-type
    """


class FilterError(ScimError):
    """A filter that cannot be read, or does not fit the schema.

    >>> import scimforge as sf
    >>> try:
    ...     sf.filter("active gt true")
    ... except sf.FilterError as error:
    ...     print(error.code)
    operator-mismatch
    """


class PatchError(ScimError):
    """A PATCH that cannot be applied. The document is as it was.

    >>> import scimforge as sf
    >>> user = {"schemas": [sf.USER], "userName": "rosa"}
    >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [{"op": "remove", "path": "userName"}]}
    >>> try:
    ...     sf.apply_patch(user, patch)
    ... except sf.PatchError as error:
    ...     print(error.code)
    required-removed
    """

    @property
    def operation(self) -> int | None:
        """Which operation it was, counted from 0; ``None`` for the message as a whole.

        >>> import scimforge as sf
        >>> user = {"schemas": [sf.USER], "userName": "rosa"}
        >>> good, bad = {"op": "remove", "path": "title"}, {"op": "remove", "path": "titel"}
        >>> try:
        ...     sf.apply_patch(user, {"schemas": [sf.PATCH_OP], "Operations": [good, bad]})
        ... except sf.PatchError as error:
        ...     print(error.operation)
        1
        """
        for issue in self.issues:
            if "operation" in issue.params:
                return int(issue.params["operation"])
            if len(issue.path) > 1 and isinstance(issue.path[1], int):
                return issue.path[1]
        return None


class MigrationError(ScimError):
    """An input that cannot be migrated at all; single bad records are outcomes instead.

    >>> import scimforge as sf
    >>> try:
    ...     list(sf.read_ldif(b"a letter to the editor"))
    ... except sf.MigrationError as error:
    ...     print(error.code)
    no-records
    """
