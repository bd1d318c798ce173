//! scimforge for python.
