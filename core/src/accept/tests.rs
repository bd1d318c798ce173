use super::*;
use crate::schema::{ENTERPRISE_USER, builtin};
use crate::value::{read, to_text};

fn accepted(text: &str, profile: Profile) -> Result<(String, Vec<String>), String> {
    let mut trace = Trace::new();
    let value = read(text).unwrap();
    accept_resource(&builtin::user(), value, profile, &mut trace)
        .map(|value| {
            let bent = trace
                .entries()
                .iter()
                .map(|bent| format!("{} {}", bent.quirk.as_str(), bent.pointer));
            (to_text(&value), bent.collect())
        })
        .map_err(|error| format!("{} {}", error.code().as_str(), error.issue().pointer))
}

const USER: &str = r#""schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]"#;

fn user(members: &str) -> String {
    format!("{{{USER},{members}}}")
}

#[test]
fn names_order_and_absence_become_canonical() {
    let text = user(
        r#""TITLE":null,"Emails":[{"TYPE":"work","Value":"rosa@north.test"},{},null],"id":"7","meta":{"version":"1"},"name":{"givenName":"Rosa","familyName":null},"userName":"rosa","groups":[{"value":"g"}]"#,
    );
    let (out, bent) = accepted(&text, Profile::STRICT).unwrap();
    assert_eq!(
        out,
        user(
            r#""userName":"rosa","name":{"givenName":"Rosa"},"emails":[{"value":"rosa@north.test","type":"work"}]"#
        )
    );
    assert!(bent.is_empty());
}

#[test]
fn what_is_tolerated_is_converted_and_traced() {
    let text = format!(
        r#"{{"schemas":["urn:other:one"],"userName":"rosa","department":"R&D","{ENTERPRISE_USER}":{{"employeeNumber":70113,"manager":["u-12"]}},"active":"True","emails":{{"value":"rosa@north.test"}},"roles":["editor",""],"title":["Captain"],"shoeSize":43}}"#
    );
    assert_eq!(
        accepted(&text, Profile::LENIENT),
        Err("missing-base-schema /schemas".into()),
        "only schemas of something else"
    );
    let text = text.replace(r#""schemas":["urn:other:one"],"#, "");
    let (out, bent) = accepted(&text, Profile::LENIENT).unwrap();
    assert_eq!(
        out,
        format!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","{ENTERPRISE_USER}"],"userName":"rosa","title":"Captain","active":true,"emails":[{{"value":"rosa@north.test"}}],"roles":[{{"value":"editor"}}],"{ENTERPRISE_USER}":{{"employeeNumber":"70113","department":"R&D","manager":{{"value":"u-12"}}}}}}"#
        )
    );
    let pointers: Vec<&str> = bent.iter().map(String::as_str).collect();
    assert_eq!(
        pointers,
        [
            "unqualifiedExtension /department",
            &format!("numberToString /{ENTERPRISE_USER}/employeeNumber"),
            &format!("arrayForSingle /{ENTERPRISE_USER}/manager"),
            &format!("bareValue /{ENTERPRISE_USER}/manager/0"),
            "booleanText /active",
            "singleForArray /emails",
            "bareValue /roles/0",
            "bareValue /roles/1",
            "arrayForSingle /title",
            "unknownAttributes /shoeSize",
            "missingSchemas /schemas",
        ]
    );
}

#[test]
fn what_is_not_tolerated_is_refused_with_its_place() {
    for (members, error) in [
        (r#""active":"True""#, "invalid-boolean /active"),
        (r#""active":1"#, "wrong-type /active"),
        (r#""name":{"givenName":[["x"]]}"#, "not-multi-valued /name/givenName"),
        (r#""emails":{"value":"x"}"#, "not-an-array /emails"),
        (r#""emails":[{"value":"x"},"y"]"#, "wrong-type /emails/1"),
        (r#""department":"x""#, "unknown-attribute /department"),
        (r#""name":{"fullName":"x"}"#, "unknown-attribute /name/fullName"),
        (
            &format!(r#""{ENTERPRISE_USER}":{{"department":"x"}}"#),
            &format!("undeclared-extension /{ENTERPRISE_USER}"),
        ),
    ] {
        assert_eq!(accepted(&user(members), Profile::STRICT), Err(error.to_owned()), "{members}");
    }
    for (text, error) in [
        ("[]", "not-an-object "),
        (r#"{"userName":"rosa"}"#, "missing-schemas /schemas"),
        (r#"{"schemas":[],"userName":"rosa"}"#, "missing-schemas /schemas"),
        (r#"{"schemas":"x"}"#, "not-an-array /schemas"),
        (r#"{"schemas":["urn:x:y"]}"#, "unknown-schema /schemas/0"),
        (&format!(r#"{{"schemas":["{ENTERPRISE_USER}"]}}"#), "missing-base-schema /schemas"),
    ] {
        assert_eq!(accepted(text, Profile::RFC), Err(error.to_owned()), "{text}");
    }
    // Junk is refused whatever the profile.
    for (members, error) in [
        (r#""active":"yes""#, "invalid-boolean /active"),
        (r#""active":"""#, "invalid-boolean /active"),
        (r#""title":["a","b"]"#, "not-multi-valued /title"),
        (r#""name":"Rosa Lind""#, "wrong-type /name"),
        (r#""name":[[{}]]"#, "not-multi-valued /name/0"),
        (r#""userName":{}"#, "wrong-type /userName"),
    ] {
        assert_eq!(accepted(&user(members), Profile::LENIENT), Err(error.to_owned()), "{members}");
    }
}

#[test]
fn one_value_knows_where_it_stands() {
    let user = builtin::user();
    let emails = user.child(AttrId::ROOT, "emails").unwrap().id;
    let at = Pointer::parse("/Operations/2/value").unwrap();
    let mut trace = Trace::new();
    let mut take = |element, text: &str, profile| {
        accept_value(&user, emails, element, read(text).unwrap(), &at, profile, &mut trace)
            .map(|value| to_text(&value))
            .map_err(|error| error.issue().pointer.to_string())
    };
    assert_eq!(
        take(true, r#"{"Primary":"True"}"#, Profile::LENIENT),
        Ok(r#"{"primary":true}"#.into())
    );
    assert_eq!(
        take(true, r#"{"Primary":"True"}"#, Profile::RFC),
        Err("/Operations/2/value/Primary".into())
    );
    assert_eq!(
        take(false, r#"[{"primary":1}]"#, Profile::LENIENT),
        Err("/Operations/2/value/0/primary".into())
    );
    assert_eq!(take(false, "[null,{}]", Profile::STRICT), Ok("null".into()));
}

#[test]
fn accepting_again_changes_nothing() {
    let text = format!(
        r#"{{"{ENTERPRISE_USER}":{{"manager":"m"}},"schemas":["urn:ietf:params:scim:schemas:core:2.0:user"],"userName":"rosa","division":"North","ims":[{{"primary":"false"}}]}}"#
    );
    let (once, _) = accepted(&text, Profile::LENIENT).unwrap();
    let (twice, bent) = accepted(&once, Profile::STRICT).unwrap();
    assert_eq!((once, Vec::new()), (twice, bent));
}
