"""scimforge: SCIM 2.0 validation, filters, PATCH, protocol and migration."""

from ._scimforge import version

__version__ = version()
__all__ = ["version"]
