"""The main job of scimforge, start to end: a directory export becomes users of a SCIM endpoint.

    demo.py [FILE.ldif] [--once]

Run it by ``cargo xtask demo``, which builds what it needs.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import scimforge as sf
import show
from convert import POSIX, Converted, Unusable, check, convert, documents
from endpoint import Broken, Endpoint, browse, running
from habits import try_filters, try_habits
from provision import Counts, Provisioning

ROOT = Path(os.environ.get("SCIMFORGE_ROOT", Path(__file__).parents[2]))
ACME = ROOT / "tests/data/acme.ldif"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="cargo xtask demo", description="Migrates a directory export and serves it."
    )
    parser.add_argument("file", nargs="?", type=Path, default=ACME, help="an LDIF export")
    parser.add_argument("--once", action="store_true", help="end without waiting for Ctrl-C")
    chosen = parser.parse_args()
    # An end from outside is an end in order: the endpoint and its folder go, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(chosen.file, chosen.once)
    except (Unusable, Broken) as error:
        sys.stdout.flush()
        print(f"scimforge demo: {error}", file=sys.stderr)
        return 2 if isinstance(error, Unusable) else 1
    except KeyboardInterrupt:
        show.line("stopped")
        return 130


def run(file: Path, once: bool) -> int:
    check(file)
    start = time.monotonic()
    show.title("scimforge: a directory export becomes users and groups of a SCIM endpoint")
    found = migrate(file)
    token = secrets.token_urlsafe(24)
    settings = {
        "token": token,
        "resources": [documents()["resourceType"], "Group"],
        "schemas": [POSIX],
    }
    with tempfile.TemporaryDirectory(prefix="scimforge-demo-") as folder:
        show.step(2, "A SCIM endpoint: Node, the same Rust core, an SQLite file")
        with running(Path(folder) / "demo.sqlite", settings) as origin:
            endpoint = Endpoint(origin, token)
            discover(endpoint)
            stored = provision(endpoint, found)
            users = [resource for resource in stored if resource["meta"]["resourceType"] == "User"]
            groups = [resource for resource in stored if resource["meta"]["resourceType"] == "Group"]
            if users:
                show.step(4, "Five filters, and what Entra ID and Okta really send")
                try_filters(endpoint, users)
                try_habits(endpoint, users, groups)
            page(endpoint, once)
            ended = summary(found, endpoint, time.monotonic() - start)
            if not once:
                wait(endpoint, token)
    return ended


def migrate(file: Path) -> Converted:
    show.step(1, f"Conversion of {file.relative_to(ROOT) if file == ACME else file}")
    with show.bar("converting, percent", 100) as bar:
        reached = 0

        def progress(done: int, total: int) -> None:
            nonlocal reached
            percent = 100 * done // total
            bar.advance(percent - reached)
            reached = percent

        found = convert(file, progress)
    tell(found)
    if not found.resources:
        raise Unusable(f"no record of {file} became a user or a group")
    return found


def tell(found: Converted) -> None:
    """The report: what was read, converted, rejected and lost."""
    report = found.report
    users, groups = report["converted"]["User"], report["converted"]["Group"]
    skipped = sum(report["skipped"].values())
    show.line(
        f"{show.counted(report['read'], 'record')} read: {show.counted(users, 'user')}, "
        f"{show.counted(groups, 'group')}, {skipped:,} skipped, {report['rejected']:,} rejected"
    )
    if report["skipped"]:
        show.line("skipped, being no people or groups: " + show.listed(report["skipped"]), "dim")
    rejected = [
        ("line " + str(outcome.line), outcome.issues[0].code, outcome.issues[0].message)
        for outcome in found.rejected[:8]
    ]
    if rejected:
        show.table(("rejected", "", ""), rejected)
    if len(found.rejected) > 8:
        show.line(f"… and {len(found.rejected) - 8:,} more", "dim")

    attributes = report["attributes"]
    mapped = sum(entry["count"] for entry in attributes["mapped"])
    kept = sum(entry["count"] for entry in attributes["extension"])
    lost = sum(entry["count"] for entry in attributes["lost"])
    show.line(
        f"{show.counted(mapped, 'value')} mapped to SCIM's attributes, {kept:,} kept in an extension, "
        f"{lost:,} lost, {attributes['ignored']['count']:,} of the directory's own left behind"
    )
    if attributes["lost"]:
        show.table(
            ("lost", "values", "why"),
            ((entry["name"], entry["count"], entry["reason"]) for entry in attributes["lost"][:12]),
            numbers=1,
        )
    if report["passwords"]:
        count = sum(report["passwords"].values())
        show.line(f"{show.counted(count, 'password')} left out ({show.listed(report['passwords'])})", "dim")
    for warning in report["warnings"]:
        lines = ", ".join(map(str, warning["lines"]))
        show.line(f"warning {warning['code']}: {show.counted(warning['count'], 'time')}, at line {lines}", "dim")
    for outcome, issue in found.errors[:5]:
        show.line(f"line {outcome.line}: {issue}")
    if found.advice:
        show.line("findings that are no errors: " + show.listed(dict(found.advice)), "dim")
    show.expect(
        report["read"] == users + groups + skipped + report["rejected"],
        "every record is accounted for",
    )
    show.expect(
        not found.errors,
        "every resource is valid SCIM 2.0 (validated in mode import)",
        show.counted(len(found.errors), "error"),
    )


def discover(endpoint: Endpoint) -> None:
    show.line(f"listening on {endpoint.scim}, this machine alone")
    config = endpoint.call("GET", "/ServiceProviderConfig").json()
    types = [kind["name"] for kind in endpoint.call("GET", "/ResourceTypes").json()["Resources"]]
    schemas = endpoint.call("GET", "/Schemas").json()["totalResults"]
    can = [name for name in ("patch", "filter", "sort", "etag") if config[name]["supported"]]
    show.line(f"discovery: {', '.join(types)}; {schemas} schemas; supports {', '.join(can)}", "dim")
    stranger = Endpoint(endpoint.origin, None).call("GET", "/Users")
    show.expect(stranger.status == 401, "without the token nobody gets in", stranger.problem)


def provision(endpoint: Endpoint, found: Converted) -> list[dict[str, Any]]:
    show.step(3, "Provisioning over HTTP")
    broken = {id(outcome) for outcome, _ in found.errors}
    outcomes = [outcome for outcome in found.resources if id(outcome) not in broken]
    first, _, seconds = provision_once(endpoint, outcomes, "provisioning")
    show.line(
        f"{first.created:,} created, {show.counted(first.managers, 'manager')} and "
        f"{show.counted(first.members, 'member')} referred to, in {seconds:.1f} s"
    )
    for problem in first.failed[:8]:
        show.line(problem)
    show.expect(
        first.created == len(outcomes) and not first.failed,
        f"all {len(outcomes):,} resources are there, with their references",
        f"{first.created:,} created, {len(first.failed):,} problems",
    )
    again, stored, seconds = provision_once(endpoint, outcomes, "once more")
    show.line(
        f"{again.created:,} created, {again.changed:,} changed, {again.unchanged:,} unchanged, in {seconds:.1f} s"
    )
    show.expect(
        (again.created, again.changed, again.unchanged) == (0, 0, len(outcomes)) and not again.failed,
        "the second run changed nothing: every version is as it was",
        "; ".join(again.failed[:3]) or f"{again.changed:,} changed",
    )
    return stored


def provision_once(
    endpoint: Endpoint, outcomes: list[sf.Outcome], what: str
) -> tuple[Counts, list[dict[str, Any]], float]:
    # A run of its own: it knows nothing but the endpoint and the file.
    provisioning = Provisioning(endpoint, outcomes)
    start = time.monotonic()
    with show.bar(what, provisioning.steps) as bar:
        counts = provisioning.run(bar.advance)
    return counts, list(provisioning.stored.values()), time.monotonic() - start


def page(endpoint: Endpoint, once: bool) -> None:
    show.step(5, "The browser page: the same core as WebAssembly")
    url = f"{endpoint.origin}/playground/index.html"
    answer = endpoint.fetch("/playground/index.html")
    script = endpoint.fetch("/dist/index.js")
    wasm = endpoint.fetch("/dist/full/scimforge_bg.wasm")
    show.expect(
        b"<form" in answer.body and {answer.status, script.status, wasm.status} == {200},
        f"{url} is served, with {len(wasm.body) / 1024:,.0f} KiB of WebAssembly",
        f"status {answer.status}, script {script.status}, WebAssembly {wasm.status}",
    )
    if not once:
        return
    try:
        said = browse(url)
    except Broken as error:
        show.expect(False, "a browser opens the page", str(error))
        return
    show.line(said["engine"], "dim")
    show.expect("userName" in said["empty"], f"an empty field is told while typing: {said['empty']}")
    show.expect(
        any("e-mail" in message for message in said["wrong"]) and said["right"] == [],
        f"so is an odd address, until it is put right: {' '.join(said['wrong'])}",
        repr(said),
    )


def summary(found: Converted, endpoint: Endpoint, seconds: float) -> int:
    kept, broken = show.expectations()
    report = found.report
    show.title("In short")
    show.line(
        f"{show.counted(report['read'], 'directory record')} became "
        f"{show.counted(report['converted']['User'], 'user')} and "
        f"{show.counted(report['converted']['Group'], 'group')} of a running SCIM endpoint in {seconds:.0f} s; "
        f"{show.counted(report['rejected'], 'record')} could not be read, and the report says where."
    )
    show.line(
        f"{show.counted(endpoint.requests, 'request')} were answered; Python, Node and the browser judged by the "
        "same Rust core."
    )
    if not broken:
        show.line(f"All {len(kept)} expectations held.", "bold green")
        return 0
    show.line(f"{len(broken)} of {len(kept) + len(broken)} expectations did not hold:", "bold red")
    for sentence in broken:
        show.line(f"- {sentence}")
    return 1


def wait(endpoint: Endpoint, token: str) -> None:
    show.title("It stays here until Ctrl-C")
    show.line(f"page      {endpoint.origin}/playground/index.html")
    show.line(f"endpoint  {endpoint.scim}")
    show.line(f"try       curl -H 'Authorization: Bearer {token}' '{endpoint.scim}/Users?count=1'")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        show.title("The endpoint and its data are gone.")


if __name__ == "__main__":
    sys.exit(main())
