//! What a text may be, by the type and the meaning of its attribute.

use super::super::Options;
use super::super::finding;
use super::super::trail::Trail;
use super::super::walk::Walk;
use super::{address, binary, contact, language, uri};
use crate::error::{Code, Severity};
use crate::profile::Quirk;
use crate::schema::{CompiledAttribute, Kind, Meaning};
use crate::text;
use crate::time::is_date_time;

impl Walk<'_> {
    /// Checks a text that has the right JSON type.
    pub(in super::super) fn text(
        &mut self,
        attribute: &CompiledAttribute,
        text: &str,
        trail: &Trail<'_>,
    ) {
        let Some((code, severity)) = fault(self.options, attribute, text) else { return };
        self.report(severity, trail, || {
            let issue = finding::about(attribute, code);
            if code == Code::NotCanonical {
                issue.with("values", attribute.canonical_values.join(", "))
            } else {
                issue
            }
        });
    }
}

/// What is to be said of a text that has the right JSON type.
#[inline]
pub(crate) fn fault(
    options: &Options<'_>,
    attribute: &CompiledAttribute,
    text: &str,
) -> Option<(Code, Severity)> {
    by_kind(attribute, text)
        .or_else(|| by_presence(attribute, text))
        .or_else(|| by_meaning(options, attribute, text))
        .or_else(|| by_canonical_values(options, attribute, text))
}

/// Non-empty where a value must be there (SCH-012, SCH-047), and the reserved word in `id`.
fn by_presence(attribute: &CompiledAttribute, text: &str) -> Option<(Code, Severity)> {
    let meaning = attribute.nature.meaning;
    let identifies = matches!(meaning, Meaning::Id | Meaning::ExternalId);
    if text.is_empty() && (attribute.required || identifies) {
        return Some((Code::EmptyValue, Severity::Error));
    }
    (meaning == Meaning::Id && has_reserved_word(text))
        .then_some((Code::ReservedId, Severity::Error))
}

/// What RFC 7643 §4.1 says of the attributes of User.
fn by_meaning(
    options: &Options<'_>,
    attribute: &CompiledAttribute,
    text: &str,
) -> Option<(Code, Severity)> {
    let (good, code, severity) = match attribute.nature.meaning {
        Meaning::AcceptLanguage => {
            (language::is_accept_language(text), Code::InvalidLanguage, Severity::Warning)
        }
        Meaning::Language => (language::is_tag(text), Code::InvalidLanguage, Severity::Warning),
        Meaning::TimeZone => {
            (address::is_time_zone(text), Code::InvalidTimeZone, Severity::Warning)
        }
        Meaning::Email => (contact::is_email(text), Code::InvalidEmail, Severity::Warning),
        Meaning::Phone if contact::is_tel_uri(text) => return None,
        Meaning::Phone if contact::is_plain_phone(text) => {
            return Some((Code::PlainPhone, Severity::Advice));
        }
        Meaning::Phone => (false, Code::InvalidPhone, Severity::Warning),
        Meaning::Country => (
            address::is_country(text),
            Code::InvalidCountry,
            options.weigh(Some(Quirk::CountryText)),
        ),
        Meaning::Certificate => (
            binary::is_one_der_value(text),
            Code::InvalidCertificate,
            options.weigh(Some(Quirk::CertificateBytes)),
        ),
        _ => return None,
    };
    (!good).then_some((code, severity))
}

/// Canonical values are suggestions, unless the profile enforces them (SCH-046).
fn by_canonical_values(
    options: &Options<'_>,
    attribute: &CompiledAttribute,
    text: &str,
) -> Option<(Code, Severity)> {
    let known = &attribute.canonical_values;
    // RFC 7643 §4.1.2 has `other` in its prose for `ims`, and not in its schema (SCH-108).
    let in_prose = || {
        attribute.nature.meaning == Meaning::MessagingService && text::equal(text, "other", false)
    };
    if known.is_empty()
        || known.iter().any(|value| text::equal(value, text, attribute.case_exact))
        || in_prose()
    {
        return None;
    }
    let suggested = options.profile.allows(Quirk::NonCanonicalValues);
    Some((Code::NotCanonical, if suggested { Severity::Advice } else { Severity::Error }))
}

/// What is wrong with a text whose form is not that of its type.
pub(crate) fn wrong_form(attribute: &CompiledAttribute, text: &str) -> Option<Code> {
    by_kind(attribute, text)
        .and_then(|(code, severity)| (severity == Severity::Error).then_some(code))
}

/// The form that the type asks for.
fn by_kind(attribute: &CompiledAttribute, text: &str) -> Option<(Code, Severity)> {
    let (good, code) = match attribute.kind {
        Kind::DateTime => (is_date_time(text), Code::InvalidDateTime),
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
