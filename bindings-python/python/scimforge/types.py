"""Issues, and the shapes of the resources of RFC 7643 as typed dicts.

The typed dicts are for type checkers and editors: at run time a resource is a plain ``dict``,
as ``json.loads`` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, Union

from . import _scimforge

__all__ = [
    "Address",
    "Bent",
    "Document",
    "EnterpriseUser",
    "Explanation",
    "Group",
    "GroupMembership",
    "Issue",
    "Limits",
    "Manager",
    "Member",
    "Meta",
    "Mode",
    "MultiValue",
    "Name",
    "Photo",
    "Profile",
    "Resource",
    "Severity",
    "User",
]

Document = Union[Mapping[str, Any], str, bytes, bytearray, memoryview]
"""A document: a dict, which is read in place, or JSON as text or bytes."""

Mode = Literal["create", "replace", "patch", "response", "import"]
"""What a document is validated as."""

Severity = Literal["error", "warning", "advice"]
"""How much an issue weighs; only errors make a document invalid."""

Profile = Union[str, Sequence[str], Mapping[str, Any]]
"""The name of a profile, several for the tolerances of all (``["entra", "okta"]``), or
``{"base": "rfc", "booleanText": True}`` with either as the base.

``unknownAttributes`` may also be ``"reject"``, ``"ignore"`` or ``"keep"``.
"""


class Limits(TypedDict, total=False):
    """Sizes that a call allows; what is not given is as it is by default."""

    jsonBytes: int
    jsonDepth: int
    filterBytes: int
    filterDepth: int
    filterTerms: int
    patchOperations: int


Resource = Mapping[str, Any]
"""A resource as a dict."""


@dataclass(frozen=True)
class Issue:
    """One finding: what is wrong, where, and what to do about it.

    >>> import scimforge as sf
    >>> [issue] = sf.validate({"schemas": [sf.USER], "userName": "rosa", "active": "yes"})
    >>> issue.code, issue.pointer, issue.severity
    ('invalid-boolean', '/active', 'error')
    """

    code: str
    """A stable word in kebab-case; :func:`scimforge.codes` lists them."""
    severity: Severity
    """``error``, ``warning`` or ``advice``."""
    scim_path: str
    """Where in SCIM's words, such as ``emails.value``."""
    pointer: str
    """Where in the document, as a JSON Pointer."""
    path: tuple[str | int, ...]
    """The same as steps."""
    span: tuple[int, int] | None
    """Where in the text that was given: code points for a ``str``, bytes for ``bytes``."""
    params: Mapping[str, str] = field(hash=False)
    """What the message's blanks were filled with."""
    message: str
    """One sentence. It never holds a value of the document."""
    help: str | None
    """What to do about it."""
    spec: str
    """The requirement or RFC section."""
    scim_type: str | None
    """The ``scimType`` of the error response (RFC 7644 section 3.12)."""

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Issue:
        span = data.get("span")
        return cls(
            code=data["code"],
            severity=data["severity"],
            scim_path=data["scimPath"],
            pointer=data["pointer"],
            path=tuple(data["path"]),
            span=None if span is None else (span[0], span[1]),
            params=data["params"],
            message=data["message"],
            help=data.get("help"),
            spec=data["spec"],
            scim_type=data.get("scimType"),
        )

    def caret(self, text: str | bytes) -> str | None:
        """The place in the text that it was found in, as two lines; ``None`` without a span.

        It shows the text, with the values in it.

        >>> import scimforge as sf
        >>> text = "title pr adn"
        >>> try:
        ...     sf.filter(text)
        ... except sf.FilterError as error:
        ...     print(error.issues[0].caret(text))
        title pr adn
                 ^^^
        """
        if self.span is None:
            return None
        start, end = self.span
        if isinstance(text, bytes):
            start, end = (len(text[:at].decode(errors="replace")) for at in (start, end))
            text = text.decode(errors="replace")
        return _scimforge.show_place(text, start, end)

    def __str__(self) -> str:
        if self.pointer:
            place = f" at {self.pointer}"
        elif self.span:
            place = f" at {self.span[0]}"
        else:
            place = ""
        return f"{self.code}{place}: {self.message}"


Explanation = TypedDict(
    "Explanation",
    {
        "matches": bool,
        "and": "list[Explanation]",
        "or": "list[Explanation]",
        "not": "Explanation",
        # A comparison, `pr`, or `attribute[filter]`.
        "attribute": str,
        "operator": str,
        "scimPath": str,
        "span": "list[int]",
        "present": bool,
        "elements": int,
        "element": int,
        "filter": "Explanation",
    },
    total=False,
)
"""Why a part of a filter holds of a document, or does not. ``matches`` is always there; then:

- ``and``, ``or`` or ``not``: the parts; or
- ``attribute``, ``operator``, ``scimPath`` (its canonical path, if the schema has it), ``span``
  (code points in the text of the filter), ``present`` (whether the document has a value there) and
  ``element`` (of several values, the index of the first that fits; for ``ne``, that is equal); or
- ``attribute``, ``scimPath``, ``span``, ``elements`` (how many values there are), ``element`` (the
  first that fits, or else one that fits as much as any) and ``filter`` (about that value).
"""


@dataclass(frozen=True)
class Bent:
    """One use of a quirk: what was sent, or is written, otherwise than the RFC has it.

    >>> import scimforge as sf
    >>> [bent] = sf.filter('active eq "True"').trace
    >>> bent.quirk, bent.span, bent.reason
    ('booleanText', (10, 16), '`"True"` and `"false"` are booleans, in any case')
    """

    quirk: str
    """Which; :func:`scimforge.profiles` lists them."""
    pointer: str
    """Where in the document or message; empty for a filter."""
    scim_path: str
    """Where in SCIM's words."""
    span: tuple[int, int] | None
    """Where in the text of a filter or path, which stands at ``pointer``: code points."""
    reason: str
    """What was done otherwise, in a sentence."""
    spec: str
    """The requirements behind it."""

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Bent:
        span = data.get("span")
        return cls(
            quirk=data["quirk"],
            pointer=data["pointer"],
            scim_path=data["scimPath"],
            span=None if span is None else (span[0], span[1]),
            reason=data["reason"],
            spec=data["spec"],
        )


class Meta(TypedDict, total=False):
    """What the server knows about a resource (RFC 7643 section 3.1)."""

    resourceType: str
    created: str
    lastModified: str
    location: str
    version: str


class Name(TypedDict, total=False):
    """The parts of a person's name."""

    formatted: str
    familyName: str
    givenName: str
    middleName: str
    honorificPrefix: str
    honorificSuffix: str


MultiValue = TypedDict(
    "MultiValue",
    {"value": str, "display": str, "type": str, "primary": bool, "$ref": str},
    total=False,
)
"""One value of a multi-valued attribute such as ``emails`` (RFC 7643 section 2.4)."""

Photo = MultiValue
"""One photo: ``value`` is its URI."""


class Address(TypedDict, total=False):
    """A postal address."""

    formatted: str
    streetAddress: str
    locality: str
    region: str
    postalCode: str
    country: str
    type: str
    primary: bool


GroupMembership = TypedDict(
    "GroupMembership",
    {"value": str, "$ref": str, "display": str, "type": Literal["direct", "indirect"]},
    total=False,
)
"""A group that a user is in; set by the server."""

Manager = TypedDict("Manager", {"value": str, "$ref": str, "displayName": str}, total=False)
"""A user's manager."""


class EnterpriseUser(TypedDict, total=False):
    """The enterprise extension (RFC 7643 section 4.3)."""

    employeeNumber: str
    costCenter: str
    organization: str
    division: str
    department: str
    manager: Manager


User = TypedDict(
    "User",
    {
        "schemas": list[str],
        "id": str,
        "externalId": str,
        "userName": str,
        "name": Name,
        "displayName": str,
        "nickName": str,
        "profileUrl": str,
        "title": str,
        "userType": str,
        "preferredLanguage": str,
        "locale": str,
        "timezone": str,
        "active": bool,
        "password": str,
        "emails": list[MultiValue],
        "phoneNumbers": list[MultiValue],
        "ims": list[MultiValue],
        "photos": list[Photo],
        "addresses": list[Address],
        "groups": list[GroupMembership],
        "entitlements": list[MultiValue],
        "roles": list[MultiValue],
        "x509Certificates": list[MultiValue],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": EnterpriseUser,
        "meta": Meta,
    },
    total=False,
)
"""A user (RFC 7643 section 4.1) with the enterprise extension."""

Member = TypedDict(
    "Member",
    {"value": str, "$ref": str, "display": str, "type": Literal["User", "Group"]},
    total=False,
)
"""A member of a group."""


class Group(TypedDict, total=False):
    """A group (RFC 7643 section 4.2)."""

    schemas: list[str]
    id: str
    externalId: str
    displayName: str
    members: list[Member]
    meta: Meta
