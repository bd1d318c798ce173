"""``python -m scimforge migrate export.ldif users.ndjson``: migration from a shell."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from . import __version__
from .errors import ScimError
from .migration import _replacing, migrate


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 all converted, 1 some records rejected, 2 nothing could be done."""
    parser = argparse.ArgumentParser(prog="scimforge", description="SCIM 2.0 from a shell.")
    parser.add_argument("--version", action="version", version=f"scimforge {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "migrate",
        help="convert a directory export to SCIM resources",
        description="Converts an LDIF export to SCIM resources, one JSON object a line.",
        epilog="Exit codes: 0 all converted, 1 some records rejected, 2 nothing could be done.",
    )
    command.add_argument("source", type=Path, metavar="IN", help="an LDIF file")
    command.add_argument("target", type=Path, metavar="OUT", help="the NDJSON file to write")
    command.add_argument("--report", type=Path, metavar="R.json", help="write the report, too")
    command.add_argument("--strict", action="store_true", help="reject records with warnings")
    command.add_argument("--quiet", action="store_true", help="say nothing but errors")
    chosen = parser.parse_args(arguments)
    try:
        return _migrate(chosen)
    except (ScimError, OSError) as error:
        print(f"scimforge: {error}", file=sys.stderr)
        return 2


def _migrate(chosen: argparse.Namespace) -> int:
    show = not chosen.quiet and sys.stderr.isatty()
    run = migrate(
        "ldif", chosen.source, strict=chosen.strict or None, progress=_percent if show else None
    )
    start = time.monotonic()
    count = run.write_ndjson(chosen.target)
    report = run.report
    if chosen.report is not None:
        with _replacing(chosen.report) as file:
            file.write(json.dumps(report, ensure_ascii=False, indent=2).encode() + b"\n")
    if not chosen.quiet:
        skipped = sum(report["skipped"].values())
        print(
            f"{count} resources written, {skipped} records skipped, {report['rejected']} rejected "
            f"in {time.monotonic() - start:.1f} s",
            file=sys.stderr,
        )
        for rejection in report["rejections"][:10]:
            print(
                f"  line {rejection['line']}: {rejection['code']}: {rejection['message']}",
                file=sys.stderr,
            )
    return 1 if report["rejected"] else 0


def _percent(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\r{100 * done // total:3} %", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
