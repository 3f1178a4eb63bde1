//! DESIGN 5: what the top level holds, and how large a file may be.

use tallyman_house::{folders, root, rust_files};

const TOP: &[&str] = &[
    // Visible by the design.
    "Cargo.toml",
    "README.md",
    "functions",
    "infra",
    "shared",
    "template.yaml",
    "tests",
    // Thin targets, and what tools and licences want at the top.
    "Cargo.lock",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "Makefile",
    "connections.example.toml",
];
/// Made by people and tools; git ignores them.
const IGNORED: &[&str] = &["target", "connections.toml", "samconfig.toml"];
const LINES_MAX: usize = 500;

#[test]
fn the_top_level_holds_what_the_design_names_and_nothing_else_that_is_visible() {
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let known = TOP.contains(&name.as_str()) || IGNORED.contains(&name.as_str()) || name.starts_with('.');
        assert!(known, "{name} has no place at the top level");
    }
}

#[test]
fn no_rust_file_is_longer_than_500_lines() {
    let too_long: Vec<_> = rust_files::under("")
        .into_iter()
        .map(|path| (std::fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .collect();
    assert!(too_long.is_empty(), "{too_long:?}");
}

#[test]
fn functions_are_named_verb_noun_or_by_a_verb_and_have_a_thin_main() {
    for name in folders("functions") {
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
        let main = std::fs::read_to_string(root().join("functions").join(&name).join("src/main.rs")).unwrap();
        assert!(main.lines().count() <= 80, "{name}: main.rs builds clients and runs, nothing more");
    }
}

#[test]
fn nothing_is_committed_that_names_somebodys_machine() {
    for path in rust_files::under("") {
        let text = std::fs::read_to_string(&path).unwrap();
        for place in [concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/")] {
            assert!(!text.contains(place), "{} names {place}", path.display());
        }
    }
}
