"""Access tokens of an authorization server, whose keys are fetched from a socket."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from receiver import Quiet, answering
from serving import app_of, listening, serving, user

from scimforge.asgi import Head, MemoryStore, jwt

OWN, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def public(key: Any, **more: str) -> dict[str, Any]:
    return {**pyjwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "use": "sig", **more}


class Issuer:
    def __init__(self, url: str, asked: list[str]) -> None:
        self.url, self.asked = url, asked
        self.keys = [public(OWN, kid="k-1", alg="ES256")]
        self.metadata: dict[str, Any] = {"issuer": url, "jwks_uri": f"{url}/keys"}

    def token(self, key: Any = OWN, alg: str = "ES256", header: Any = None, **claims: Any) -> str:
        given = {
            **{"iss": self.url, "aud": "scim", "sub": "client-1", "exp": time.time() + 300},
            **{"scope": "scim.read", "org": "north", **claims},
        }
        kept = {name: value for name, value in given.items() if value is not None}
        return pyjwt.encode(kept, key, algorithm=alg, headers={"kid": "k-1", **(header or {})})


@contextlib.contextmanager
def issuing() -> Iterator[Issuer]:
    class Handler(Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("location", f"{issuer.url}/keys")
                return self.end_headers()
            body = json.dumps({"keys": issuer.keys} if self.path == "/keys" else issuer.metadata).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    asked: list[str] = []
    with answering(Handler) as url:
        issuer = Issuer(url, asked)
        yield issuer


SCOPES = {"scim.read": ["Users:list"], "scim.all": ["scim:*"]}


@pytest.mark.parametrize("source", ["metadata", "url", "document"])
def test_keys_issuer_audience_scopes_and_tenants(source: str) -> None:
    with issuing() as issuer:
        jwks: Any = {"metadata": None, "url": f"{issuer.url}/keys", "document": {"keys": issuer.keys}}[source]
        auth = jwt(issuer=issuer.url, audience="scim", tenant="org", scopes=SCOPES, jwks=jwks)
        with listening(store=MemoryStore(), auth=auth, failed_sign_ins=False) as ask:

            def status(token: str, method: str = "GET") -> int:
                body = user("rosa") if method == "POST" else None
                return ask(method, "/Users", body, authorization=f"Bearer {token}").status

            assert status(issuer.token()) == 200
            assert status(issuer.token(), "POST") == 403
            assert status(issuer.token(scope="other scim.all"), "POST") == 201
            assert status(issuer.token(scope=["scim.read"])) == 200
            assert status(issuer.token(scope=None, scp="scim.read")) == 200
            assert status(issuer.token(scope="scim:* __class__")) == 403, "only the scopes of the table count"
            assert status(issuer.token(iat=time.time() + 600)) == 200, "another clock may be fast"
            assert status(issuer.token(aud=["other", "scim"])) == 200
            south = ask("GET", "/Users", authorization=f"Bearer {issuer.token(org='south')}")
            assert south.body["totalResults"] == 0
            unsigned = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k-1"}').rstrip(b"=").decode()
            for bad in [
                issuer.token(org=None),
                issuer.token(org=7),
                issuer.token(exp=None),
                issuer.token(exp=time.time() - 300),
                issuer.token(nbf=time.time() + 300),
                issuer.token(aud="other"),
                issuer.token(aud=None),
                issuer.token(iss="http://evil.test"),
                issuer.token(iss=None),
                issuer.token(OTHER),
                issuer.token(header={"kid": "k-2"}),
                issuer.token(header={"crit": ["exp"]}),
                issuer.token(b"x" * 64, "HS256"),
                f"{unsigned}.{issuer.token().split('.')[1]}.",
                "a.b.c",
                "a.b",
            ]:
                assert status(bad) == 401
            config = ask("GET", "/ServiceProviderConfig").body
            assert [scheme["type"] for scheme in config["authenticationSchemes"]] == ["oauth2"]
        assert issuer.asked == {"metadata": ["/.well-known/openid-configuration", "/keys"], "url": ["/keys"], "document": []}[source]


def found(auth: Any, token: str) -> Any:
    return asyncio.run(auth.authenticate(Head("GET", "/Users", "/Users", {"authorization": f"Bearer {token}"})))


def test_every_kind_of_key_and_only_for_its_own_algorithm() -> None:
    large, edwards = rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()
    p384 = ec.generate_private_key(ec.SECP384R1())
    keys = [
        {**pyjwt.algorithms.RSAAlgorithm.to_jwk(large.public_key(), as_dict=True), "kid": "rsa"},
        {**pyjwt.algorithms.OKPAlgorithm.to_jwk(edwards.public_key(), as_dict=True), "kid": "ed"},
        public(p384, kid="p384"),
        {"kty": "oct", "kid": "secret", "k": "eHh4"},
        "not a key",
    ]
    issuer = Issuer("https://login.example.test", [])
    auth = jwt(issuer=issuer.url, audience="scim", jwks={"keys": keys}, subject=lambda claims: {"type": "User", "id": claims["sub"]})
    for key, alg, kid in [(large, "RS256", "rsa"), (large, "PS512", "rsa"), (edwards, "EdDSA", "ed"), (p384, "ES384", "p384")]:
        who = found(auth, issuer.token(key, alg, {"kid": kid}))
        assert (who["sub"], who["permissions"], who["subject"]) == ("client-1", ["scim.read"], {"type": "User", "id": "client-1"})
    assert found(auth, issuer.token(OWN, "ES256", {"kid": "p384"})) is None
    narrow = jwt(issuer=issuer.url, audience="scim", jwks={"keys": keys}, algorithms=["RS256"])
    assert found(narrow, issuer.token(large, "RS256", {"kid": "rsa"})) is not None
    assert found(narrow, issuer.token(large, "PS512", {"kid": "rsa"})) is None
    twice = jwt(issuer=issuer.url, audience="scim", jwks={"keys": [keys[0], keys[0]]})
    assert found(twice, issuer.token(large, "RS256", {"kid": "rsa"})) is None, "no telling which"


def test_new_keys_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scimforge._host.jwks._BETWEEN", 0.2)
    with issuing() as issuer:
        auth = jwt(issuer=issuer.url, audience="scim", jwks=f"{issuer.url}/keys")
        with listening(store=MemoryStore(), auth=auth) as ask:
            asking = lambda token: ask("GET", "/Users", authorization=f"Bearer {token}").status
            assert asking(issuer.token(scope="Users:list")) == 200
            new = issuer.token(OTHER, header={"kid": "k-2"}, scope="Users:list")
            assert asking(new) == 401 and len(issuer.asked) == 1, "not asked for again at once"
            issuer.keys.append(public(OTHER, kid="k-2"))
            time.sleep(0.25)
            assert asking(new) == 200 and len(issuer.asked) == 2


def test_keys_that_cannot_be_had_are_401_and_a_line_in_the_log() -> None:
    with issuing() as issuer:
        issuer.metadata["issuer"] = "http://evil.test"
        for jwks, said in [
            ("http://127.0.0.1:9/keys", "cannot be had: ConnectionRefusedError"),
            (f"{issuer.url}/moved", "cannot be had: status 302"),
            (f"{issuer.url}/other", "`jwks` is a URL"),
            (None, "no metadata that name it"),
        ]:
            errors: list[Exception] = []
            auth = jwt(issuer=issuer.url, audience="scim", jwks=jwks)
            with serving(app_of(errors, store=MemoryStore(), auth=auth)) as ask:
                for _ in range(2):
                    assert ask("GET", "/Users", authorization=f"Bearer {issuer.token()}").status == 401
            assert len(errors) == 2 and all(said in str(error) for error in errors), errors


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": ""},
        {"audience": None},
        {"audience": [1]},
        {"algorithms": ["none"]},
        {"algorithms": "ES256"},
        {"algorithms": ["HS256"]},
        {"scopes": {"a": "b"}},
        {"jwks": {}},
    ],
)
def test_wrong_settings_are_refused(wrong: Any) -> None:
    given: dict[str, Any] = {"issuer": "https://login.example.test", "audience": "scim", **wrong}
    with pytest.raises(TypeError, match="jwt: "):
        jwt(**given)


WITHOUT = """
import sys
sys.modules["jwt"] = None
from scimforge.asgi import jwt
try:
    jwt(issuer="https://login.example.test", audience="scim")
except ImportError as error:
    print(error)
"""


def test_what_is_missing_is_named() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert 'jwt: the package PyJWT is not installed; pip install "scimforge[jwt]"' in done.stdout
