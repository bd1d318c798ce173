"""What scim2-tester sends where its random values are none that the schema has.

It knows neither dateTime nor decimal, writes any text for a country and any bytes for a
certificate (SCH-024, SCH-023, SCH-106, SCH-111), and puts `schemas` inside an extension when a
PATCH names the extension as a whole (SCH-073). The lenient profile takes the last three as they
are, and is judged with them too.
"""

from __future__ import annotations

import datetime
import json
import random
from typing import Any

import httpx2
import pytest
from scim2_models import Extension
from scim2_tester import filling

known_values = filling.get_random_example_value


def value_of(path: Any) -> Any:
    binding = path.resolve()
    if binding is None:
        return None
    where = (binding.target_model.__name__.lower(), binding.target_field_name)
    kind = binding.target_type
    if kind is datetime.datetime:
        value: Any = datetime.datetime(2026, 1, random.randint(1, 28), 7, tzinfo=datetime.UTC)
    elif kind is float:
        value = random.randint(1, 999) / 4
    elif where == ("addresses", "country"):
        value = random.choice(["NO", "IS", "CL"])
    elif where == ("x509certificates", "value"):
        # 30 03 02 01 nn: a SEQUENCE of one INTEGER.
        value = random.choice(["MAMCAQU=", "MAMCAQY="])
    else:
        return known_values(path)
    return value


@pytest.fixture
def good_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    random.seed(7)
    monkeypatch.setattr(filling, "get_random_example_value", value_of)


class Transport(httpx2.HTTPTransport):
    """Takes `schemas` out of an extension that is the value of an operation."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "PATCH" and (body := request.read()):
            message = json.loads(body)
            for operation in message["Operations"]:
                if operation["path"].startswith("urn:") and isinstance(operation.get("value"), dict):
                    operation["value"].pop("schemas", None)
            # The length is another one now.
            headers = [pair for pair in request.headers.items() if pair[0] != "content-length"]
            request = httpx2.Request("PATCH", request.url, headers=headers, json=message)
        return super().handle_request(request)
