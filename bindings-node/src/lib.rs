//! scimforge for node.
