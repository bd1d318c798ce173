"""What the judges said that is not praise, next to what we have to say to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Verdict(NamedTuple):
    """One line of a judge; `what` is its title."""

    status: str
    what: str
    why: str = ""


def settle(judge: str, verdicts: Iterable[Verdict], praise: set[str], never: set[str]) -> None:
    """Every verdict is praise or explained in `explained.json`, and what is explained was said.

    A verdict in `never` is a fault, whatever is said about it.
    """
    known = {
        (entry["verdict"], entry["what"])
        for entry in json.loads((HERE / "explained.json").read_text())
        if entry["judge"] == judge
    }
    verdicts = list(verdicts)
    assert verdicts, f"{judge} said nothing"
    others = [verdict for verdict in verdicts if verdict.status not in praise]
    said = {verdict[:2] for verdict in others}
    faults = [
        f"{verdict.status} {verdict.what}: {verdict.why}"
        for verdict in others
        if verdict.status in never or verdict[:2] not in known
    ]
    assert not faults, "\n".join(faults)
    assert known <= said, f"explained, and not said any more: {known - said}"
