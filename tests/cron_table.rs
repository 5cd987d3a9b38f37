//! The next times of 3,000 schedules, as the parser of Kubernetes' own controller computed them.

use podtime::cron::{batch, iana_release};

const TABLE: &str = include_str!("data/cron/next_times.csv");

/// The table was made with this release; another one may differ where a country has changed its
/// mind since, and then the table's rows for that country are what is out of date.
const TABLE_RELEASE: &str = "2025b";

#[test]
fn every_row_of_the_table_is_equal() {
    assert_eq!(iana_release(), TABLE_RELEASE);
    let mut output = Vec::new();
    let rows = batch(TABLE.as_bytes(), &mut output).expect("the table is well formed");
    assert_eq!(rows, 3_000);
    let output = String::from_utf8(output).expect("the output is text");
    let different: Vec<_> = TABLE
        .lines()
        .zip(output.lines())
        .filter(|(expected, found)| expected != found)
        .collect();
    assert!(
        different.is_empty(),
        "{} rows differ: {different:#?}",
        different.len()
    );
    assert_eq!(output, TABLE);
}
