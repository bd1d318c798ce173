"""Resource types put together from their parts: the same as by the Node package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from serving import ADDON, listening, node, user

import scimforge as sf
from scimforge._host.resources import resources_of
from scimforge.asgi import MemoryStore, core, create_scim_app, define_resource, none

COSTS: dict[str, Any] = {"id": "urn:north:Costs", "name": "Costs", "attributes": [{"name": "center", "type": "string"}]}
DEVICE: dict[str, Any] = {"id": "urn:north:Device", "name": "Device", "attributes": [{"name": "serial", "type": "string", "required": True}]}

OTHER = """
import { core, defineResource } from "./bindings-node/js/index.js";
import { resourcesOf } from "./bindings-node/js/resources.js";
const { costs, device, file } = JSON.parse(process.argv[1]);
const types = [
  core.User.with(core.EnterpriseUser, costs),
  "Group",
  defineResource({ name: "Device", schema: file, extensions: [{ schema: costs, required: true }], description: "A thing" }),
  defineResource({ name: "Phone", endpoint: "/Telephones", schema: device }),
];
console.log(JSON.stringify(resourcesOf(types, undefined)));
"""


@pytest.mark.skipif(not ADDON.exists(), reason="the addon for Node is not built")
def test_they_are_those_of_node(tmp_path: Path) -> None:
    file = tmp_path / "device.json"
    file.write_text(json.dumps(DEVICE))
    types, schemas = resources_of(
        [
            core.User.with_(core.EnterpriseUser, COSTS),
            "Group",
            define_resource("Device", schema=file, extensions=[{"schema": COSTS, "required": True}], description="A thing"),
            define_resource("Phone", endpoint="/Telephones", schema=DEVICE),
        ],
        None,
    )
    given = json.dumps({"costs": COSTS, "device": DEVICE, "file": str(file)})
    assert json.loads(node(OTHER, given)) == {"resourceTypes": types, "schemas": schemas}


def test_they_are_served() -> None:
    types = [core.User.with_({"schema": COSTS, "required": True}), define_resource("Device", schema=DEVICE)]
    with listening(store=MemoryStore(), resources=types) as ask:
        assert ask("POST", "/Devices", {"schemas": [DEVICE["id"]], "serial": "A-1"}).status == 201
        assert ask("POST", "/Users", user("rosa")).status == 400, "the extension is required"
        made = {**user("rosa"), "schemas": [sf.USER, COSTS["id"]], COSTS["id"]: {"center": "7"}}
        assert ask("POST", "/Users", made).status == 201
        assert len(ask.find(f'{COSTS["id"]}:center eq "7"')) == 1
        assert ask("GET", "/Groups").status == 404


@pytest.mark.parametrize("wrong", [{}, {"attributes": []}, 7, None])
def test_what_is_no_schema_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="define_resource: `schema` is a schema document"):
        define_resource("Device", schema=wrong)
    with pytest.raises(TypeError, match="with_: an extension is a schema document"):
        core.User.with_(wrong)


def test_a_name_and_a_type_have_to_be_there() -> None:
    with pytest.raises(TypeError, match="give the `name`"):
        define_resource("", schema=DEVICE)
    with pytest.raises(sf.ScimError, match=r"`resources\[0\]"):
        create_scim_app(store=MemoryStore(), auth=none(), resources=[core.EnterpriseUser])


def test_an_endpoint_is_one_that_requests_reach(tmp_path: Path) -> None:
    for endpoint in ("/Bulk", "/Schemas", "/Öfen"):
        device = define_resource("Device", endpoint=endpoint, schema=DEVICE)
        with pytest.raises(sf.ScimError, match="takes a path such as /Devices"):
            create_scim_app(store=MemoryStore(), auth=none(), resources=[device])
    broken = tmp_path / "device.json"
    broken.write_text("{")
    with pytest.raises(TypeError, match="`schema` cannot be read from .*device.json"):
        define_resource("Device", schema=broken)
