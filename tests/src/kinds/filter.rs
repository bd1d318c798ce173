use scimforge::api::{Failure, Filter, Input, Schema};
use scimforge::error::Issue;
use scimforge::limits::Limits;
use scimforge::value::to_text;
use serde_json::Value;

use crate::compare::same;
use crate::inputs::{Form, check_failure, check_trace, forms, options, parse, schema, tree};

pub(crate) fn filter(case: &Value) -> Result<usize, String> {
    let schema = schema(case)?;
    let expect = &case["expect"];
    if let (Some(prints), Some(text)) = (expect.get("prints"), case["filter"].as_str()) {
        return prints_as(text, prints);
    }
    let made = match (made(case, &schema)?, expect.get("error")) {
        (Ok(_), Some(error)) => return Err(format!("no error, expected {error}")),
        (Err(failure), Some(error)) => {
            check_failure(&failure, error)?;
            return check_caret(case, &failure, error.get("caret")).map(|()| 1);
        }
        (Err(failure), None) => return Err(failure.to_string()),
        (Ok(made), None) => made,
    };
    check_trace(&parse(&made.trace())?, expect.get("trace"))?;
    check_tree(&made, &schema, case)?;
    let matches = &expect["matches"];
    if let Some(resources) = case.get("resources").and_then(Value::as_array) {
        let matching: Value = resources
            .iter()
            .filter(|resource| made.matches_node(resource))
            .map(|resource| resource["id"].clone())
            .collect();
        return differing("matches", &matching, matches).map(|()| 1);
    }
    if !["given", "givenText", "givenBase64"].iter().any(|name| case.get(*name).is_some()) {
        return Ok(1);
    }
    let forms = forms(case, "given")?;
    for form in &forms {
        check_document(&made, form, expect)?;
    }
    Ok(forms.len())
}

fn made(case: &Value, schema: &Schema) -> Result<Result<Filter, Failure>, String> {
    let options = options(case, &["profile"]);
    if let Some(expression) = case.get("from") {
        let given = expression.to_string();
        let made = schema.filter_from(Input::Text(&given), &options);
        let over_tree = schema.filter_from_value(&tree(expression)?, &options);
        if made.as_ref().map(Filter::to_string) != over_tree.as_ref().map(Filter::to_string) {
            return Err(format!("over a tree {over_tree:?}\nover text {made:?}"));
        }
        return Ok(made);
    }
    let text = case["filter"].as_str().ok_or("no `filter`")?;
    Ok(schema.filter(text, &options))
}

/// What the filter says of itself: its text, its tree, what is left when it is simplified.
fn check_tree(made: &Filter, schema: &Schema, case: &Value) -> Result<(), String> {
    let expect = &case["expect"];
    let expression = made.expression();
    let shown = [
        ("prints", made.to_string().into()),
        ("simplified", made.simplified().to_string().into()),
        ("expression", parse(&expression)?),
    ];
    for (name, actual) in shown {
        if let Some(wanted) = expect.get(name) {
            differing(name, &actual, wanted)?;
        }
    }
    let again = schema
        .filter_from(Input::Text(&expression), &options(case, &["profile"]))
        .map_err(|failure| format!("its expression: {failure}"))?;
    differing("its expression", &again.to_string().into(), &made.to_string().into())
}

/// The filter, simplified or not, and its explanation agree on every document.
fn check_document(made: &Filter, form: &Form, expect: &Value) -> Result<(), String> {
    let of = |filter: &Filter| match form {
        Form::Object(value) => {
            Ok((filter.matches_node(&value), to_text(&filter.explain_node(&value))))
        }
        form => form
            .with_input(|input| Ok((filter.matches(input)?, filter.explain(input)?)))
            .map_err(|failure: Failure| failure.to_string()),
    };
    let (found, explanation) = of(made)?;
    let explanation = parse(&explanation)?;
    if let Some(explains) = expect.get("explains") {
        differing("explains", &explanation, explains)?;
    }
    let wanted = expect.get("matches").unwrap_or(&explanation["matches"]);
    differing("matches", &found.into(), wanted)?;
    differing("explained", &explanation["matches"], wanted)?;
    differing("simplified", &of(&made.simplified())?.0.into(), wanted)
}

fn check_caret(case: &Value, failure: &Failure, wanted: Option<&Value>) -> Result<(), String> {
    let Some(wanted) = wanted else { return Ok(()) };
    let text = case["filter"].as_str().unwrap_or_default();
    let shown: Option<String> = failure.issues.first().and_then(|issue: &Issue| issue.caret(text));
    differing("caret", &shown.into(), wanted)
}

fn differing(what: &str, actual: &Value, wanted: &Value) -> Result<(), String> {
    if same(actual, wanted) {
        return Ok(());
    }
    Err(format!("{what}: {actual}\nexpected: {wanted}"))
}

/// Printing needs no schema; what is printed parses to the same text again.
fn prints_as(text: &str, expected: &Value) -> Result<usize, String> {
    let print = |text: &str| {
        scimforge::filter::Filter::parse(
            text,
            scimforge::profile::Profile::LENIENT,
            &Limits::DEFAULT,
        )
        .map(|filter| filter.to_string())
        .map_err(|error| error.to_string())
    };
    let printed = print(text)?;
    if printed != *expected {
        return Err(format!("prints {printed}, expected {expected}"));
    }
    let again = print(&printed)?;
    if again != printed {
        return Err(format!("prints {again} the second time, expected {printed}"));
    }
    Ok(1)
}
