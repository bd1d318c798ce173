use proptest::prelude::*;

use super::{Dn, Rdn, RdnValue, TypeAndValue, key};

#[test]
fn spellings_of_one_name_have_one_key() {
    for (one, other) in [
        ("UID=Mara , ou=people,DC=example,DC=net", "uid=mara,ou=People,dc=example,dc=net"),
        ("CN=Smith\\, III,dc=x", "cn=smith\\2C  iii, dc = X"),
        ("cn=\"Smith, III\";dc=x", "cn=smith\\, iii,dc=x"),
        ("OID.2.5.4.3=a,2.5.4.10=b", "cn=A,O=B"),
        ("cn=a+uid=b,dc=x", "UID=B + CN=A,dc=x"),
        ("cn=ÄRZTE,dc=x", "cn=\\c3\\a4rzte,dc=x"),
        ("commonName=a,domainComponent=x", "cn=A,dc=x"),
        ("cn=#0C0141,dc=x", "cn=a,dc=x"),
        ("cn=a\\20,dc=x", "cn=a,dc=x"),
        ("", "   "),
    ] {
        assert_eq!(key(one).unwrap(), key(other).unwrap(), "{one} and {other}");
    }
    assert_ne!(key("cn=a\\,b=c").unwrap(), key("cn=a,b=c").unwrap());
    assert_ne!(key("cn=a\\+b=c").unwrap(), key("cn=a+b=c").unwrap());
}

#[test]
fn malformed_names_are_refused_with_their_place() {
    for (text, at) in [
        ("mara", 4),
        ("uid=a,", 6),
        ("=a", 0),
        ("cn=\\4", 5),
        ("cn=\"a", 5),
        ("cn=#4", 4),
        ("cn=\"a\"b", 6),
        ("cn=\\ff", 3),
    ] {
        let error = Dn::parse(text).unwrap_err();
        assert_eq!(error.code().as_str(), "ldif-dn", "{text}");
        assert_eq!(error.issue().span.unwrap().start, at, "{text}");
    }
    assert!(Dn::parse(&"cn=a,".repeat(2_000)).is_err());
    assert!(Dn::parse(&format!("cn={}", "a".repeat(70_000))).is_err());
}

#[test]
fn printing_escapes_what_must_be() {
    let dn = Dn::parse("cn=\\#1 \\\"Ops\\\"\\, Inc.\\ ,o=A\\0AB").unwrap();
    assert_eq!(dn.to_string(), "cn=\\#1 \\\"Ops\\\"\\, Inc.\\ ,o=A\\0AB");
    assert_eq!(Dn::parse("cn=a\\e2\\82\\ac").unwrap().to_string(), "cn=a€");
}

fn names() -> impl Strategy<Value = Dn> {
    let value = prop_oneof![
        "\\PC{0,12}".prop_map(|text| RdnValue::Text(text.into())),
        "[ ,+\"\\\\<>;#=a\\x00\\n]{0,8}".prop_map(|text| RdnValue::Text(text.into())),
        proptest::collection::vec(any::<u8>(), 1..6).prop_map(|bytes| RdnValue::Ber(bytes.into())),
    ];
    let attribute = ("[a-zA-Z][a-zA-Z0-9-]{0,6}|[0-2](\\.[0-9]{1,3}){1,4}", value)
        .prop_map(|(kind, value)| TypeAndValue { kind: kind.into(), value });
    let rdn = proptest::collection::vec(attribute, 1..3).prop_map(|attributes| Rdn { attributes });
    proptest::collection::vec(rdn, 0..5).prop_map(|rdns| Dn { rdns })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(dn in names()) {
        prop_assert_eq!(Dn::parse(&dn.to_string()).unwrap(), dn);
    }

    #[test]
    fn the_key_is_its_own_key(dn in names()) {
        let once = dn.key();
        prop_assert_eq!(key(&once).unwrap(), once);
    }

    #[test]
    fn the_short_way_agrees_with_the_long_one(text in "[ a-zA-C=,.+\\\\\"#-]{0,24}") {
        prop_assert_eq!(key(&text).ok(), Dn::parse(&text).ok().map(|dn| dn.key()));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        let _ = Dn::parse(&text);
    }
}
