//! Streams a generated LDIF export through the reader and measures its memory.
//!
//! `cargo run --release --example ldif_memory [bytes]`, 1 GB by default. Exits with 1 where the
//! peak is 100 MB or more. The peak is read from Linux's `/proc`.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use scimforge::migrate::ldif::{Options, Reader};

const PIECE: usize = 64 << 10;
const LARGEST_PEAK_KB: u64 = 100_000;

/// One entry: folded lines, base64, a comment, everything numbered.
fn entry(number: usize, out: &mut String) {
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "# entry {number}\n\
         dn: uid=person{number},ou=people,dc=bigcorp,dc=test\n\
         objectClass: top\nobjectClass: inetOrgPerson\n\
         uid: person{number}\ncn: Person Number {number}\nsn: Number {number}\ngivenName: Person\n\
         displayName:: UGVyc8O4biBOw7htYmVy\n\
         mail: person{number}@bigcorp.test\nmail: p.{number}@mail.bigcorp.test\n\
         telephoneNumber: +47 55 {number:08}\nmobile: +47 95 {number:08}\n\
         title: Keeper of records\ndepartmentNumber: {department}\nemployeeNumber: {number:09}\n\
         street: Long Street {department}\nl: Bergen\npostalCode: 5003\nc: NO\n\
         description: what a person of this number does is told in a line that goes o\n n past the seventy-sixth column\n\
         manager: uid=person{manager},ou=people,dc=bigcorp,dc=test\n\
         entryUUID: 00000000-0000-4000-8000-{number:012x}\n\
         createTimestamp: 20260101000000Z\n\n",
        department = number % 97,
        manager = number / 10,
    );
}

fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn main() -> ExitCode {
    let size = match std::env::args().nth(1).map(|text| text.parse()) {
        None => 1_000_000_000,
        Some(Ok(size)) => size,
        Some(Err(_)) => {
            eprintln!("usage: ldif_memory [bytes]");
            return ExitCode::from(2);
        }
    };
    let mut reader = Reader::new(Options::default());
    let mut piece = String::with_capacity(PIECE + 4096);
    let (mut bytes, mut entries) = (0usize, 0usize);
    let (mut records, mut values, mut errors) = (0u64, 0usize, 0u64);
    let mut reading = Duration::ZERO;
    let mut last = false;
    while !last {
        piece.clear();
        while piece.len() < PIECE && bytes + piece.len() < size {
            entry(entries, &mut piece);
            entries += 1;
        }
        bytes += piece.len();
        last = bytes >= size;
        let start = Instant::now();
        reader.push(piece.as_bytes());
        if last {
            reader.finish();
        }
        while let Some(record) = reader.next_record() {
            match record {
                Ok(record) => {
                    records += 1;
                    values += record.len();
                }
                Err(_) => errors += 1,
            }
        }
        reading += start.elapsed();
    }
    let millis = reading.as_millis().max(1);
    println!("bytes    {bytes}");
    println!("records  {records} ({values} values, {errors} errors)");
    println!("reading  {millis} ms, {} MB/s", bytes as u128 / 1_000 / millis);
    if errors > 0 || records != entries as u64 {
        eprintln!("{entries} entries were written");
        return ExitCode::FAILURE;
    }
    let Some(peak) = peak_kb() else {
        println!("peak     unknown on this system");
        return ExitCode::SUCCESS;
    };
    println!("peak     {peak} kB");
    if peak >= LARGEST_PEAK_KB {
        eprintln!("the peak is above {LARGEST_PEAK_KB} kB");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
