"""Filters."""

from __future__ import annotations

from typing import Any, cast

from . import _scimforge
from .types import Bent, Document, Explanation

__all__ = ["Filter"]


class Filter:
    """A filter tied to a schema; made by :meth:`Schema.filter`. Threads may share it.

    >>> import scimforge as sf
    >>> staff = sf.filter('userName SW "r" and (active eq true)')
    >>> staff.matches({"userName": "Rosa", "active": True})
    True
    >>> str(staff)
    'userName sw "r" and active eq true'
    """

    __slots__ = ("_native",)

    def __init__(self, native: _scimforge.Filter) -> None:
        self._native = native

    def matches(self, value: Document) -> bool:
        """Whether a document fits.

        >>> import scimforge as sf
        >>> sf.filter('emails[type eq "work"]').matches('{"emails": [{"type": "home"}]}')
        False
        """
        return self._native.matches(value)

    def explain(self, value: Document) -> Explanation:
        """Why a document fits, or does not; shaped like :attr:`expression`.

        Places are about the text that the filter was read from; if it was made otherwise, about
        its canonical text. Nothing is told of the document's values.

        >>> import scimforge as sf
        >>> sf.filter("title pr").explain({"userName": "rosa"})["present"]
        False
        """
        return cast("Explanation", self._native.explain(value))

    def simplified(self) -> Filter:
        """A filter that matches exactly the same, without what is said or negated twice.

        >>> import scimforge as sf
        >>> str(sf.filter("not (not (title pr)) and TITLE pr").simplified())
        'title pr'
        """
        return Filter(self._native.simplified())

    @property
    def expression(self) -> dict[str, Any]:
        """The tree: ``and``, ``or``, ``not``, comparisons and value paths.

        >>> import scimforge as sf
        >>> sf.filter("title pr").expression
        {'attribute': 'title', 'operator': 'pr'}
        """
        return self._native.expression()

    @property
    def trace(self) -> list[Bent]:
        """What was bent to read it.

        >>> import scimforge as sf
        >>> [bent.quirk for bent in sf.filter("title eq Baker").trace]
        ['bareLiteral']
        """
        return [Bent._of(entry) for entry in self._native.trace()]

    def __str__(self) -> str:
        return str(self._native)

    def __repr__(self) -> str:
        return f"<Filter {self}>"
