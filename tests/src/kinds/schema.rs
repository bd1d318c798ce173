use scimforge::api::{lint_schema, schema_changes};
use scimforge::schema;
use serde_json::Value;

use crate::compare::{partial, same};
use crate::inputs::{Form, check_failure, forms, options, parse, tree};

/// Documents of schemas: doubts about one (`lint`), the changes between two (`old`, `new`), or
/// one in other words (`export`).
pub(crate) fn schema(case: &Value) -> Result<usize, String> {
    let expect = &case["expect"];
    if case.get("old").is_some() {
        changes(case, expect)
    } else if case.get("export").is_some() {
        export(case, expect)
    } else {
        lint(case, expect)
    }
}

fn lint(case: &Value, expect: &Value) -> Result<usize, String> {
    let row = |issue: &Value| {
        let member = |name: &str, default: &str| {
            issue.get(name).and_then(Value::as_str).unwrap_or(default).to_owned()
        };
        [member("severity", "warning"), member("code", ""), member("pointer", "")].join(" ")
    };
    let rows = |list: &Value| {
        let mut rows: Vec<String> = list.as_array().into_iter().flatten().map(row).collect();
        rows.sort();
        rows
    };
    let expected = rows(&expect["issues"]);
    let forms = forms(case, "lint")?;
    for form in &forms {
        let found = match form {
            Form::Object(value) => schema::lint(&tree(value)?)
                .iter()
                .map(|issue| issue.to_value().to_serde())
                .collect(),
            form => parse(&form.with_input(lint_schema))?,
        };
        let unfilled = found
            .as_array()
            .into_iter()
            .flatten()
            .find(|issue| issue["message"].as_str().is_none_or(|text| text.contains('?')));
        if let Some(issue) = unfilled {
            return Err(format!("the message of {issue} is not complete"));
        }
        let found = rows(&found);
        if found != expected {
            return Err(format!("issues {found:?}\nexpected {expected:?}"));
        }
    }
    Ok(forms.len())
}

fn changes(case: &Value, expect: &Value) -> Result<usize, String> {
    let (old, new) = (forms(case, "old")?, forms(case, "new")?);
    for (old, new) in old.iter().zip(&new) {
        let found = old.with_input(|old| new.with_input(|new| schema_changes(old, new)));
        if let Some(error) = expect.get("error") {
            match found {
                Err(failure) => check_failure(&failure, error)?,
                Ok(found) => return Err(format!("no error, but {found}")),
            }
            continue;
        }
        let found = parse(&found.map_err(|failure| failure.to_string())?)?;
        if !partial(&found, expect) {
            return Err(format!("{found}\nexpected {expect}"));
        }
    }
    Ok(old.len())
}

fn export(case: &Value, expect: &Value) -> Result<usize, String> {
    let schema = crate::inputs::schema(case)?;
    if case["export"] == "fields" {
        let (fields, wanted) = (parse(&schema.fields())?, &expect["fields"]);
        return if same(&fields, wanted) { Ok(1) } else { Err(format!("fields {fields}")) };
    }
    if case["export"] == "types" {
        let types = schema.to_typescript();
        let lines =
            |name: &str| expect[name].as_array().into_iter().flatten().filter_map(Value::as_str);
        for (wanted, name) in [(true, "contains"), (false, "lacks")] {
            if let Some(line) = lines(name).find(|line| types.contains(line) != wanted) {
                return Err(format!("{name} {line:?}\n{types}"));
            }
        }
        return Ok(1);
    }
    let exported = schema.to_json_schema(&options(case, &[]));
    if let Some(error) = expect.get("error") {
        return match exported {
            Err(failure) => check_failure(&failure, error).map(|()| 1),
            Ok(exported) => Err(format!("no error, but {exported}")),
        };
    }
    let exported = parse(&exported.map_err(|failure| failure.to_string())?)?;
    for pointer in expect["absent"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if exported.pointer(pointer).is_some() {
            return Err(format!("{pointer} should be absent"));
        }
    }
    for (pointer, wanted) in expect["at"].as_object().into_iter().flatten() {
        let found = exported.pointer(pointer).cloned().unwrap_or_default();
        if !same(&found, wanted) {
            return Err(format!("{pointer} is {found}\nexpected {wanted}"));
        }
    }
    Ok(1)
}
