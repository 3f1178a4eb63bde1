//! What holds for the house as a whole: facts of `template.yaml`, the dependency law, the layout.
//!
//! The tests are in `tests/house`; here is what they read with.

pub mod permissions;
pub mod readme;
pub mod rust_files;
pub mod schedule;
pub mod template;
pub mod uses;

use std::path::{Path, PathBuf};

/// The top level of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The names of the folders directly under a folder of the repository, sorted.
///
/// # Panics
/// When the folder can't be read.
#[must_use]
#[expect(clippy::expect_used, reason = "a test helper: the folder is part of the repository")]
pub fn folders(under: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(under)).expect(under);
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect(under))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
