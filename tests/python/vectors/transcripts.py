"""What the identity providers send: the life of a user and of a group."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote


def play(transcript: dict[str, Any], ask: Any) -> None:
    kept: dict[str, Any] = {}
    for unfilled in transcript["steps"]:
        rest = {name: value for name, value in unfilled.items() if name not in ("echo", "keep")}
        step = filled(rest, kept)
        body = step.get("body")
        if "echo" in unfilled:
            body = {**kept[unfilled["echo"]], **(body or {})}
        several = step.get("together", [body])
        with ThreadPoolExecutor(len(several)) as pool:
            answers = list(pool.map(lambda one: send(transcript, ask, step, one), several))
        for answer in answers:
            said = f"{step['name']}: {answer.status} {answer.text}"
            wanted = step["status"] if isinstance(step["status"], list) else [step["status"]]
            assert answer.status in wanted, said
            if answer.body is not None:
                assert re.match(r"application/(scim\+)?json", answer.headers["content-type"]), said
            if "expect" in step and answer.status != 204:
                partly(answer.body, step["expect"], said)
            for pointer in step.get("absent", []):
                assert pointer[1:] not in (answer.body or {}), said
            if "sameVersionAs" in unfilled:
                before = kept[unfilled["sameVersionAs"]]
                assert answer.body["meta"]["version"] == before["meta"]["version"], said
            if "keep" in unfilled:
                kept[unfilled["keep"]] = answer.body


def filled(step: Any, kept: dict[str, Any]) -> Any:
    """Names in braces are the identifiers of what was kept under them."""

    def known(match: re.Match[str]) -> str:
        return kept[match[1]]["id"] if match[1] in kept else match[0]

    return json.loads(re.sub(r"\{(\w+)\}", known, json.dumps(step)))


def send(transcript: dict[str, Any], ask: Any, step: dict[str, Any], body: Any) -> Any:
    plus = transcript["blanks"]
    pairs = [f"{name}={quote(value, safe='').replace('%20', plus)}" for name, value in step.get("query", {}).items()]
    target = step["path"] + (f"?{'&'.join(pairs)}" if pairs else "")
    return ask(step["method"], target, body, **transcript["headers"])


def partly(actual: Any, expected: Any, said: str) -> None:
    if isinstance(expected, dict):
        assert isinstance(actual, dict), said
        for name, value in expected.items():
            partly(actual.get(name), value, said)
    elif isinstance(expected, list):
        assert isinstance(actual, list) and len(actual) == len(expected), said
        for one, other in zip(actual, expected):
            partly(one, other, said)
    else:
        assert actual == expected, said
