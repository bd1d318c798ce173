#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| scimforge_tests::fuzz::document(bytes));
