"""Events are kept with their changes, and delivered from there: the tests of stores for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .outbox import Claimed, Letter, Settled
from .trying import Server, bulk, patch, same, user

_LEASE = 60.0
_DONE = Settled("done")


def _claim(server: Server, sink: str, limit: int = 10, lease: float = _LEASE) -> list[Claimed]:
    found: list[Claimed] = server.loop.run_until_complete(server.store.outbox.claim(sink, limit, lease))
    return found


def _settle(server: Server, sink: str, claimed: Claimed, settled: Settled, lease: float | None = None) -> Claimed | None:
    following: Claimed | None = server.loop.run_until_complete(
        server.store.outbox.settle(sink, claimed, settled, lease)
    )
    return following


def _changes(server: Server, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.loop.run_until_complete(server.store.outbox.changes(after, limit))
    return found


def _retitled(text: str) -> dict[str, Any]:
    return patch({"op": "replace", "path": "title", "value": text})


def _are_told_in_order(server: Server) -> None:
    one = f"/Users/{server.create(user('rosa', password='correct-horse'))['id']}"
    same(server.send("POST", "/Users", user("ROSA")).status, 409)
    for text in ("Cook", "Cook"):
        same(server.send("PATCH", one, _retitled(text)).status, 200)
    same(server.send("PUT", one, user("lind"), {"if-match": 'W/"other"'}).status, 412)
    post = {"method": "POST", "path": "/Users", "bulkId": "a"}
    answer = server.send("POST", "/Bulk", bulk({**post, "data": user("otto")}, {**post, "bulkId": "b", "data": user("Otto")}))
    same([done["status"] for done in answer.json()["Operations"]], ["201", "409"])
    same(server.send("DELETE", one).status, 204)
    told = _changes(server)
    same([change["event"]["name"] for change in told], ["user.created", "user.updated", "user.created", "user.deleted"])
    same([change["seq"] for change in told], sorted({change["seq"] for change in told}))
    same(_changes(server, told[1]["seq"], 1), told[2:3])
    same("correct" in str(told), False)


def _wait_for_the_first_of_their_resource(server: Server) -> None:
    rosa, otto = (f"/Users/{server.create(user(name))['id']}" for name in ("rosa", "otto"))
    server.send("PATCH", rosa, _retitled("Cook"))
    server.send("DELETE", rosa)
    first = _claim(server, "one", 1)
    same([claimed.attempts for claimed in first], [1])
    claimed = [*first, *_claim(server, "one")]
    same(sorted(each.event["uri"] for each in claimed), sorted([rosa, otto]), "the first of each")
    same(_claim(server, "one"), [], "nobody else gets what was claimed")
    same(len(_claim(server, "two", lease=0.0)), 2, "another receiver has its own")
    own = next(each for each in claimed if each.event["uri"] == rosa)
    following = _settle(server, "one", own, _DONE, _LEASE)
    assert following is not None
    same((following.event["name"], following.attempts), ("user.updated", 1))
    same(_settle(server, "one", own, _DONE, _LEASE), None, "that attempt is over")
    same(_settle(server, "one", following, Settled("again", "status 503", 0.0)), None)
    [again] = _claim(server, "one")
    same((again.seq, again.attempts), (following.seq, 2))
    same(_settle(server, "one", following, _DONE, _LEASE), None, "that attempt is over")
    same(_settle(server, "one", again, _DONE), None)
    [last] = _claim(server, "one")
    same(last.event["name"], "user.deleted")


def _that_were_given_up_can_be_tried_again(server: Server) -> None:
    for name in ("rosa", "otto", "ines"):
        server.create(user(name))
    for sink in ("one", "two"):
        for claimed in _claim(server, sink):
            _settle(server, sink, claimed, Settled("dead", "status 410"))

    def asked(after: tuple[int, str], limit: int, receiver: str | None) -> list[Letter]:
        found: list[Letter] = server.loop.run_until_complete(
            server.store.outbox.dead_letters(after, limit, receiver)
        )
        return found

    def again(receivers: list[str], ids: list[str] | None) -> int:
        count: int = server.loop.run_until_complete(server.store.outbox.retry(receivers, ids))
        return count

    letters = asked((0, ""), 10, None)
    numbers = sorted({letter.seq for letter in letters})
    same([(letter.seq, letter.sink) for letter in letters], [(seq, sink) for seq in numbers for sink in ("one", "two")])
    same({(letter.attempts, letter.failure) for letter in letters}, {(1, "status 410")})
    same(asked((letters[1].seq, letters[1].sink), 2, None), letters[2:4])
    same(asked((0, ""), 10, "two"), letters[1::2])
    same(again(["one"], [f"{numbers[0]}.one", f"{numbers[0]}.two", "999.one"]), 1)
    same([(claimed.seq, claimed.attempts) for claimed in _claim(server, "one")], [(numbers[0], 1)])
    same(again(["one", "two"], None), 5)
    same((len(_claim(server, "one")), len(_claim(server, "two")), asked((0, ""), 10, None)), (2, 3, []))


def _are_forgotten_when_nobody_waits_for_them(server: Server) -> None:
    server.create(user("rosa"))

    def pruned() -> None:
        known = ["one", "two"]
        server.loop.run_until_complete(server.store.outbox.prune(-60.0, known, 86_400.0))

    pruned()
    same(len(_changes(server)), 1, "it is still to be delivered")
    for sink in ("one", "two"):
        for claimed in _claim(server, sink):
            _settle(server, sink, claimed, _DONE)
    pruned()
    same(_changes(server), [])


TESTS: list[Callable[[Server], None]] = [
    _are_told_in_order,
    _wait_for_the_first_of_their_resource,
    _that_were_given_up_can_be_tried_again,
    _are_forgotten_when_nobody_waits_for_them,
]
