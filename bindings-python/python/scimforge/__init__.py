"""SCIM 2.0: validation, filters, PATCH, a server in memory, and migration from directories.

Documents are plain dicts, JSON text or JSON bytes.

>>> import scimforge as sf
>>> rosa = {"schemas": [sf.USER], "userName": "rosa", "emails": [{"value": "rosa@acme.test"}]}
>>> sf.validate(rosa)
[]
>>> sf.filter('emails.value ew "acme.test"').matches(rosa)
True
"""

from typing import Any

from . import _scimforge
from .errors import (
    FilterError,
    MigrationError,
    PatchError,
    SchemaError,
    ScimError,
    ValidationError,
)
from .migration import Migration, MigrationRun, Outcome, migrate, posix_schema, read_ldif
from ._document import ScimDocument
from ._filter import Filter
from ._schema import (
    ENTERPRISE_USER,
    GROUP,
    PATCH_OP,
    USER,
    EmittedPatch,
    EmittedResource,
    Schema,
)
from ._functions import (
    apply_patch,
    check,
    filter,
    filter_from,
    is_valid,
    explain_patch,
    inverse,
    diff,
    project,
    schema,
    validate,
    validate_at,
)
from ._patch import ChangeReport, Inverse, OperationReport, PatchExplanation, PatchResult, Touched
from ._documents import SchemaChange, SchemaChanges, lint_schema, schema_changes
from .server import MemoryServer, Response, security_event
from .types import Bent, EnterpriseUser, Explanation, Group, Issue, Limits, User

__version__ = _scimforge.version()

__all__ = [
    "ENTERPRISE_USER",
    "GROUP",
    "PATCH_OP",
    "USER",
    "Bent",
    "ChangeReport",
    "EmittedPatch",
    "EmittedResource",
    "EnterpriseUser",
    "Explanation",
    "Filter",
    "FilterError",
    "ScimDocument",
    "Group",
    "Inverse",
    "Issue",
    "Limits",
    "MemoryServer",
    "Migration",
    "MigrationError",
    "MigrationRun",
    "OperationReport",
    "Outcome",
    "PatchError",
    "PatchExplanation",
    "PatchResult",
    "Response",
    "Schema",
    "SchemaChange",
    "SchemaChanges",
    "SchemaError",
    "ScimError",
    "Touched",
    "User",
    "ValidationError",
    "apply_patch",
    "check",
    "codes",
    "filter",
    "filter_from",
    "is_valid",
    "lint_schema",
    "migrate",
    "posix_schema",
    "profiles",
    "explain_patch",
    "inverse",
    "diff",
    "project",
    "read_ldif",
    "schema",
    "schema_changes",
    "security_event",
    "validate",
    "validate_at",
]


def codes() -> list[dict[str, Any]]:
    """Every issue code there is, with its message, help, status and ``scimType``.

    >>> import scimforge as sf
    >>> "unknown-attribute" in {row["code"] for row in sf.codes()}
    True
    """
    return _scimforge.codes()


def profiles() -> dict[str, list[str]]:
    """The named profiles, and the quirks of each: what it tolerates, and how it writes.

    >>> import scimforge as sf
    >>> sf.profiles()["strict"]
    []
    """
    return _scimforge.profiles()
