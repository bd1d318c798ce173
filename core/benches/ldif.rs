//! The LDIF reader and the whole migration, next to counting the newlines of the same bytes.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use scimforge::migrate::ldif::{self, Reader};
use scimforge::migrate::{Format, Migration, Options};

const PIECE: usize = 64 << 10;

/// The demo export, often enough for caches not to hold it: plain, folded and base64 lines.
fn input() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/acme.ldif");
    let export = std::fs::read(path).unwrap_or_default();
    assert!(!export.is_empty(), "tests/data/acme.ldif is missing");
    export.repeat(40)
}

fn read(bytes: &[u8]) -> usize {
    let mut reader = Reader::new(ldif::Options::default());
    let mut values = 0;
    for piece in bytes.chunks(PIECE) {
        reader.push(piece);
        while let Some(record) = reader.next_record() {
            values += record.map_or(0, |record| record.len());
        }
    }
    reader.finish();
    while let Some(record) = reader.next_record() {
        values += record.map_or(0, |record| record.len());
    }
    values
}

/// Both passes, up to the tree of each resource.
fn migrate(bytes: &[u8]) -> usize {
    let mut migration = Migration::new(Format::Ldif, Options::default());
    bytes.chunks(PIECE).for_each(|piece| migration.scan(piece));
    if migration.end_scan().is_err() {
        return 0;
    }
    let mut outcomes = 0;
    for piece in bytes.chunks(PIECE) {
        migration.convert(piece);
        outcomes += std::iter::from_fn(|| migration.next_outcome()).count();
    }
    migration.end_convert();
    outcomes + std::iter::from_fn(|| migration.next_outcome()).count()
}

fn benches(criterion: &mut Criterion) {
    let bytes = input();
    let mut group = criterion.benchmark_group("ldif");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("newlines counted", |bencher| {
        bencher.iter(|| memchr::memchr_iter(b'\n', black_box(&bytes)).count());
    });
    group.bench_function("newlines visited", |bencher| {
        bencher.iter(|| {
            memchr::memchr_iter(b'\n', black_box(&bytes)).fold(0, |sum, at| sum ^ black_box(at))
        });
    });
    group.bench_function("records", |bencher| bencher.iter(|| read(black_box(&bytes))));
    // The first copy only: the others would all be duplicates.
    let once = bytes.get(..bytes.len() / 40).unwrap_or_default();
    group.throughput(Throughput::Bytes(once.len() as u64));
    group.bench_function("migration", |bencher| bencher.iter(|| migrate(black_box(once))));
    group.finish();
}

criterion_group!(ldif_benches, benches);
criterion_main!(ldif_benches);
