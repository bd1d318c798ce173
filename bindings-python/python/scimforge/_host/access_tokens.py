"""Access tokens of an authorization server: JWTs, checked with PyJWT."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .bearer import token_of
from .exchange import Head
from .jwks import ALGORITHMS, Keys
from .known import Authenticator, Known
from .peers import peer
from .principal import Found, check_principal, realm_of

Claims = Mapping[str, Any]


def jwt(
    *,
    issuer: str,
    audience: str | Sequence[str],
    jwks: str | Mapping[str, Any] | None = None,
    scopes: Mapping[str, Sequence[str]] | None = None,
    tenant: str | None = None,
    subject: Callable[[Claims], Mapping[str, str] | None] | None = None,
    profile: Any = None,
    algorithms: Sequence[str] = ALGORITHMS,
    realm: str = "scim",
) -> Authenticator:
    """JWT access tokens of an authorization server, checked with PyJWT
    (``pip install "scimforge[jwt]"``).

    ``issuer`` and ``audience`` are the ``iss`` and ``aud`` that tokens have. ``jwks``: a URL, or the
    document; if absent what the issuer's own metadata name. ``scopes``: the permissions that a scope
    stands for; if absent, scopes are permissions. ``tenant``: the claim that names the tenant; a
    token without it is refused. ``subject(claims)``: the resource that the one who asks is, for
    ``/Me``. ``algorithms``: those of signatures, by default the asymmetric ones.

    >>> from scimforge.asgi import jwt
    >>> auth = jwt(
    ...     issuer="https://login.example.test",
    ...     audience="https://scim.example.test",
    ...     tenant="org_id",
    ...     scopes={"scim.read": ["Users:list", "Users:view"], "scim.write": ["scim:*"]},
    ... )
    >>> auth.schemes[0]["type"]
    'oauth2'
    """
    if not isinstance(issuer, str) or not issuer:
        raise TypeError("jwt: `issuer` is the `iss` that tokens have")
    if not audience or not all(isinstance(one, str) for one in audience):
        raise TypeError("jwt: `audience` is the `aud` that tokens for this server have")
    if isinstance(algorithms, str) or not algorithms or not set(algorithms) <= set(ALGORITHMS):
        raise TypeError(f"jwt: `algorithms` are some of {', '.join(ALGORITHMS)}")
    library = peer("jwt", "jwt", "PyJWT", "jwt")
    permissions_of = _granting(scopes)
    keys = Keys(issuer, jwks)

    async def verified(token: str) -> Claims | None:
        try:
            header = library.get_unverified_header(token)
        except library.PyJWTError:
            return None
        # What has to be understood, and is not, makes a token invalid (RFC 7515 section 4.1.11).
        if header.get("alg") not in algorithms or "crit" in header:
            return None
        key = await keys.find(header)
        if key is None:
            return None
        try:
            public = library.PyJWK(dict(key), header["alg"]).key
            wanted = {"audience": audience, "issuer": issuer, "algorithms": [header["alg"]]}
            options = {"require": ["exp"], "verify_iat": False, "verify_sub": False}
            claims: Claims = library.decode(token, public, options=options, **wanted)
        except library.PyJWTError:
            return None
        return claims

    async def authenticate(head: Head) -> Found:
        token = token_of(head.authorization)
        if token is None or token.count(".") != 2:
            return None
        claims = await verified(token)
        if claims is None:
            return None
        principal: dict[str, Any] = {"permissions": permissions_of(claims), "profile": profile}
        if tenant is not None:
            of = claims.get(tenant)
            # A token for no tenant is not one for all.
            if not isinstance(of, str) or not of:
                return None
            principal["tenant"] = of
        principal["sub"] = next((claims[name] for name in ("sub", "client_id", "azp") if claims.get(name) is not None), None)
        principal["subject"] = None if subject is None else subject(claims)
        return check_principal("jwt", principal)

    scheme = {
        "type": "oauth2",
        "name": "OAuth 2.0",
        "description": "A JWT access token in the Authorization header",
        "specUri": "https://www.rfc-editor.org/info/rfc9068",
        "primary": True,
    }
    granted = [one for permissions in (scopes or {}).values() for one in permissions]
    listed = [("jwt", {"profile": profile, "permissions": granted})]
    return Known(f"Bearer {realm_of(realm)}", [scheme], authenticate, lambda: listed)


def _granting(scopes: Mapping[str, Sequence[str]] | None) -> Callable[[Claims], list[str]]:
    for permissions in (scopes or {}).values():
        check_principal("jwt: scopes", {"permissions": permissions})

    def permissions_of(claims: Claims) -> list[str]:
        given = claims.get("scope", claims.get("scp"))
        listed = given if isinstance(given, list) else str(given or "").split(" ")
        names = [name for name in listed if isinstance(name, str) and name]
        if scopes is None:
            return names
        return [permission for name in names for permission in scopes.get(name, ())]

    return permissions_of
