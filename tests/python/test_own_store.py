"""What a store of one's own is asked, and what is said of it where it does not do as it promised."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from own_store import Own, Shelves
from parity import bulk
from serving import message, user
from test_asgi_events import app_of, ask, listed, until

from scimforge._host.trying import Server, group, join
from scimforge.asgi import Outbox, StoreBase, create_scim_app, none


def test_members_of_a_large_group_are_changed_one_by_one() -> None:
    seen: list[Any] = []

    class Watched(Shelves):
        def get(self, key: Any) -> Any:
            raise AssertionError("the whole group is not needed")

        def part(self, key: Any, asked: Any) -> Any:
            seen.append(asked)
            return super().part(key, asked)

        def replace(self, key: Any, resource: Any, *given: Any, **more: Any) -> bool:
            seen.append((sorted(more), resource.get("members"), more["members"]))
            return super().replace(key, resource, *given, **more)

    with Server(Watched()) as server:
        one = f"/Groups/{server.create(group('All', *(f'M-{number}' for number in range(150))), '/Groups')['id']}"
        left = {"op": "remove", "path": 'members[value eq "M-3"]'}
        assert server.send("PATCH", one, message(join("new"), left)).status == 204
    asked, changed = seen
    assert sorted(asked["members"]) == ["m-3", "new"] and asked["few"] < 150
    assert changed[:2] == (["members"], None)
    assert sorted(sorted(change) for change in changed[2]) == [["new"], ["old"]]


def test_a_bulk_that_fails_in_the_middle_leaves_nothing() -> None:
    class Failing(Shelves):
        async def insert(self, key: Any, resource: Any, *given: Any, **more: Any) -> None:
            if resource.get("userName") == "ines":
                raise OSError("the disk is full")
            await super().insert(key, resource, *given, **more)

    errors: list[Exception] = []
    store = Failing()

    async def run() -> None:
        app = app_of(store, errors, events=True)
        posts = [{"method": "POST", "path": "/Users", "bulkId": name, "data": user(name)} for name in ("rosa", "ines")]
        assert (await ask(app, "POST", "/Bulk", bulk(*posts)))[0] == 500
        assert (await ask(app, "GET", "/Users"))[1]["totalResults"] == 0
        assert await listed(app) == []
        assert (await ask(app, "POST", "/Bulk", bulk(posts[0])))[1]["Operations"][0]["status"] == "201"
        assert [change["event"]["name"] for change in await listed(app)] == ["user.created"]

    asyncio.run(run())
    assert [str(error) for error in errors] == ["OSError: the disk is full"]


def test_what_it_keeps_is_delivered() -> None:
    told: list[str] = []
    errors: list[Exception] = []

    def hook(event: dict[str, Any]) -> None:
        told.append(event["name"])
        if event["name"] == "user.deleted" and len(told) < 4:
            raise ValueError

    async def run() -> None:
        store = Shelves()
        store.outbox.sinks = {"on_event": {}}
        app = app_of(store, errors, events={"on_event": hook, "retry": {"attempts": 1}})
        async with app.lifespan():
            _, rosa = await ask(app, "POST", "/Users", user("rosa"))
            await ask(app, "DELETE", f"/Users/{rosa['id']}")
            await until(lambda: len(told) == 2)
            while not (letters := await app.dead_letters()):
                await asyncio.sleep(0.02)
            assert [(one["receiver"], one["failure"]) for one in letters] == [("on_event", "ValueError")]
            assert await app.retry_dead_letters() == 1
            await until(lambda: len(told) == 3)

    asyncio.run(run())
    assert told == ["user.created", "user.deleted", "user.deleted"]


def test_events_are_for_stores_that_take_them() -> None:
    for events, wrong in [(True, "keeps no events: `event` is no parameter of insert, replace, remove")]:
        with pytest.raises(TypeError, match=wrong):
            create_scim_app(store=Own(), auth=none(), events=events)

    class Bare(Shelves):
        def __init__(self) -> None:
            super().__init__()
            del self.outbox

    class Small(StoreBase):
        class outbox:
            claim = settle = changes = prune = None

        def insert(self, *given: Any, event: Any = None) -> None:
            pass

        replace = remove = insert

    async def run() -> None:
        app = app_of(Small(), [], events=True)
        with pytest.raises(TypeError, match="has no `dead_letters`"):
            await app.dead_letters()

    asyncio.run(run())
    with pytest.raises(TypeError, match="deliver"):
        create_scim_app(store=Bare(), auth=none(), events={"on_event": print})
    create_scim_app(store=Bare(), auth=none(), events={"on_event": print, "deliver": False})

    class Half(Own):
        def part(self, key: Any, asked: Any) -> Any:
            return None

    with pytest.raises(TypeError, match="`members`"):
        create_scim_app(store=Half(), auth=none())


ROSA = {**user("rosa", id="u-1"), "meta": {"resourceType": "User", "version": 'W/"1"'}}


@pytest.mark.parametrize(
    ("answers", "path", "said"),
    [
        ({"get": {"login": "rosa"}}, "/Users/u-1", r"store.get answers a resource .*, not a dict with login"),
        ({"get": 7}, "/Users/u-1", "not a int"),
        ({"get": {**ROSA, "id": 7}}, "/Users/7", r"not a dict with .*; its `id` is a int and not a str"),
        ({"query": None}, "/Users", r"store.query answers a list, not None \(is a `return` missing\?\)"),
        ({"query": "rosa"}, "/Users", "not a str"),
        ({"query": {"Resources": []}}, "/Users", "not a dict with Resources"),
        ({"query": {"rows": []}}, "/Users", "say `residual`"),
        ({"query": {"rows": [], "residual": False}}, "/Users", "needs the `total`"),
        ({"query": {"rows": [ROSA] * 1001, "residual": False, "total": 1001}}, "/Users", "more `rows`"),
        ({"query": [None]}, "/Users", "one of `rows` is no resource"),
        ({"query": [ROSA], "memberships": 3}, "/Users", "store.memberships answers a list"),
    ],
)
def test_a_slip_is_named_with_its_method(answers: dict[str, Any], path: str, said: str) -> None:
    class Slip(StoreBase):
        def get(self, key: Any) -> Any:
            return answers["get"]

        def query(self, plan: Any) -> Any:
            return answers["query"]

        def memberships(self, plan: Any) -> Any:
            return answers.get("memberships", [])

    errors: list[Exception] = []

    async def run() -> None:
        assert (await ask(app_of(Slip(), errors), "GET", path))[0] == 500

    asyncio.run(run())
    assert len(errors) == 1
    with pytest.raises(RuntimeError, match=said):
        raise errors[0]
    assert "rosa" not in str(errors[0])


def test_its_outbox_has_the_form_of_a_protocol() -> None:
    assert all(hasattr(Shelves().outbox, name) for name in vars(Outbox) if not name.startswith("_"))
