//! Packs the fonts into the crate: writes a table of `include_bytes!`, in the order of `faces::Face`.
//!
//! They are fetched by `make fonts` and never committed; a build without them stops with one sentence.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

const FONTS: [&str; 7] = [
    "noto-sans.ttf",
    "noto-sans-hebrew.ttf",
    "noto-sans-arabic.ttf",
    "noto-sans-thai.ttf",
    "noto-sans-sc.otf",
    "noto-sans-jp.otf",
    "noto-sans-kr.otf",
];

fn folder() -> PathBuf {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../..");
    if let Some(folder) = env::var_os("TALLYMAN_FONTS_DIR") {
        return PathBuf::from(folder);
    }
    // Where `make fonts` puts them; a build by hand into another folder finds those of the usual one.
    let elsewhere = env::var_os("CARGO_TARGET_DIR").map(|target| root.join(target).join("fonts"));
    elsewhere.filter(|folder| folder.is_dir()).unwrap_or_else(|| root.join("target/fonts"))
}

fn table(folder: &Path) -> Result<String, String> {
    let folder = folder.canonicalize().map_err(|_| format!("there is no folder {}", folder.display()))?;
    let mut code = format!("pub(crate) static FILES: [&[u8]; {}] = [\n", FONTS.len());
    for name in FONTS {
        let file = folder.join(name);
        if !file.is_file() {
            return Err(format!("{} is missing", file.display()));
        }
        println!("cargo::rerun-if-changed={}", file.display());
        let _ = writeln!(code, "    include_bytes!({:?}),", file.display().to_string());
    }
    Ok(code + "];\n")
}

fn main() -> ExitCode {
    println!("cargo::rerun-if-env-changed=TALLYMAN_FONTS_DIR");
    println!("cargo::rerun-if-env-changed=CARGO_TARGET_DIR");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = folder();
    let written = table(&folder).and_then(|code| {
        let file = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("fonts.rs");
        fs::write(&file, code).map_err(|e| format!("{}: {e}", file.display()))
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("cargo::rerun-if-changed={}", folder.display());
            println!("cargo::error=the fonts of the proof of shipment are not there ({why}): run `make fonts`");
            ExitCode::FAILURE
        }
    }
}
