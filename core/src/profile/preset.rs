//! The named profiles.
//!
//! The preset of a client tolerates what that client is known to send, and nothing else; the
//! preset of a server writes what that server is known to take. `lenient` takes everything that
//! destroys nothing.

use super::{Profile, Quirk};

/// What a server takes of a resource, where that is less than the schema has.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    /// Attributes that it refuses, left out by [`Quirk::LeaveOut`].
    pub(crate) left_out: &'static [&'static str],
    /// Attributes that it demands beside those that the schema does.
    pub(crate) required: &'static [&'static str],
    /// Attributes that it does not let go.
    pub(crate) kept: &'static [&'static str],
    /// The attribute of which a value must be the primary one.
    pub(crate) primary: &'static [&'static str],
    /// Changes of members in one message.
    pub(crate) members: usize,
}

impl Shape {
    /// Everything is taken; members go in chunks that every server digests.
    pub(super) const ANY: Self =
        Self { left_out: &[], required: &[], kept: &[], primary: &[], members: 100 };

    const AWS: Self = Self {
        left_out: &[
            "password",
            "photos",
            "ims",
            "x509Certificates",
            "entitlements",
            "emails.display",
            "phoneNumbers.display",
            "addresses.display",
        ],
        required: &["displayName", "name.givenName", "name.familyName"],
        kept: &["userName", "active"],
        primary: &["emails"],
        members: 100,
    };

    const GITHUB: Self = Self { left_out: &["roles.primary"], ..Self::ANY };

    const MIRO: Self = Self { members: 8_000, ..Self::ANY };
}

/// Both dialects of Entra ID reach one server (Q-7E), so this is both. A manager that comes as a
/// bare string is another one than the `$ref` of the last message names. A role that is
/// JSON text stays text, as every preset has it: to unpack it is a choice.
const ENTRA: Profile = Profile::RFC.with_all(&[
    Quirk::ExtraSchemas,
    Quirk::BooleanText,
    Quirk::ArrayForSingle,
    Quirk::BareValue,
    Quirk::UnqualifiedExtension,
    Quirk::CountryText,
    Quirk::BareLiteral,
    Quirk::ValuePathComparison,
    Quirk::ImplicitValue,
    Quirk::OperationCase,
    Quirk::DottedKeys,
    Quirk::ReplaceCreates,
    Quirk::RemoveByValue,
    Quirk::StaleReference,
    Quirk::UnknownProjection,
    Quirk::CapitalOperations,
    Quirk::TextBooleans,
    Quirk::RemoveByList,
]);

const AWS: Profile = Profile::RFC
    .with_all(&[Quirk::MembersOneByOne, Quirk::OneValue, Quirk::LeaveOut])
    .shaped(&Shape::AWS);

/// Name and quirks.
pub(super) const ALL: &[(&str, Profile)] = &[
    ("strict", Profile::STRICT),
    ("rfc", Profile::RFC),
    ("lenient", Profile::LENIENT),
    ("entra", ENTRA),
    ("entra-legacy", ENTRA.with(Quirk::LegacyExtensionDot)),
    ("microsoft-validator", ENTRA.with(Quirk::EmptyOperations)),
    (
        "okta",
        Profile::RFC.with_all(&[
            Quirk::NumberToString,
            Quirk::ReadOnlyInValue,
            Quirk::PathlessReplace,
        ]),
    ),
    ("onelogin", Profile::RFC.with_all(&[Quirk::RemoveByValue, Quirk::RemoveByList])),
    // Nothing is known of their messages that the RFC does not have.
    ("google", Profile::RFC),
    ("sailpoint", Profile::RFC),
    ("jumpcloud", Profile::RFC.with_all(&[Quirk::RemoveByValue, Quirk::RemoveByList])),
    (
        "salesforce",
        Profile::RFC.with_all(&[Quirk::RemoveByValue, Quirk::WrappedMembers, Quirk::WrapMembers]),
    ),
    ("wso2", Profile::RFC.with_all(&[Quirk::MissingPatchSchema, Quirk::WrongPatchSchema])),
    ("aws", AWS),
    ("github", Profile::RFC.with_all(&[Quirk::WholeLists, Quirk::LeaveOut]).shaped(&Shape::GITHUB)),
    ("google-cloud", Profile::RFC.with(Quirk::NoPatch)),
    ("miro", Profile::RFC.shaped(&Shape::MIRO)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_preset_writes_it_reads() {
        for (name, profile) in ALL {
            for quirk in Quirk::ALL.iter().filter(|quirk| profile.allows(**quirk)) {
                assert!(
                    quirk.read_by().is_none_or(|tolerance| profile.allows(tolerance)),
                    "{name} writes {quirk:?}"
                );
            }
        }
    }

    #[test]
    fn presets_of_clients_tolerate_less_than_all_together() {
        let special = [
            Quirk::LegacyExtensionDot,
            Quirk::EmptyOperations,
            Quirk::WrongPatchSchema,
            Quirk::WrappedMembers,
        ];
        let most = Profile::LENIENT.with_all(&special);
        for (name, profile) in ALL {
            for quirk in Quirk::ALL.iter().filter(|quirk| !quirk.is_written()) {
                assert!(!profile.allows(*quirk) || most.allows(*quirk), "{name}: {quirk:?}");
            }
        }
    }
}
