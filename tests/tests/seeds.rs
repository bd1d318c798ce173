//! The fuzzers' targets over their seeds, on stable, in every run.

#[test]
fn seeds() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut count = 0;
    for (name, target) in scimforge_tests::fuzz::TARGETS {
        let seeds = std::fs::read_dir(folder.join(name)).expect("a folder of seeds");
        for seed in seeds {
            let bytes = std::fs::read(seed.expect("an entry").path()).expect("a readable seed");
            target(&bytes);
            // What a fuzzer would try first: the seed cut short.
            for end in (0..bytes.len()).step_by(7) {
                target(&bytes[..end]);
            }
            count += 1;
        }
    }
    assert!(count > 10, "{count} seeds");
}
