//! What a browser downloads, against a committed number and a budget.

use std::{fmt::Write as _, io::Write as _, path::Path};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::{
    run::{Outcome, Workspace, read, step, text, write},
    wasm::{BUNDLES, STEM, folder},
};

/// The gzip sizes of one bundle, in bytes.
struct Measured {
    name: &'static str,
    wasm: u64,
    glue: u64,
}

impl Measured {
    fn total(&self) -> u64 {
        self.wasm + self.glue
    }
}

/// Growth is reported above 2 % and 1 kB together, so that small changes need no new snapshot.
fn has_grown(now: u64, committed: u64) -> bool {
    now > committed + (committed / 50).max(1000)
}

pub fn check(workspace: &Workspace, update: bool) -> Outcome {
    step("size: gzip sizes of the browser bundles", || {
        let path = workspace.path("tests/size.json");
        let snapshot: Value = serde_json::from_slice(&read(&path)?)
            .map_err(|error| format!("tests/size.json: {error}"))?;
        let number = |name: &str, field: &str| {
            snapshot
                .pointer(&format!("/{name}/{field}"))
                .and_then(Value::as_u64)
                .ok_or_else(|| format!("tests/size.json has no number {name}.{field}"))
        };
        let mut problems = Vec::new();
        let mut fresh = String::from("{\n");
        for (index, bundle) in BUNDLES.iter().enumerate() {
            let found = measure(&folder(workspace, bundle), bundle.name)?;
            let budget = number(found.name, "budget")?;
            println!(
                "{}: {} bytes of {budget} (wasm {}, glue {})",
                found.name,
                found.total(),
                found.wasm,
                found.glue
            );
            if found.total() > budget {
                problems.push(format!("{} is above its budget", found.name));
            }
            if !update {
                for (field, now) in [("wasm", found.wasm), ("glue", found.glue)] {
                    let committed = number(found.name, field)?;
                    if has_grown(now, committed) {
                        problems.push(format!(
                            "{} {field} grew from {committed} to {now} bytes \
                             (when meant: `cargo xtask size --update`)",
                            found.name
                        ));
                    }
                }
            }
            let comma = if index + 1 == BUNDLES.len() { "" } else { "," };
            let Measured { name, wasm, glue } = found;
            writeln!(
                fresh,
                "  \"{name}\": {{ \"budget\": {budget}, \"wasm\": {wasm}, \"glue\": {glue} }}{comma}"
            )
            .map_err(text)?;
        }
        if update {
            fresh.push_str("}\n");
            write(&path, fresh)?;
            println!("wrote tests/size.json");
        }
        if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
    })
}

fn measure(folder: &Path, name: &'static str) -> Outcome<Measured> {
    Ok(Measured {
        name,
        wasm: gzip(&read(&folder.join(format!("{STEM}_bg.wasm")))?)?,
        glue: gzip(&read(&folder.join(format!("{STEM}.js")))?)?,
    })
}

fn gzip(content: &[u8]) -> Outcome<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).map_err(text)?;
    let packed = encoder.finish().map_err(text)?;
    u64::try_from(packed.len()).map_err(text)
}

#[cfg(test)]
mod tests {
    use super::has_grown;

    #[test]
    fn growth_needs_both_two_per_cent_and_a_kilobyte() {
        assert!(!has_grown(10_900, 10_000));
        assert!(has_grown(11_001, 10_000));
        assert!(!has_grown(102_000, 100_000));
        assert!(has_grown(102_001, 100_000));
    }
}
