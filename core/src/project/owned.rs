//! A projection of a resource that nobody needs whole afterwards: texts and lists move.

use std::borrow::Cow;

use super::{Inside, Projection};
use crate::name;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Role};
use crate::value::{Object, Value};

impl Projection {
    /// The same as [`Projection::apply`], without a copy.
    ///
    /// ```
    /// use scimforge::project::Projection;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let rosa = read(r#"{"USERNAME": "rosa", "password": "s3cret", "shoeSize": 38}"#)?;
    /// let shown = Projection::default_set().apply_owned(&builtin::user(), rosa);
    /// assert_eq!(shown.to_string(), r#"{"userName":"rosa"}"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn apply_owned<'v>(&self, compiled: &Compiled, resource: Value<'v>) -> Value<'v> {
        let Value::Object(object) = resource else { return Value::Object(Object::new()) };
        self.taken(compiled, compiled.attribute(AttrId::ROOT), object, self.inside())
    }

    fn taken<'v>(
        &self,
        compiled: &Compiled,
        parent: &CompiledAttribute,
        mut object: Object<'v>,
        inside: Inside,
    ) -> Value<'v> {
        let mut members: Vec<(Cow<'v, str>, Value<'v>)> = Vec::with_capacity(object.len());
        let mut meta = None;
        for child in parent.children.iter().map(|id| compiled.attribute(*id)) {
            let name = &*child.attribute.name;
            // What is not shown is known all the same.
            let Some((key, value)) = object.take(name) else { continue };
            let Some(inside) = self.shows(child, inside) else { continue };
            let Some(value) = self.taken_value(compiled, child, value, inside) else { continue };
            let member = (if key == name { key } else { name::to_static(name) }, value);
            if child.role == Role::Common && name == "meta" {
                meta = Some(member);
            } else {
                members.push(member);
            }
        }
        if self.keeps_unknown && inside == Inside::Usual {
            // Of what was taken nothing is left that has a value.
            members.extend(object.into_iter().filter(|(_, value)| !value.is_unassigned()));
        }
        members.extend(meta);
        // INVARIANT: the names of one schema level differ; the table was made of distinct names.
        Value::Object(Object::from_unique(members))
    }

    fn taken_value<'v>(
        &self,
        compiled: &Compiled,
        attribute: &CompiledAttribute,
        value: Value<'v>,
        inside: Inside,
    ) -> Option<Value<'v>> {
        let cut = match value {
            Value::Object(object)
                if attribute.kind == Kind::Complex && !attribute.children.is_empty() =>
            {
                self.taken(compiled, attribute, object, inside)
            }
            Value::Array(items) => {
                let each = items.into_iter();
                let cut =
                    each.filter_map(|item| self.taken_value(compiled, attribute, item, inside));
                Value::Array(cut.collect())
            }
            other => other,
        };
        (!cut.is_unassigned()).then_some(cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Profile, Unknown};
    use crate::schema::builtin;
    use crate::value::read;

    const RESOURCES: [&str; 6] = [
        r#"{"shoeSize":38,"USERNAME":"rosa","meta":{"version":"1","CREATED":"x","own":1},"id":"1"}"#,
        r#"{"name":{"other":[1],"familyName":"Lind","formatted":""},"password":"s3cret","title":null}"#,
        r#"{"emails":[{"VALUE":"a@b.test","x":{}},[{"type":"work"}],null,"text",{}],"hobbies":[[],{}]}"#,
        r#"{"name":"Lind","emails":{"value":"a@b.test"},"active":{"a":1},"groups":[],"nickName":""}"#,
        r#"{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:USER":{"manager":{"value":"1"},"x":1}}"#,
        r#"["no object"]"#,
    ];

    #[test]
    fn it_shows_what_a_copy_shows() {
        let user = builtin::user();
        let (names, profile) = (["name.familyName", "emails.value", "password"], Profile::RFC);
        let chosen = |attributes, excluded| Projection::new(&user, attributes, excluded, profile);
        let projections = [
            Projection::all(),
            Projection::default_set(),
            chosen(Some(&names[..]), None).unwrap(),
            chosen(None, Some(&names[..])).unwrap(),
        ];
        for text in RESOURCES {
            for projection in &projections {
                for profile in [Profile::RFC, Profile::RFC.with_unknown(Unknown::Keep)] {
                    let (projection, resource) =
                        (projection.clone().keeping(profile), read(text).unwrap());
                    let copy = projection.apply(&user, &resource);
                    let owned = projection.apply_owned(&user, resource);
                    assert_eq!(owned.to_string(), copy.to_string(), "{projection:?} of {text}");
                    #[cfg(feature = "server")]
                    {
                        let (resource, mut written) = (read(text).unwrap(), String::new());
                        projection.write(&mut written, &user, &resource, &Object::new());
                        assert_eq!(written, copy.to_string(), "{projection:?} of {text}");
                    }
                }
            }
        }
    }
}
