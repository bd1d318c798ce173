//! Whether a document is what its schema says.

pub(crate) mod finding;
pub(crate) mod fit;
pub(crate) mod trail;
