"""Migration of files: constant memory, progress, and errors that leave nothing half done."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

import scimforge as sf

PERSON = """dn: uid={uid},ou=people,dc=acme,dc=test
objectClass: inetOrgPerson
uid: {uid}
cn: {uid} Lind
sn: Lind
mail: {uid}@acme.test

"""


def people(*names: str) -> bytes:
    return "".join(PERSON.format(uid=name) for name in names).encode()


def made(run: sf.MigrationRun) -> list[str]:
    return [resource["userName"] for resource in run.resources()]


def test_every_kind_of_source(tmp_path: Path) -> None:
    path = tmp_path / "people.ldif"
    path.write_bytes(people("rosa", "nils"))
    with path.open("rb") as file:
        for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), file):
            run = sf.read_ldif(source)
            assert made(run) == ["rosa", "nils"]
            # Each iteration is a migration of its own.
            assert made(run) == ["rosa", "nils"]
            assert run.report["converted"] == {"User": 2, "Group": 0}
    behind = io.BytesIO(b"not this" + people("rosa"))
    behind.seek(8)
    assert made(sf.read_ldif(behind)) == ["rosa"]


def test_the_report_can_be_had_alone() -> None:
    assert sf.migrate("ldif", people("rosa")).report["read"] == 1


def test_progress_reaches_the_total() -> None:
    source = people(*(f"user{number}" for number in range(20_000)))
    seen: list[tuple[int, int]] = []
    run = sf.read_ldif(source, progress=lambda done, total: seen.append((done, total)))
    assert sum(1 for _ in run) == 20_000
    assert seen == sorted(seen) and len(seen) > 2
    assert seen[-1] == (2 * len(source), 2 * len(source))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path, target = tmp_path / "people.ldif", tmp_path / "people.ndjson"
    with path.open("wb") as file:
        for number in range(0, 30_000, 1_000):
            file.write(people(*(f"user{number + offset}" for offset in range(1_000))))
    tracemalloc.start()
    assert sf.read_ldif(path).write_ndjson(target) == 30_000
    assert sum(1 for _ in sf.read_ldif(path)) == 30_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A piece of a mebibyte and its outcomes, and not the file.
    assert peak < 40 << 20, peak
    assert sum(1 for _ in target.open()) == 30_000


def test_ndjson_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.ndjson"
    assert sf.read_ldif(people("rosa", "nils")).write_ndjson(target) == 2
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert [line["userName"] for line in lines] == ["rosa", "nils"]
    assert target.stat().st_mode & 0o077 == 0
    before = target.read_bytes()

    def stop(done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    for broken in (
        sf.read_ldif(b""),
        sf.read_ldif(tmp_path / "missing.ldif"),
        sf.read_ldif(people("rosa"), progress=stop),
    ):
        with pytest.raises((sf.MigrationError, OSError, KeyboardInterrupt)):
            broken.write_ndjson(target)
        assert target.read_bytes() == before
        assert os.listdir(tmp_path) == ["out.ndjson"]
    with pytest.raises(FileNotFoundError):
        sf.read_ldif(people("rosa")).write_ndjson(tmp_path / "no" / "folder.ndjson")


def test_sources_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(sf.read_ldif(tmp_path / "missing.ldif"))
    with pytest.raises(IsADirectoryError):
        list(sf.read_ldif(tmp_path))
    for empty in (b"", b"\n\n# nothing here\n", b"version: 1\n"):
        with pytest.raises(sf.MigrationError) as caught:
            list(sf.read_ldif(empty))
        assert caught.value.code == "no-records"
        with pytest.raises(sf.MigrationError):
            sf.read_ldif(empty).report
    with pytest.raises(TypeError, match="mode 'rb'"):
        list(sf.read_ldif(io.StringIO("dn: x")))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not int"):
        list(sf.read_ldif(3))  # type: ignore[arg-type]
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe, pytest.raises(ValueError, match="seekable"):
        list(sf.read_ldif(pipe))
    with pytest.raises(sf.MigrationError) as caught:
        sf.migrate("csv", b"a,b")
    assert caught.value.code == "unknown-format"
    with pytest.raises(sf.MigrationError) as caught:
        sf.read_ldif(b"", no_such_option=True)
    assert caught.value.code == "invalid-option"


def rejected(source: bytes) -> list[tuple[int, str]]:
    return [
        (outcome.line, outcome.issues[0].code)
        for outcome in sf.read_ldif(source)
        if outcome.outcome == "rejected"
    ]


def test_bad_records_are_outcomes_and_the_rest_goes_on() -> None:
    broken = b"dn: uid=b,dc=acme,dc=test\nobjectClass: inetOrgPerson\nuid: b\nsn:: %%%\n\n"
    assert rejected(people("rosa") + broken + people("nils")) == [(8, "ldif-base64")]
    passwd = b"dn: uid=u,dc=acme,dc=test\nobjectClass: inetOrgPerson\nuid:< file:///etc/passwd\n\n"
    [outcome] = list(sf.read_ldif(passwd))
    assert (outcome.outcome, outcome.issues[0].code) == ("rejected", "ldif-url")
    assert "root:" not in repr(outcome)
    for cut in (people("rosa") + people("nils")[:-30], people("rosa") + b"dn: uid=cut,dc=ac"):
        outcomes = list(sf.read_ldif(cut))
        assert outcomes[0].resource is not None and len(outcomes) == 2
    assert rejected(people("rosa") + b"\0\0\0\0\n\n" + people("nils")) != []


def test_passwords_stay_out_of_what_is_shown() -> None:
    source = people("rosa")[:-1] + b"userPassword: tops3cret\nsn:: %%%\n\n"
    [outcome] = list(sf.read_ldif(source))
    assert outcome.outcome == "rejected"
    assert "tops3cret" not in repr(outcome) and "tops3cret" not in (outcome.raw or "")


def shell(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scimforge", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command(tmp_path: Path) -> None:
    source, target, report = (tmp_path / name for name in ("in.ldif", "out.ndjson", "report.json"))
    source.write_bytes(people("rosa", "nils"))
    done = shell("migrate", source, target, "--report", report)
    assert (done.returncode, done.stdout) == (0, "") and "2 resources written" in done.stderr
    assert len(target.read_text().splitlines()) == 2
    assert json.loads(report.read_text())["read"] == 2
    source.write_bytes(people("rosa") + b"dn: uid=b,dc=acme,dc=test\nsn:: %%%\n\n")
    done = shell("migrate", source, target)
    assert done.returncode == 1 and "line 8: ldif-base64" in done.stderr
    for missing in (shell("migrate", tmp_path / "none", target), shell("migrate", report, target)):
        assert missing.returncode == 2
        assert missing.stderr.startswith("scimforge: ") and missing.stderr.count("\n") == 1
    assert len(target.read_text().splitlines()) == 1
    assert shell("--version").stdout.startswith("scimforge ")
    assert shell("migrate").returncode == 2
