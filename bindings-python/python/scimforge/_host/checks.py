"""What is looked at when an endpoint is made, so that a slip is found before the first request: what
stands where, what is wrong with it, and what was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ..errors import ScimError

_T = TypeVar("_T")
_PRINCIPAL = ("sub", "tenant", "permissions", "subject", "profile", "credential", "expires_at", "password")
_NAME = re.compile(r"[A-Za-z_]\w*")


def nearest(name: str, names: Iterable[str]) -> str | None:
    folded = {one.lower(): one for one in names}
    found = get_close_matches(name.lower(), folded, 1, 0.75)
    return folded[found[0]] if found else None


def known(where: str, what: str, names: Sequence[str], name: str) -> None:
    """Refuses a name that is none of ``names``."""
    if name not in names:
        near = nearest(name, names)
        meant = f"; did you mean `{near}`?" if near is not None else ""
        raise TypeError(f"{where}: {what} has no `{name}`, but {', '.join(names)}{meant}")


def check_values(settings: Mapping[str, Any]) -> None:
    """What the engine never sees."""
    base_url, observe = settings.get("base_url"), settings.get("observe") or {}
    if base_url is not None and not _is_endpoint(base_url):
        raise TypeError(
            "create_scim_app: `base_url` is the URL of the endpoint with its path, such as https://id.example.test/scim/v2"
        )
    for name, own in [("on_error", settings.get("on_error")), ('observe["audit"]', observe.get("audit"))]:
        if own is not None and not callable(own):
            raise TypeError(f"create_scim_app: `{name}` is a function")


def _is_endpoint(url: object) -> bool:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    return not (parts.query or parts.fragment or "@" in parts.netloc)


class WrongSetting(ScimError):
    """What the engine refuses, in the words of the settings."""

    said = ""

    def __str__(self) -> str:
        return self.said


def configured(settings: Mapping[str, Any], work: Callable[[], _T]) -> _T:
    """Does what the engine may refuse."""
    try:
        return work()
    except ScimError as error:
        wrong = WrongSetting(error.issues, error.status)
        wrong.said = f"create_scim_app: {_in_settings(error, settings)}"
        raise wrong from None


def _in_settings(error: ScimError, settings: Mapping[str, Any]) -> str:
    issue = error.issues[0]
    steps = [step.replace("~1", "/").replace("~0", "~") for step in (issue.pointer or "").split("/")[1:]]
    place = "`profile`" if issue.code == "unknown-profile" else _written(steps, settings)
    # "the option `titel` takes no value: there is no such attribute"
    wrong = re.sub(r"^the option `[^`]*` (takes )?(no value(?: here)?: )?", lambda match: "" if match[2] else match[1] or "", issue.message)
    glue = " " if wrong.startswith("takes ") else ": "
    text = f"{place}{glue}{wrong}" if place else wrong
    return f"{text}; {issue.help}" if issue.help else text


def _written(steps: list[str], settings: Mapping[str, Any]) -> str:
    """Where the developer wrote what the engine has elsewhere."""
    if not steps:
        return ""
    first, *rest = steps
    own = {"resourceTypes": "resources"}.get(first, _snake(first))
    if own in (settings.get("limits") or {}):
        own, rest = "limits", [first, *rest]
    named = own in ("permissions", "attribute_permissions", "resources", "schemas")
    inside = "".join(f"[{step}]" if step.isdigit() else f'["{step if named else _snake(step)}"]' for step in rest)
    return f"`{own}{inside}`"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower() if _NAME.fullmatch(name) else name


Principals = Sequence[tuple[str, Mapping[str, Any]]]


def check_principals(
    principals: Principals,
    operations: Sequence[Mapping[str, str]],
    attribute_permissions: Any,
    probe: Callable[[Mapping[str, Any]], object],
) -> None:
    """Principals that stand in the settings. ``probe`` has the engine read one."""
    needed = {one[name] for one in operations for name in ("operation", "permission")}
    for rules in (attribute_permissions or {}).values():
        needed |= {permission for rule in rules.values() for permission in rule.values()}
    abouts = list(dict.fromkeys(one["operation"].split(":")[0] for one in operations))
    for where, principal in principals:
        for name in principal:
            meant = None if name in _PRINCIPAL else nearest(name, _PRINCIPAL)
            if meant is not None and meant not in principal:
                raise TypeError(f"{where}: a principal has no `{name}`; did you mean `{meant}`?")
        for permission in principal.get("permissions") or ():
            _check_permission(where, permission, needed, abouts)
        try:
            probe(principal)
        except ScimError as error:
            issue = error.issues[0]
            raise TypeError(f"{where}: {issue.message}{f'; {issue.help}' if issue.help else ''}") from None


def _check_permission(where: str, permission: str, needed: set[str], abouts: Sequence[str]) -> None:
    """A permission of another name may be of use elsewhere; one that looks like an operation and is
    none is a slip, and grants nothing."""
    about, colon, action = permission.partition(":")
    if not colon or permission in needed or about == "scim":
        return
    own = nearest(about, abouts)
    if own is None or (own == about and action == "*"):
        return
    operations = sorted(one for one in needed if one.startswith(f"{own}:"))
    meant = "*" if action == "*" else nearest(action, [one.partition(":")[2] for one in operations])
    help = f"there are {', '.join(operations)} and {own}:*" if meant is None else f"did you mean `{own}:{meant}`?"
    raise TypeError(f"{where}: no operation needs the permission `{permission}`; {help}")
