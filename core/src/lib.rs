//! scimforge core.
