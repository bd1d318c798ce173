//! Who may do what. What is decided on is the route that will be run, never the text of a path.
//!
//! The name of an operation, such as `Users:create`, is the permission it needs, unless a table
//! says otherwise. PUT and PATCH both need `Users:update`; for a PATCH that changes nothing but the
//! members of a group, `Groups:members` is enough. Nothing is allowed by being unknown.

use std::borrow::Cow;

use crate::error::Error;
use crate::value::Value;

/// Grants everything.
const ALL: [&str; 2] = ["*", "scim:*"];

/// What may be done; `members` is a PATCH that changes nothing but who is in a group.
const ACTIONS: [&str; 7] = ["create", "list", "view", "update", "members", "delete", "run"];

/// The permissions that operations need, where they differ from the names of the operations.
///
/// ```
/// use scimforge::protocol::Permissions;
///
/// let table = Permissions::default().with("Users:create", "user.create");
/// assert!(table.allow(&["user.create".into()], "Users:create"));
/// assert!(table.allow(&["Users:*".into()], "Users:replace"));
/// assert!(!table.allow(&["Users:list".into()], "Users:view"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    needed: Vec<(Box<str>, Box<str>)>,
}

impl Permissions {
    /// The table of WSO2 Identity Server: paths such as
    /// `/permission/admin/manage/identity/usermgt/create`. Who holds a path holds those below it.
    ///
    /// ```
    /// use scimforge::protocol::Permissions;
    ///
    /// let granted = ["/permission/admin/manage/identity/usermgt".into()];
    /// assert!(Permissions::wso2().allow(&granted, "Users:create"));
    /// assert!(!Permissions::wso2().allow(&granted, "Groups:create"));
    /// ```
    #[must_use]
    pub fn wso2() -> Self {
        const USER: &str = "/permission/admin/manage/identity/usermgt";
        const ROLE: &str = "/permission/admin/manage/identity/rolemgt";
        const LOGIN: &str = "/permission/admin/login";
        let mut table = Self::default();
        for action in ["create", "list", "view", "update", "delete"] {
            table = table.with(&format!("Users:{action}"), &format!("{USER}/{action}"));
            // Groups have one permission for reading.
            let group = if action == "list" { "view" } else { action };
            table = table.with(&format!("Groups:{action}"), &format!("{ROLE}/{group}"));
            let me = if action == "create" { format!("{USER}/create") } else { LOGIN.to_owned() };
            table = table.with(&format!("Me:{action}"), &me);
        }
        table.with("Bulk:run", USER).with("All:list", &format!("{USER}/list"))
    }

    /// The same with another permission for an operation.
    ///
    /// ```
    /// use scimforge::protocol::Permissions;
    ///
    /// let table = Permissions::default().with("Groups:update", "teams.write");
    /// assert!(!table.allow(&["Groups:update".into()], "Groups:update"));
    /// ```
    #[must_use]
    pub fn with(mut self, operation: &str, permission: &str) -> Self {
        self.needed.retain(|(own, _)| **own != *operation);
        self.needed.push((operation.into(), permission.into()));
        self
    }

    /// Reads the name of a table (`"wso2"`) or an object of operations and permissions.
    ///
    /// ```
    /// use scimforge::protocol::Permissions;
    /// use scimforge::value::read;
    ///
    /// let table = Permissions::from_value(&read(r#"{"Users:list": "people.read"}"#)?)?;
    /// assert!(table.allow(&["people.read".into()], "Users:list"));
    /// assert!(Permissions::from_value(&read(r#"{"Users:lost": "x"}"#)?).is_err());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option`.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Error> {
        let wrong = || {
            Error::invalid_option("permissions", "wso2, or an object of permissions by operation")
        };
        match value {
            Value::String(text) if *text == "wso2" => Ok(Self::wso2()),
            Value::Object(object) => {
                object.iter().try_fold(Self::default(), |table, (operation, permission)| {
                    let known = operation
                        .split_once(':')
                        .is_some_and(|(_, action)| ACTIONS.contains(&action));
                    let permission = permission.as_str().filter(|_| known).ok_or_else(wrong)?;
                    Ok(table.with(operation, permission))
                })
            }
            _ => Err(wrong()),
        }
    }

    /// The permission that an operation needs: its name, unless the table says otherwise.
    ///
    /// ```
    /// use scimforge::protocol::Permissions;
    ///
    /// let table = Permissions::default().with("Users:create", "user.create");
    /// assert_eq!(table.needed("Users:create"), "user.create");
    /// assert_eq!(table.needed("Users:list"), "Users:list");
    /// ```
    pub fn needed<'p>(&'p self, operation: &'p str) -> &'p str {
        let own = self.needed.iter().find(|(own, _)| **own == *operation);
        own.map_or(operation, |(_, permission)| permission)
    }

    /// Whether somebody with these permissions may run an operation. `granted` holds permissions,
    /// `Users:*` for all about an endpoint, or `scim:*` for everything.
    ///
    /// ```
    /// use scimforge::protocol::Permissions;
    ///
    /// let granted = ["Users:view".into(), "Groups:*".into()];
    /// assert!(Permissions::default().allow(&granted, "Groups:delete"));
    /// assert!(!Permissions::default().allow(&granted, "Users:delete"));
    /// ```
    pub fn allow(&self, granted: &[Box<str>], operation: &str) -> bool {
        let operation = match operation.strip_suffix(":replace") {
            Some(about) => Cow::Owned(format!("{about}:update")),
            None => Cow::Borrowed(operation),
        };
        let needed = self.needed(&operation);
        let about = operation.split(':').next().unwrap_or_default();
        granted.iter().any(|granted| {
            ALL.contains(&&**granted)
                || **granted == *needed
                || granted.strip_suffix(":*").is_some_and(|own| own == about)
                || is_below(needed, granted)
        })
    }
}

/// Whether a permission that is a path lies below another.
fn is_below(needed: &str, granted: &str) -> bool {
    needed.starts_with('/')
        && granted.starts_with('/')
        && needed.strip_prefix(granted).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::read;

    fn granted(permissions: &[&str]) -> Vec<Box<str>> {
        permissions.iter().map(|permission| (*permission).into()).collect()
    }

    #[test]
    fn what_nobody_granted_is_denied() {
        let table = Permissions::default();
        assert!(!table.allow(&[], "Users:list"));
        for (permission, operation, allowed) in [
            ("Users:list", "Users:list", true),
            ("users:list", "Users:list", false),
            ("Users:list", "Groups:list", false),
            ("Users:update", "Users:replace", true),
            ("Users:update", "Users:update", true),
            ("Users:replace", "Users:replace", false),
            ("Users:*", "Users:delete", true),
            ("User:*", "Users:delete", false),
            ("scim:*", "Bulk:run", true),
            ("", "Users:list", false),
        ] {
            assert_eq!(table.allow(&granted(&[permission]), operation), allowed, "{permission}");
        }
    }

    #[test]
    fn the_paths_of_wso2_hold_what_is_below_them() {
        let table = Permissions::wso2();
        let all = granted(&["/permission/admin/manage/identity"]);
        let create = granted(&["/permission/admin/manage/identity/usermgt/create"]);
        for operation in ["Users:create", "Groups:list", "Users:replace", "Bulk:run"] {
            assert!(table.allow(&all, operation), "{operation}");
        }
        assert!(table.allow(&create, "Users:create") && table.allow(&create, "Me:create"));
        assert!(!table.allow(&create, "Users:view") && !table.allow(&create, "Bulk:run"));
        let alike = granted(&["/permission/admin/manage/identity/user"]);
        assert!(!table.allow(&alike, "Users:create"), "half a segment is no path");
    }

    #[test]
    fn tables_are_read_and_slips_are_refused() {
        let table = |text| Permissions::from_value(&read(text).unwrap());
        assert_eq!(table("\"wso2\"").unwrap(), Permissions::wso2());
        assert!(table("{\"Users:create\": \"user.create\"}").is_ok());
        for wrong in ["\"wso\"", "[]", "{\"Users:make\": \"x\"}", "{\"Users:create\": 1}"] {
            assert!(table(wrong).is_err(), "{wrong}");
        }
    }
}
