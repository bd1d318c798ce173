//! Values on their way into a user: one method for each kind of place.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::map::{Mapper, Use};
use super::rule::{List, Target, Transform};
use crate::error::{Code, Issue};
use crate::migrate::Photos;
use crate::migrate::ldif::Attribute;
use crate::migrate::report::Loss;
use crate::value::{Object, Value};
use crate::{name, text};

/// The value as its place wants it; `Err` is what was expected.
fn read(via: Transform, value: &str) -> Result<Cow<'_, str>, &'static str> {
    match via {
        Transform::Language => Ok(language(value)),
        Transform::Uri => Ok(value.split(' ').next().unwrap_or_default().into()),
        Transform::Fax => Ok(value.split('$').next().unwrap_or_default().trim_end().into()),
        Transform::PostalAddress => Ok(postal_address(value).into()),
        Transform::Country => {
            let country = value.trim();
            let two = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
            if two {
                Ok(country.to_ascii_uppercase().into())
            } else {
                Err("a two-letter country code")
            }
        }
        Transform::PrefixedMail => {
            let prefixed = name::starts_with(value, "smtp:");
            Ok(if prefixed { value.get(5..).unwrap_or_default() } else { value }.into())
        }
        _ => Ok(value.into()),
    }
}

/// `en_GB.UTF-8@euro` as `en-GB`; lists of tags with weights pass.
fn language(value: &str) -> Cow<'_, str> {
    let value = value.split(['.', '@']).next().filter(|_| !value.contains(';')).unwrap_or(value);
    if value.contains('_') { value.replace('_', "-").into() } else { value.into() }
}

/// Lines of a postal address: `$` parts them, `\24` and `\5C` are a dollar and a backslash.
fn postal_address(value: &str) -> String {
    let lines = value.split('$').map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<String> = lines
        .map(|line| line.replace("\\24", "$").replace("\\5C", "\\").replace("\\5c", "\\"))
        .collect();
    lines.join("\n")
}

impl Mapper<'_> {
    /// Texts: the first into the first free place, or all into a list.
    pub(super) fn texts(&mut self, using: Use<'_>) {
        let mut placed = false;
        for (attribute, raw) in using.texts() {
            match read(using.rule.via, raw) {
                Ok(text) if text.is_empty() => {}
                Ok(text) => placed |= self.put(using, &attribute, &text, placed),
                Err(_) if self.country_is_known(using) => self.lose(&attribute, Loss::NotChosen),
                Err(expected) => self.unreadable(using, &attribute, expected),
            }
        }
    }

    /// `co` is the country's name in some language; with `c` there is no need for it.
    fn country_is_known(&self, using: Use<'_>) -> bool {
        using.rule.from == "co"
            && using.rule.to.first().is_some_and(|target| self.draft.get(*target).is_some())
    }

    /// Puts a text into its place; whether it got there. `placed` says that a value before it
    /// did, so that this one is one too many for a singular place.
    fn put(&mut self, using: Use<'_>, attribute: &Attribute<'_>, text: &str, placed: bool) -> bool {
        if let Some(Target::Many(list, kind)) = using.rule.to.first().copied() {
            match self.draft.seen(list, kind, text, using.number) {
                None => self.draft.set(Target::Many(list, kind), Value::from(text.to_owned())),
                // The same from another attribute is no mistake.
                Some(rule) if rule != using.number => {}
                Some(_) => {
                    self.warn(Issue::new(Code::DuplicateValue).path(list.as_str()), attribute);
                    self.lose(attribute, Loss::Duplicate);
                    return false;
                }
            }
            self.mapped(using, 0);
            return true;
        }
        for (index, target) in using.rule.to.iter().enumerate() {
            match self.draft.get(*target) {
                None if !placed => {
                    self.draft.set(*target, Value::from(text.to_owned()));
                    self.mapped(using, index);
                    return true;
                }
                Some(there)
                    if there.as_str().is_some_and(|there| text::equal(there, text, false)) =>
                {
                    self.mapped(using, index);
                    return true;
                }
                _ => {}
            }
        }
        self.lose(attribute, if placed { Loss::OneKept } else { Loss::Taken });
        false
    }

    pub(super) fn integer(&mut self, using: Use<'_>) {
        for (attribute, text) in using.texts() {
            match text.trim().parse::<i64>() {
                Ok(number) => self.put_value(using, &attribute, Value::integer(number)),
                Err(_) => self.unreadable(using, &attribute, "a whole number"),
            }
        }
    }

    pub(super) fn unix_path(&mut self, using: Use<'_>) {
        for (attribute, text) in using.texts() {
            if text.starts_with('/') {
                self.put_value(using, &attribute, Value::from(text.to_owned()));
            } else {
                self.lose(&attribute, Loss::NoPlace);
            }
        }
    }

    fn put_value(&mut self, using: Use<'_>, attribute: &Attribute<'_>, value: Value<'static>) {
        let Some(target) = using.rule.to.first().copied() else {
            return;
        };
        match self.draft.get(target) {
            None => {
                self.draft.set(target, value);
                self.mapped(using, 0);
            }
            Some(there) if *there == value => self.mapped(using, 0),
            Some(_) => self.lose(attribute, Loss::OneKept),
        }
    }

    pub(super) fn text_list(&mut self, using: Use<'_>) {
        let Some(target) = using.rule.to.first().copied() else {
            return;
        };
        let mut list =
            self.draft.get(target).and_then(Value::as_array).unwrap_or_default().to_vec();
        for (_, text) in using.texts() {
            list.push(Value::from(text.to_owned()));
            self.mapped(using, 0);
        }
        if !list.is_empty() {
            self.draft.set(target, Value::Array(list));
        }
    }

    pub(super) fn certificates(&mut self, using: Use<'_>) {
        const SEQUENCE: u8 = 0x30;
        for attribute in using.values {
            if attribute.value.first() != Some(&SEQUENCE) {
                self.unreadable(using, attribute, "a DER certificate");
                continue;
            }
            let encoded = STANDARD.encode(attribute.value);
            self.put(using, attribute, &encoded, false);
        }
    }

    pub(super) fn photos(&mut self, using: Use<'_>) {
        for attribute in using.values {
            if self.context.options.photos == Photos::Drop {
                self.lose(attribute, Loss::NotAskedFor);
                continue;
            }
            let media = match attribute.value {
                [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
                [0x89, b'P', b'N', b'G', ..] => "image/png",
                [b'G', b'I', b'F', b'8', ..] => "image/gif",
                _ => {
                    self.unreadable(using, attribute, "a picture");
                    continue;
                }
            };
            let uri = format!("data:{media};base64,{}", STANDARD.encode(attribute.value));
            if let Some(target) = using.rule.to.first() {
                self.draft.set(*target, Value::from(uri));
                self.mapped(using, 0);
            }
        }
    }

    /// `SMTP:` is the primary address, `smtp:` another, `SIP:` an address to talk to; the rest
    /// (X500, X400, EUM …) has no place.
    pub(super) fn proxy_addresses(&mut self, using: Use<'_>) {
        let mut has_primary = false;
        for (attribute, text) in using.texts() {
            let (prefix, address) = text.split_once(':').unwrap_or(("smtp", text));
            if address.is_empty() {
                continue;
            }
            if prefix == "SMTP" && !has_primary {
                has_primary = true;
                self.primary_address(using, &attribute, address);
                self.mapped(using, 0);
            } else if prefix.eq_ignore_ascii_case("smtp") {
                // The same address as `mail` is no loss.
                if self.draft.seen(List::Emails, None, address, using.number).is_none() {
                    self.draft.set(
                        Target::Many(List::Emails, Some("other")),
                        Value::from(address.to_owned()),
                    );
                }
                self.mapped(using, 0);
            } else if prefix.eq_ignore_ascii_case("sip") {
                if self.draft.seen(List::Ims, None, address, using.number).is_none() {
                    self.draft
                        .set(Target::Many(List::Ims, None), Value::from(format!("sip:{address}")));
                }
                self.mapped(using, 1);
            } else {
                self.lose(&attribute, Loss::NoPlace);
            }
        }
    }

    /// The primary address is the one at work. Where `mail` says something else it steps back.
    fn primary_address(&mut self, using: Use<'_>, attribute: &Attribute<'_>, address: &str) {
        let is_new = self.draft.seen(List::Emails, None, address, using.number).is_none();
        let emails = self.draft.list(List::Emails);
        let same = emails.iter().position(|email| {
            let value = email.get("value").and_then(Value::as_str);
            value.is_some_and(|value| text::equal(value, address, false))
        });
        let mut primary = match same {
            Some(at) if !is_new => emails.remove(at),
            _ => Value::Object(Object::from_iter([("value", Value::from(address.to_owned()))])),
        };
        let mut conflict = false;
        for email in emails.iter_mut().filter_map(Value::as_object_mut) {
            if email.get("type").and_then(Value::as_str) == Some("work") {
                conflict |= is_new;
                email.insert("type", Value::from("other"));
            }
        }
        if let Some(primary) = primary.as_object_mut() {
            primary.insert("type", Value::from("work"));
            primary.insert("primary", Value::from(true));
        }
        emails.insert(0, primary);
        if conflict {
            let issue = Issue::new(Code::ConflictingValues).with("other", "mail").path("emails");
            self.warn(issue, attribute);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postal_addresses_become_lines() {
        assert_eq!(postal_address("1 Quay St $ Pier \\24 5$$ A\\5CB"), "1 Quay St\nPier $ 5\nA\\B");
        assert_eq!(postal_address("\\5C24"), "\\24");
    }

    #[test]
    fn languages_become_tags() {
        assert_eq!(language("pt_BR.UTF-8"), "pt-BR");
        assert_eq!(language("en, ko;q=0.8"), "en, ko;q=0.8");
    }
}
