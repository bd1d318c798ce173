"""Packages that only some settings need, and that the developer brings."""

from __future__ import annotations

import importlib
from typing import Any


def peer(where: str, module: str, package: str, extra: str) -> Any:
    """A package, at once: settings without it are refused when they are read."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = f'{where}: the package {package} is not installed; pip install "scimforge[{extra}]"'
        raise ImportError(missing) from error
