//! One field of a form.

use super::sink::{Collect, Sink};
use super::{Options, walk};
use crate::error::{Code, Issue, Pointer, Segment, Severity};
use crate::name;
use crate::schema::Compiled;
use crate::value::Node;

/// The issues that concern the field at `at`: those at it and below it, those of the list or
/// object that it is part of, and those of rules that mention it, such as `multiple-primary`
/// for every `primary` of the list. The root means all.
///
/// ```
/// use scimforge::error::Pointer;
/// use scimforge::schema::builtin;
/// use scimforge::validate::{Options, issues_at};
/// use scimforge::value::read;
///
/// let typed = read(r#"{"emails": [{"value": "ida"}], "active": "maybe"}"#)?;
/// let at = Pointer::root().name("emails").index(0).name("value");
/// let issues = issues_at(&builtin::user(), &&typed, &at, &Options::default());
/// assert_eq!(issues.len(), 1, "of this field alone");
/// assert_eq!(issues[0].code.as_str(), "invalid-email");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn issues_at<'a, N: Node<'a>>(
    compiled: &Compiled,
    node: &N,
    at: &Pointer,
    options: &Options<'_>,
) -> Vec<Issue> {
    let mut sink = Near { at, found: Collect::new(options.limits.issues) };
    walk::resource(compiled, node, options, &mut sink);
    sink.found.into_issues()
}

/// Keeps what is about one place.
struct Near<'p> {
    at: &'p Pointer,
    found: Collect,
}

impl Sink for Near<'_> {
    fn wants(&self, severity: Severity) -> bool {
        self.found.wants(severity)
    }

    fn takes(&mut self, severity: Severity) -> bool {
        self.found.takes(severity)
    }

    fn take(&mut self, issue: Issue) {
        if concerns(&issue, self.at) {
            self.found.take(issue);
        }
    }

    fn done(&self) -> bool {
        self.found.done()
    }
}

fn concerns(issue: &Issue, at: &Pointer) -> bool {
    let (found, wanted) = (issue.pointer.segments(), at.segments());
    if begins_with(found, wanted) || begins_with(wanted, found) {
        return true;
    }
    match issue.code {
        Code::MultiplePrimary => {
            let list = found.split_last_chunk::<2>().map_or(found, |(list, _)| list);
            begins_with(wanted, list) && wanted.last().is_some_and(|last| named(last, "primary"))
        }
        Code::UndeclaredExtension => wanted.first().is_some_and(|first| named(first, "schemas")),
        _ => false,
    }
}

fn begins_with(long: &[Segment], short: &[Segment]) -> bool {
    long.len() >= short.len()
        && long.iter().zip(short).all(|(a, b)| match (a, b) {
            (Segment::Name(a), Segment::Name(b)) => name::same(a, b),
            (a, b) => a == b,
        })
}

fn named(segment: &Segment, name: &str) -> bool {
    matches!(segment, Segment::Name(own) if name::same(own, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::builtin;
    use crate::value::read;

    #[test]
    fn a_field_hears_of_itself_and_of_the_rules_that_mention_it() {
        let text = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"emails":[{"value":"rosa","primary":true},{"value":"x@y.test","primary":true},{"value":"X@y.test","type":1}],"active":"no",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"North"}}"#;
        let document = read(text).unwrap();
        let found = |at: &str| -> Vec<&str> {
            let at = Pointer::parse(at).unwrap();
            let issues = issues_at(&builtin::user(), &&document, &at, &Options::default());
            issues.iter().map(|issue| issue.code.as_str()).collect()
        };
        assert_eq!(found("/EMAILS/0/value"), ["invalid-email"]);
        assert_eq!(found("/emails/0/primary"), ["multiple-primary"]);
        assert_eq!(found("/emails/1"), ["multiple-primary"]);
        assert_eq!(found("/emails/2/type"), ["wrong-type"]);
        assert_eq!(found("/userName"), ["required"]);
        assert_eq!(found("/schemas"), ["undeclared-extension"]);
        assert_eq!(found("/title"), Vec::<&str>::new());
        assert_eq!(found("").len(), 6);
    }
}
