"""Step 4: filters of rising difficulty, and PATCHes as real clients send them."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import scimforge as sf
import show
from endpoint import Endpoint
from provision import ENTERPRISE, patch

Resource = dict[str, Any]


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def filters(users: list[Resource]) -> list[str]:
    """Five filters that the users at hand give something to find for."""

    def usual(read: Callable[[Resource], Any], otherwise: str) -> str:
        counts = Counter(value for value in map(read, users) if isinstance(value, str))
        return counts.most_common(1)[0][0] if counts else otherwise

    first = users[0]["userName"]
    domain = usual(lambda user: email(user).rpartition("@")[2] or None, "example.test")
    department = usual(lambda user: user.get(ENTERPRISE, {}).get("department"), "Sales")
    title = usual(lambda user: user.get("title"), "Baker")
    manager = usual(lambda user: user.get(ENTERPRISE, {}).get("manager", {}).get("value"), "none")
    created = users[0]["meta"]["created"]
    return [
        f"userName eq {quoted(first.upper())}",
        "active eq false",
        f'emails[type eq "work" and value ew {quoted("@" + domain)}] and not (userName sw "a")',
        f"{ENTERPRISE}:department eq {quoted(department)} and not (title co {quoted(title)})",
        f"({ENTERPRISE}:manager.value eq {quoted(manager)} or addresses[country eq \"NO\" and locality pr])"
        f' and phoneNumbers[type eq "mobile"] and meta.created ge {quoted(created)}',
    ]


def email(user: Resource) -> str:
    return next((mail.get("value", "") for mail in user.get("emails", [])), "")


def try_filters(endpoint: Endpoint, users: list[Resource]) -> None:
    """Each filter is answered twice: by the endpoint from SQLite, and here in Python."""
    for text in filters(users):
        fitting = sf.filter(text)
        expected = {user["id"] for user in users if fitting.matches(user)}
        start = time.monotonic()
        answer = endpoint.call("GET", "/Users", query={"filter": text, "count": 200})
        took = (time.monotonic() - start) * 1_000
        show.line(text, "bold")
        if answer.status != 200:
            show.expect(False, "the endpoint answers the filter", answer.problem)
            continue
        found = answer.json()
        names = [user["userName"] for user in found.get("Resources", [])]
        page = {user["id"] for user in found.get("Resources", [])}
        total = found["totalResults"]
        sample = ", ".join(names[:4]) + (" …" if total > 4 else "")
        show.line(f"{show.counted(total, 'user')} in {took:.0f} ms{': ' + sample if names else ''}", "dim")
        show.expect(
            total == len(expected) and page <= expected,
            "Python, over the same users, finds the same",
            f"{len(expected)} there, {total} here",
        )


@dataclass
class Habit:
    """A PATCH that a client really sends."""

    who: str
    why: str
    place: str
    operations: list[Resource]
    judge: Callable[[Resource, Resource], str]
    """What happened, told from before and after; a text that begins with ``!`` is a failure."""


def habits(users: list[Resource], groups: list[Resource]) -> list[Habit]:
    """Those that the resources at hand can show."""
    made = []
    active = [user for user in users if user.get("active", True)]
    if active:
        user = active[0]
        made.append(
            Habit(
                "Entra ID",
                "deactivates a user: `Replace` with a capital, and the boolean as text",
                f"/Users/{user['id']}",
                [{"op": "Replace", "path": "active", "value": "False"}],
                lambda _before, after: (
                    "`active` is now the boolean false: the account is closed"
                    if after.get("active") is False
                    else "!`active` is not false"
                ),
            )
        )
    if len(users) > 1:
        user = users[1]
        made.append(
            Habit(
                "Entra ID",
                "sets a value by a filter that matches nothing yet",
                f"/Users/{user['id']}",
                [
                    {
                        "op": "Add",
                        "path": 'phoneNumbers[type eq "pager"].value',
                        "value": "+47 55 50 9999",
                    }
                ],
                added_pager,
            )
        )
        user = users[-1]
        made.append(
            Habit(
                "Okta and Entra ID",
                "replace several attributes without a path, with dots in the names",
                f"/Users/{user['id']}",
                [
                    {
                        "op": "replace",
                        "value": {
                            "name.familyName": "Newname",
                            f"{ENTERPRISE}:department": "Newly founded",
                        },
                    }
                ],
                renamed,
            )
        )
    crowded = max(groups, key=lambda group: len(group.get("members", [])), default=None)
    if crowded is not None and len(crowded.get("members", [])) > 1:
        leaver = crowded["members"][1]["value"]
        made.append(
            Habit(
                "Okta and Entra ID",
                "remove one member by a value list, where others empty the group",
                f"/Groups/{crowded['id']}",
                [{"op": "remove", "path": "members", "value": [{"value": leaver}]}],
                lambda before, after: one_left(before, after, leaver),
            )
        )
    return made


def added_pager(before: Resource, after: Resource) -> str:
    old, new = before.get("phoneNumbers", []), after.get("phoneNumbers", [])
    pagers = [number for number in new if number.get("type") == "pager"]
    kept = all(number in new for number in old)
    if not kept or len(new) != len(old) + 1 or len(pagers) != 1:
        return "!the telephone numbers are not the old ones and a pager"
    return f"a pager was made beside {show.counted(len(old), 'number')} that stayed"


def renamed(before: Resource, after: Resource) -> str:
    name = {**before.get("name", {}), "familyName": "Newname"}
    extension = {**before.get(ENTERPRISE, {}), "department": "Newly founded"}
    if after.get("name") != name or after.get(ENTERPRISE) != extension:
        return "!more or less than two attributes changed"
    return "two attributes changed inside their parents; given name, manager and the rest stayed"


def one_left(before: Resource, after: Resource, leaver: str) -> str:
    old = [member["value"] for member in before["members"]]
    new = [member["value"] for member in after.get("members", [])]
    if new != [member for member in old if member != leaver]:
        return f"!{len(old)} members became {len(new)}"
    return f"{len(old)} members became {len(new)}: one was removed, and nobody else"


def try_habits(endpoint: Endpoint, users: list[Resource], groups: list[Resource]) -> None:
    schemas = {"/Users": sf.schema("User"), "/Groups": sf.schema("Group")}
    for habit in habits(users, groups):
        before = endpoint.call("GET", habit.place).json()
        message = patch(habit.operations)
        answer = endpoint.call("PATCH", habit.place, message)
        show.line(f"{habit.who}: {habit.why}", "bold")
        show.line(json.dumps(habit.operations[0], ensure_ascii=False), "dim")
        if answer.status != 200:
            show.expect(False, "the endpoint understands it", answer.problem)
            continue
        after = endpoint.call("GET", habit.place).json()
        told = habit.judge(before, after)
        show.expect(not told.startswith("!"), told.lstrip("!"))
        here = schemas[habit.place.rpartition("/")[0]].apply_patch(before, message)
        bent = sorted({entry.quirk for entry in here.trace})
        if bent:
            show.line("tolerated and traced: " + ", ".join(bent), "dim")
        same = {**here.resource, "meta": 0} == {**after, "meta": 0}
        show.expect(same, "Python makes the same of it")
