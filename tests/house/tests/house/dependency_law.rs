//! DESIGN 5: functions -> app, runtime, adapters; adapters -> app, domain; app -> domain; domain -> nothing.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tallyman_house::root;

/// The crates that a crate of ours may use of ours, tests left out.
fn allowed(name: &str, folder: &str) -> Option<&'static [&'static str]> {
    const CORE: &[&str] = &["tallyman-app", "tallyman-domain"];
    const IOP: &[&str] = &["tallyman-app", "tallyman-domain", "tallyman-iop"];
    Some(match name {
        "tallyman-domain" | "tallyman-webhook" => &[],
        "tallyman-app" | "tallyman-proof" => &["tallyman-domain"],
        "tallyman-aws" | "tallyman-shipstation" | "tallyman-iop" | "tallyman-runtime" => CORE,
        // In-memory adapters; in nobody's list, so that only tests can use them.
        "tallyman-sim" => CORE,
        // The two marketplaces speak the same gateway protocol; iop is that protocol and nothing else.
        "tallyman-aliexpress" | "tallyman-alibaba" => IOP,
        // The one line of wiring that a new marketplace needs.
        "tallyman-marketplaces" => {
            &["tallyman-alibaba", "tallyman-aliexpress", "tallyman-app", "tallyman-domain", "tallyman-iop"]
        }
        // The sandboxes share no code with what they put to the test.
        "sandbox-issuer" | "sandbox-marketplaces" | "sandbox-shipstation" | "tallyman-house" => &[],
        // The crash matrix drives the functions as processes: what it links is what it judges them by.
        "tallyman-crash" => &["sandbox-marketplaces", "sandbox-shipstation", "tallyman-house"],
        _ if folder == "functions" || name == "tallyman" => &[
            "tallyman-alibaba",
            "tallyman-aliexpress",
            "tallyman-app",
            "tallyman-aws",
            "tallyman-domain",
            "tallyman-marketplaces",
            "tallyman-proof",
            "tallyman-runtime",
            "tallyman-shipstation",
            "tallyman-webhook",
        ],
        _ => return None,
    })
}

fn metadata() -> Value {
    let cargo = env!("CARGO");
    let output = std::process::Command::new(cargo)
        .args(["metadata", "--offline", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Name -> (folder under the root, names of the dependencies that are built into it).
fn packages() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let read = |package: &Value| {
        let manifest = package["manifest_path"].as_str().unwrap();
        let below = std::path::Path::new(manifest).strip_prefix(root()).unwrap();
        let folder = below.iter().next().unwrap().to_string_lossy().into_owned();
        let built_in = package["dependencies"].as_array().unwrap().iter().filter(|d| d["kind"] != "dev");
        let names = built_in.map(|d| d["name"].as_str().unwrap().to_owned()).collect();
        (package["name"].as_str().unwrap().to_owned(), (folder, names))
    };
    packages.iter().map(read).collect()
}

#[test]
fn no_crate_uses_one_of_ours_that_the_law_does_not_allow() {
    let packages = packages();
    for (name, (folder, dependencies)) in &packages {
        let allowed = allowed(name, folder).unwrap_or_else(|| panic!("{name} is new: give it a place in the law"));
        let ours = dependencies.iter().filter(|dependency| packages.contains_key(*dependency));
        let forbidden: Vec<_> = ours.filter(|dependency| !allowed.contains(&dependency.as_str())).collect();
        assert!(forbidden.is_empty(), "{name} must not use {forbidden:?}");
    }
}

#[test]
fn the_domain_does_no_input_or_output_has_no_runtime_and_no_clock() {
    let (_, dependencies) = &packages()["tallyman-domain"];
    for kind in ["tokio", "reqwest", "aws-", "lambda_", "async-trait", "futures", "tracing"] {
        let found: Vec<_> = dependencies.iter().filter(|name| name.starts_with(kind)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn only_the_aws_crate_and_the_command_line_speak_to_aws() {
    for (name, (_, dependencies)) in packages() {
        let sdk: Vec<_> = dependencies.iter().filter(|dependency| dependency.starts_with("aws-sdk-")).collect();
        assert!(sdk.is_empty() || name == "tallyman-aws" || name == "tallyman", "{name} uses {sdk:?}");
    }
}
