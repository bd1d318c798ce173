"""The package as users meet it: types, stubs, examples, pickling, threads."""

from __future__ import annotations

import copy
import doctest
import importlib
import inspect
import json
import os
import pickle
import pkgutil
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import is_typeddict

import pytest

import scimforge as sf
from scimforge import asgi, testing, wsgi

ROOT = Path(os.environ.get("SCIMFORGE_ROOT", Path(__file__).parents[2]))
MODULES = [module.name for module in pkgutil.walk_packages(sf.__path__, "scimforge.")]


@pytest.mark.parametrize("module", ["scimforge", *MODULES])
def test_examples_in_docstrings(module: str) -> None:
    if module.endswith(("._scimforge", ".__main__")):
        pytest.skip("no examples")
    failed, _ = doctest.testmod(importlib.import_module(module))
    assert failed == 0


def documented() -> Iterator[tuple[str, str]]:
    """What users call, with its docstring; the types of documents only describe."""
    for module, name in [(module, name) for module in (sf, asgi, testing, wsgi) for name in module.__all__]:
        thing = getattr(module, name)
        if inspect.isfunction(thing):
            yield name, thing.__doc__ or ""
        elif inspect.isclass(thing) and not is_typeddict(thing):
            yield name, thing.__doc__ or ""
            for own, member in vars(thing).items():
                member = member.fget if isinstance(member, property) else member
                if inspect.isfunction(member) and not own.startswith(("_", "test_")):
                    yield f"{name}.{own}", member.__doc__ or ""


def test_whatever_is_public_has_an_example() -> None:
    assert [name for name, text in documented() if ">>>" not in text] == []


def python(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def test_types_are_strict(tmp_path: Path) -> None:
    # The package itself, and a program that uses it.
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    package = Path(sf.__file__).parent
    done = python(
        "-m", "mypy", "--strict", f"--cache-dir={tmp_path}", str(package), str(program), cwd=package.parent
    )
    assert done.returncode == 0, done.stdout + done.stderr


PROGRAM = """
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import scimforge as sf
from scimforge import asgi, testing

rosa: sf.User = {"schemas": [sf.USER], "userName": "rosa", "active": True, "name": {"givenName": "Rosa"}}
issues: list[sf.Issue] = sf.validate(rosa, mode="replace")
codes: list[str] = [issue.code for issue in issues if issue.severity == "error"]
fits: bool = sf.filter("title pr").matches(b"{}")
group: sf.Group = {"schemas": [sf.GROUP], "displayName": "Bakers", "members": [{"value": "7"}]}
run: sf.MigrationRun = sf.read_ldif("people.ldif", progress=lambda done, total: None)
lines: list[int] = [outcome.line for outcome in run if outcome.resource is None]

okta: asgi.Principal = {"sub": "okta", "permissions": ["scim:*"]}
tokens: asgi.Authenticator = asgi.bearer({asgi.token_digest("x"): okta})


async def own(head: asgi.Head) -> asgi.Principal | None:
    return okta if head.headers.get("x-key") == "k" else None


app: asgi.ScimApp = asgi.create_scim_app(
    store=asgi.SqliteStore(":memory:"), auth=[tokens, own], rate_limit={"per_token": "25/s"}
)

hook: asgi.Webhook = {"url": "https://crm.example.test/hook", "secret": "whsec_c2VjcmV0c2VjcmV0", "types": ["user.deleted"]}
pushed: asgi.SecurityEvents = {
    "issuer": "https://a.example.test", "audience": ["b"], "key": {"kty": "EC"}, "alg": "ES256", "url": "https://b.example.test"
}
events: asgi.EventSettings = {"mode": "full", "webhooks": [hook], "set": pushed, "retry": {"attempts": 3}}
signed: asgi.Authenticator = asgi.jwt(issuer="https://id.example.test", audience="scim", scopes={"read": ["Users:list"]})


class Shelf(asgi.StoreBase):
    outbox: asgi.Outbox

    async def get(self, key: Mapping[str, str]) -> Any:
        return None

    def insert(self, key: Any, resource: Any, unique: Any, password: str | None, event: Any = None) -> None:
        raise asgi.Conflict("userName")


class TestShelf(testing.StoreTests):
    keeps_events = True

    def make_store(self) -> Shelf:
        return Shelf()


async def look(told: asgi.ScimApp) -> int:
    letters: list[dict[str, Any]] = await told.dead_letters(receiver="webhook crm", limit=10)
    granted: list[dict[str, str]] = told.operations()
    return await told.retry_dead_letters(ids=[letter["id"] for letter in letters]) + len(granted)
"""


def test_stubs_match_the_native_module(tmp_path: Path) -> None:
    package = Path(sf.__file__).parent
    done = python("-m", "mypy.stubtest", "scimforge._scimforge", cwd=package.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_names_are_exported() -> None:
    assert len(sf.__all__) == len(set(sf.__all__))
    assert all(hasattr(sf, name) for name in sf.__all__)
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", sf.__version__)


def test_the_catalogues() -> None:
    assert all(re.fullmatch("[a-z0-9-]+", row["code"]) for row in sf.codes())
    assert {"strict", "rfc", "lenient", "entra", "okta"} <= set(sf.profiles())
    user = sf.schema("User")
    assert user.to_dict()["resourceType"]["name"] == "User"
    # A schema's own documents make it again.
    assert sf.schema(user.to_dict()).fields() == user.fields()
    assert sf.schema(json.dumps(user.to_dict())).is_valid({"schemas": [sf.USER], "userName": "x"})


def test_errors_can_be_pickled_and_copied() -> None:
    caught: list[sf.ScimError] = []
    for call in (
        lambda: sf.filter("title eqq"),
        lambda: sf.check({"schemas": [sf.USER]}),
        lambda: sf.schema({}),
        lambda: sf.apply_patch({}, {}),
        lambda: list(sf.read_ldif(b"")),
        lambda: sf.validate({}, profile="none"),
    ):
        with pytest.raises(sf.ScimError) as error:
            call()
        caught.append(error.value)
    kinds = [sf.FilterError, sf.ValidationError, sf.SchemaError, sf.PatchError, sf.MigrationError]
    assert [type(error) for error in caught] == [*kinds, sf.ScimError]
    for error in caught:
        for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
            assert type(again) is type(error)
            assert (again.issues, again.status, str(again)) == (error.issues, error.status, str(error))
            assert again.code and again.code == error.issues[0].code


def test_results_can_be_pickled() -> None:
    patch = {"schemas": [sf.PATCH_OP], "Operations": [{"op": "Add", "path": "title", "value": "x"}]}
    for result in (
        sf.apply_patch({"schemas": [sf.USER], "userName": "rosa"}, patch),
        sf.validate({}),
        sf.MemoryServer().handle("GET", "/Users"),
    ):
        assert pickle.loads(pickle.dumps(result)) == result


def test_other_threads_run_meanwhile() -> None:
    members = [{"value": f"u-{number}", "display": "x" * 40} for number in range(200_000)]
    text = json.dumps({"schemas": [sf.GROUP], "displayName": "All", "members": members}).encode()
    group = sf.schema("Group")
    ticks, running = 0, True

    def tick() -> None:
        nonlocal ticks
        while running:
            ticks += 1
            time.sleep(0.001)

    def work() -> None:
        assert group.is_valid(text)

    ticker = threading.Thread(target=tick)
    start = time.monotonic()
    work()
    alone = time.monotonic() - start
    ticker.start()
    workers = [threading.Thread(target=work) for _ in range(2)]
    before = ticks
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    during = ticks - before
    running = False
    ticker.join()
    # With the GIL held the ticker would stand still for as long as a document takes.
    assert during > alone * 1_000 / 20, (during, alone)


def test_threads_share_handles() -> None:
    schema, staff = sf.schema("User"), sf.filter('userName sw "r"')
    failures: list[object] = []

    def work(name: str) -> None:
        for _ in range(300):
            document = {"schemas": [sf.USER], "userName": name}
            if schema.validate(document) or staff.matches(document) is not name.startswith("r"):
                failures.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("rosa", "nils", "ruth")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_server_in_memory() -> None:
    server = sf.MemoryServer()
    made = server.handle("POST", "/Users", body={"schemas": [sf.USER], "userName": "rosa"})
    assert made.status == 201
    place = f"/Users/{made.json()['id']}"
    assert server.handle("GET", place).json()["userName"] == "rosa"
    assert server.handle("POST", "/Users", body='{"userName": ').status == 400
    assert server.handle("POST", "/Users", body=made.body).status == 409
    assert server.handle("DELETE", place).body == b""
    assert server.handle("GET", place).status == 404
    with pytest.raises(sf.ScimError, match="foreign-value"):
        server.handle("POST", "/Users", body={"userName": {1}})


def test_the_python_quick_start_of_the_readme() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("no README.md")
    blocks = re.findall(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)
    assert blocks, "README.md has no Python block"
    for block in blocks:
        exec(compile(block, str(readme), "exec"), {})
