//! From an entry to a resource: attributes meet their rules.

use super::draft::Draft;
use super::rule::{Rule, Target, Transform};
use super::status::{self, Says};
use super::{Identity, Tables, password, skip};
use crate::error::{Code, Error, Issue, Severity};
use crate::migrate::index::Index;
use crate::migrate::ldif::{Attribute, Record};
use crate::migrate::report::{Count, Loss};
use crate::migrate::{DanglingReferences, Kind, Options, Passwords};
use crate::name;
use crate::value::Value;

/// What a conversion looks things up in.
#[derive(Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) tables: &'c Tables,
    pub(crate) options: &'c Options,
    /// Absent while the index is being made: references are left alone.
    pub(crate) index: Option<&'c Index>,
}

/// A resource, what is to be said about it, and what the report counts.
#[derive(Debug)]
pub(crate) struct Converted {
    pub(crate) resource: Value<'static>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) counts: Vec<Count>,
}

/// Converts an entry.
///
/// # Errors
/// The issue that rejects it: a reference that is not resolved, or, if strict, any warning.
pub(crate) fn convert(
    record: &Record,
    identity: &Identity,
    context: Context<'_>,
) -> Result<Converted, Error> {
    let mut mapper = Mapper {
        record,
        identity,
        context,
        draft: Draft::default(),
        active: None,
        issues: record.notes().to_vec(),
        counts: Vec::new(),
        unresolved: None,
    };
    mapper.run();
    mapper.finish()
}

/// A conversion under way.
pub(super) struct Mapper<'m> {
    pub(super) record: &'m Record,
    pub(super) identity: &'m Identity,
    pub(super) context: Context<'m>,
    pub(super) draft: Draft,
    active: Option<bool>,
    issues: Vec<Issue>,
    counts: Vec<Count>,
    unresolved: Option<Issue>,
}

/// A rule in use: its number in the table and the values it applies to.
#[derive(Clone, Copy)]
pub(super) struct Use<'u> {
    pub(super) rule: &'u Rule,
    pub(super) number: usize,
    pub(super) values: &'u [Attribute<'u>],
}

impl<'u> Use<'u> {
    pub(super) fn texts(&self) -> impl Iterator<Item = (Attribute<'u>, &'u str)> + use<'u> {
        self.values.iter().filter_map(|attribute| attribute.text().map(|text| (*attribute, text)))
    }
}

impl Mapper<'_> {
    fn run(&mut self) {
        let record = self.record;
        let rules = self.context.tables.of(self.identity.kind);
        if let Some(name) = &self.identity.user_name {
            self.draft.set(Target::Core("userName"), Value::from(name.clone()));
        }
        if let Some(id) = &self.identity.external_id {
            self.draft.set(Target::Core("externalId"), Value::from(id.clone()));
        }
        let mut by_rule: Vec<(usize, usize)> = Vec::with_capacity(record.len());
        for (index, attribute) in record.attributes().enumerate() {
            if attribute.value.is_empty() {
                continue;
            }
            match rules.find(attribute.name) {
                Some(rule) => by_rule.push((rule, index)),
                None => match skip::ignored(attribute.name) {
                    Some(name) => self.counts.push(Count::Ignored(name)),
                    None => self.lose(&attribute, Loss::NoPlace),
                },
            }
        }
        by_rule.sort_unstable();
        let mut values: Vec<Attribute<'_>> = Vec::new();
        for group in by_rule.chunk_by(|a, b| a.0 == b.0) {
            let Some((number, rule)) =
                group.first().and_then(|(number, _)| Some((*number, rules.get(*number)?)))
            else {
                continue;
            };
            values.clear();
            values.extend(group.iter().filter_map(|(_, index)| record.get(*index)));
            self.choose_variant(&mut values);
            self.apply(Use { rule, number, values: &values });
        }
        if let Some(active) = self.active {
            self.draft.set(status::ACTIVE, Value::from(active));
        }
        if self.identity.kind == Kind::Group {
            self.add_primary_members();
        }
    }

    /// Keeps the plain values; only where there are none, those of the first language.
    fn choose_variant(&mut self, values: &mut Vec<Attribute<'_>>) {
        if values.iter().all(|attribute| !attribute.has_options()) {
            return;
        }
        let plain = values.iter().any(|attribute| variant(attribute).is_none());
        let first = if plain { None } else { values.first().and_then(variant) };
        values.retain(|attribute| {
            let keep = variant(attribute) == first;
            if !keep {
                self.lose(attribute, Loss::Variant);
            }
            keep
        });
    }

    fn apply(&mut self, using: Use<'_>) {
        use Transform as T;
        match using.rule.via {
            T::Key | T::UserName => self.chosen(using),
            T::Text
            | T::Language
            | T::Uri
            | T::Fax
            | T::PostalAddress
            | T::Country
            | T::PrefixedMail => {
                self.texts(using);
            }
            T::Integer => self.integer(using),
            T::UnixPath => self.unix_path(using),
            T::TextList => self.text_list(using),
            T::Certificate => self.certificates(using),
            T::Photo => self.photos(using),
            T::ProxyAddress => self.proxy_addresses(using),
            T::Manager => self.manager(using),
            T::Member => self.members(using, false),
            T::MemberUid => self.members(using, true),
            T::AccountControl
            | T::SambaFlags
            | T::Disabled
            | T::DisabledRole
            | T::Locked
            | T::ExpiresFiletime
            | T::ExpiresTime
            | T::ExpiresDays => self.status(using),
            T::Password => self.password(using),
            T::Secret(scheme) => {
                self.counts.extend(using.values.iter().map(|_| Count::Password(scheme)));
            }
        }
    }

    /// The key and the user name are in place; here they are counted.
    fn chosen(&mut self, using: Use<'_>) {
        let mut chosen = self.identity.chose(&using.rule.from);
        for attribute in using.values {
            if chosen {
                self.mapped(using, 0);
                chosen = false;
            } else {
                self.lose(attribute, Loss::NotChosen);
            }
        }
    }

    fn status(&mut self, using: Use<'_>) {
        for (attribute, text) in using.texts() {
            match status::read(using.rule.via, text, self.context.options.now) {
                Ok(Says::Nothing) if using.rule.via == Transform::DisabledRole => {
                    self.lose(&attribute, Loss::NoPlace);
                }
                Ok(says) => {
                    self.mapped(using, 0);
                    match says {
                        Says::On => self.active = Some(self.active.unwrap_or(true)),
                        Says::Off => {
                            self.active = Some(false);
                            self.counts.push(Count::Inactive(using.rule.from.clone()));
                        }
                        Says::Nothing => {}
                        Says::NeedsNow => self.warn(
                            Issue::new(Code::OptionNeeded).with("option", "now").path("active"),
                            &attribute,
                        ),
                    }
                }
                Err(expected) => self.unreadable(using, &attribute, expected),
            }
        }
    }

    fn password(&mut self, using: Use<'_>) {
        let target = Target::Core("password");
        let keep =
            self.context.options.passwords == Passwords::Clear && self.identity.kind == Kind::User;
        for attribute in using.values {
            match password::read(attribute.name, attribute.value) {
                password::Found::Clear(text) if keep && self.draft.get(target).is_none() => {
                    self.draft.set(target, Value::from(text.into_owned()));
                    self.mapped(using, 0);
                }
                password::Found::Clear(_) => self.counts.push(Count::Password(password::CLEAR)),
                password::Found::Hash(scheme) => self.counts.push(Count::Password(scheme)),
            }
        }
    }

    /// Counts a value that got to its place.
    pub(super) fn mapped(&mut self, using: Use<'_>, target: usize) {
        let rules = self.context.tables.of(self.identity.kind);
        self.counts.push(Count::Mapped(rules.slot(using.number, target)));
    }

    /// Counts a value that did not.
    pub(super) fn lose(&mut self, attribute: &Attribute<'_>, loss: Loss) {
        self.counts.push(Count::Lost(attribute.name.into(), loss));
    }

    pub(super) fn count(&mut self, count: Count) {
        self.counts.push(count);
    }

    pub(super) fn warn(&mut self, issue: Issue, attribute: &Attribute<'_>) {
        let issue = issue
            .severity(Severity::Warning)
            .with("attribute", attribute.name)
            .with("line", attribute.line.to_string());
        self.issues.push(issue);
    }

    /// Warns of a value that cannot be read and counts it as lost.
    pub(super) fn unreadable(
        &mut self,
        using: Use<'_>,
        attribute: &Attribute<'_>,
        expected: &'static str,
    ) {
        let path = using.rule.to.first().map(Target::to_string).unwrap_or_default();
        let issue = Issue::new(Code::InvalidSourceValue).with("expected", expected).path(path);
        self.warn(issue, attribute);
        self.lose(attribute, Loss::Unreadable);
    }

    /// A reference that leads nowhere.
    pub(super) fn dangling(&mut self, attribute: &Attribute<'_>, path: &'static str) {
        let issue = Issue::new(Code::UnresolvedReference).path(path);
        if self.context.options.dangling_references == DanglingReferences::Reject
            && self.unresolved.is_none()
        {
            let line = attribute.line.to_string();
            self.unresolved = Some(issue.with("attribute", attribute.name).with("line", line));
            return;
        }
        self.warn(issue, attribute);
        self.lose(attribute, Loss::Unresolved);
    }

    fn finish(self) -> Result<Converted, Error> {
        if let Some(issue) = self.unresolved {
            return Err(issue.into());
        }
        let mut issues = self.issues;
        if self.context.options.strict {
            let worst = issues.iter().position(|issue| issue.code != Code::UnresolvedReference);
            if let Some(at) = worst {
                return Err(issues.swap_remove(at).severity(Severity::Error).into());
            }
        }
        let resource = self.draft.finish(self.identity.kind);
        Ok(Converted { resource, issues, counts: self.counts })
    }
}

/// The option that makes a value another than the plain one: not `binary`, not a range.
fn variant<'r>(attribute: &Attribute<'r>) -> Option<&'r str> {
    attribute.options().find(|option| {
        !name::starts_with(option, "range=") && !option.eq_ignore_ascii_case("binary")
    })
}
