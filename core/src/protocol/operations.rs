//! The operations that a server has, by the names that permissions go by; and whether what settings
//! say by name is there. A rule about something that does not exist protects nothing.

use super::config::{Config, invalid};
use super::members;
use super::route::{Operation, Route};
use crate::error::{Error, Pointer, Segment};
use crate::name;
use crate::path::{Resolved, resolve};
use crate::profile::Profile;
use crate::schema::AttrId;
use crate::value::Object;

impl Config {
    /// The names of the operations that this server has, such as `Users:create`, in the order of its
    /// resource types. PUT and PATCH are both `update`.
    ///
    /// ```
    /// use scimforge::protocol::Config;
    /// use scimforge::value::read;
    ///
    /// let config = Config::from_value(&read(r#"{"resourceTypes": ["Group"], "me": false}"#)?)?;
    /// let names = config.operations();
    /// assert_eq!(names[..2], ["Groups:list", "Groups:create"]);
    /// assert!(names.iter().any(|name| name == "Groups:members"));
    /// assert!(!names.iter().any(|name| name == "Me:view"));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn operations(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (kind, compiled) in self.resource_types.iter().enumerate() {
            self.name_operations(&Route::Collection(kind), &mut names);
            self.name_operations(&Route::Resource { kind, id: "".into() }, &mut names);
            if members::list_of(compiled).is_some() {
                names.push(format!("{}:members", self.about(&Route::Collection(kind))));
            }
        }
        if self.me.is_some() {
            self.name_operations(&Route::Me, &mut names);
        }
        if self.bulk.max_operations > 0 {
            self.name_operations(&Route::Bulk, &mut names);
        }
        self.name_operations(&Route::Root, &mut names);
        self.name_operations(&Route::ServiceProviderConfig, &mut names);
        names
    }

    fn name_operations(&self, route: &Route, names: &mut Vec<String>) {
        for (_, operation) in route.methods().iter().filter(|(_, own)| *own != Operation::Replace) {
            names.push(format!("{}:{}", self.about(route), operation.as_str()));
        }
    }

    /// That a table of permissions is about operations of this server, or of one with the
    /// resource types of RFC 7643.
    pub(super) fn check_permissions(&self, table: &Object<'_>) -> Result<(), Error> {
        let mut known = self.operations();
        known.extend(Self::default().operations());
        for (operation, _) in table.iter() {
            if !known.iter().any(|name| *name == *operation) {
                let error = unknown(operation, "operation", known.iter().map(String::as_str));
                return Err(error.within(Segment::Name("permissions".into())));
            }
        }
        Ok(())
    }

    /// That what people may change of themselves are attributes of what they are.
    pub(super) fn check_me(&self) -> Result<(), Error> {
        let Some(me) = &self.me else { return Ok(()) };
        let at = || Pointer::root().name("me");
        let Some(compiled) =
            self.kind(&me.resource_type).and_then(|kind| self.resource_types.get(kind))
        else {
            // Where nobody set it, it is there for who has users.
            if *me == super::Me::default() {
                return Ok(());
            }
            let names = self.resource_types.iter().map(|compiled| &*compiled.resource_type().name);
            let error = unknown(&me.resource_type, "resource type", names);
            return Err(error.at(at().name("resourceType")));
        };
        for (index, path) in me.writable.iter().flat_map(|names| names.iter()).enumerate() {
            let error = match resolve(compiled, path, Profile::STRICT) {
                Resolved::Attribute(id) if id != AttrId::ROOT => {
                    if compiled.attribute(id).parent == AttrId::ROOT {
                        continue;
                    }
                    invalid(
                        path,
                        "no value here: only whole attributes and extensions can be named",
                    )
                }
                Resolved::Unknown { nearest: Some(nearest), .. } => {
                    invalid(path, "no value: there is no such attribute")
                        .helped(format!("did you mean `{nearest}`?"))
                }
                _ => invalid(path, "no value: there is no such attribute"),
            };
            return Err(error.at(at().name("writable").index(index)));
        }
        Ok(())
    }
}

/// A name that nothing has, with the one that was meant, or those that there are.
pub(super) fn unknown<'n>(
    given: &str,
    what: &str,
    known: impl Iterator<Item = &'n str> + Clone,
) -> Error {
    let error = invalid(given, &format!("no value: there is no such {what}"));
    if let Some(nearest) = name::nearest(given, known.clone()) {
        return error.helped(format!("did you mean `{nearest}`?"));
    }
    let mut names: Vec<&str> = Vec::new();
    for name in known {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    error.helped(format!("there are {}", names.join(", ")))
}

/// A finding in what an option holds, at its place in all options.
pub(super) fn below(option: &str, error: Error) -> Error {
    match error.issue().pointer.segments().first() {
        Some(Segment::Name(first)) if **first == *option => error,
        _ => error.within(Segment::Name(option.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::read;

    fn refused(options: &str) -> (String, String) {
        let error = Config::from_value(&read(options).unwrap()).unwrap_err();
        let issue = error.issue();
        (issue.pointer.to_string(), issue.help().unwrap_or_default())
    }

    #[test]
    fn names_that_mean_nothing_are_refused_where_they_stand() {
        for (options, pointer, help) in [
            (
                r#"{"permissions": {"User:create": "x"}}"#,
                "/permissions/User:create",
                "`Users:create`",
            ),
            (r#"{"permissions": {"Users:read": "x"}}"#, "/permissions/Users:read", "Users:list"),
            (r#"{"permissions": {"Bulk:create": "x"}}"#, "/permissions/Bulk:create", "Bulk:run"),
            (
                r#"{"me": {"writable": ["title", "nickname", "titel"]}}"#,
                "/me/writable/2",
                "`title`",
            ),
            (r#"{"me": {"writable": ["name.givenName"]}}"#, "/me/writable/0", ""),
            (r#"{"me": {"resourceType": "Users"}}"#, "/me/resourceType", "`User`"),
            (r#"{"bulk": {"maxOperation": 3}}"#, "/bulk/maxOperation", "`maxOperations`"),
            (r#"{"bulk": {"maxOperations": "3"}}"#, "/bulk/maxOperations", ""),
            (r#"{"pagination": {"mode": "cursor"}}"#, "/pagination/mode", "cursorKey"),
            (r#"{"pagination": {"cursorKey": "short"}}"#, "/pagination/cursorKey", ""),
            (r#"{"delete": {"mode": "soft", "uniq": "kept"}}"#, "/delete/uniq", "unique"),
            (
                r#"{"attributePermissions": {"User": {"titel": {"read": "x"}}}}"#,
                "/attributePermissions/User/titel",
                "`title`",
            ),
            (r#"{"attributePermissions": {"Users": {}}}"#, "/attributePermissions/Users", "`User`"),
            (
                r#"{"sensitiveAttributes": ["emails", "nmae.givenName"]}"#,
                "/sensitiveAttributes/1",
                "`name",
            ),
            (r#"{"sensitiveAttributes": ["shoeSize"]}"#, "/sensitiveAttributes/0", ""),
            (r#"{"sensitiveAttributes": "emails"}"#, "/sensitiveAttributes", ""),
            (r#"{"maxresult": 3}"#, "/maxresult", "`maxResults`"),
        ] {
            let (at, said) = refused(options);
            assert_eq!(at, pointer, "{options}");
            assert!(said.contains(help), "{options}: {said}");
        }
    }

    #[test]
    fn what_exists_may_be_named() {
        for options in [
            r#"{"permissions": {"Users:create": "a", "Groups:members": "b", "All:list": "c", "Discovery:view": "d", "Bulk:run": "e", "Me:view": "f"}}"#,
            r#"{"permissions": {"Groups:list": "a"}, "resourceTypes": ["User"], "bulk": false, "me": false}"#,
            r#"{"permissions": "wso2", "resourceTypes": ["Group"]}"#,
            r#"{"me": {"writable": ["name", "URN:ietf:params:scim:schemas:extension:enterprise:2.0:User"]}}"#,
            r#"{"resourceTypes": ["Group"]}"#,
            r#"{"sensitiveAttributes": ["emails", "displayName", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"]}"#,
        ] {
            assert!(Config::from_value(&read(options).unwrap()).is_ok(), "{options}");
        }
    }
}
