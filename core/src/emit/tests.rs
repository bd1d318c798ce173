use super::*;
use crate::patch::{apply_patch, diff};
use crate::schema::{ENTERPRISE_USER, builtin};
use crate::value::{read, to_text};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Resources of one type; every one is changed into every other.
fn users() -> Vec<String> {
    [
        r#""userName":"rosa","displayName":"Rosa","name":{"givenName":"Rosa","familyName":"Lind"},"active":true"#.to_owned(),
        r#""userName":"rosa","displayName":"Rosa L","name":{"givenName":"Rosa","familyName":"Berg"},"active":false,"emails":[{"value":"rosa@north.test","type":"work","primary":true}]"#.to_owned(),
        r#""userName":"rosa","displayName":"R","name":{"givenName":"Ro","familyName":"Berg","middleName":"A"},"active":true,"emails":[{"value":"rosa@home.test","type":"home","display":"R"},{"value":"rosa@north.test","type":"work","primary":true}],"roles":[{"value":"editor","primary":true},{"value":"baker"}],"photos":[{"value":"https://north.test/rosa.png"}]"#.to_owned(),
        format!(r#""userName":"rosa.berg","displayName":"R","name":{{"givenName":"Ro","familyName":"Berg"}},"active":true,"roles":[{{"value":"baker","primary":true}}],"{ENTERPRISE_USER}":{{"department":"Bakery","manager":{{"value":"u-12"}}}}"#),
    ]
    .into_iter()
    .map(|members| {
        let schemas = if members.contains(ENTERPRISE_USER) { format!("\"{USER}\",\"{ENTERPRISE_USER}\"") } else { format!("\"{USER}\"") };
        format!("{{\"schemas\":[{schemas}],{members}}}")
    })
    .collect()
}

fn groups() -> Vec<String> {
    let group = |from: usize, to: usize| {
        let members: Vec<String> =
            (from..to).map(|index| format!("{{\"value\":\"u-{index}\"}}")).collect();
        format!(
            "{{\"schemas\":[\"{GROUP}\"],\"displayName\":\"G\",\"members\":[{}]}}",
            members.join(",")
        )
    };
    vec![group(0, 0), group(0, 3), group(2, 7), group(0, 230), group(100, 250)]
}

/// What a server by `profile` makes of the messages.
fn applied(
    compiled: &Compiled,
    resource: &Value<'_>,
    messages: &[Value<'static>],
    profile: Profile,
) -> Value<'static> {
    let mut now = resource.clone().into_owned();
    for message in messages {
        let outcome = apply_patch(compiled, &now, message, profile, &Limits::DEFAULT);
        now = outcome.unwrap_or_else(|error| panic!("{error}: {}", to_text(message))).resource;
    }
    now
}

#[test]
fn what_is_written_for_a_profile_has_the_same_effect_by_that_profile() {
    let mut counted = 0;
    for (compiled, texts) in [(builtin::user(), users()), (builtin::group(), groups())] {
        for name in Profile::presets().filter(|name| *name != "google-cloud") {
            let profile = Profile::preset(name).unwrap();
            for (old, new) in texts.iter().flat_map(|old| texts.iter().map(move |new| (old, new))) {
                let (old, new) = (read(old).unwrap(), read(new).unwrap());
                let Some(message) = diff(&compiled, &old, &new) else { continue };
                let mut writer = Writer { compiled: &compiled, profile, trace: Trace::new() };
                let start = writer.shaped(old.clone().into_owned());
                let goal = writer.shaped(new.clone().into_owned());
                let written =
                    emit_patch(&compiled, &message, Some(&old), profile, &Limits::DEFAULT);
                let Ok(written) = written else {
                    panic!("{name}: {} {}", written.unwrap_err(), to_text(&message))
                };
                let made = applied(&compiled, &start, &written.messages, profile);
                let left = diff(&compiled, &made, &goal);
                assert!(left.is_none(), "{name}: {} leaves {left:?}", to_text(&message));
                // Without the original the effect is the same, or the call says what is missing.
                match emit_patch(&compiled, &message, None, profile, &Limits::DEFAULT) {
                    Ok(written) => {
                        let made = applied(&compiled, &start, &written.messages, profile);
                        let left = diff(&compiled, &made, &goal);
                        assert!(left.is_none(), "{name}: {} leaves {left:?}", to_text(&message));
                        counted += 1;
                    }
                    Err(error) => assert_eq!(error.code(), Code::OptionNeeded, "{name}"),
                }
            }
        }
    }
    assert!(counted > 300, "{counted}");
}

#[test]
fn a_resource_written_for_a_profile_is_accepted_by_it_as_it_was_meant() {
    for (compiled, texts) in [(builtin::user(), users()), (builtin::group(), groups())] {
        for name in Profile::presets() {
            let profile = Profile::preset(name).unwrap();
            for text in &texts {
                let value = read(text).unwrap();
                let written = emit(&compiled, &value, profile).unwrap();
                let mut trace = Trace::new();
                let accepted =
                    accept_resource(&compiled, written.resource, profile, &mut trace).unwrap();
                let made = applied(&compiled, &accepted, &written.messages, profile);
                let mut writer = Writer { compiled: &compiled, profile, trace: Trace::new() };
                let goal = writer.shaped(value.into_owned());
                let left = diff(&compiled, &made, &goal);
                assert!(left.is_none(), "{name}: {text} leaves {left:?}");
            }
        }
    }
}

#[test]
fn members_go_in_portions() {
    let group = builtin::group();
    let texts = groups();
    let (old, new) = (read(&texts[0]).unwrap(), read(&texts[3]).unwrap());
    let message = diff(&group, &old, &new).unwrap();
    let written = emit_patch(&group, &message, None, Profile::STRICT, &Limits::DEFAULT).unwrap();
    let sizes: Vec<usize> = written
        .messages
        .iter()
        .map(|message| {
            let operations = message.get("Operations").and_then(Value::as_array).unwrap();
            operations[0].get("value").and_then(Value::as_array).unwrap().len()
        })
        .collect();
    assert_eq!(sizes, [100, 100, 30]);
    assert!(written.trace.entries().is_empty());
}
