"""Schemas and what is done with them: validation, filters, PATCH, projection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from . import _scimforge
from ._document import ScimDocument
from ._filter import Filter
from ._patch import Inverse, OperationReport, PatchExplanation, PatchResult
from .errors import ValidationError
from .types import Bent, Document, Issue, Limits, Mode, Profile

__all__ = [
    "ENTERPRISE_USER",
    "GROUP",
    "PATCH_OP",
    "USER",
    "EmittedPatch",
    "EmittedResource",
    "Schema",
]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

_Sorted = TypeVar("_Sorted")


@dataclass(frozen=True)
class EmittedResource:
    """What a server is sent for a resource.

    >>> import scimforge as sf
    >>> group = {"schemas": [sf.GROUP], "displayName": "Bakers", "meta": {"version": "3"}}
    >>> emitted = sf.schema("Group").emit(group, profile="okta")
    >>> sorted(emitted.resource), emitted.messages
    (['displayName', 'schemas'], [])
    """

    resource: dict[str, Any]
    """The body of the POST or PUT."""
    messages: list[dict[str, Any]]
    """PATCH messages that must follow it: members beyond those that a create may have."""
    trace: list[Bent]
    """What is otherwise than it was given."""


@dataclass(frozen=True)
class EmittedPatch:
    """What a server is sent for a change.

    >>> import scimforge as sf
    >>> operation = {"op": "replace", "path": "active", "value": False}
    >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [operation]}
    >>> sf.schema("User").emit_patch(patch, profile="entra").messages[0]["Operations"][0]["op"]
    'Replace'
    """

    messages: list[dict[str, Any]]
    """To be sent one after the other; none where nothing is to change."""
    trace: list[Bent]
    """What is otherwise than it was given."""


class Schema:
    """A resource type with its schemas, compiled; made by :func:`schema`. Threads may share it.

    >>> import scimforge as sf
    >>> groups = sf.schema("Group")
    >>> [issue.pointer for issue in groups.validate({"schemas": [sf.GROUP]})]
    ['/displayName']
    """

    __slots__ = ("_native",)

    def __init__(self, native: _scimforge.Schema) -> None:
        self._native = native

    def validate(
        self,
        value: Document,
        *,
        mode: Mode = "create",
        profile: Profile | None = None,
        original: Document | None = None,
        max_issues: int | None = None,
        limits: Limits | None = None,
    ) -> list[Issue]:
        """Everything that is wrong with a document; an empty list when nothing is.

        ``profile`` is ``"rfc"`` by default. ``original`` is the stored document, for the modes
        ``replace`` and ``patch``. JSON that cannot be read is an issue like any other.

        >>> import scimforge as sf
        >>> user = sf.schema("User")
        >>> user.validate({"schemas": [sf.USER], "userName": "rosa"})
        []
        >>> [issue.code for issue in user.validate('{"schemas": [')]
        ['invalid-json']
        """
        found = self._native.validate(value, mode, profile, original, limits, max_issues)
        return [] if found is None else [Issue._of(issue) for issue in found]

    def is_valid(
        self,
        value: Document,
        *,
        mode: Mode = "create",
        profile: Profile | None = None,
        original: Document | None = None,
        limits: Limits | None = None,
    ) -> bool:
        """Whether a document has no error. Quicker than :meth:`validate`, as it stops early.

        >>> import scimforge as sf
        >>> user = {"schemas": [sf.USER], "userName": "rosa", "active": "True"}
        >>> sf.schema("User").is_valid(user), sf.schema("User").is_valid(user, profile="lenient")
        (False, True)
        """
        return self._native.is_valid(value, mode, profile, original, limits)

    def check(
        self,
        value: Document,
        *,
        mode: Mode = "create",
        profile: Profile | None = None,
        original: Document | None = None,
    ) -> None:
        """Raises :class:`ValidationError` if a document has errors.

        >>> import scimforge as sf
        >>> sf.schema("Group").check({"schemas": [sf.GROUP]})
        Traceback (most recent call last):
        ...
        scimforge.errors.ValidationError: required at /displayName: `displayName` is required
        """
        issues = self.validate(value, mode=mode, profile=profile, original=original)
        errors = [issue for issue in issues if issue.severity == "error"]
        if errors:
            raise ValidationError(errors)

    def validate_at(
        self,
        value: Document,
        path: str | Sequence[str | int],
        *,
        mode: Mode = "create",
        profile: Profile | None = None,
        original: Document | None = None,
        limits: Limits | None = None,
    ) -> list[Issue]:
        """What is wrong with one field, for live validation.

        ``path`` is a JSON Pointer or its steps: ``"/emails/0/value"``, ``["emails", 0, "value"]``.

        >>> import scimforge as sf
        >>> typed = {"emails": [{"value": "rosa"}], "active": "maybe"}
        >>> [issue.code for issue in sf.schema("User").validate_at(typed, ["emails", 0, "value"])]
        ['invalid-email']
        """
        pointer = path if isinstance(path, str) else _pointer(path)
        found = self._native.validate_at(value, pointer, mode, profile, original, limits)
        return [Issue._of(issue) for issue in found]

    def fields(self) -> list[dict[str, Any]]:
        """The attributes as fields of a form.

        >>> import scimforge as sf
        >>> fields = sf.schema("Group").fields()
        >>> [field["name"] for field in fields if field["required"] and not field["readOnly"]]
        ['displayName']
        """
        return self._native.fields()

    def filter(
        self, text: str, *, profile: Profile | None = None, limits: Limits | None = None
    ) -> Filter:
        """A filter for documents of this schema; ``profile`` is ``"lenient"`` by default.

        >>> import scimforge as sf
        >>> sf.schema("Group").filter('members.value eq "u-7"').matches({"members": [{"value": "u-7"}]})
        True
        """
        return Filter(self._native.filter(text, profile, limits))

    def filter_from(
        self,
        expression: Mapping[str, Any] | str | bytes,
        *,
        profile: Profile | None = None,
        limits: Limits | None = None,
    ) -> Filter:
        """A filter of a tree, as :attr:`Filter.expression` gives it: no quoting, no pasting.

        What is wrong has its ``pointer`` into the tree.

        >>> import scimforge as sf
        >>> typed = 'O"Neil'
        >>> tree = {"attribute": "name.familyName", "operator": "eq", "value": typed}
        >>> str(sf.schema("User").filter_from(tree))
        'name.familyName eq "O\\\\"Neil"'
        """
        return Filter(self._native.filter_from(expression, profile, limits))

    def apply_patch(
        self,
        document: Document,
        patch: Document,
        *,
        profile: Profile | None = None,
        limits: Limits | None = None,
        explain: bool = False,
        max_member_loss: int | None = None,
    ) -> PatchResult:
        """Applies a PATCH message (RFC 7644 section 3.5.2); all of it or nothing.

        ``profile`` is ``"lenient"`` by default: what Entra, Okta and others send is understood.
        With ``explain`` the result has ``operations``; ``max_member_loss`` is how many members of
        a group the message may take away in all.

        >>> import scimforge as sf
        >>> user = {"schemas": [sf.USER], "userName": "rosa", "active": True}
        >>> patch = {
        ...     "schemas": [sf.PATCH_OP],
        ...     "Operations": [{"op": "Replace", "path": "active", "value": "False"}],
        ... }
        >>> result = sf.schema("User").apply_patch(user, patch)
        >>> result.resource["active"], user["active"], result.changed
        (False, True, True)
        """
        resource, changed, trace, told = self._native.apply_patch(
            document, patch, profile, limits, explain, max_member_loss
        )
        operations = None if told is None else [OperationReport._of(report) for report in told]
        return PatchResult(resource, changed, [Bent._of(entry) for entry in trace], operations)

    def explain_patch(
        self,
        document: Document,
        patch: Document,
        *,
        profile: Profile | None = None,
        limits: Limits | None = None,
        max_member_loss: int | None = None,
    ) -> PatchExplanation:
        """A dry run: what a PATCH would do, operation by operation and without any value.

        It raises where :meth:`apply_patch` would.

        >>> import scimforge as sf
        >>> user = {"schemas": [sf.USER], "userName": "rosa", "title": "Baker"}
        >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [{"op": "remove", "path": "title"}]}
        >>> told = sf.schema("User").explain_patch(user, patch).operations[0]
        >>> told.effect, told.changes[0].touched[0].pointer
        ('removed', '/title')
        """
        _, changed, trace, told = self._native.apply_patch(
            document, patch, profile, limits, True, max_member_loss, dry_run=True
        )
        operations = [OperationReport._of(report) for report in told or []]
        return PatchExplanation(changed, operations, [Bent._of(entry) for entry in trace])

    def inverse(
        self,
        document: Document,
        patch: Document,
        *,
        profile: Profile | None = None,
        limits: Limits | None = None,
    ) -> Inverse:
        """The PATCH that takes a document, patched by ``patch``, back to what it is now.

        ``lost`` has the paths of what PATCH cannot bring back: what only the server sets, what
        cannot be changed once it has a value, what is required and was not there.

        >>> import scimforge as sf
        >>> user = {"schemas": [sf.USER], "userName": "rosa", "title": "Baker"}
        >>> patch = {"schemas": [sf.PATCH_OP], "Operations": [{"op": "remove", "path": "title"}]}
        >>> sf.schema("User").inverse(user, patch).patch["Operations"]
        [{'op': 'add', 'path': 'title', 'value': 'Baker'}]
        """
        return Inverse(*self._native.inverse(document, patch, profile, limits))

    def emit(
        self,
        document: Document,
        *,
        profile: Profile | None = None,
        limits: Limits | None = None,
    ) -> EmittedResource:
        """A resource in the form that a server takes, by that server's profile.

        It comes in canonical form, without what the server sets. ``profile`` is ``"rfc"`` by
        default.

        >>> import scimforge as sf
        >>> user = {"schemas": [sf.USER], "userName": "rosa", "active": True}
        >>> sf.schema("User").emit(user, profile={"textBooleans": True}).resource["active"]
        'True'
        """
        resource, messages, trace = self._native.emit(document, profile, limits)
        return EmittedResource(resource, messages, [Bent._of(entry) for entry in trace])

    def emit_patch(
        self,
        patch: Document,
        *,
        profile: Profile | None = None,
        original: Document | None = None,
        limits: Limits | None = None,
    ) -> EmittedPatch:
        """A clean PATCH in the messages that a server takes, by that server's profile.

        ``original`` is the resource as it is on the server: with it every form can be found.

        >>> import scimforge as sf
        >>> patch = {
        ...     "schemas": [sf.PATCH_OP],
        ...     "Operations": [{"op": "add", "path": "members", "value": [{"value": "u-7"}]}],
        ... }
        >>> [message] = sf.schema("Group").emit_patch(patch, profile="salesforce").messages
        >>> message["Operations"]
        [{'op': 'add', 'path': 'members', 'value': {'members': [{'value': 'u-7'}]}}]
        """
        messages, trace = self._native.emit_patch(patch, profile, original, limits)
        return EmittedPatch(messages, [Bent._of(entry) for entry in trace])

    def to_json_schema(
        self, *, draft: Literal["2020-12", "07"] = "2020-12", mode: Mode = "create"
    ) -> dict[str, Any]:
        """A JSON Schema for the documents of a mode, in canonical spelling.

        It is open: other members are allowed, and canonical values are ``examples``.

        >>> import scimforge as sf
        >>> exported = sf.schema("User").to_json_schema()
        >>> exported["required"], exported["properties"]["active"]["type"]
        (['schemas', 'userName'], 'boolean')
        """
        return self._native.to_json_schema(draft, mode)

    def to_typescript(self) -> str:
        """A TypeScript module with an interface for the resource and for each of its parts.

        >>> import scimforge as sf
        >>> "export interface UserEmails {" in sf.schema("User").to_typescript()
        True
        """
        return self._native.to_typescript()

    def diff(self, old: Document, new: Document) -> dict[str, Any] | None:
        """The PATCH message that makes ``new`` of ``old``; ``None`` where nothing has changed.

        Every operation has a path and is accepted by the strict profile; a list is changed value
        by value where that is shorter.

        >>> import scimforge as sf
        >>> old = {"schemas": [sf.USER], "userName": "rosa", "title": "Baker"}
        >>> sf.schema("User").diff(old, {**old, "title": "Cook"})["Operations"]
        [{'op': 'replace', 'path': 'title', 'value': 'Cook'}]
        """
        return self._native.diff(old, new)

    def document(self, value: Document) -> ScimDocument:
        """Reads a document once, to be asked often. Whether it is valid is another question.

        >>> import scimforge as sf
        >>> rosa = sf.schema("User").document(b'{"userName": "rosa"}')
        >>> rosa.matches(sf.filter("userName pr")), rosa.is_valid()
        (True, False)
        """
        return ScimDocument(self._native.document(value))

    def sort(
        self,
        values: Iterable[_Sorted],
        *,
        sort_by: str,
        sort_order: Literal["ascending", "descending"] = "ascending",
        profile: Profile | None = None,
    ) -> list[_Sorted]:
        """The same values in order (RFC 7644 section 3.4.2.3).

        Of several values of an attribute the primary one counts; what is missing comes last,
        equal ones are in the order of their ``id``.

        >>> import scimforge as sf
        >>> people = [{"id": "1", "userName": "zoe"}, {"id": "2", "userName": "Adam"}]
        >>> [user["id"] for user in sf.schema("User").sort(people, sort_by="userName")]
        ['2', '1']
        """
        given = list(values)
        ready = [str(value) if isinstance(value, ScimDocument) else value for value in given]
        return [given[at] for at in self._native.order(ready, sort_by, sort_order, profile)]

    def project(
        self,
        document: Document,
        *,
        attributes: Sequence[str] | None = None,
        excluded_attributes: Sequence[str] | None = None,
        profile: Profile | None = None,
    ) -> dict[str, Any]:
        """The resource as it is returned: in schema order, nothing unassigned, no password.

        >>> import scimforge as sf
        >>> sf.schema("User").project(
        ...     {"USERNAME": "rosa", "password": "s", "id": "7", "schemas": [sf.USER]},
        ...     attributes=["userName"],
        ... )["userName"]
        'rosa'
        """
        return self._native.project(
            document, _names(attributes), _names(excluded_attributes), profile
        )

    def to_dict(self) -> dict[str, Any]:
        """The documents: ``{"resourceType": {…}, "schemas": [{…}]}``.

        >>> import scimforge as sf
        >>> documents = sf.schema("Group").to_dict()
        >>> documents["resourceType"]["endpoint"], documents["schemas"][0]["id"] == sf.GROUP
        ('/Groups', True)
        """
        return self._native.to_dict()


def _names(names: Sequence[str] | None) -> list[str] | None:
    # A text would be taken for its letters.
    if names is None:
        return None
    return [names] if isinstance(names, str) else list(names)


def _pointer(path: Sequence[str | int]) -> str:
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)
