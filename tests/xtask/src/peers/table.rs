//! The rows that were measured, and the bars beside them.
//!
//! Each program of `tests/peers` prints `| work | against | ratio (quartiles) |` for what it
//! measured and `note: …` for what a peer does otherwise. The bars say which rows there must be:
//! one that nothing was measured for is in the table with the reason.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use crate::run::{Outcome, Workspace, read};

/// A line of a program that the table is made of.
pub enum Line {
    Row(Row),
    Note(String),
}

pub struct Row {
    work: String,
    against: String,
    /// Median, lower and upper quarter; or why there is none.
    ratio: Result<[f64; 3], String>,
}

pub fn line(printed: &str) -> Option<Line> {
    let printed = printed.trim_end();
    if let Some(note) = printed.strip_prefix("note: ") {
        return Some(Line::Note(note.to_owned()));
    }
    let mut cells =
        printed.strip_prefix("| ")?.split(" | ").map(|cell| cell.trim_end_matches(" |"));
    let (work, against, ratio) = (cells.next()?, cells.next()?, cells.next()?);
    if work == "work" || work == "---" {
        return None;
    }
    let ratio = numbers(ratio).ok_or_else(|| ratio.to_owned());
    Some(Line::Row(Row { work: work.to_owned(), against: against.to_owned(), ratio }))
}

/// `0.25 (0.24 - 0.27)`
fn numbers(text: &str) -> Option<[f64; 3]> {
    let (median, rest) = text.split_once(" (")?;
    let (low, high) = rest.strip_suffix(')')?.split_once(" - ")?;
    Some([median.parse().ok()?, low.parse().ok()?, high.parse().ok()?])
}

/// What is asked of a piece of work.
pub struct Bar {
    host: String,
    work: String,
    against: String,
    must: Option<Limit>,
    aim: Option<Limit>,
}

/// `6x`: that many times faster; `0.25`: that much of the time.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    Faster(f64),
    Ratio(f64),
}

impl Limit {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('x') {
            Some(times) => times.parse().ok().map(Self::Faster),
            None => text.parse().ok().map(Self::Ratio),
        }
    }

    fn holds(self, ratio: f64) -> bool {
        match self {
            Self::Faster(times) => ratio * times <= 1.0,
            Self::Ratio(most) => ratio <= most,
        }
    }

    /// Ratios in the words of this limit, median first.
    fn show(self, [median, low, high]: [f64; 3]) -> String {
        match self {
            Self::Faster(_) => {
                format!("{:.3}x ({:.3} - {:.3})", 1.0 / median, 1.0 / high, 1.0 / low)
            }
            Self::Ratio(_) => format!("{median:.3} ({low:.3} - {high:.3})"),
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Faster(times) => write!(f, "{times}x"),
            Self::Ratio(most) => write!(f, "{most:.2}"),
        }
    }
}

pub fn bars(workspace: &Workspace) -> Outcome<Vec<Bar>> {
    let path = workspace.path("tests/peers/bars.json");
    let list: Vec<BTreeMap<String, Value>> = serde_json::from_slice(&read(&path)?)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    list.iter().map(bar).collect()
}

fn bar(entry: &BTreeMap<String, Value>) -> Outcome<Bar> {
    let given = |name: &str| entry.get(name).and_then(Value::as_str);
    let named = |name: &str| {
        given(name).map(str::to_owned).ok_or_else(|| format!("bars.json: a bar without `{name}`"))
    };
    let limit = |name: &str| {
        let wrong = |text| format!("bars.json: `{text}` is neither `6x` nor `0.25`");
        given(name).map(|text| Limit::parse(text).ok_or_else(|| wrong(text))).transpose()
    };
    Ok(Bar {
        host: named("host")?,
        work: named("work")?,
        against: named("against")?,
        must: limit("must")?,
        aim: limit("aim")?,
    })
}

/// Every bar with what was measured for it, what has no bar, and the notes below.
pub fn table(bars: &[Bar], found: Vec<(&str, Outcome<Vec<Line>>)>) -> String {
    let mut out = String::from(
        "| host | work | against | must | aim | measured (quartiles) | reached |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let mut notes = String::new();
    for (host, lines) in found {
        let mut rows = Vec::new();
        let mut missing = "the run has no such row".to_owned();
        match lines {
            Err(message) => missing = message,
            Ok(lines) => {
                for line in lines {
                    match line {
                        Line::Row(row) => rows.push(row),
                        Line::Note(note) => _ = writeln!(notes, "- {host}: {note}"),
                    }
                }
            }
        }
        for bar in bars.iter().filter(|bar| bar.host == host) {
            let place = rows.iter().position(|row| row.work == bar.work);
            let row = match place {
                Some(place) => rows.remove(place),
                None => Row {
                    work: bar.work.clone(),
                    against: bar.against.clone(),
                    ratio: Err(missing.clone()),
                },
            };
            write_row(&mut out, host, &row, bar.must, bar.aim);
        }
        for row in rows {
            write_row(&mut out, host, &row, None, None);
        }
    }
    if !notes.is_empty() {
        _ = write!(out, "\n{notes}");
    }
    out
}

fn write_row(out: &mut String, host: &str, row: &Row, must: Option<Limit>, aim: Option<Limit>) {
    let shown =
        |limit: Option<Limit>| limit.map_or_else(|| "-".to_owned(), |limit| limit.to_string());
    let (measured, reached) = match &row.ratio {
        Err(reason) => (format!("not measured: {reason}"), "-"),
        Ok(ratio) => {
            let holds = |limit: Option<Limit>| limit.is_some_and(|limit| limit.holds(ratio[0]));
            let reached = match (must, aim) {
                (None, None) => "-",
                _ if holds(aim) => "aim",
                _ if holds(must) => "must",
                _ => "no",
            };
            (must.or(aim).unwrap_or(Limit::Ratio(1.0)).show(*ratio), reached)
        }
    };
    let (must, aim) = (shown(must), shown(aim));
    let Row { work, against, .. } = row;
    _ = writeln!(out, "| {host} | {work} | {against} | {must} | {aim} | {measured} | {reached} |");
}

#[cfg(test)]
mod tests {
    use super::{Bar, Limit, Line, line, table};

    fn bar(work: &str, must: &str, aim: &str) -> Bar {
        Bar {
            host: "moon".into(),
            work: work.into(),
            against: "sun".into(),
            must: Limit::parse(must),
            aim: Limit::parse(aim),
        }
    }

    #[test]
    fn a_row_is_read_and_a_heading_is_not() {
        let Some(Line::Row(row)) = line("| shine | we: they | 0.250 (0.200 - 0.500) | 12.5 |\n")
        else {
            panic!("a row");
        };
        assert_eq!((&*row.work, &*row.against), ("shine", "we: they"));
        assert_eq!(row.ratio, Ok([0.25, 0.2, 0.5]));
        assert!(line("| work | against | ratio | ns each |").is_none());
        assert!(line("| --- | --- | --- |").is_none());
        assert!(line("installing").is_none());
    }

    #[test]
    fn what_was_not_measured_is_in_the_table_with_its_reason() {
        let bars = [bar("shine", "3x", "5x"), bar("set", "0.5", "0.2"), bar("rise", "2x", "")];
        let lines = [
            "| rise | they | they is not installed |",
            "| shine | we: they | 0.25 (0.2 - 0.5) |",
            "| wane | we: they | 2.0 (1.0 - 3.0) |",
            "note: they never set",
        ];
        let found = Ok(lines.into_iter().filter_map(line).collect());
        let shown = table(&bars, vec![("moon", found)]);
        let rows: Vec<&str> = shown.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| moon | shine | we: they | 3x | 5x | 4.000x (2.000 - 5.000) | must |",
                "| moon | set | sun | 0.50 | 0.20 | not measured: the run has no such row | - |",
                "| moon | rise | they | 2x | - | not measured: they is not installed | - |",
                "| moon | wane | we: they | - | - | 2.000 (1.000 - 3.000) | - |",
                "",
                "- moon: they never set",
            ]
        );
        let failed = table(&bars[..1], vec![("moon", Err("`sail` failed".into()))]);
        assert!(failed.ends_with("| not measured: `sail` failed | - |\n"), "{failed}");
    }
}
