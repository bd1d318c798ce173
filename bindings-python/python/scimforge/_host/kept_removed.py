"""What is deleted softly is gone for clients, and comes back as it was: the tests of stores for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from .trying import Server, group, same, user

_LATE = "2100-01-01T00:00:00Z"


def _names(server: Server, **env: Any) -> list[str]:
    found = server.task({"task": "removed", "type": "User"}, env).json()["removed"]
    return sorted(one["userName"] for one in found)


def _restored(server: Server, id: str, type: str = "User", **env: Any) -> Any:
    return server.task({"task": "restore", "type": type, "id": id}, env)


def _is_kept_and_comes_back(server: Server) -> None:
    made = server.create(user("rosa", title="\x00 %_'\"\\ é", externalId="hr-1"))
    one = f"/Users/{made['id']}"
    crew = server.create(group("Crew", made["id"]), "/Groups")["id"]
    same(server.send("DELETE", one, env={"principal": "hr"}).status, 204)
    for method, body in [("GET", None), ("DELETE", None), ("PUT", user("rosa"))]:
        same(server.send(method, one, body).status, 404, method)
    for filter in ('userName eq "rosa"', f'id eq "{made["id"]}"', 'externalId eq "hr-1"', "title pr"):
        same(server.count(f"/Users?{urlencode({'filter': filter})}"), 0, filter)
    kept = server.task({"task": "removed", "type": "User"}).json()["removed"][0]
    same((kept["id"], kept["userName"], kept["externalId"]), (made["id"], "rosa", "hr-1"))
    same(_names(server, tenant="north"), [])
    same(_restored(server, made["id"], tenant="north").status, 404)
    back = _restored(server, made["id"])
    same((back.status, back.json()["title"], back.json()["meta"]["created"]), (200, made["title"], made["meta"]["created"]))
    same(server.send("GET", one).json()["title"], made["title"])
    same(server.count("/Users?filter=userName+eq+%22ROSA%22"), 1)
    same((_restored(server, made["id"]).status, _names(server)), (404, []))
    same(server.send("GET", f"/Groups/{crew}").status, 200)
    _large_group_comes_back(server, made["id"])


def _large_group_comes_back(server: Server, rosa: str) -> None:
    members = [rosa, *(server.create(user(f"m-{number}"))["id"] for number in range(130))]
    large = server.create(group("Large", *members), "/Groups")["id"]
    for gone in range(2):
        same(server.send("DELETE", f"/Groups/{large}").status, 204)
        shown = server.send("GET", f"/Users/{rosa}").json().get("groups", [])
        same([group for group in shown if group["value"] == large], [])
        # Who is deleted meanwhile does not come back with it, nor to it.
        if gone:
            same(server.send("DELETE", f"/Users/{members[gone]}").status, 204)
        same(len(_restored(server, large, "Group").json()["members"]), 131 - gone)
        there = [one["value"] for one in server.send("GET", f"/Groups/{large}").json()["members"]]
        same(sorted(there), sorted(one for at, one in enumerate(members) if at == 0 or at > gone))


def _frees_its_values(server: Server) -> None:
    first = server.create(user("rosa"))["id"]
    server.send("DELETE", f"/Users/{first}")
    second = server.create(user("ROSA"))["id"]
    same(_restored(server, first).status, 409)
    same(_names(server), ["rosa"], "it is kept still")
    same(server.count("/Users"), 1)
    server.send("DELETE", f"/Users/{second}")
    same(_names(server), ["ROSA", "rosa"])
    same(_restored(server, first).status, 200)
    same(_names(server), ["ROSA"])


def _keeps_its_values(server: Server) -> None:
    rosa, lind = (server.create(user(name))["id"] for name in ("rosa", "lind"))
    server.send("DELETE", f"/Users/{rosa}")
    same(server.send("POST", "/Users", user("ROSA")).status, 409)
    same(server.send("PUT", f"/Users/{lind}", user("ROSA")).status, 409)
    same(_restored(server, rosa).status, 200)
    server.send("DELETE", f"/Users/{rosa}")
    same(server.task({"task": "purge", "before": _LATE}).json(), {"purged": {"User": 1}, "more": False})
    server.create(user("rosa"))


def _comes_back_by_a_post(server: Server) -> None:
    first = server.create(user("rosa", title="Cook"))
    one = f"/Users/{first['id']}"
    server.send("DELETE", one, env={"now": "2026-03-01T09:30:00Z"})
    back = server.send("POST", "/Users", user("Rosa", nickName="Ro"))
    told = back.json()
    same((back.status, told["id"], told["nickName"], "title" in told), (201, first["id"], "Ro", False))
    same(told["meta"]["created"], first["meta"]["created"])
    same(server.send("POST", "/Users", user("rosa")).status, 409)
    server.send("DELETE", one, env={"now": "2026-03-01T09:31:00Z"})
    answers = server.together(*[("POST", "/Users", user("rosa"))] * 4)
    same(sorted(answer.status for answer in answers), [201, 409, 409, 409])
    same([answer.json()["id"] for answer in answers if answer.status == 201], [first["id"]])
    same(_names(server), [])


def _is_listed_in_pages_and_purged(server: Server) -> None:
    for number in range(5):
        made = server.create(user(f"user-{number}"))["id"]
        server.send("DELETE", f"/Users/{made}", env={"now": f"2026-03-01T09:30:0{number // 2}Z"})
    found: list[Any] = []
    page: dict[str, Any] = {"next": None}
    while "next" in page:
        page = server.task({"task": "removed", "type": "User", "limit": 2, "after": page["next"]}).json()
        found += page["removed"]
    same(sorted(one["userName"] for one in found), [f"user-{number}" for number in range(5)])
    order = [(one["removed"], one["id"]) for one in found]
    same(order, sorted(order))

    def purge(second: int, **more: Any) -> Any:
        return server.task({"task": "purge", "before": f"2026-03-01T09:30:0{second}Z", **more}).json()

    same(purge(0), {"purged": {}, "more": False})
    same(purge(1, tenant="north"), {"purged": {}, "more": False})
    same(purge(2, limit=3), {"purged": {"User": 3}, "more": True})
    same(purge(2, tenant=""), {"purged": {"User": 1}, "more": False})
    same(_names(server), ["user-4"])
    same(_restored(server, found[0]["id"]).status, 404)


TESTS: list[tuple[Any, Callable[[Server], None]]] = [
    ("soft", _is_kept_and_comes_back),
    ("soft", _frees_its_values),
    ({"mode": "soft", "unique": "kept"}, _keeps_its_values),
    ({"mode": "soft", "recreate": "restore"}, _comes_back_by_a_post),
    ("soft", _is_listed_in_pages_and_purged),
]
