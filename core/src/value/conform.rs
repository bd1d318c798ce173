//! The contract of [`Node`] as a function, for implementations in the bindings.

use super::{Node, Value, read};
use crate::limits::Limits;

/// Texts that between them hold everything a node must carry.
const SAMPLES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-17",
    "9007199254740993",
    "1.5",
    "\"\"",
    "\"plain\"",
    "\"é, 😀 and \\\"quotes\\\"\"",
    "[]",
    "[1,[2,[]],{}]",
    "{}",
    r#"{"b":1,"a":{"$ref":null,"urn:ietf:params:scim:schemas:core:2.0:User":[true]}}"#,
];

/// Checks an implementation of [`Node`]: `with_host` makes a host value of a JSON text and
/// passes the node, copied into a [`Value`] by the default walk, to the check.
///
/// ```
/// use scimforge::value::{Value, conform};
///
/// let checked = conform(|text| {
///     let host: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
///     Value::copy_of(&&host).map_err(|error| error.to_string())
/// });
/// assert!(checked.is_ok_and(|samples| samples > 0));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// The text of the first sample that came back otherwise, with what came back.
pub fn conform(
    mut with_host: impl FnMut(&str) -> Result<Value<'static>, String>,
) -> Result<usize, String> {
    for sample in SAMPLES {
        let expected = read(sample).map_err(|error| error.to_string())?.into_owned();
        let actual = with_host(sample)?;
        if actual != expected
            || actual.to_string() != *sample && order_of(&actual) != order_of(&expected)
        {
            return Err(format!("{sample} came back as {actual}"));
        }
    }
    Ok(SAMPLES.len())
}

/// The member names in order, which equality does not look at.
fn order_of(value: &Value<'_>) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(order_of).collect(),
        Value::Object(object) => object
            .iter()
            .flat_map(|(name, member)| std::iter::once(name.to_owned()).chain(order_of(member)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The default walk: what [`conform`] expects `with_host` to return.
impl Value<'static> {
    /// Copies a node with the default limits.
    ///
    /// ```
    /// use scimforge::value::Value;
    ///
    /// let copy = Value::copy_of(&&serde_json::json!({"title": "Baker"}))?;
    /// assert_eq!(copy.to_string(), r#"{"title":"Baker"}"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// See [`Value::from_node`].
    pub fn copy_of<'a, N: Node<'a>>(node: &N) -> Result<Self, crate::error::Error> {
        Self::from_node(node, &Limits::DEFAULT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_nodes_keep_the_contract() {
        let own = conform(|text| {
            let value = read(text).map_err(|error| error.to_string())?;
            Value::copy_of(&&value).map_err(|error| error.to_string())
        });
        assert_eq!(own, Ok(SAMPLES.len()));
        let serde = conform(|text| {
            let value: serde_json::Value =
                serde_json::from_str(text).map_err(|error| error.to_string())?;
            Value::copy_of(&&value).map_err(|error| error.to_string())
        });
        assert_eq!(serde, Ok(SAMPLES.len()));
    }
}
