//! What a text may be, by the type and the meaning of its attribute.

use super::super::Mode;
use super::super::finding;
use super::super::sink::Sink;
use super::super::trail::Trail;
use super::super::walk::Walk;
use super::{address, binary, contact, language, uri};
use crate::error::{Code, Severity};
use crate::profile::Quirk;
use crate::schema::{self, CompiledAttribute, Kind, Role};
use crate::text;
use crate::time::Instant;

impl<S: Sink> Walk<'_, S> {
    /// Checks a text that has the right JSON type.
    pub(in super::super) fn text(
        &mut self,
        attribute: &CompiledAttribute,
        text: &str,
        trail: &Trail<'_>,
    ) {
        let found = by_kind(attribute, text)
            .or_else(|| self.by_presence(attribute, text))
            .or_else(|| self.by_meaning(attribute, text))
            .or_else(|| self.by_canonical_values(attribute, text));
        let Some((code, severity)) = found else { return };
        self.report(severity, trail, || {
            let issue = finding::about(attribute, code);
            if code == Code::NotCanonical {
                issue.with("values", attribute.canonical_values.join(", "))
            } else {
                issue
            }
        });
    }

    /// Non-empty where a value must be there (SCH-012, SCH-047), and the reserved word in `id`.
    fn by_presence(&self, attribute: &CompiledAttribute, text: &str) -> Option<(Code, Severity)> {
        let common = attribute.role == Role::Common;
        let named = |name: &str| common && &*attribute.path == name;
        if text.is_empty() && (attribute.required || named("externalId") || named("id")) {
            return Some((Code::EmptyValue, Severity::Error));
        }
        let issued = matches!(self.options.mode, Mode::Response | Mode::Import | Mode::Patch);
        (issued && named("id") && has_reserved_word(text))
            .then_some((Code::ReservedId, Severity::Error))
    }

    /// What RFC 7643 §4.1 says of the attributes of User.
    fn by_meaning(&self, attribute: &CompiledAttribute, text: &str) -> Option<(Code, Severity)> {
        if attribute.role != Role::Core || self.compiled.base_schema() != schema::USER {
            return None;
        }
        let (good, code, severity) = match &*attribute.path {
            "preferredLanguage" => {
                (language::is_accept_language(text), Code::InvalidLanguage, Severity::Warning)
            }
            "locale" => (language::is_tag(text), Code::InvalidLanguage, Severity::Warning),
            "timezone" => (address::is_time_zone(text), Code::InvalidTimeZone, Severity::Warning),
            "emails.value" => (contact::is_email(text), Code::InvalidEmail, Severity::Warning),
            "phoneNumbers.value" if contact::is_tel_uri(text) => return None,
            "phoneNumbers.value" if contact::is_plain_phone(text) => {
                return Some((Code::PlainPhone, Severity::Advice));
            }
            "phoneNumbers.value" => (false, Code::InvalidPhone, Severity::Warning),
            "addresses.country" => (
                address::is_country(text),
                Code::InvalidCountry,
                self.weigh(Some(Quirk::CountryText)),
            ),
            "x509Certificates.value" => {
                (binary::is_one_der_value(text), Code::InvalidCertificate, Severity::Error)
            }
            _ => return None,
        };
        (!good).then_some((code, severity))
    }

    /// Canonical values are suggestions, unless the profile is strict (SCH-046).
    fn by_canonical_values(
        &self,
        attribute: &CompiledAttribute,
        text: &str,
    ) -> Option<(Code, Severity)> {
        let known = &attribute.canonical_values;
        // RFC 7643 §4.1.2 has `other` in its prose for `ims`, and not in its schema (SCH-108).
        let in_prose = &*attribute.path == "ims.type" && text::equal(text, "other", false);
        if known.is_empty()
            || in_prose
            || known.iter().any(|value| text::equal(value, text, attribute.case_exact))
        {
            return None;
        }
        Some((
            Code::NotCanonical,
            if self.is_strict() { Severity::Error } else { Severity::Advice },
        ))
    }
}

/// What is wrong with a text whose form is not that of its type.
pub(crate) fn wrong_form(attribute: &CompiledAttribute, text: &str) -> Option<Code> {
    by_kind(attribute, text)
        .and_then(|(code, severity)| (severity == Severity::Error).then_some(code))
}

/// The form that the type asks for.
fn by_kind(attribute: &CompiledAttribute, text: &str) -> Option<(Code, Severity)> {
    let (good, code) = match attribute.kind {
        Kind::DateTime => (Instant::parse(text).is_some(), Code::InvalidDateTime),
        Kind::Binary => (binary::is_base64(text), Code::InvalidBinary),
        // An empty reference is one by the grammar; it means this very document.
        Kind::Reference if text.is_empty() && !attribute.required => {
            return Some((Code::InvalidReference, Severity::Warning));
        }
        Kind::Reference => (uri::is_reference(text), Code::InvalidReference),
        Kind::String | Kind::Boolean | Kind::Decimal | Kind::Integer | Kind::Complex => {
            return None;
        }
    };
    (!good).then_some((code, Severity::Error))
}

/// Whether `bulkId` is part of an identifier, in any case (SCH-081).
fn has_reserved_word(id: &str) -> bool {
    const WORD: &[u8] = b"bulkId";
    id.as_bytes().windows(WORD.len()).any(|window| window.eq_ignore_ascii_case(WORD))
}
