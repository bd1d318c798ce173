//! The shared vectors and their runner.
