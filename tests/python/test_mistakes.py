"""What developers get wrong when they set an endpoint up: each is told before the first request, with the
place, what is wrong there, and what was meant. And tokens in a file, which may go wrong later."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from serving import ADDON, ROOT, app_of, listening, serving

import scimforge as sf
from scimforge.asgi import (
    MemoryStore,
    SqliteStore,
    StoreBase,
    basic,
    bearer,
    create_scim_app,
    jwt,
    none,
    password_hash,
    token_digest,
)


def tokens(**principal: Any) -> Any:
    return bearer({token_digest("quay-7"): principal})  # type: ignore[misc]


class Pool:
    def connection(self) -> None:
        pass


LOGIN = {"issuer": "https://id.north.example", "audience": "scim"}
MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"store": None}, "`store` is MemoryStore().*there is none"),
    ({"store": "./scim.db"}, "SqliteStore(path) takes the path"),
    ({"store": Path("scim.db")}, "SqliteStore(path) takes the path"),
    ({"store": MemoryStore}, "has to be called"),
    ({"store": StoreBase}, "has to be called"),
    ({"store": Pool()}, "PostgresStore(pool) takes it"),
    ({"store": object()}, "it lacks get, query"),
    ({"auth": None}, "`auth` is bearer"),
    ({"auth": none}, "`auth` is none(…), called"),
    ({"auth": [none(), bearer]}, "`auth` is bearer(…), called"),
    ({"limits": {"max_result": 3}}, "`limits` has no `max_result`.*did you mean `max_results`?"),
    ({"limits": {"max_results": "10"}}, '`limits["max_results"]` takes a positive integer'),
    ({"bulk": {"max_operation": 3}}, "did you mean `max_operations`?"),
    ({"base_url": "id.acme.example"}, "`base_url` is the URL of the endpoint with its path"),
    ({"base_url": "https://id.acme.example/?a=b"}, "`base_url` is the URL"),
    ({"profile": "azure"}, "`azure` is no profile; profiles: .*entra"),
    ({"permissions": {"User:delete": "admin"}}, '`permissions["User:delete"]`: there is no such operation; did you mean `Users:delete`?'),
    ({"permissions": {"Users:read": "x"}}, "there are Users:list, Users:create, "),
    ({"attribute_permissions": {"User": {"titel": {"read": "x"}}}}, '`attribute_permissions["User"]["titel"]`: .*did you mean `title`?'),
    ({"me": {"writable": ["displayname", "nickNmae"]}}, '`me["writable"][1]`: .*did you mean `nickName`?'),
    ({"delete": {"mode": "gone"}}, '`delete["mode"]` takes hard or soft'),
    ({"pagination": {"cursor_key": "short"}}, '`pagination["cursor_key"]` takes a secret of at least 32 bytes'),
    ({"resources": ["Users"]}, "`resources[0]` takes User, Group or "),
    ({"auth": tokens(permissions=["User:list"])}, "bearer: no operation needs the permission `User:list`; did you mean `Users:list`?"),
    ({"auth": tokens(permissions=["users:*"])}, "did you mean `Users:*`?"),
    ({"auth": tokens(permissions=["Users:read"])}, "there are Users:create, "),
    ({"auth": tokens(permission=["scim:*"])}, "no `permission`; did you mean `permissions`?"),
    ({"auth": tokens(permissions=[], expires="2030-01-01")}, "did you mean `expires_at`?"),
    ({"auth": [none(), tokens(profile="azure")]}, "bearer: `azure` is no profile; profiles: "),
    ({"auth": jwt(**LOGIN, scopes={"read": ["Users:lst"]})}, "jwt: .*did you mean `Users:list`?"),
    ({"observe": {"audits": print}}, "did you mean `audit`?"),
    ({"observe": {"audit": True}}, '`observe["audit"]` is a function'),
    ({"on_error": "stderr"}, "`on_error` is a function"),
]


@pytest.mark.parametrize(("settings", "said"), MISTAKES, ids=[said[:50] for _, said in MISTAKES])
def test_it_is_told_before_the_first_request(settings: dict[str, Any], said: str) -> None:
    pattern = re.escape(said).replace(r"\.\*", ".*")
    with pytest.raises((TypeError, sf.ScimError), match=pattern):
        create_scim_app(**{"store": MemoryStore(), "auth": none(), **settings})


def test_what_is_right_is_taken_for_no_slip() -> None:
    principal = {
        **{"sub": "okta", "tenant": "acme", "team": "identity", "profile": "okta"},
        "permissions": ["Users:*", "people.write", "billing:read", "scim:*"],
    }
    create_scim_app(
        store=SqliteStore(":memory:"),
        auth=[tokens(**principal), basic({"hr": {"password": password_hash("three lanterns"), "permissions": ["hr.read"]}})],
        permissions={"Users:create": "people.write"},
        attribute_permissions={"User": {"title": {"read": "hr.read"}}},
        base_url="http://127.0.0.1:8080/",
        observe={"audit": print},
    )
    create_scim_app(store=MemoryStore(), auth=tokens(permissions=["/permission/admin"]), permissions="wso2", resources=["Group"])


@pytest.mark.parametrize("wrong", ["", None])
def test_a_token_that_is_not_set(wrong: Any) -> None:
    with pytest.raises(TypeError, match="is its environment variable set?"):
        token_digest(wrong)


def within(seconds: float, met: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_tokens_come_and_go_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"

    def write(**table: Any) -> None:
        file.write_text(json.dumps({"tokens": {token_digest(token): who for token, who in table.items()}}))

    write(okta={"sub": "okta", "permissions": ["scim:*"]}, old={"sub": "old", "permissions": ["scim:*"], "expiresAt": "2020-01-01T00:00:00Z"})
    errors: list[Exception] = []
    app = app_of(errors, store=MemoryStore(), auth=bearer(file=file), failed_sign_ins=False)
    with serving(app) as ask:
        status = lambda token: ask("GET", "/Users", authorization=f"Bearer {token}").status
        assert [status(token) for token in ("okta", "old", "new")] == [200, 401, 401]
        write(new={"sub": "new", "permissions": ["scim:*"]})
        within(5, lambda: status("new") == 200)
        assert status("okta") == 401
        file.write_text('{"tokens": ["a secret"]}')
        within(5, lambda: status("new") == 401)
        assert errors and "no file of tokens" in str(errors[-1]) and "secret" not in str(errors[-1])
        file.unlink()
        time.sleep(0.6)
        assert status("new") == 401 and "no such file" in str(errors[-1])


def test_a_file_of_tokens_that_is_wrong_is_found_at_once(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="no such file; `npx @scimforge/node token make"):
        bearer(file=tmp_path / "none.json")
    (tmp_path / "slip.json").write_text(json.dumps({"tokens": {token_digest("a"): {"permissions": ["User:list"]}}}))
    with pytest.raises(TypeError, match="did you mean `Users:list`"):
        create_scim_app(store=MemoryStore(), auth=bearer(file=tmp_path / "slip.json"))


@pytest.mark.skipif(not ADDON.exists(), reason="the addon for Node is not built")
def test_the_file_is_the_one_that_the_command_writes(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    command = ["node", str(ROOT / "bindings-node/js/cli/main.js"), "token", "make", "--file", str(file)]
    command += ["--name", "okta", "--permissions", "scim:*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60)
    assert done.returncode == 0, done.stderr
    made = re.search(r"scim_[A-Za-z0-9_-]+", done.stdout)
    assert made is not None, done.stdout
    with listening(store=MemoryStore(), auth=bearer(file=file)) as ask:
        assert ask("GET", "/Users", authorization=f"Bearer {made[0]}").status == 200
