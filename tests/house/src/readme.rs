//! Tables of the README.

use crate::root;

/// The README as it is written.
///
/// # Panics
/// When it can't be read.
#[must_use]
#[expect(clippy::expect_used, reason = "a test helper: the file is part of the repository")]
pub fn text() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("README.md")
}

/// The rows of the first table below a heading, a cell a string; empty when there is none.
#[must_use]
pub fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let below =
        text.lines().skip_while(|line| line.trim_start_matches('#').trim() != heading || !line.starts_with('#'));
    let section = below.skip(1).take_while(|line| !line.starts_with('#'));
    let rows = section.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    // The header and the line under it.
    rows.skip(2).map(cells).collect()
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// What stands between backticks.
#[must_use]
pub fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_below_a_heading_is_read_and_no_other() {
        let text = "# A\n| x |\n|---|\n| 1 |\n## B\nsays\n\n| name | of |\n|---|---|\n| `n`, `m` | all |\n| o | |\n\n| p |\n|---|\n| q |\n";
        assert_eq!(table(text, "B"), [["`n`, `m`", "all"], ["o", ""]]);
        assert_eq!(table(text, "A"), [["1"]]);
        assert!(table(text, "C").is_empty());
        assert_eq!(quoted("`n`, `m` (k)"), ["n", "m"]);
    }
}
