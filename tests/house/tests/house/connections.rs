//! `connections.example.toml`, the README's table and what the command reads name the same fields.

use serde_json::Value;
use std::collections::BTreeSet;
use tallyman_domain::Settings;
use tallyman_house::{readme, root};

type Names = BTreeSet<String>;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn example() -> toml::Table {
    read("connections.example.toml").parse().unwrap()
}

/// The names under which serde reads the fields of a struct.
fn fields(file: &str, of: &str) -> Names {
    let source = read(file);
    let body = source.split(&format!("struct {of} {{\n")).nth(1).unwrap();
    let body = body.split("\n}").next().unwrap();
    assert!(!body.contains("flatten") && !body.contains("rename"), "{of}: this test doesn't know of other names");
    let public = body.lines().filter_map(|line| {
        let line = line.trim();
        line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub "))
    });
    public.filter_map(|line| line.split_once(':').map(|(name, _)| name.to_owned())).collect()
}

fn keys(table: &toml::Value) -> Names {
    table.as_table().unwrap().keys().cloned().collect()
}

/// Each table of the file: its path, the table as the example shows it, and the struct that is read from it.
fn tables() -> Vec<(&'static str, Names, Names)> {
    let example = example();
    let (account, connection) = (&example["account"][0], &example["connection"][0]);
    let settings = &connection["settings"];
    let (file, chosen) = ("infra/cli/src/file.rs", "shared/domain/src/settings.rs");
    vec![
        ("account", keys(account), fields(file, "AccountEntry")),
        ("connection", keys(connection), fields(file, "ConnectionEntry")),
        ("settings", keys(settings), fields(chosen, "Settings")),
        ("settings.tax_ids", keys(&settings["tax_ids"]), fields(chosen, "TaxIdRule")),
        ("settings.customs", keys(&settings["customs"]), fields(chosen, "CustomsDefaults")),
        ("settings.carriers", keys(&settings["carriers"][0]), fields("shared/domain/src/carrier.rs", "CarrierRow")),
    ]
}

#[test]
fn the_example_shows_every_field_that_is_read_and_no_other() {
    for (path, shown, read) in tables() {
        assert_eq!(shown, read, "{path}: the example, then what is read");
    }
    let tops: Names = example().keys().cloned().collect();
    assert_eq!(tops, Names::from(["account".to_owned(), "connection".to_owned()]));
}

#[test]
fn the_readmes_table_lists_every_field_that_is_read_and_no_other() {
    let mut listed = Names::new();
    for row in readme::table(&readme::text(), "Connections file") {
        // `a.b.c`, `d` is short for `a.b.c` and `a.b.d`.
        let mut before = "";
        for name in readme::quoted(&row[0]) {
            let full = if name.contains('.') { name.to_owned() } else { format!("{before}.{name}") };
            before = if name.contains('.') { name.rsplit_once('.').unwrap().0 } else { before };
            listed.insert(full);
        }
        if row[0] == "`settings.carriers`" {
            // What a row of it holds stands in the column of units.
            listed.extend(readme::quoted(&row[2]).iter().map(|name| format!("settings.carriers.{name}")));
        }
    }
    let parts = ["connection.settings", "settings.tax_ids", "settings.customs"];
    let all =
        tables().into_iter().flat_map(|(path, _, read)| read.into_iter().map(move |name| format!("{path}.{name}")));
    let read: Names = all.filter(|name| !parts.contains(&name.as_str())).collect();
    assert_eq!(listed, read, "the README, then what is read");
}

/// The settings of the example's first connection, each with its path and the comment above it.
fn settings_with_comments(text: &str) -> Vec<(String, Value, String)> {
    let (mut found, mut at, mut comment) = (Vec::new(), None, String::new());
    for line in text.lines() {
        if let Some(more) = line.strip_prefix('#') {
            comment.push_str(more);
        } else if line.starts_with('[') {
            let path = line.trim_matches(['[', ']']).strip_prefix("connection.settings").map(str::to_owned);
            (at, comment) = (path, String::new());
        } else if let (Some(at), Some((name, value))) = (&at, line.split_once(" = ")) {
            let value: toml::Table = format!("value = {value}").parse().unwrap();
            let path = format!("{}/{name}", at.replace('.', "/"));
            found.push((path, serde_json::to_value(&value["value"]).unwrap(), std::mem::take(&mut comment)));
        } else if line.is_empty() {
            comment.clear();
        }
    }
    found
}

#[test]
fn what_the_example_does_not_call_an_example_is_the_default_and_everything_is_explained() {
    let defaults = serde_json::to_value(Settings::default()).unwrap();
    let mut defaults_shown = 0;
    for (path, value, comment) in settings_with_comments(&read("connections.example.toml")) {
        assert!(!comment.trim().is_empty(), "{path} is not explained");
        // Rows are the user's own: there are none by default.
        if path.starts_with("/carriers/") || comment.trim().starts_with("Example.") {
            continue;
        }
        assert_eq!(defaults.pointer(&path), Some(&value), "{path}");
        defaults_shown += 1;
    }
    assert!(defaults_shown >= 8, "{defaults_shown}");
}
