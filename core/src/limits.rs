//! The limits on every depth and size, in one place.

/// Bounds on what a reader accepts. All are checked; none can be turned off, only moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a JSON text. Default 64 MiB: a group of 100,000 members has about 16 MiB.
    pub json_bytes: usize,
    /// Nesting of a JSON text or host object. Default 64.
    pub json_depth: usize,
    /// Bytes of a filter or path. Default 8 KiB.
    pub filter_bytes: usize,
    /// Nesting of a filter: parentheses, `not` and brackets. Default 32.
    pub filter_depth: usize,
    /// Comparisons in a filter. Default 256.
    pub filter_terms: usize,
    /// Operations in a PATCH. Default 1,000.
    pub patch_operations: usize,
    /// Issues collected before validation stops. Default 100.
    pub issues: usize,
}

impl Limits {
    /// The defaults named at each field.
    pub const DEFAULT: Self = Self {
        json_bytes: 64 << 20,
        json_depth: 64,
        filter_bytes: 8 << 10,
        filter_depth: 32,
        filter_terms: 256,
        patch_operations: 1_000,
        issues: 100,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
