//! The connections file. `connections.example.toml` documents each field.

use serde::Deserialize;
use std::{collections::BTreeSet, path::Path};
use tallyman_domain::{AccountId, ConnectionId, Length, MarketplaceKind, Settings};

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[serde(default, rename = "account")]
    pub(crate) accounts: Vec<AccountEntry>,
    #[serde(default, rename = "connection")]
    pub(crate) connections: Vec<ConnectionEntry>,
}

/// A ShipStation account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountEntry {
    pub(crate) id: AccountId,
    pub(crate) api_key: String,
    pub(crate) api_secret: String,
    #[serde(default = "calls_per_minute")]
    pub(crate) calls_per_minute: u32,
}

fn calls_per_minute() -> u32 {
    40
}

/// A marketplace connection.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionEntry {
    pub(crate) id: ConnectionId,
    pub(crate) marketplace: MarketplaceKind,
    pub(crate) account: AccountId,
    pub(crate) app_key: String,
    pub(crate) app_secret: String,
    #[serde(default)]
    pub(crate) access_token: Option<String>,
    #[serde(default)]
    pub(crate) refresh_token: Option<String>,
    #[serde(default)]
    pub(crate) length_months: Option<Length>,
    #[serde(default)]
    pub(crate) paused: bool,
    #[serde(default)]
    pub(crate) settings: Settings,
}

/// What is wrong with the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadFile {
    #[error("{path} can't be read")]
    Unreadable {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} is not a connections file: {what}")]
    Syntax { path: String, what: String },
    #[error("{path}: {what}")]
    Content { path: String, what: String },
}

/// Reads and checks it.
pub(crate) fn read(path: &Path) -> Result<File, BadFile> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| BadFile::Unreadable { path: name.clone(), source })?;
    parse(&text, &name)
}

fn parse(text: &str, name: &str) -> Result<File, BadFile> {
    // `message()` leaves out the line itself, which may hold a key.
    let file: File =
        toml::from_str(text).map_err(|error| BadFile::Syntax { path: name.to_owned(), what: at_line(text, &error) })?;
    let content = |what: String| BadFile::Content { path: name.to_owned(), what };
    if let Some(unknown) = unknown_setting(text, &file) {
        return Err(content(unknown));
    }
    let mut seen = BTreeSet::new();
    for account in &file.accounts {
        if !seen.insert(account.id.as_str()) {
            return Err(content(format!("account {} stands there twice", account.id)));
        }
        if account.calls_per_minute == 0 {
            return Err(content(format!("account {}: calls_per_minute must be at least 1", account.id)));
        }
    }
    let mut connections = BTreeSet::new();
    for connection in &file.connections {
        if !connections.insert(connection.id.as_str()) {
            return Err(content(format!("connection {} stands there twice", connection.id)));
        }
        if let Some(wrong) = connection.settings.wrong().first() {
            return Err(content(format!("connection {}: {wrong}", connection.id)));
        }
    }
    Ok(file)
}

/// What is stored lets unknown settings through, because a newer version may have written them. A file must not: there
/// an unknown setting is a mistyped one.
fn unknown_setting(text: &str, file: &File) -> Option<String> {
    let raw: toml::Table = toml::from_str(text).ok()?;
    let entries = raw.get("connection")?.as_array()?;
    entries.iter().zip(&file.connections).find_map(|(given, read)| {
        let read_back = serde_json::to_value(&read.settings).ok()?;
        let path = unknown_field(given.get("settings")?, &read_back)?;
        Some(format!("connection {}: there is no setting settings{path}", read.id))
    })
}

/// The path of a field that was given and not read.
fn unknown_field(given: &toml::Value, read: &serde_json::Value) -> Option<String> {
    match (given, read) {
        (toml::Value::Table(given), serde_json::Value::Object(read)) => {
            given.iter().find_map(|(name, value)| match read.get(name) {
                None => Some(format!(".{name}")),
                Some(read) => unknown_field(value, read).map(|path| format!(".{name}{path}")),
            })
        }
        (toml::Value::Array(given), serde_json::Value::Array(read)) => {
            given.iter().zip(read).find_map(|(given, read)| unknown_field(given, read))
        }
        _ => None,
    }
}

fn at_line(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    format!("line {line}: {}", error.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_read_and_documents_every_setting() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../connections.example.toml");
        let text = std::fs::read_to_string(path).unwrap();
        parse(&text, "connections.example.toml").unwrap();
        let settings = serde_json::to_value(tallyman_domain::Settings::default()).unwrap();
        for name in settings.as_object().unwrap().keys() {
            let is_there = text.lines().any(|line| {
                let line = line.trim_start_matches(['#', ' ']);
                line.starts_with(&format!("{name} ="))
                    || line.contains(&format!("[connection.settings.{name}"))
                    || line.contains(&format!("[[connection.settings.{name}"))
            });
            assert!(is_there, "connections.example.toml doesn't show {name}");
        }
    }

    const GOOD: &str = r#"
        [[account]]
        id = "main"
        api_key = "k"
        api_secret = "s"
        [[connection]]
        id = "ae-shop"
        marketplace = "aliexpress"
        account = "main"
        app_key = "1"
        app_secret = "2"
        access_token = "3"
        [connection.settings]
        seller_name = "Shop"
        take_statuses = ["awaiting_shipment"]
        status_map = { BRAND_NEW = "cancelled" }
        [[connection.settings.carriers]]
        carrier = "acme"
        code = "OTHER_US_LOCAL"
        tracking_website = "https://acme.example"
    "#;

    #[test]
    fn a_file_with_every_kind_of_entry_reads() {
        let file = parse(GOOD, "f").unwrap();
        assert_eq!((file.accounts.len(), file.connections.len()), (1, 1));
        assert_eq!(file.connections[0].settings.carriers[0].code, "OTHER_US_LOCAL");
        assert!(file.connections[0].settings.notify_marketplace);
    }

    #[test]
    fn a_mistyped_setting_is_named_however_deep_it_is() {
        for (right, wrong, path) in [
            ("seller_name", "seler_name", "settings.seler_name"),
            ("tracking_website", "tracking_web", "settings.carriers.tracking_web"),
        ] {
            let error = parse(&GOOD.replace(right, wrong), "f").err().unwrap().to_string();
            assert!(error.contains(path), "{error}");
        }
    }

    #[test]
    fn settings_that_can_not_be_chosen_are_refused_with_the_connections_name() {
        let error = parse(&GOOD.replace("https://acme.example", "acme"), "f").err().unwrap().to_string();
        assert!(error.contains("connection ae-shop: carriers row 1: tracking_website"), "{error}");
    }

    #[test]
    fn a_connection_without_a_token_waits_for_somebody_to_authorise_it_for_so_many_months() {
        let without = GOOD.replace("access_token = \"3\"", "length_months = 3");
        let read = parse(&without, "f").unwrap();
        assert_eq!(
            (read.connections[0].access_token.as_ref(), read.connections[0].length_months),
            (None, Some(Length::Three))
        );
        assert!(parse(&GOOD.replace("access_token = \"3\"", "length_months = 2"), "f").is_err());
    }

    #[test]
    fn a_mistake_is_named_with_its_line_and_without_the_key_beside_it() {
        let typo = GOOD.replace("app_secret = \"2\"", "app_sekret = \"very-secret\"");
        let error = parse(&typo, "f").err().unwrap().to_string();
        assert!(error.contains("app_sekret") || error.contains("app_secret"), "{error}");
        assert!(!error.contains("very-secret"), "{error}");
        let twice = format!("{GOOD}\n[[account]]\nid = \"main\"\napi_key = \"k\"\napi_secret = \"s\"\n");
        assert!(parse(&twice, "f").err().unwrap().to_string().contains("twice"));
        assert!(parse(&GOOD.replace("\"aliexpress\"", "\"ebay\""), "f").is_err());
    }
}
