//! person, organizationalPerson, inetOrgPerson (RFC 4519, RFC 2798).

use super::draft::POST_OFFICE_BOX;
use super::rule::{List, Place, Rule, Target, Transform, rule};

use List::{Certificates, Emails, PhoneNumbers, Photos};
use Place::{Home, Other, Work};
use Target::{Address, Core, Enterprise, Many, Name};
use Transform::{
    Certificate, Country, Fax, Key, Language, Manager, Photo, PostalAddress, PrefixedMail, Text,
    Uri, UserName,
};

pub(super) const RULES: &[Rule] = &[
    rule("entryUUID", &[Core("externalId")], Key),
    rule("nsUniqueId", &[Core("externalId")], Key),
    rule("ibm-entryuuid", &[Core("externalId")], Key),
    rule("GUID", &[Core("externalId")], Key),
    rule("ipaUniqueID", &[Core("externalId")], Key),
    rule("uid", &[Core("userName")], UserName),
    rule("cn", &[Name("formatted")], Text),
    rule("sn", &[Name("familyName")], Text),
    rule("givenName", &[Name("givenName")], Text),
    rule("personalTitle", &[Name("honorificPrefix")], Text),
    rule("generationQualifier", &[Name("honorificSuffix")], Text),
    rule("displayName", &[Core("displayName")], Text),
    rule("labeledURI", &[Core("profileUrl")], Uri),
    rule("title", &[Core("title")], Text),
    rule("employeeType", &[Core("userType")], Text),
    rule("preferredLanguage", &[Core("preferredLanguage")], Language),
    rule("mail", &[Many(Emails, Some("work"))], Text),
    rule("mailAlternateAddress", &[Many(Emails, Some("other"))], PrefixedMail),
    rule("mailLocalAddress", &[Many(Emails, Some("other"))], PrefixedMail),
    rule("rfc822MailMember", &[Many(Emails, Some("other"))], PrefixedMail),
    rule("telephoneNumber", &[Many(PhoneNumbers, Some("work"))], Text),
    rule("homePhone", &[Many(PhoneNumbers, Some("home"))], Text),
    rule("mobile", &[Many(PhoneNumbers, Some("mobile"))], Text),
    rule("pager", &[Many(PhoneNumbers, Some("pager"))], Text),
    rule("facsimileTelephoneNumber", &[Many(PhoneNumbers, Some("fax"))], Fax),
    rule("jpegPhoto", &[Many(Photos, Some("photo"))], Photo),
    rule("postalAddress", &[Address(Work, "formatted")], PostalAddress),
    rule("homePostalAddress", &[Address(Home, "formatted")], PostalAddress),
    rule("street", &[Address(Work, "streetAddress")], Text),
    rule("postOfficeBox", &[Address(Work, POST_OFFICE_BOX)], Text),
    rule("l", &[Address(Work, "locality")], Text),
    rule("st", &[Address(Work, "region")], Text),
    rule("postalCode", &[Address(Work, "postalCode")], Text),
    rule("c", &[Address(Work, "country")], Country),
    rule("physicalDeliveryOfficeName", &[Address(Other, "formatted")], Text),
    rule("userCertificate", &[Many(Certificates, None)], Certificate),
    rule("employeeNumber", &[Enterprise("employeeNumber")], Text),
    rule("departmentNumber", &[Enterprise("department"), Enterprise("costCenter")], Text),
    rule("o", &[Enterprise("organization")], Text),
    rule("manager", &[Enterprise("manager")], Manager),
];

/// After all others, since `ou` takes what they leave free.
pub(super) const LAST_RULES: &[Rule] = &[
    rule("ou", &[Enterprise("department"), Enterprise("division")], Text),
    rule("co", &[Address(Work, "country")], Country),
];
