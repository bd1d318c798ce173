"""What a store promises, as tests for pytest or unittest: the shipped ones pass them, and so should one
of your own.

>>> from scimforge.asgi import MemoryStore
>>> from scimforge.testing import StoreTests
>>> class TestMyStore(StoreTests):
...     def make_store(self):
...         return MemoryStore()
>>> TestMyStore().test_tenants_do_not_see_each_other()
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import SkipTest
from urllib.parse import urlencode

from ._host import kept_events, kept_removed
from ._host.trying import SORTED, Plain, Requests, Server, bulk, group, join, patch, same, user
from .asgi import MemoryStore

__all__ = ["StoreTests"]


class StoreTests:
    """The tests of a store: a subclass whose name begins with ``Test`` is found by pytest, one that is a
    ``unittest.TestCase`` as well by unittest.

    >>> from scimforge.asgi import MemoryStore
    >>> from scimforge.testing import StoreTests
    >>> class TestMyStore(StoreTests):
    ...     requests = 20
    ...     def make_store(self):
    ...         return MemoryStore()
    >>> TestMyStore().test_it_answers_as_the_store_in_memory()
    """

    requests = 400
    """How many random requests are compared with the store in memory, for each seed."""
    seeds = (1, 2)
    plain_members = False
    """Whether members of groups are a set of ``value``, without order and without anything beside."""
    shows_groups = True
    """Whether it says who is in which group, by :meth:`scimforge.asgi.StoreBase.memberships`: then users
    are shown with their ``groups``, and leave them when they are removed."""
    keeps_removed = False
    """Whether it keeps what is deleted softly; see :meth:`scimforge.asgi.StoreBase.remove`."""
    keeps_events = False
    """Whether it keeps events, in its ``outbox``."""

    def make_store(self) -> Any:
        """An empty store, for each test; plain or a coroutine.

        >>> from scimforge.testing import StoreTests
        >>> StoreTests().make_store()
        Traceback (most recent call last):
        NotImplementedError: `make_store` gives an empty store
        """
        raise NotImplementedError("`make_store` gives an empty store")

    def test_a_resource_is_kept_replaced_and_removed(self) -> None:
        with self._serving() as server:
            odd = "\x00 %_'\"\\ é"
            one = f"/Users/{server.create(user('rosa', title=odd))['id']}"
            same(server.send("GET", one).json()["title"], odd)
            same(server.send("PUT", one, user("rosa", title="Cook")).status, 200)
            same(server.send("GET", one).json()["title"], "Cook")
            same(server.count("/Users?filter=title+eq+%22cook%22"), 1)
            same([server.send("DELETE", one).status for _ in range(2)], [204, 404])
            same(server.send("GET", one).status, 404)
            same(server.count("/Users"), 0)

    def test_a_unique_value_is_there_once_whatever_its_case(self) -> None:
        with self._serving() as server:
            rosa, lind = (f"/Users/{server.create(user(name))['id']}" for name in ("rosa", "lind"))
            taken = server.send("POST", "/Users", user("ROSA"))
            same((taken.status, taken.json()["scimType"]), (409, "uniqueness"))
            same(server.send("PUT", lind, user("Rosa")).status, 409)
            same(server.send("GET", lind).json()["userName"], "lind", "nothing of it was kept")
            same([server.send("PUT", rosa, user(name)).status for name in ("Rosa", "ada")], [200, 200])
            server.create(user("rosa"))
            server.send("DELETE", rosa)
            server.create(user("ada"))

    def test_a_name_is_there_once_however_it_is_spelled(self) -> None:
        with self._serving() as server:
            # Å as a letter and a ring, and M as wide as an ideograph.
            server.create(user("A\u030ase.\uff2doen"))
            taken = server.send("POST", "/Users", user("\u00e5se.moen"))
            same((taken.status, taken.json()["scimType"]), (409, "uniqueness"))
            for name in ("\u00c5SE.moen", "a\u030ase.\uff4d\uff2f\uff25n", "\u212bse.moen"):
                query = urlencode({"filter": f'userName eq "{name}"'})
                same(server.count(f"/Users?{query}"), 1, "`equal.key` is what `unique` has")
            server.create(user("ase.moen"))

    def test_of_many_that_want_a_value_at_once_one_gets_it(self) -> None:
        with self._serving() as server:
            answers = server.together(*[("POST", "/Users", user("rosa"))] * 8)
            same(sorted(answer.status for answer in answers), [201, *[409] * 7])
            same(server.count("/Users"), 1)

    def test_what_is_long_is_kept_and_found(self) -> None:
        letters = Requests(7, SORTED).chance.choices("abcdefghijklmnop0123456789", k=3_000)
        long = "é" + "".join(letters)
        with self._serving() as server:
            mail = f"{long}@north.test"
            made = server.create(user(long, externalId=long, emails=[{"value": mail}]))
            compared = [f'userName eq "{long}"', f'externalId eq "{long}"', f'userName sw "{long}"', f'emails.value eq "{mail}"']
            for filter in compared:
                found = server.send("GET", f"/Users?{urlencode({'filter': filter})}").json()
                same([one["id"] for one in found["Resources"]], [made["id"]], filter[:20])
            same(server.send("POST", "/Users", user(long)).status, 409)
            same(server.send("POST", "/Users", user(f"{long}x")).status, 201)

    def test_a_change_says_which_version_it_changes(self) -> None:
        with self._serving() as server:
            made = server.create(user("rosa"))
            one, old = f"/Users/{made['id']}", {"if-match": made["meta"]["version"]}
            same(server.send("PUT", one, user("lind"), old).status, 200)
            same(server.send("PUT", one, user("ada"), old).status, 412)
            same(server.send("DELETE", one, None, old).status, 412)
            same(server.send("GET", one).json()["userName"], "lind")

    def test_tenants_do_not_see_each_other(self) -> None:
        with self._serving() as server:
            one, north = f"/Users/{server.create(user('rosa'))['id']}", {"tenant": "north"}
            same([server.send(method, one, env=north).status for method in ("GET", "DELETE")], [404, 404])
            same(server.send("POST", "/Users", user("rosa"), env=north).status, 201)
            for env in ({}, north):
                same(server.count("/Users?filter=userName+eq+%22rosa%22", env), 1)

    def test_no_change_is_lost_to_another_at_the_same_time(self) -> None:
        with self._serving() as server:
            one = f"/Groups/{server.create(group('All'), '/Groups')['id']}"
            members = [f"m-{number}" for number in range(8)]
            answers = server.together(*(("PATCH", one, patch(join(member))) for member in members))
            same({answer.status for answer in answers}, {200})
            found = server.send("GET", one).json()["members"]
            same(sorted(member["value"] for member in found), members)

    def test_who_asks_for_no_members_has_all_the_rest(self) -> None:
        with self._serving() as server:
            many = [f"m-{number}" for number in range(120)]
            made = {name: server.create(group(name, *members), "/Groups") for name, members in (("all", many), ("none", []))}
            for query in ("excludedAttributes=members", "attributes=displayName,meta.version"):
                found = server.send("GET", f"/Groups?{query}&sortBy=displayName").json()["Resources"]
                same([one["displayName"] for one in found], ["all", "none"], query)
                for one in found:
                    alone = server.send("GET", f"/Groups/{one['id']}?{query}").json()
                    version = made[one["displayName"]]["meta"]["version"]
                    same([shown["meta"]["version"] for shown in (one, alone)], [version] * 2, query)
                    same("members" in one or "members" in alone, False, query)
            found = server.send("GET", "/Groups?attributes=members.value&sortBy=displayName").json()["Resources"]
            same([len(one.get("members", ())) for one in found], [120, 0])

    def test_a_large_group_changes_member_by_member(self) -> None:
        with self._serving() as server:
            rosa = server.create(user("rosa"))["id"]
            many = [f"M-{number}" for number in range(120)]
            one = f"/Groups/{server.create(group('all', *many), '/Groups')['id']}"

            def changed(*operations: Any, asked: str = "", headers: Any = None) -> Any:
                return server.send("PATCH", one + asked, patch(*operations), headers)

            def version() -> Any:
                return server.send("GET", f"{one}?excludedAttributes=members").json()["meta"]["version"]

            first = version()
            changed(join("M-7"))
            same(version(), first, "who is there already is not added")
            gone = {"op": "remove", "path": 'members[value eq "M-3"]'}
            joined = changed(join(rosa, "m-new"), gone, {"op": "replace", "path": "displayName", "value": "most"})
            same((joined.status in (200, 204), joined.headers["etag"]), (True, version()))
            same(version() != first, True)
            wanted = [*(value for value in many if value != "M-3"), rosa, "m-new"]
            same(self._members(server, one), self._ordered(wanted))
            same(server.send("GET", one).json()["displayName"], "most")
            second = version()
            changed(gone)
            same(version(), second, "who is gone cannot go again")
            same(changed(join("late"), headers={"if-match": first}).status, 412)
            brief = changed(join("M-9"), asked="?excludedAttributes=members").json()
            same((brief["displayName"], "members" in brief), ("most", False))
            left = {"op": "remove", "path": "members", "value": [{"value": "m-new"}]}
            same(len(changed(left, asked="?attributes=members").json()["members"]), 120)
            for filter, count in [(f'members.value eq "{rosa}"', 1), ('members.value eq "m-new"', 0), ("not (members pr)", 0)]:
                same(server.count(f"/Groups?{urlencode({'filter': filter})}"), count, filter)
            same(server.send("PUT", one, group("two", "b", "a")).status, 200)
            same(self._members(server, one), self._ordered(["b", "a"]))
            same(server.count('/Groups?filter=members.value+eq+"M-12"'), 0)

    def test_of_a_bulk_what_is_refused_leaves_the_rest(self) -> None:
        def post(name: str, id: str) -> dict[str, Any]:
            return {"method": "POST", "path": "/Users", "bulkId": id, "data": user(name, password="correct-horse")}

        crew = {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group("All", "bulkId:lind")}
        with self._serving() as server:
            answer = server.send("POST", "/Bulk", bulk(crew, post("rosa", "r"), post("ROSA", "again"), post("lind", "lind")))
            same([one["status"] for one in answer.json()["Operations"]], ["201", "201", "409", "201"])
            same(server.count("/Users"), 2)
            same(len(server.send("GET", "/Groups").json()["Resources"][0]["members"]), 1)

    def test_who_is_in_a_group_is_shown_with_it_and_leaves_it_when_removed(self) -> None:
        if not self.shows_groups:
            raise SkipTest("`shows_groups` is False")
        with self._serving() as server:
            rosa = server.create(user("rosa"))["id"]
            bakers = server.create(group("Bakers", rosa, rosa.upper()), "/Groups")["id"]
            shown = server.send("GET", f"/Users/{rosa}").json().get("groups", [])
            same([(one["value"], one["display"]) for one in shown], [(bakers, "Bakers")])
            same(server.send("DELETE", f"/Users/{rosa}").status, 204)
            same(len(server.send("GET", f"/Groups/{bakers}").json()["members"]), 1)

    def test_a_password_is_in_no_answer(self) -> None:
        with self._serving() as server:
            made = server.send("POST", "/Users", user("rosa", password="correct-horse"))
            same(made.status, 201)
            same([b"correct" in answer.body for answer in (made, server.send("GET", "/Users"))], [False, False])

    def test_it_answers_as_the_store_in_memory(self) -> None:
        for seed in self.seeds:
            self._compare(seed)

    def test_what_is_deleted_softly_is_kept(self) -> None:
        if not self.keeps_removed:
            raise SkipTest("`keeps_removed` is False")
        for removal, test in kept_removed.TESTS:
            with self._serving({"delete": removal}) as server:
                test(server)
        for seed in self.seeds if self.shows_groups and not self.plain_members else ():
            unique = "freed" if seed % 2 else "kept"
            self._compare(seed + 100, {"mode": "soft", "unique": unique, "recreate": "restore"})

    def test_events_are_kept_with_their_changes(self) -> None:
        if not self.keeps_events:
            raise SkipTest("`keeps_events` is False")
        for test in kept_events.TESTS:
            with self._serving({"events": {"mode": "full", "sinks": ["one", "two"]}}) as server:
                test(server)

    def _serving(self, config: Mapping[str, Any] | None = None) -> Server:
        return Server(self.make_store(), config)

    def _compare(self, seed: int, removal: Mapping[str, str] | None = None) -> None:
        sorts = [name for name in SORTED if not (self.plain_members and name == "members")]
        requests, config = Requests(seed, sorts), {} if removal is None else {"delete": removal}
        known = MemoryStore() if self.shows_groups else Plain()
        with self._serving(config) as server, Server(known, config) as reference:
            for index in range(1, self.requests + 1):
                second = index // 3 * 7 // 10
                now = f"2026-03-01T09:{30 + second // 60:02}:{second % 60:02}Z"
                env = {"ids": [f"id-{index}", f"id-{index}-b"], "now": now}
                task = requests.task() if removal is not None else None
                if task is not None:
                    wanted, found = reference.task(task, env), server.task(task, env)
                    about = f"seed {seed}, request {index}: {task}"
                else:
                    method, target, body = requests.following()
                    wanted, found = (one.send(method, target, body, None, env) for one in (reference, server))
                    about = f"seed {seed}, request {index}: {method} {target} {body}"
                same((found.status, self._seen(found.json())), (wanted.status, self._seen(wanted.json())), about)
                if wanted.status == 201:
                    requests.ids.append(f"id-{index}")

    def _members(self, server: Server, target: str) -> list[str]:
        return self._ordered([one["value"] for one in server.send("GET", target).json()["members"]])

    def _ordered(self, members: list[str]) -> list[str]:
        return sorted(members) if self.plain_members else members

    def _seen(self, body: Any) -> Any:
        """Where members have no order they have one here; the version may follow from theirs."""
        if not self.plain_members or not isinstance(body, dict):
            return body
        if isinstance(body.get("Resources"), list):
            return {**body, "Resources": [self._seen(one) for one in body["Resources"]]}
        if not isinstance(body.get("members"), list):
            return body
        meta = {name: value for name, value in body["meta"].items() if name != "version"}
        return {**body, "members": sorted(body["members"], key=lambda one: str(one["value"])), "meta": meta}
