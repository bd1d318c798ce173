"""Migration: directory exports to SCIM resources, in two passes and constant memory."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, Union

from . import _scimforge
from .types import Issue

__all__ = ["Migration", "MigrationRun", "Outcome", "migrate", "posix_schema", "read_ldif"]

Source = Union[str, "os.PathLike[str]", bytes, BinaryIO]
"""A path, the content itself, or a binary file that can be read twice."""

Progress = Callable[[int, int], object]
"""Called with the bytes done and the bytes in total; the file counts twice, once a pass."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Outcome:
    """What became of one record.

    >>> import scimforge as sf
    >>> [outcome] = sf.read_ldif(b"dn: dc=acme,dc=test\\nobjectClass: domain\\ndc: acme\\n")
    >>> outcome.outcome, outcome.line, outcome.reason
    ('skipped', 1, 'domain')
    """

    outcome: Literal["resource", "rejected", "skipped"]
    line: int
    """Where the record begins in the source."""
    type: str | None = None
    """``User`` or ``Group``."""
    key: str | None = None
    """What the record was known by in the source."""
    resource: dict[str, Any] | None = None
    """The SCIM resource."""
    issues: tuple[Issue, ...] = ()
    """Warnings of a resource; for a rejected record why."""
    reason: str | None = None
    """Why a record was skipped."""
    raw: str | None = field(default=None, repr=False)
    """A rejected record as it stood in the source, without its passwords."""

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Outcome:
        issues = [data["issue"]] if "issue" in data else data.get("issues", ())
        return cls(
            outcome=data["outcome"],
            line=data["line"],
            type=data.get("type"),
            key=data.get("key"),
            resource=data.get("resource"),
            issues=tuple(map(Issue._of, issues)),
            reason=data.get("reason"),
            raw=data.get("raw"),
        )


class Migration:
    """A migration driven by hand, piece by piece; :func:`migrate` does this for files.

    Feed the whole input to :meth:`scan`, call :meth:`end_scan`, feed the same again to
    :meth:`convert`, call :meth:`end_convert`.

    >>> import scimforge as sf
    >>> ldif = b"dn: uid=rosa,dc=acme\\nobjectClass: person\\nuid: rosa\\nsn: Lund\\n"
    >>> by_hand = sf.Migration("ldif")
    >>> by_hand.scan(ldif)
    >>> by_hand.end_scan()
    >>> [outcome.key for outcome in by_hand.convert(ldif) + by_hand.end_convert()]
    ['uid=rosa,dc=acme']
    """

    def __init__(self, format: str, **options: Any) -> None:
        self._native = _scimforge.Migration(format, _options(options))

    def scan(self, chunk: bytes) -> None:
        """Takes the next piece of the first pass.

        >>> import scimforge as sf
        >>> by_hand = sf.Migration("ldif")
        >>> for piece in [b"dn: uid=rosa,dc=ac", b"me\\nobjectClass: person\\nuid: rosa\\n"]:
        ...     by_hand.scan(piece)
        """
        self._native.scan(chunk)

    def end_scan(self) -> None:
        """Ends the first pass; :class:`~scimforge.errors.MigrationError` if nothing was in it.

        >>> import scimforge as sf
        >>> by_hand = sf.Migration("ldif")
        >>> try:
        ...     by_hand.end_scan()
        ... except sf.MigrationError as error:
        ...     print(error.code)
        no-records
        """
        self._native.end_scan()

    def convert(self, chunk: bytes) -> list[Outcome]:
        """Takes the next piece of the second pass; what became of the records it ends.

        >>> import scimforge as sf
        >>> ldif = b"dn: uid=rosa,dc=acme\\nobjectClass: person\\nuid: rosa\\nsn: Lund\\n\\n"
        >>> by_hand = sf.Migration("ldif")
        >>> by_hand.scan(ldif)
        >>> by_hand.end_scan()
        >>> [outcome.resource["userName"] for outcome in by_hand.convert(ldif)]
        ['rosa']
        """
        return [Outcome._of(data) for data in self._native.convert(chunk)]

    def end_convert(self) -> list[Outcome]:
        """Ends the second pass; what became of the last records.

        >>> import scimforge as sf
        >>> ldif = b"dn: uid=rosa,dc=acme\\nobjectClass: person\\nuid: rosa\\nsn: Lund"
        >>> by_hand = sf.Migration("ldif")
        >>> by_hand.scan(ldif)
        >>> by_hand.end_scan()
        >>> len(by_hand.convert(ldif)), len(by_hand.end_convert())
        (0, 1)
        """
        return [Outcome._of(data) for data in self._native.end_convert()]

    @property
    def report(self) -> dict[str, Any]:
        """Counts of all kinds.

        >>> import scimforge as sf
        >>> sf.Migration("ldif").report["read"]
        0
        """
        return self._native.report()


class MigrationRun:
    """A migration over a source: iterate for the outcomes, then look at :attr:`report`.

    Nothing is read before the first outcome is asked for, and only a piece of the source is in
    memory at a time. Each iteration is a migration of its own.

    >>> import scimforge as sf
    >>> run = sf.migrate("ldif", b"dn: uid=rosa,dc=acme\\nobjectClass: person\\nuid: rosa\\nsn: Lund\\n")
    >>> [outcome.resource["userName"] for outcome in run], run.report["read"]
    (['rosa'], 1)
    """

    def __init__(
        self, format: str, source: Source, options: dict[str, Any], progress: Progress | None
    ) -> None:
        # Wrong arguments are found now, not at the first outcome.
        _scimforge.Migration(format, options)
        self._start = _start(source)
        self._format = format
        self._source = source
        self._options = options
        self._progress = progress
        self._report: dict[str, Any] | None = None

    def __iter__(self) -> Iterator[Outcome]:
        with self._scanned() as (native, pieces):
            for piece in pieces:
                for data in native.convert(piece):
                    yield Outcome._of(data)
            for data in native.end_convert():
                yield Outcome._of(data)
            self._report = native.report()

    @property
    def report(self) -> dict[str, Any]:
        """Counts of all kinds, of the last iteration that came to its end.

        If none has, the source is migrated now, and only the counts are kept.

        >>> import scimforge as sf
        >>> run = sf.read_ldif(b"dn: uid=rosa,dc=acme\\nobjectClass: person\\nuid: rosa\\nsn: Lund\\n")
        >>> run.report["converted"]
        {'User': 1, 'Group': 0}
        """
        if self._report is None:
            with self._scanned() as (native, pieces):
                for piece in pieces:
                    native.convert_lines(piece)
                native.end_convert_lines()
                self._report = native.report()
        return self._report

    def resources(self) -> Iterator[dict[str, Any]]:
        """The resources alone.

        >>> import scimforge as sf
        >>> run = sf.read_ldif(b"dn: uid=rosa,dc=acme\\nobjectClass: person\\nuid: rosa\\nsn: Lund\\n")
        >>> [user["name"]["familyName"] for user in run.resources()]
        ['Lund']
        """
        for outcome in self:
            if outcome.resource is not None:
                yield outcome.resource

    def write_ndjson(self, path: str | os.PathLike[str]) -> int:
        """Writes the resources to a file, one JSON object a line; how many there were.

        The file appears when all is written: after an error there is none, and one that was
        there before is as it was. Only its owner can read it, as it holds personal data.

        >>> import os, tempfile
        >>> import scimforge as sf
        >>> run = sf.read_ldif(b"dn: uid=rosa,dc=acme\\nobjectClass: person\\nuid: rosa\\nsn: Lund\\n")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run.write_ndjson(os.path.join(folder, "people.ndjson"))
        1
        """
        with self._scanned() as (native, pieces), _replacing(path) as file:
            count = 0
            for piece in pieces:
                lines, more = native.convert_lines(piece)
                file.write(lines)
                count += more
            lines, more = native.end_convert_lines()
            file.write(lines)
            self._report = native.report()
            return count + more

    @contextmanager
    def _scanned(self) -> Iterator[tuple[_scimforge.Migration, Iterator[bytes]]]:
        """A migration after its first pass, and the pieces of the second."""
        native = _scimforge.Migration(self._format, self._options)
        with _opened(self._source, self._start) as (file, size):
            done = 0

            def pieces() -> Iterator[bytes]:
                nonlocal done
                file.seek(self._start)
                while piece := file.read(_CHUNK):
                    yield piece
                    done += len(piece)
                    if self._progress is not None:
                        self._progress(done, 2 * size)

            for piece in pieces():
                native.scan(piece)
            native.end_scan()
            yield native, pieces()


def _start(source: Source) -> int:
    """Where the content begins: a file is read from where it stands."""
    if isinstance(source, (bytes, bytearray, memoryview, str, os.PathLike)):
        return 0
    if isinstance(source, io.TextIOBase):
        raise TypeError("the file was opened as text: open it with mode 'rb'")
    if not hasattr(source, "read"):
        raise TypeError(f"a path, bytes or a binary file was expected, not {type(source).__name__}")
    if not source.seekable():
        raise ValueError(
            "the source is read twice, so it must be seekable: give a path, or source.read()"
        )
    return source.tell()


@contextmanager
def _opened(source: Source, start: int) -> Iterator[tuple[BinaryIO, int]]:
    """A file and how much of it there is to read."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        yield io.BytesIO(source), len(source)
    elif isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:
            yield file, os.fstat(file.fileno()).st_size
    else:
        yield source, source.seek(0, os.SEEK_END) - start


@contextmanager
def _replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when the block ends without an error."""
    folder, name = os.path.split(os.path.abspath(path))
    file = tempfile.NamedTemporaryFile(dir=folder, prefix=f".{name}.", suffix=".part", delete=False)
    try:
        with file:
            yield file  # type: ignore[misc]
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, path)
    except BaseException:
        os.unlink(file.name)
        raise


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The core's names: ``user_name`` is ``userName`` there."""
    return {_camel(name): value for name, value in options.items() if value is not None}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def migrate(
    format: str, source: Source, *, progress: Progress | None = None, **options: Any
) -> MigrationRun:
    """Migrates an export in the format named, which is ``ldif``; see :func:`read_ldif`.

    >>> import scimforge as sf
    >>> export = b"dn: uid=rosa,dc=acme\\nobjectClass: person\\nuid: rosa\\nmail: rosa@acme.test\\nsn: L\\n"
    >>> [user["userName"] for user in sf.migrate("ldif", export, user_name=["mail"]).resources()]
    ['rosa@acme.test']
    """
    return MigrationRun(format, source, _options(options), progress)


def read_ldif(
    source: Source, *, progress: Progress | None = None, **options: Any
) -> MigrationRun:
    """Users and groups of an LDIF export of a directory, as SCIM resources.

    ``source`` is a path, the content as bytes, or a binary file. Options: ``user_name`` (the
    attributes that make the ``userName``, the best first), ``passwords`` (``"drop"`` or
    ``"clear"``), ``dangling_references`` (``"drop"`` or ``"reject"``), ``now`` (what expiry dates
    are held against), ``photos`` (``"drop"`` or ``"data"``), ``strict``.

    >>> import scimforge as sf
    >>> ldif = b'''version: 1
    ... dn: uid=rosa,ou=people,dc=acme,dc=test
    ... objectClass: inetOrgPerson
    ... uid: rosa
    ... cn: Rosa Lund
    ... sn: Lund
    ... '''
    >>> run = sf.read_ldif(ldif)
    >>> [(outcome.line, outcome.resource["userName"]) for outcome in run]
    [(2, 'rosa')]
    """
    return migrate("ldif", source, progress=progress, **options)


def posix_schema() -> dict[str, Any]:
    """The schema of the extension that users with a POSIX account are given.

    SCIM has no place for what a UNIX system knows about an account, so it is kept in an extension
    of ours. Whoever validates or serves such users adds it to the resource type:

    >>> import scimforge as sf
    >>> documents = sf.schema("User").to_dict()
    >>> documents["schemas"].append(sf.posix_schema())
    >>> documents["resourceType"]["schemaExtensions"].append(
    ...     {"schema": sf.posix_schema()["id"], "required": False}
    ... )
    >>> user = {"schemas": [sf.USER], "userName": "rosa"}
    >>> user["schemas"].append(sf.posix_schema()["id"])
    >>> user[sf.posix_schema()["id"]] = {"uidNumber": 1004}
    >>> sf.schema(documents).is_valid(user)
    True
    """
    return _scimforge.posix_schema()
