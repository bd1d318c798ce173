//! What is shown of a document.

use super::options::{only, profile, read_options};
use super::schema::is_map;
use super::{Failure, Input, Schema};
use crate::error::Error;
use crate::limits::Limits;
use crate::profile::Profile;
use crate::project::Projection;
use crate::schema::Compiled;
use crate::value::{Object, Value};

impl Schema {
    /// The resource as it is returned. Options: `attributes`, `excludedAttributes` (arrays of
    /// names), `profile` (default lenient).
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = Input::Text(r#"{"id": "u-1", "userName": "ida", "title": "Cook"}"#);
    /// let shown = Schema::named("User")?.project(ida, r#"{"excludedAttributes": ["title"]}"#)?;
    /// assert_eq!(shown, r#"{"id":"u-1","userName":"ida"}"#);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `exclusive-parameters` and `unknown-attribute` by a profile that does not tolerate them.
    pub fn project(&self, document: Input<'_>, options: &str) -> Result<String, Failure> {
        let document = document.parse(self.compiled(), &Limits::DEFAULT)?;
        let projection = projection(self.compiled(), options)?;
        is_map(&document.root())?;
        Ok(document.project(&projection))
    }

    /// The same over a tree.
    ///
    /// ```
    /// use scimforge::api::Schema;
    /// use scimforge::value::read;
    ///
    /// let ida = read(r#"{"password": "s3cret", "userName": "ida"}"#)?;
    /// assert_eq!(Schema::named("User")?.project_value(&ida, "")?.to_string(), r#"{"userName":"ida"}"#);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::project`].
    pub fn project_value(
        &self,
        document: &Value<'_>,
        options: &str,
    ) -> Result<Value<'static>, Failure> {
        let projection = projection(self.compiled(), options)?;
        is_map(&document)?;
        Ok(projection.apply(self.compiled(), document))
    }
}

/// What is shown of documents of a schema.
pub(super) fn projection(compiled: &Compiled, options: &str) -> Result<Projection, Error> {
    let options = read_options(options)?;
    only(&options, &["attributes", "excludedAttributes", "profile"])?;
    let attributes = names(&options, "attributes")?;
    let excluded = names(&options, "excludedAttributes")?;
    let profile = profile(&options, Profile::LENIENT)?;
    Projection::new(compiled, attributes.as_deref(), excluded.as_deref(), profile)
}

fn names<'o>(options: &'o Object<'_>, option: &str) -> Result<Option<Vec<&'o str>>, Error> {
    match options.get(option) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .ok_or_else(|| Error::invalid_option(option, "an array of attribute names"))
            })
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(Error::invalid_option(option, "an array of attribute names")),
    }
}
