"""What is said to the judges has a ground in the requirements."""

from __future__ import annotations

import json
import re
from pathlib import Path

HERE = Path(__file__).parent


def test_every_explanation_cites_a_requirement() -> None:
    listed = json.loads((HERE.parent / "requirements.json").read_text())
    known = {entry["id"] for section in listed["sections"] for entry in section["requirements"]}
    for entry in json.loads((HERE / "explained.json").read_text()):
        cited = entry["requirement"]
        assert cited in known or cited.startswith(tuple(listed["elsewhere"])), entry
        assert re.fullmatch(r"\S.{10,}[^.]", entry["reason"]), entry
