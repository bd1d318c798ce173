use proptest::prelude::*;

use super::{Options, Reader, Record};
use crate::error::Error;

type Outcome = Result<Record, Error>;

fn read_in(bytes: &[u8], size: usize, options: Options) -> Vec<Outcome> {
    let mut reader = Reader::new(options);
    let mut out = Vec::new();
    for chunk in bytes.chunks(size.max(1)) {
        reader.push(chunk);
        out.extend(std::iter::from_fn(|| reader.next_record()));
    }
    reader.finish();
    out.extend(std::iter::from_fn(|| reader.next_record()));
    out
}

fn read(text: &str) -> Vec<Outcome> {
    read_in(text.as_bytes(), usize::MAX, Options::default())
}

/// Line of the record and code, or line and number of values.
fn outline(outcomes: &[Outcome]) -> Vec<String> {
    outcomes
        .iter()
        .map(|outcome| match outcome {
            Ok(record) => format!("{}: {} values", record.line(), record.len()),
            Err(error) => {
                let param = |name| error.issue().param(name).unwrap().to_owned();
                format!("{}/{}: {}", param("record"), param("line"), error.code().as_str())
            }
        })
        .collect()
}

#[test]
fn lines_are_unfolded_before_anything_else() {
    let records = read(
        "version: 1\r\n# a comment\r\n  that goes on\r\ndn: uid=ma\r\n ra,dc=x\r\nc\r\n n: Mara\r\n  Holt\r\n# between\r\nsn:: SG9\r\n sdA==\r\n\r\n",
    );
    let record = records[0].as_ref().unwrap();
    assert_eq!(record.dn(), "uid=mara,dc=x");
    assert_eq!(record.first("cn"), Some("Mara Holt"));
    assert_eq!(record.first("sn"), Some("Holt"));
    assert_eq!((record.line(), record.offset()), (4, 41));
    assert_eq!(record.get(1).unwrap().line, 9 + 1);
}

#[test]
fn a_fold_may_cut_a_character() {
    let mut text = b"dn: cn=a\ncn: J".to_vec();
    text.extend_from_slice(&[0xC3]);
    text.extend_from_slice(b"\n ");
    text.extend_from_slice(&[0xB6]);
    text.extend_from_slice(b"rg\n");
    let records = read_in(&text, 3, Options::default());
    assert_eq!(records[0].as_ref().unwrap().first("cn"), Some("Jörg"));
}

#[test]
fn options_names_and_empty_values_are_kept() {
    let records = read(
        "DN: cn=a\ncn;lang-ja;x-a: b\nCN: c\nuserCertificate;binary:: AAE=\nseeAlso:\n1.2.3: d\n",
    );
    let record = records[0].as_ref().unwrap();
    let first = record.get(0).unwrap();
    assert_eq!(first.name, "cn");
    assert_eq!(first.options().collect::<Vec<_>>(), ["lang-ja", "x-a"]);
    assert_eq!(record.values("Cn").collect::<Vec<_>>(), [b"c"]);
    assert_eq!(record.values("usercertificate").next(), Some(&[0u8, 1][..]));
    assert_eq!(record.values("seealso").next(), Some(&b""[..]));
    assert_eq!(record.first("1.2.3"), Some("d"));
}

#[test]
fn a_bad_record_costs_itself_only() {
    let outcomes = read(
        "dn: cn=a\ncn: a\n\n# note\ncn: no dn\n\ndn: cn=b\nsn:: A*=\n\ndn: cn=c\nphoto:< file:///etc/x\n\n\
         dn: cn=d\nstray value\n\ndn: cn=e\nchangetype: modify\nreplace: cn\ncn: e\n-\n\n\
         dn: cn=f\ncn: f\ndn: cn=g\ncn: g\n\n folded\n\ndn: cn=h\nchangetype: add\ncn: h\n",
    );
    assert_eq!(
        outline(&outcomes),
        [
            "1: 1 values",
            "5/5: ldif-no-dn",
            "7/8: ldif-base64",
            "10/11: ldif-url",
            "13/14: ldif-syntax",
            "16/17: ldif-change",
            "22/24: ldif-syntax",
            "27/27: ldif-syntax",
            "29: 1 values",
        ]
    );
    let span = outcomes[2].as_ref().unwrap_err().issue().span.unwrap();
    assert_eq!((span.start, span.end), (43, 51));
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_of_their_record() {
    let outcomes = read_in(
        b"dn: cn=a\ncn: \xFF\n\ndn: cn=b\ncn:: /w==\n\ndn:: /w==\n\n",
        5,
        Options::default(),
    );
    assert_eq!(outline(&outcomes), ["1/2: ldif-utf8", "4: 1 values", "7/7: ldif-utf8"]);
    assert!(!outcomes[1].as_ref().unwrap().get(0).unwrap().is_text);
}

#[test]
fn ends_are_told_from_cuts() {
    assert_eq!(outline(&read("dn: cn=a\ncn: a")), ["1: 1 values"]);
    assert_eq!(outline(&read("dn: cn=a\ncn:: QUJ")), ["1/2: ldif-truncated"]);
    assert_eq!(outline(&read("dn: cn=a\ncn:: QU\n JD\n R")), ["1/2: ldif-truncated"]);
    assert_eq!(outline(&read("dn: cn=a\nteleph")), ["1/2: ldif-truncated"]);
    assert_eq!(outline(&read("dn: cn=a")), ["1/1: ldif-truncated"]);
    assert_eq!(outline(&read("dn: cn=a\ncn:: QUJ\n")), ["1/2: ldif-base64"]);
    assert!(read("").is_empty());
}

#[test]
fn versions_are_one_or_the_end() {
    assert_eq!(outline(&read("# x\nversion: 1\n\nversion: 1\ndn: cn=a\ncn: a\n")), ["5: 1 values"]);
    assert_eq!(outline(&read("version: 2\n\ndn: cn=a\ncn: a\n")), ["1/1: ldif-version"]);
}

#[test]
fn byte_order_marks_tell_the_encoding() {
    let text = "dn: cn=Žofie 𝄞\ncn: Žofie 𝄞\n\n";
    let mut wide = vec![0xFF, 0xFE];
    wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    for size in [1, 2, 3, 64] {
        let marked = format!("\u{FEFF}{text}");
        for bytes in [marked.as_bytes(), &wide] {
            let outcomes = read_in(bytes, size, Options::default());
            assert_eq!(outcomes[0].as_ref().unwrap().first("cn"), Some("Žofie 𝄞"));
        }
    }
    let marked = read("\u{FEFF}dn: cn=a\ncn: a\n");
    assert_eq!(marked[0].as_ref().unwrap().offset(), 3);
    assert_eq!(read_in(&wide, 9, Options::default())[0].as_ref().unwrap().notes().len(), 1);
    let lone = [0xFF, 0xFE, b'd', 0, b'n', 0, b':', 0, b'a', 0, b'=', 0, 0, 0xD8, b'a', 0];
    assert_eq!(outline(&read_in(&lone, 3, Options::default())), ["1/1: ldif-utf8"]);
}

#[test]
fn what_ldapsearch_adds_is_passed_over_unless_it_failed() {
    let text = "# extended LDIF\n#\n\ndn: cn=a\ncn: a\n\n# search reference\nref: ldap://x.test/dc=x\n\n# search result\nsearch: 2\nresult: 0 Success\n\n# numEntries: 1\n";
    let mut reader = Reader::new(Options::default());
    reader.push(text.as_bytes());
    reader.finish();
    assert!(reader.next_record().unwrap().is_ok());
    assert!(reader.next_record().is_none());
    assert_eq!((reader.entries(), reader.search_blocks()), (1, 2));
    let outcomes = read("dn: cn=a\ncn: a\n\nsearch: 2\nresult: 4 Size limit exceeded\n");
    assert_eq!(outline(&outcomes), ["1: 1 values", "4/5: ldif-search-result"]);
}

#[test]
fn tabs_continue_unless_strict() {
    let text = "dn: cn=a\ncn: a\n\tb\nsn : c\n";
    let outcomes = read(text);
    let record = outcomes[0].as_ref().unwrap();
    assert_eq!((record.first("cn"), record.first("sn")), (Some("ab"), Some("c")));
    assert_eq!(record.notes().len(), 2);
    let strict = read_in(text.as_bytes(), 4, Options { strict: true, ..Options::default() });
    assert_eq!(outline(&strict), ["1/2: ldif-syntax"]);
}

#[test]
fn a_record_that_is_too_large_is_left_out() {
    let long = format!(
        "dn: cn=a\ncn: {}\nsn: {}\n\ndn: cn=b\ncn: b\n\ndn: cn=c\n{}\ndn: cn=d\ncn: d\n",
        "a".repeat(60),
        "b".repeat(70),
        "cn: c\n".repeat(30)
    );
    let options = Options { record_bytes: 64, ..Options::default() };
    for size in [1, 7, 50, 1_000] {
        let outcomes = read_in(long.as_bytes(), size, options);
        assert_eq!(
            outline(&outcomes),
            ["1/1: ldif-too-large", "5: 1 values", "8/8: ldif-too-large", "40: 1 values"],
            "pieces of {size}"
        );
    }
}

#[test]
fn the_rejected_block_can_be_kept() {
    let mut reader = Reader::new(Options::default());
    reader.push(b"\n# who\ndn: cn=a\nbad\n\ndn: cn=b\n\n");
    assert!(reader.next_record().unwrap().is_err());
    assert_eq!(reader.rejected(), b"# who\ndn: cn=a\nbad\n");
    let good = reader.next_record().unwrap().unwrap();
    assert_eq!(good.raw(), b"dn: cn=b\n");
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just(&b"dn: cn=a,dc=x\n"[..]),
        Just(&b"cn: some text\r\n"[..]),
        Just(&b"cn:: YWJj\n"[..]),
        Just(&b" QUJD\n"[..]),
        Just(&b"\tx\n"[..]),
        Just(&b"# comment\n"[..]),
        Just(&b"\n"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\r"[..]),
        Just(&b"cn: \xC3\n \xA4\n"[..]),
        Just(&b"bad\n"[..]),
        Just(&b"version: 1\n"[..]),
        Just(&b"changetype: add\n"[..]),
        Just(&b"\xFF\xFE"[..]),
    ];
    proptest::collection::vec(line, 0..24).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn pieces_do_not_change_the_result(bytes in lines(), size in 1usize..9, limit in 20usize..200) {
        let options = Options { record_bytes: limit, ..Options::default() };
        let whole = read_in(&bytes, usize::MAX, options);
        let pieces = read_in(&bytes, size, options);
        prop_assert_eq!(outline(&whole), outline(&pieces));
        for (a, b) in whole.iter().zip(&pieces) {
            if let (Ok(a), Ok(b)) = (a, b) {
                prop_assert_eq!(a.to_value(), b.to_value());
                prop_assert_eq!(a.raw(), b.raw());
                prop_assert_eq!(a.offset(), b.offset());
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_in(&bytes, 13, Options::default());
    }
}
