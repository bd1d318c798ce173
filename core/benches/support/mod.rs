//! What the benchmarks work on and how they are timed.

pub(crate) mod data;
pub(crate) mod race;
