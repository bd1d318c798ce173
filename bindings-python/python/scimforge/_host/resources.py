"""Resource types put together from their parts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

_CORE = "urn:ietf:params:scim:schemas:core:2.0"
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

# A schema document, or the path of a JSON file with one.
Schema = Union[Mapping[str, Any], str, "os.PathLike[str]"]


@dataclass(frozen=True)
class ResourceDefinition:
    """A resource type with the schemas that it uses beside the built-in ones: what ``resources`` of
    :func:`scimforge.asgi.create_scim_app` takes.

    >>> from scimforge.asgi import core
    >>> core.User.with_(core.EnterpriseUser).resource_type["schemaExtensions"]
    [{'schema': 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', 'required': False}]
    """

    resource_type: Mapping[str, Any]
    schemas: tuple[Mapping[str, Any], ...] = ()

    def with_(self, *extensions: Schema) -> ResourceDefinition:
        """The same with more extensions: schema documents, paths of such, or ``{"schema", "required"}``
        with either.

        >>> from scimforge.asgi import core
        >>> costs = {"id": "urn:acme:Costs", "attributes": [{"name": "center", "type": "string"}]}
        >>> len(core.User.with_({"schema": costs, "required": True}).schemas)
        1
        """
        read = [_extension(one) for one in extensions]
        before = self.resource_type.get("schemaExtensions", ())
        more = [{"schema": document["id"], "required": required} for document, required in read]
        own = [document for document, _ in read if _is_own(document)]
        return ResourceDefinition(
            {**self.resource_type, "schemaExtensions": [*before, *more]}, (*self.schemas, *own)
        )


class core:
    """What RFC 7643 defines.

    >>> from scimforge.asgi import MemoryStore, core, create_scim_app, none
    >>> types = [core.User.with_(core.EnterpriseUser), core.Group]
    >>> app = create_scim_app(store=MemoryStore(), auth=none(), resources=types)
    """

    User = ResourceDefinition({"name": "User", "endpoint": "/Users", "schema": f"{_CORE}:User"})
    Group = ResourceDefinition({"name": "Group", "endpoint": "/Groups", "schema": f"{_CORE}:Group"})
    EnterpriseUser: Mapping[str, Any] = {"id": _ENTERPRISE}


def define_resource(
    name: str,
    *,
    schema: Schema,
    endpoint: str | None = None,
    extensions: Sequence[Schema] = (),
    description: str | None = None,
) -> ResourceDefinition:
    """A resource type of your own. ``schema`` and each of ``extensions``: a schema document as
    ``/Schemas`` serves it, or the path of a JSON file with one. ``endpoint``: ``/Devices`` for a
    ``Device``, if absent.

    >>> from scimforge.asgi import define_resource
    >>> device = {"id": "urn:acme:Device", "attributes": [{"name": "serial", "type": "string"}]}
    >>> define_resource("Device", schema=device).resource_type["endpoint"]
    '/Devices'
    """
    if not isinstance(name, str) or not name:
        raise TypeError("define_resource: give the `name`, such as Device")
    main = _document("define_resource: `schema`", schema)
    told = {} if description is None else {"description": description}
    made = {"name": name, "endpoint": endpoint or f"/{name}s", "schema": main["id"], **told}
    bare = ResourceDefinition(made, (main,) if _is_own(main) else ())
    return bare.with_(*extensions) if extensions else bare


def resources_of(resources: Any, schemas: Any) -> tuple[Any, Any]:
    """In the engine's words: names and documents of types, and the documents of their schemas."""
    if not isinstance(resources, (list, tuple)):
        return resources, schemas
    more: list[Any] = list(schemas or ())
    known = {str(one.get("id", "")).lower() for one in more if isinstance(one, Mapping)}
    for one in resources:
        for document in one.schemas if isinstance(one, ResourceDefinition) else ():
            # Several types may use one extension.
            if document["id"].lower() not in known:
                known.add(document["id"].lower())
                more.append(document)
    types = [one.resource_type if isinstance(one, ResourceDefinition) else one for one in resources]
    return types, more or schemas


def _extension(given: Any) -> tuple[Mapping[str, Any], bool]:
    if isinstance(given, Mapping) and "schema" in given and "attributes" not in given:
        return _document("with_: an extension", given["schema"]), bool(given.get("required", False))
    return _document("with_: an extension", given), False


def _document(where: str, given: Any) -> Mapping[str, Any]:
    if isinstance(given, (str, os.PathLike)):
        with open(given, encoding="utf-8") as file:
            try:
                given = json.load(file)
            except ValueError as error:
                raise TypeError(f"{where} cannot be read from {given}: {error}") from error
    if not isinstance(given, Mapping) or not isinstance(given.get("id"), str):
        raise TypeError(f"{where} is a schema document with its `id`, or the path of a JSON file with one")
    return given


def _is_own(document: Mapping[str, Any]) -> bool:
    """Built-in schemas are known by their URI."""
    return "attributes" in document
