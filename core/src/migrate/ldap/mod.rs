//! Entries of LDAP directories as users and groups.
//!
//! A table for each family of attributes says what becomes of each; [`convert`] applies them in
//! the order of the tables, not of the entry, since the order of attributes in LDAP means nothing.

mod active_directory;
mod draft;
mod groups;
mod identity;
mod map;
mod members;
mod password;
mod person;
mod posix;
mod rule;
mod skip;
mod status;
mod values;

pub(crate) use identity::{Identity, Sight, identify};
pub(crate) use map::{Context, Converted, convert};
pub(crate) use password::masked;
pub use posix::POSIX_SCHEMA;
pub(crate) use rule::{Rule, Rules, Target};

use std::borrow::Cow;

use super::{Kind, Options};

/// The mappings in use.
#[derive(Debug)]
pub(crate) struct Tables {
    user: Rules,
    group: Rules,
}

impl Tables {
    /// The built-in mappings, and a rule for what the options take the user name from.
    pub(crate) fn new(options: &Options) -> Self {
        let built_in: [&[Rule]; 7] = [
            active_directory::RULES,
            person::RULES,
            active_directory::LATE_RULES,
            person::LAST_RULES,
            status::RULES,
            posix::RULES,
            password::RULES,
        ];
        let ruled = |name: &str| {
            built_in
                .iter()
                .any(|table| table.iter().any(|rule| rule.from.eq_ignore_ascii_case(name)))
        };
        let user_name: Vec<Rule> = options
            .user_name
            .iter()
            .filter(|name| !ruled(name))
            .map(|name| Rule {
                from: Cow::Owned(name.to_string()),
                to: Cow::Borrowed(&[Target::Core("userName")]),
                via: rule::Transform::UserName,
            })
            .collect();
        let user = Rules::new(built_in.into_iter().chain([user_name.as_slice()]), 0);
        let group = Rules::new([groups::RULES, password::RULES], user.lines().count());
        Self { user, group }
    }

    pub(crate) fn of(&self, kind: Kind) -> &Rules {
        match kind {
            Kind::User => &self.user,
            Kind::Group => &self.group,
        }
    }
}
