"""Webhooks, signed as Standard Webhooks has it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import json
import re
import time
from typing import Any

from .push import Receiver, Sink, common

_SETTINGS = ("url", "secret", "types", "mode", "name")
_SECRET = re.compile(r"(?:whsec_)?([A-Za-z0-9+/]{16,}={0,2})")


def webhook(given: Any, seconds: float) -> Sink:
    settings = common("a webhook", given, _SETTINGS)
    receiver = Receiver("a webhook", settings.get("url"), seconds)
    secret = _secret(settings.get("secret"))
    mode = settings.get("mode", "notice")

    async def deliver(event: dict[str, Any]) -> None:
        told = event if mode == "full" else {name: value for name, value in event.items() if name != "data"}
        message = {"type": event["name"], "timestamp": event["time"], "data": told}
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        # The same in every attempt, by which receivers know an event that they have. A full stop
        # would look like the end of it in what is signed.
        name = f"msg_{event['id'].replace('.', '_')}"
        now = str(int(time.time()))
        signature = hmac.digest(secret, f"{name}.{now}.".encode() + body, "sha256")
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": now,
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        }
        await receiver.post(headers, body)

    known_as = f"webhook {settings.get('name') or receiver.name}"
    return Sink(known_as, deliver, settings.get("types"), mode, receiver.close)


def _secret(given: object) -> bytes:
    match = _SECRET.fullmatch(given) if isinstance(given, str) else None
    if match is not None:
        with contextlib.suppress(binascii.Error):
            return base64.b64decode(match[1].rstrip("=") + "=" * (-len(match[1].rstrip("=")) % 4))
    raise TypeError("create_scim_app: a webhook needs a `secret`: whsec_ and base64")
