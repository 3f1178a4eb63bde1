//! What the code reads and the template sets.

use std::{collections::BTreeSet, path::PathBuf};
use tallyman_house::{rust_files, template::Template};

/// A name of one of our variables; `{` where the code puts it together.
fn is_variable(literal: &str) -> bool {
    let letters = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let name = literal.split('{').next().unwrap_or_default();
    let ours = name.starts_with("TALLYMAN_") || name.ends_with("_BASE_URL") || name.ends_with("_JWKS_URL");
    (ours || literal == "LOG_LEVEL") && name.chars().all(letters)
}

/// Variables that functions and their common crates read; what builds and tests read is their own.
fn read_by_the_code() -> BTreeSet<String> {
    let files = rust_files::under("functions").into_iter().chain(rust_files::under("shared"));
    let mut found = BTreeSet::new();
    let at_run_time = |path: &PathBuf| !path.iter().any(|part| part == "tests" || part == "build.rs");
    for path in files.filter(at_run_time) {
        let source = std::fs::read_to_string(&path).unwrap();
        found.extend(rust_files::literals(&source).into_iter().filter(|l| is_variable(l)).map(str::to_owned));
    }
    found
}

#[test]
fn every_variable_that_the_code_reads_is_set_by_the_template() {
    let template = Template::read();
    let set: BTreeSet<&str> = template.variables().collect();
    for name in read_by_the_code() {
        let known = match name.split_once('{') {
            Some((prefix, _)) => set.iter().any(|variable| variable.starts_with(prefix)),
            None => set.contains(name.as_str()),
        };
        assert!(known, "{name} is read, but template.yaml doesn't set it");
    }
}

#[test]
fn every_setting_is_a_parameter_with_a_default_and_a_description() {
    for (name, parameter) in Template::read().section("Parameters").as_object().unwrap() {
        assert!(!parameter["Default"].is_null(), "{name} has no default");
        assert!(parameter["Description"].as_str().is_some_and(|text| text.len() > 10), "{name} isn't described");
    }
}

#[test]
fn the_real_services_are_the_default() {
    let template = Template::read();
    for (parameter, url) in [
        ("AliExpressBaseUrl", "https://api-sg.aliexpress.com"),
        ("AlibabaBaseUrl", "https://openapi-api.alibaba.com"),
        ("AlibabaAuthBaseUrl", "https://openapi-auth.alibaba.com"),
        ("ShipStationBaseUrl", "https://ssapi.shipstation.com"),
        ("JwksUrl", "https://api.shipengine.com/jwks"),
    ] {
        assert_eq!(template.section("Parameters")[parameter]["Default"], url);
    }
    assert_eq!(template.section("Parameters")["DryRun"]["Default"], "0");
}

#[test]
fn every_name_that_a_person_or_a_tool_needs_is_an_output() {
    let template = Template::read();
    let outputs = template.section("Outputs").as_object().unwrap();
    for name in ["TableName", "ProofBucketName", "WebhookUrl", "AlarmTopicArn"] {
        assert!(outputs.contains_key(name), "{name}");
    }
    for function in template.functions() {
        assert!(outputs.contains_key(&format!("{}Name", function.id)), "{}", function.id);
    }
    for queue in template.of_type("AWS::SQS::Queue") {
        assert!(outputs.contains_key(&format!("{}Url", queue.id)), "{}", queue.id);
    }
}
