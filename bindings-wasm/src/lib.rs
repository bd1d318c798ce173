//! scimforge for wasm.
