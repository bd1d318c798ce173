"""What a PATCH did, or would do, and what undoes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .types import Bent

__all__ = [
    "ChangeReport",
    "Effect",
    "Inverse",
    "OperationReport",
    "PatchExplanation",
    "PatchResult",
    "Touched",
]

Effect = Literal["added", "replaced", "removed", "unchanged"]
"""What came of something; of several things ``"replaced"``, unless they went the same way."""


@dataclass(frozen=True)
class Touched:
    """A place that an operation changed.

    >>> import scimforge as sf
    >>> user = {"schemas": [sf.USER], "userName": "rosa"}
    >>> operation = {"op": "add", "path": "emails", "value": [{"value": "rosa@acme.test"}]}
    >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [operation]}
    >>> sf.explain_patch(user, patch).operations[0].changes[0].touched
    [Touched(pointer='/emails/0', effect='added')]
    """

    pointer: str
    """Where in the resource as the operation left it; what was removed, as it found it."""
    effect: Effect
    """What came of it."""


@dataclass(frozen=True)
class ChangeReport:
    """What an operation did to one attribute.

    >>> import scimforge as sf
    >>> user = {"schemas": [sf.USER], "userName": "rosa", "title": "Baker"}
    >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [{"op": "remove", "path": "TITLE"}]}
    >>> [change] = sf.explain_patch(user, patch).operations[0].changes
    >>> change.scim_path, change.effect, change.count
    ('title', 'removed', 1)
    """

    scim_path: str
    """The attribute as the schema spells it, without a filter."""
    effect: Effect
    """What came of it."""
    count: int
    """How many values changed."""
    touched: list[Touched]
    """Where; the first hundred places."""

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> ChangeReport:
        touched = [Touched(place["pointer"], place["effect"]) for place in data["touched"]]
        return cls(data["scimPath"], data["effect"], data["count"], touched)


@dataclass(frozen=True)
class OperationReport:
    """What one operation did, without any value.

    >>> import scimforge as sf
    >>> user = {"schemas": [sf.USER], "userName": "rosa", "active": True}
    >>> operation = {"op": "replace", "path": "active", "value": True}
    >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [operation]}
    >>> [report] = sf.apply_patch(user, patch, explain=True).operations
    >>> report.op, report.effect
    ('replace', 'unchanged')
    """

    op: Literal["add", "remove", "replace"]
    """Its kind."""
    effect: Effect
    """What came of it."""
    count: int
    """How many values it changed."""
    changes: list[ChangeReport]
    """Attribute by attribute; without a path there may be several."""
    trace: list[Bent]
    """What was bent to read and apply it."""

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> OperationReport:
        changes = [ChangeReport._of(change) for change in data["changes"]]
        trace = [Bent._of(entry) for entry in data["trace"]]
        return cls(data["op"], data["effect"], data["count"], changes, trace)


@dataclass(frozen=True)
class PatchResult:
    """What a PATCH made of a document.

    >>> import scimforge as sf
    >>> user = {"schemas": [sf.USER], "userName": "rosa"}
    >>> operation = {"op": "Add", "path": "title", "value": "Baker"}
    >>> result = sf.apply_patch(user, {"schemas": [sf.PATCH_OP], "Operations": [operation]})
    >>> result.resource["title"], result.changed, [bent.quirk for bent in result.trace]
    ('Baker', True, ['operationCase'])
    """

    resource: dict[str, Any]
    """The document afterwards; the one that was given is untouched."""
    changed: bool
    """Whether anything is different."""
    trace: list[Bent]
    """What the client sent otherwise than the RFC has it, and was understood all the same."""
    operations: list[OperationReport] | None = None
    """What each operation did, where that was asked for."""


@dataclass(frozen=True)
class PatchExplanation:
    """What a PATCH would do.

    >>> import scimforge as sf
    >>> user = {"schemas": [sf.USER], "userName": "rosa", "title": "Baker"}
    >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [{"op": "remove", "path": "nickName"}]}
    >>> sf.explain_patch(user, patch).changed
    False
    """

    changed: bool
    """Whether anything would be different."""
    operations: list[OperationReport]
    """One report an operation, in order."""
    trace: list[Bent]
    """What the client sent otherwise than the RFC has it."""


@dataclass(frozen=True)
class Inverse:
    """What undoes a PATCH.

    >>> import scimforge as sf
    >>> user = {"schemas": [sf.USER], "userName": "rosa"}
    >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [{"op": "remove", "path": "title"}]}
    >>> sf.inverse(user, patch)
    Inverse(patch=None, lost=[])
    """

    patch: dict[str, Any] | None
    """The message; ``None`` where there is nothing to undo."""
    lost: list[str]
    """The paths of what it does not bring back."""
