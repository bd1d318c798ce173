//! Every vector, through every form of input.

#[test]
fn vectors() {
    let cases = scimforge_tests::load();
    let mut runs = 0;
    let mut failed = 0;
    for case in &cases {
        match scimforge_tests::run(case) {
            Ok(count) => runs += count,
            Err(error) => {
                failed += 1;
                eprintln!("{}: {error}\n", case.id);
            }
        }
    }
    println!("vectors: {} cases, {runs} runs", cases.len());
    assert_eq!(failed, 0, "{failed} of {} cases failed", cases.len());
}
