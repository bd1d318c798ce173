//! Comparing results with expectations.

use serde_json::Value;

/// Whether two documents are the same: members in the same order, numbers compare by value.
pub fn same(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(a), Value::Object(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| same(a, b))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => actual == expected,
    }
}

/// Whether `actual` has everything that `expected` has: members of objects may be more, arrays
/// match element by element, `"*"` matches any value.
pub(crate) fn partial(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (_, Value::String(any)) if any == "*" => !actual.is_null(),
        (Value::Object(a), Value::Object(b)) => {
            b.iter().all(|(name, value)| a.get(name).is_some_and(|actual| partial(actual, value)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| partial(a, b))
        }
        _ => same(actual, expected),
    }
}
