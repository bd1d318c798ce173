//! Properties of filters as trees: printing, JSON, simplifying, explaining.

use proptest::prelude::*;
use scimforge::error::Span;
use scimforge::filter::{Attribute, Expression, Filter, Literal, Operator, attribute};
use scimforge::limits::Limits;
use scimforge::profile::Profile;
use scimforge::schema::builtin;
use scimforge::value::{Number, read, to_text};
use serde_json::{Value, json};

/// Few words, so that filters and documents often agree.
const WORDS: [&str; 6] = ["", "a", "A", "ab", "é\"\\", "work"];

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(WORDS.as_slice())
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        4 => word().prop_map(Literal::from),
        1 => any::<String>().prop_map(Literal::from),
        1 => any::<bool>().prop_map(Literal::from),
        1 => any::<i64>().prop_map(Literal::from),
        1 => Just(Number::from_text("-1.50e+7").unwrap().into()),
        1 => Just(Literal::Null),
    ]
}

fn operator() -> impl Strategy<Value = Operator> {
    prop::sample::select(Operator::ALL)
}

fn named(names: &'static [&'static str]) -> impl Strategy<Value = Attribute> {
    prop::sample::select(names).prop_map(|name| attribute(name).unwrap())
}

fn leaf(names: &'static [&'static str]) -> impl Strategy<Value = Expression> {
    prop_oneof![
        1 => named(names).prop_map(Attribute::pr),
        3 => (named(names), operator(), literal())
            .prop_map(|(attribute, operator, literal)| attribute.compare(operator, literal)),
    ]
}

fn tree(leaf: impl Strategy<Value = Expression> + 'static) -> impl Strategy<Value = Expression> {
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expression::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expression::Or),
            inner.prop_map(|inner| !inner),
        ]
    })
}

const NAMES: &[&str] = &[
    "userName",
    "USERNAME",
    "title",
    "active",
    "emails",
    "emails.type",
    "emails.primary",
    "name",
    "name.familyName",
    "meta.created",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "shoeSize",
];

fn expression() -> impl Strategy<Value = Expression> {
    let inner = tree(leaf(&["value", "type", "primary", "display"]));
    let value_path = (named(&["emails", "roles", "shoes"]), inner)
        .prop_map(|(attribute, inner)| attribute.value_path(inner));
    tree(prop_oneof![3 => leaf(NAMES), 1 => value_path])
}

fn document() -> impl Strategy<Value = Value> {
    let element = prop_oneof![
        4 => (word(), word(), prop::option::of(any::<bool>())).prop_map(|(value, kind, primary)| {
            let mut element = json!({ "value": value, "type": kind });
            if let Some(primary) = primary {
                element["primary"] = primary.into();
            }
            element
        }),
        1 => word().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!([{ "value": "a" }])),
    ];
    let list = || prop::option::of(prop::collection::vec(element.clone(), 0..4));
    let text = || prop::option::of(word());
    (text(), text(), prop::option::of(any::<bool>()), list(), list(), text()).prop_map(
        |(user_name, title, active, emails, roles, family_name)| {
            let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
            json!({
                "userName": user_name,
                "title": title,
                "active": active,
                "emails": emails,
                "roles": roles,
                "name": { "familyName": family_name },
                enterprise: { "department": title },
                "meta": { "created": "2026-03-01T09:30:00Z" },
            })
        },
    )
}

/// Without places, which differ between texts.
fn placeless(expression: &Expression) -> Expression {
    let nowhere = Span::default();
    let change = &mut |node: Expression| match node {
        Expression::Present { mut path } => {
            path.span = nowhere;
            Expression::Present { path }
        }
        Expression::Compare { mut path, operator, literal, .. } => {
            path.span = nowhere;
            Expression::Compare { path, operator, literal, literal_span: nowhere }
        }
        Expression::ValuePath { mut path, filter } => {
            path.span = nowhere;
            Expression::ValuePath { path, filter }
        }
        // One part alone is that part; parts of the same kind lie flat.
        Expression::And(mut parts) | Expression::Or(mut parts) if parts.len() == 1 => {
            parts.remove(0)
        }
        Expression::And(parts) => Expression::And(flat(parts, |part| match part {
            Expression::And(inner) => Ok(inner),
            other => Err(other),
        })),
        Expression::Or(parts) => Expression::Or(flat(parts, |part| match part {
            Expression::Or(inner) => Ok(inner),
            other => Err(other),
        })),
        other @ Expression::Not(_) => other,
    };
    expression.clone().rewrite(&Limits::DEFAULT, change).unwrap()
}

fn flat(
    parts: Vec<Expression>,
    inner: fn(Expression) -> Result<Vec<Expression>, Expression>,
) -> Vec<Expression> {
    parts.into_iter().flat_map(|part| inner(part).unwrap_or_else(|part| vec![part])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_tree_is_its_text_and_its_json(expression in expression()) {
        let expected = placeless(&expression);
        let filter = Filter::new(&expression, Profile::STRICT, &Limits::DEFAULT).unwrap();
        prop_assert_eq!(&placeless(&filter.expression), &expected);
        let text = filter.to_string();
        let parsed = Filter::parse(&text, Profile::STRICT, &Limits::DEFAULT).unwrap();
        prop_assert_eq!(&parsed, &filter);
        // A tree prints as what it is, flat or not.
        let unflat = Filter::parse(&expression.to_string(), Profile::STRICT, &Limits::DEFAULT).unwrap();
        prop_assert_eq!(&placeless(&unflat.expression), &expected);

        let json = to_text(&filter.expression.to_value());
        let from_json = Expression::from_value(&read(&json).unwrap()).unwrap();
        prop_assert_eq!(&placeless(&from_json), &expected);
        prop_assert_eq!(to_text(&from_json.to_value()), json);
    }

    #[test]
    fn what_is_simplified_matches_the_same(expression in expression(), documents in prop::collection::vec(document(), 1..8)) {
        let filter = Filter::new(&expression, Profile::LENIENT, &Limits::DEFAULT).unwrap();
        let simplified = filter.simplified(&Limits::DEFAULT).unwrap();
        let terms = |filter: &Filter| filter.expression.walk().filter(|(node, _)| node.path().is_some()).count();
        prop_assert!(terms(&simplified) <= terms(&filter), "{filter}\n{simplified}");
        prop_assert_eq!(simplified.simplified(&Limits::DEFAULT), Ok(simplified.clone()));
        let user = builtin::user();
        let Ok(bound) = filter.bind(&user) else { return Ok(()) };
        let shorter = simplified.bind(&user).unwrap();
        for document in &documents {
            prop_assert_eq!(shorter.matches(&document), bound.matches(&document), "{}\n{}\n{}", filter, simplified, document);
        }
    }

    #[test]
    fn an_explanation_tells_what_matching_tells(expression in expression(), document in document()) {
        let filter = Filter::new(&expression, Profile::LENIENT, &Limits::DEFAULT).unwrap();
        let user = builtin::user();
        let Ok(bound) = filter.bind(&user) else { return Ok(()) };
        let explanation = filter.explain(&user, &&document).unwrap();
        prop_assert_eq!(explanation.matches, bound.matches(&&document));
        let data: Value = serde_json::from_str(&to_text(&explanation.to_value())).unwrap();
        consistent(&data, &filter.to_string(), &document)?;
        // It has the form of the expression.
        let form: Value = serde_json::from_str(&to_text(&filter.expression.to_value())).unwrap();
        alike(&data, &form)?;
    }
}

/// Every part follows from its own parts, and every place is in the text.
fn consistent(part: &Value, text: &str, document: &Value) -> Result<bool, TestCaseError> {
    let matches = part["matches"].as_bool().unwrap();
    let all = |parts: &Value| -> Result<Vec<bool>, TestCaseError> {
        parts.as_array().unwrap().iter().map(|part| consistent(part, text, document)).collect()
    };
    if let Some(parts) = part.get("and") {
        prop_assert_eq!(matches, all(parts)?.into_iter().all(|holds| holds));
    } else if let Some(parts) = part.get("or") {
        prop_assert_eq!(matches, all(parts)?.into_iter().any(|holds| holds));
    } else if let Some(inner) = part.get("not") {
        prop_assert_eq!(matches, !consistent(inner, text, document)?);
    } else {
        let name = part["attribute"].as_str().unwrap();
        let [start, end] =
            [0, 1].map(|end| usize::try_from(part["span"][end].as_u64().unwrap()).unwrap());
        prop_assert!(text.get(start..end).unwrap().starts_with(name));
        if let Some(elements) = part.get("elements") {
            let inner =
                part.get("filter").map(|inner| consistent(inner, text, document)).transpose()?;
            prop_assert_eq!(inner.is_some(), elements != 0);
            prop_assert_eq!(matches, inner.unwrap_or(false));
            let list = document.get(name).and_then(Value::as_array);
            prop_assert_eq!(part.get("element").is_some(), list.is_some() && elements != 0);
        } else if part["operator"] == "pr" {
            prop_assert_eq!(&part["matches"], &part["present"]);
        }
        if let (Some(index), Some(list)) = (part["element"].as_u64(), document[name].as_array()) {
            prop_assert!(
                list[usize::try_from(index).unwrap()].is_object()
                    || list[usize::try_from(index).unwrap()].is_string()
            );
        }
    }
    Ok(matches)
}

fn alike(explanation: &Value, expression: &Value) -> Result<(), TestCaseError> {
    for joint in ["and", "or"] {
        if let Some(parts) = expression.get(joint).and_then(Value::as_array) {
            let explained = explanation[joint].as_array().unwrap();
            prop_assert_eq!(explained.len(), parts.len());
            return explained.iter().zip(parts).try_for_each(|(one, other)| alike(one, other));
        }
    }
    if let Some(inner) = expression.get("not") {
        return alike(&explanation["not"], inner);
    }
    for member in ["attribute", "operator"] {
        prop_assert_eq!(explanation.get(member), expression.get(member));
    }
    match (explanation.get("filter"), expression.get("filter")) {
        (Some(explained), Some(inner)) => alike(explained, inner),
        (explained, inner) => {
            prop_assert!(explained.is_none());
            prop_assert_eq!(inner.is_some(), explanation.get("elements").is_some());
            Ok(())
        }
    }
}
