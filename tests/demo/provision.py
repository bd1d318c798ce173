"""Step 3: everything that was converted gets to the endpoint, and a second time without effect."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import scimforge as sf
from endpoint import Answer, Endpoint

ENTERPRISE = sf.ENTERPRISE_USER
BASES = {"User": "/Users", "Group": "/Groups"}


@dataclass
class Counts:
    """What one run did."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    managers: int = 0
    members: int = 0
    failed: list[str] = field(default_factory=list)


class Provisioning:
    """One run: look everything up, then create or replace it.

    References hold the source's keys and need the endpoint's identifiers. What points to a
    resource that does not exist yet is set by PATCH as soon as it does.
    """

    def __init__(self, endpoint: Endpoint, outcomes: list[sf.Outcome]) -> None:
        self._endpoint = endpoint
        self._outcomes = sorted(outcomes, key=lambda outcome: outcome.type == "Group")
        self._ids: dict[str, str] = {}
        self._versions: dict[str, str] = {}
        self.counts = Counts()
        self.stored: dict[str, dict[str, Any]] = {}
        """Every resource as the endpoint answered it last, by identifier."""

    @property
    def steps(self) -> int:
        return 2 * len(self._outcomes)

    def run(self, advance: Callable[[], None]) -> Counts:
        for outcome in self._outcomes:
            self._look_up(outcome)
            advance()
        for kind in ("User", "Group"):
            late = []
            for outcome in self._outcomes:
                if outcome.type == kind:
                    late.append((outcome, self._upsert(outcome)))
                    advance()
            for outcome, operation in late:
                self._refer(outcome, operation)
        return self.counts

    def _look_up(self, outcome: sf.Outcome) -> None:
        for name in ("externalId", "userName"):
            value = (outcome.resource or {}).get(name)
            if value is None:
                continue
            query = {"filter": f"{name} eq {json.dumps(value)}", "attributes": "id,meta"}
            answer = self._endpoint.call("GET", BASES[outcome.type or ""], query=query)
            found = answer.json().get("Resources", []) if answer.status == 200 else []
            if len(found) == 1:
                self._ids[outcome.key or ""] = found[0]["id"]
                self._versions[found[0]["id"]] = found[0]["meta"]["version"]
                return

    def _upsert(self, outcome: sf.Outcome) -> dict[str, Any] | None:
        """Creates or replaces; the PATCH operation that is to follow, if any."""
        resource = deepcopy(outcome.resource) or {}
        late = self._late_members(resource) if outcome.type == "Group" else self._late_manager(resource)
        base = BASES[outcome.type or ""]
        identifier = self._ids.get(outcome.key or "")
        if identifier is None:
            if self._noted(outcome, self._endpoint.call("POST", base, resource), 201):
                self.counts.created += 1
        else:
            answer = self._endpoint.call("PUT", f"{base}/{identifier}", resource)
            if self._noted(outcome, answer, 200):
                same = answer.json()["meta"]["version"] == self._versions[identifier]
                self.counts.unchanged += same
                self.counts.changed += not same
        return late

    def _late_manager(self, resource: dict[str, Any]) -> dict[str, Any] | None:
        extension = resource.get(ENTERPRISE, {})
        manager = extension.pop("manager", None)
        if manager is None:
            return None
        if manager["value"] in self._ids:
            extension["manager"] = self._mapped(manager)
            self.counts.managers += 1
            return None
        if not extension:
            # Nothing is left in it for now.
            del resource[ENTERPRISE]
            resource["schemas"] = [uri for uri in resource["schemas"] if uri != ENTERPRISE]
        return {"op": "add", "path": f"{ENTERPRISE}:manager", "value": manager}

    def _late_members(self, resource: dict[str, Any]) -> dict[str, Any] | None:
        members = resource.pop("members", [])
        known = [self._mapped(member) for member in members if member["value"] in self._ids]
        late = [member for member in members if member["value"] not in self._ids]
        if known:
            resource["members"] = known
            self.counts.members += len(known)
        return {"op": "add", "path": "members", "value": late} if late else None

    def _mapped(self, reference: dict[str, Any]) -> dict[str, Any]:
        return {**reference, "value": self._ids[reference["value"]]}

    def _refer(self, outcome: sf.Outcome, operation: dict[str, Any] | None) -> None:
        """Sets what could not be set before."""
        identifier = self._ids.get(outcome.key or "")
        if operation is None or identifier is None:
            return
        value = operation["value"]
        references = value if isinstance(value, list) else [value]
        known = [self._mapped(reference) for reference in references if reference["value"] in self._ids]
        if len(known) < len(references):
            lost = len(references) - len(known)
            self.counts.failed.append(f"line {outcome.line}: {lost} references lead nowhere")
        if not known:
            return
        operation = {**operation, "value": known if isinstance(value, list) else known[0]}
        place = f"{BASES[outcome.type or '']}/{identifier}"
        if self._noted(outcome, self._endpoint.call("PATCH", place, patch([operation])), 200):
            if outcome.type == "Group":
                self.counts.members += len(known)
            else:
                self.counts.managers += 1

    def _noted(self, outcome: sf.Outcome, answer: Answer, status: int) -> bool:
        if answer.status != status:
            self.counts.failed.append(f"line {outcome.line}: {answer.problem}")
            return False
        resource = answer.json()
        self.stored[resource["id"]] = resource
        self._ids[outcome.key or ""] = resource["id"]
        return True


def patch(operations: list[dict[str, Any]]) -> dict[str, Any]:
    return {"schemas": [sf.PATCH_OP], "Operations": operations}
