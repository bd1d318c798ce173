//! `tests/CONFORMANCE.md`: which vectors prove which requirement.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use serde_json::Value;

use crate::run::{Outcome, Workspace, files, read, step, write};

const LIST: &str = "tests/requirements.json";
const VECTORS: &str = "tests/vectors";
const PAGE: &str = "tests/CONFORMANCE.md";

/// Vectors named in a row; of the others the row gives the number.
const NAMED: usize = 3;

const HEAD: &str = "# Conformance

Written by `cargo xtask conformance` from `tests/requirements.json` and the `requirements` of the \
vectors; `cargo xtask ready` fails when it is out of date, when a vector cites an ID that does not \
exist, and when an ID has neither a vector nor a reason. Every vector runs in Rust, Node, the \
browser and Python.

Levels: MUST, SHOULD and MAY are those of RFC 7643 and RFC 7644; DEF is a fact they state; REC is a \
choice of ours where they are silent; QUIRK is a habit of real clients.
";

/// The vectors that cite an ID, in the order of their files.
type Proofs = BTreeMap<String, Vec<String>>;

/// Writes the page, or with `check` compares it with what would be written.
pub fn conformance(workspace: &Workspace, check: bool) -> Outcome {
    step("conformance: requirements and their vectors", || {
        let list = json(&read(&workspace.path(LIST))?, LIST)?;
        let proofs = proofs(workspace)?;
        let Page { text, summary, mut problems } = page(&list, &proofs)?;
        println!("{summary}");
        let path = workspace.path(PAGE);
        if !check {
            write(&path, &text)?;
        } else if fs::read_to_string(&path).is_ok_and(|found| found.replace("\r\n", "\n") == text) {
            println!("{PAGE} is up to date");
        } else {
            problems.push(format!("{PAGE} is out of date: run `cargo xtask conformance`"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n  ")) }
    })
}

fn json(bytes: &[u8], name: impl std::fmt::Display) -> Outcome<Value> {
    serde_json::from_slice(bytes).map_err(|error| format!("{name}: {error}"))
}

fn proofs(workspace: &Workspace) -> Outcome<Proofs> {
    let mut proofs = Proofs::new();
    for kind in files(&workspace.path(VECTORS))? {
        for file in files(&kind)? {
            let cases = json(&read(&file)?, file.display())?;
            for case in elements(&cases) {
                let id = case["id"].as_str().unwrap_or("?");
                for requirement in elements(&case["requirements"]).iter().filter_map(Value::as_str)
                {
                    proofs.entry(requirement.to_owned()).or_default().push(id.to_owned());
                }
            }
        }
    }
    Ok(proofs)
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The page, a line about it, and what is wrong.
struct Page {
    text: String,
    summary: String,
    problems: Vec<String>,
}

fn page(list: &Value, proofs: &Proofs) -> Outcome<Page> {
    let mut body = String::new();
    let mut problems = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let (mut proven, mut excused) = (0, 0);
    for section in elements(&list["sections"]) {
        let title = member(section, "title")?;
        let _ = write!(
            body,
            "\n## {title}\n\n| ID | level | what | proved by |\n| --- | --- | --- | --- |\n"
        );
        for requirement in elements(&section["requirements"]) {
            let id = member(requirement, "id")?;
            let (level, what) = (member(requirement, "level")?, member(requirement, "what")?);
            if !known.insert(id) {
                problems.push(format!("{id} stands twice in {LIST}"));
            }
            let vectors = proofs.get(id).map_or(&[][..], Vec::as_slice);
            let reason = requirement["reason"].as_str();
            match (vectors, reason) {
                ([], None) => {
                    problems.push(format!("{id} ({level}) has neither a vector nor a reason"));
                }
                ([], Some(_)) => excused += 1,
                _ => proven += 1,
            }
            let _ = writeln!(body, "| {id} | {level} | {what} | {} |", shown(vectors, reason));
        }
    }
    let elsewhere: Vec<&str> =
        elements(&list["elsewhere"]).iter().filter_map(Value::as_str).collect();
    for (id, vectors) in proofs {
        let is_elsewhere = elsewhere.iter().any(|prefix| id.starts_with(prefix));
        if !is_elsewhere && !known.contains(id.as_str()) {
            problems.push(format!("{} cites {id}, which is not in {LIST}", vectors.join(", ")));
        }
    }
    let summary = format!(
        "{} requirements: {proven} proved by vectors, {excused} with a reason, {} open",
        known.len(),
        known.len() - proven - excused
    );
    Ok(Page { text: format!("{HEAD}\n{summary}.\n{body}"), summary, problems })
}

fn member<'a>(value: &'a Value, name: &str) -> Outcome<&'a str> {
    value[name].as_str().ok_or_else(|| format!("{LIST}: no `{name}` in {value}"))
}

/// The last cell of a row.
fn shown(vectors: &[String], reason: Option<&str>) -> String {
    let named =
        vectors.iter().take(NAMED).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let mut cell = match vectors.len() {
        0 => "–".to_owned(),
        count if count > NAMED => format!("{count}: {named}, …"),
        count => format!("{count}: {named}"),
    };
    if let Some(reason) = reason {
        let _ = write!(cell, "; {reason}");
    }
    cell
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Proofs, page};

    fn proofs(pairs: &[(&str, &str)]) -> Proofs {
        let mut proofs = Proofs::new();
        for (requirement, vector) in pairs {
            proofs.entry((*requirement).to_owned()).or_default().push((*vector).to_owned());
        }
        proofs
    }

    #[test]
    fn a_requirement_needs_a_vector_or_a_reason() {
        let list = json!({"elsewhere": ["Z-"], "sections": [{"title": "One", "requirements": [
            {"id": "X-1", "level": "MUST", "what": "proved"},
            {"id": "X-2", "level": "MUST", "what": "excused", "reason": "the host's part"},
            {"id": "X-3", "level": "REC", "what": "open"},
        ]}]});
        let page =
            page(&list, &proofs(&[("X-1", "filter/a"), ("Y-1", "filter/b"), ("Z-9", "filter/c")]))
                .unwrap();
        assert_eq!(
            page.problems,
            [
                "X-3 (REC) has neither a vector nor a reason",
                "filter/b cites Y-1, which is not in tests/requirements.json"
            ]
        );
        assert!(page.text.contains("| X-1 | MUST | proved | 1: `filter/a` |\n"));
        assert!(page.text.contains("| X-2 | MUST | excused | –; the host's part |\n"));
        assert_eq!(page.summary, "3 requirements: 1 proved by vectors, 1 with a reason, 1 open");
    }

    #[test]
    fn many_vectors_are_counted() {
        let list = json!({"sections": [{"title": "One", "requirements": [{"id": "X-1", "level": "DEF", "what": "often"}]}]});
        let cited: Vec<_> =
            ["a", "b", "c", "d"].into_iter().map(|vector| ("X-1", vector)).collect();
        let page = page(&list, &proofs(&cited)).unwrap();
        assert!(page.text.contains("| 4: `a`, `b`, `c`, … |\n"));
        assert!(page.problems.is_empty());
    }
}
