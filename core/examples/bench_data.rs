//! Writes what the benchmarks work on into files, for the benchmarks in other languages.
//!
//! `cargo run --example bench_data -- FOLDER [users]`: `users.ndjson` (1,000 users without a
//! number given), `filters.ndjson` and `patches.ndjson`, one JSON text a line.

#[path = "../benches/support/data.rs"]
#[expect(dead_code, reason = "the benchmarks of the core use the rest")]
mod data;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map(PathBuf::from);
    let count = arguments.next().map_or(Ok(1_000), |count| count.parse());
    let (Some(folder), Ok(count)) = (folder, count) else {
        eprintln!("usage: bench_data FOLDER [users]");
        return ExitCode::from(2);
    };
    let filters = data::FILTERS.iter().map(|text| serde_json::Value::from(*text).to_string());
    let files = [
        ("users.ndjson", data::users(count, data::Form::Plain)),
        ("filters.ndjson", filters.collect()),
        ("patches.ndjson", data::patches()),
    ];
    let written = fs::create_dir_all(&folder).and_then(|()| {
        files.iter().try_for_each(|(name, lines)| fs::write(folder.join(name), lines.join("\n")))
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write into {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
