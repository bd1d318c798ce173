"""The settings of an endpoint: checked by name, and put into the engine's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .checks import check_values, known
from .resources import resources_of

MOST_BODY = 10 << 20
_SIZE = re.compile(r"(\d+) ?(b|kb|mb)?", re.IGNORECASE)
_UNITS = {"b": 1, "kb": 1 << 10, "mb": 1 << 20}

# Those of `limits` that are the engine's bounds on documents, filters and PATCH messages.
_BOUNDS = ("json_bytes", "json_depth", "filter_bytes", "filter_depth", "filter_terms", "patch_operations")
_COUNTS = ("max_results", "default_page_size", "max_member_loss")
_NESTED = {
    "limits": ("max_body", *_COUNTS, *_BOUNDS),
    "bulk": ("max_operations", "max_payload_size"),
    "me": ("resource_type", "writable"),
    "delete": ("mode", "unique", "recreate"),
    "pagination": ("cursor_key", "cursor_timeout", "default"),
    "observe": ("audit", "otel"),
    "events": ("mode", "on_event", "webhooks", "set", "deliver", "retry", "keep_days"),
}
_PLAIN = (
    *("open_discovery", "permissions", "profile", "etag", "require_if_match", "documentation_uri"),
    *("me", "pagination", "create", "delete", "sensitive_attributes", "precis"),
)


def check_settings(settings: Mapping[str, Any]) -> None:
    for name, names in _NESTED.items():
        given = settings.get(name)
        for own in given if isinstance(given, Mapping) else ():
            known("create_scim_app", f"`{name}`", names, own)
    check_values(settings)


def engine_config(
    settings: Mapping[str, Any], base: str, schemes: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The configuration of the engine. What is not set is left to its defaults."""
    limits = settings.get("limits") or {}
    config: dict[str, Any] = {_camel(name): _named(settings.get(name)) for name in _PLAIN}
    # The names of permissions are the developer's, those of profiles the engine's.
    config["permissions"] = settings.get("permissions")
    config["profile"] = settings.get("profile")
    config["attributePermissions"] = settings.get("attribute_permissions")
    config |= {_camel(name): limits.get(name) for name in _COUNTS}
    bounds = {_camel(name): size(limits[name]) for name in _BOUNDS if limits.get(name) is not None}
    types, schemas = resources_of(settings.get("resources"), settings.get("schemas"))
    config |= {
        "basePath": base,
        "bulk": _bulk(settings.get("bulk")),
        "limits": bounds or None,
        "maxBody": most_body(settings),
        "resourceTypes": types,
        "schemas": schemas,
        "authenticationSchemes": list(schemes) or None,
        "openapi": _openapi(settings),
    }
    return {name: value for name, value in config.items() if value is not None}


def most_body(settings: Mapping[str, Any]) -> int:
    given = size((settings.get("limits") or {}).get("max_body", MOST_BODY))
    if not isinstance(given, int) or given <= 0:
        raise TypeError('create_scim_app: `limits["max_body"]` is a number of bytes, or a text such as "1mb"')
    return given


def _openapi(settings: Mapping[str, Any]) -> Any:
    """What the engine does not know of the host."""
    given = settings.get("openapi", True)
    if given is not True:
        return given
    limited = settings.get("rate_limit") is not None or settings.get("failed_sign_ins") is not False
    return {"idempotencyKey": settings.get("idempotency", True) is not False, "rateLimit": limited}


def _bulk(bulk: Any) -> Any:
    if not isinstance(bulk, Mapping):
        return bulk
    return {_camel(name): size(value) for name, value in bulk.items()}


def size(given: Any) -> Any:
    """A number, or a text such as "1mb". What is neither, the engine refuses by name."""
    match = _SIZE.fullmatch(given) if isinstance(given, str) else None
    return given if match is None else int(match[1]) * _UNITS[(match[2] or "b").lower()]


def _named(value: Any) -> Any:
    """An object of settings, with the engine's names."""
    if isinstance(value, Mapping):
        return {_camel(name): own for name, own in value.items()}
    return value


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)
