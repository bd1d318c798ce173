"""An application with people of its own, into which an identity provider brings them.

    pip install fastapi uvicorn scimforge
    SCIM_TOKEN_DIGEST=sha256:… uvicorn fastapi_app:app

Who is deactivated by the identity provider can no longer sign in. Here people live in a dict;
``SqliteStore("scim.db")`` and ``PostgresStore("dbname=app")`` bring tables of their own instead.
"""

import os
from typing import Any

from fastapi import FastAPI, HTTPException

from scimforge.asgi import Conflict, StoreBase, VersionMismatch, bearer, create_scim_app

# What the application knows: type and id to login, whether it is enabled, and the resource.
people: dict[tuple[str, str], dict[str, Any]] = {}


class People(StoreBase):
    """The five methods of a store over what the application has already."""

    def get(self, key: Any) -> Any:
        row = people.get((key["type"], key["id"]))
        return row and row["resource"]

    def query(self, plan: Any) -> Any:
        # Filtering, sorting and paging are done by the engine.
        return [row["resource"] for (kind, _), row in people.items() if kind in plan["types"]]

    def insert(self, key: Any, resource: Any, unique: Any, password: Any) -> None:
        login = next((one["key"] for one in unique if one["path"] == "userName"), None)
        for (kind, id), row in people.items():
            if login is not None and kind == key["type"] and row["login"] == login and id != key["id"]:
                raise Conflict("userName")
        enabled = resource.get("active", True)
        people[key["type"], key["id"]] = {"login": login, "enabled": enabled, "resource": resource}

    def replace(self, key: Any, resource: Any, unique: Any, password: Any, if_version: Any) -> bool:
        if not self._is_there(key, if_version):
            return False
        self.insert(key, resource, unique, password)
        return True

    def remove(self, key: Any, if_version: Any) -> bool:
        return self._is_there(key, if_version) and bool(people.pop((key["type"], key["id"])))

    def _is_there(self, key: Any, if_version: Any) -> bool:
        row = self.get(key)
        if row is not None and if_version not in (None, row["meta"]["version"]):
            raise VersionMismatch
        return row is not None


scim = create_scim_app(
    store=People(),
    auth=bearer({os.environ["SCIM_TOKEN_DIGEST"]: {"sub": "okta", "permissions": ["scim:*"]}}),
    profile="okta",  # or "entra", "strict", …; the default is tolerant of them all
    rate_limit={"per_token": "25/s", "burst": 50},
)

app = FastAPI(lifespan=scim.lifespan)
app.mount("/scim/v2", scim)


@app.post("/sign-in/{name}")
def sign_in(name: str) -> dict[str, str]:
    # What a password or single sign-on proves comes first, of course.
    for row in people.values():
        if row["login"] == name.lower() and row["enabled"]:
            return {"welcome": row["resource"].get("displayName", name)}
    raise HTTPException(403, "nobody with this name may sign in")
