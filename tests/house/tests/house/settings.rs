//! The README's settings tables: names, defaults, and who reads what.

use serde_json::Value;
use std::collections::BTreeSet;
use tallyman_house::{
    readme, rust_files,
    template::Template,
    uses::{self, Use},
};

/// By what in a function's sources each variable is read (`shared/runtime` reads the environment once, for all).
const READ_BY: &[(&str, &str)] = &[
    ("TALLYMAN_TABLE", "env.table("),
    ("TALLYMAN_PROOF_BUCKET", "env.bucket("),
    ("TALLYMAN_ALARM_TOPIC", "env.alarm_topic("),
    ("TALLYMAN_ALERT_HOURS", "env.alert_bars_h"),
    ("TALLYMAN_SECRETS_PREFIX", "env.secrets_prefix("),
    ("TALLYMAN_QUEUE_POLL", "Lane::Poll"),
    ("TALLYMAN_QUEUE_EXPORT", "Lane::Export"),
    ("TALLYMAN_QUEUE_SHIPMENTS", "Lane::Shipments"),
    ("TALLYMAN_QUEUE_PROOF", "Lane::Proof"),
    ("TALLYMAN_QUEUE_NOTIFY", "Lane::Notify"),
    ("TALLYMAN_CONFIRM_DELAY_S", "env.confirm_after"),
    ("TALLYMAN_LEASE_S", "env.lease"),
    ("TALLYMAN_POLL_MARGIN_S", "env.poll_margin"),
    ("TALLYMAN_STUCK_AFTER_S", "env.stuck_after"),
    ("TALLYMAN_MARKETPLACE_INTERVAL_MS", MARKET),
    ("TALLYMAN_ALIEXPRESS_DAILY_CALLS", MARKET),
    ("TALLYMAN_ALIBABA_DAILY_CALLS", MARKET),
    ("TALLYMAN_QUOTA_RESERVE_PERCENT", MARKET),
    ("TALLYMAN_DRY_RUN", "env.dry_run"),
    ("TALLYMAN_DRY_RUN", CONSOLE),
    ("TALLYMAN_WEBHOOK_BASE_URL", "env.webhook_base_url"),
    ("TALLYMAN_CONSOLE_BASE_URL", CONSOLE),
    ("TALLYMAN_OIDC_ISSUER", CONSOLE),
    ("TALLYMAN_OIDC_CLIENT_ID", CONSOLE),
    ("TALLYMAN_OIDC_GROUPS_CLAIM", CONSOLE),
    ("TALLYMAN_VIEWER_GROUP", CONSOLE),
    ("TALLYMAN_OPERATOR_GROUP", CONSOLE),
    ("TALLYMAN_CONSOLE_INVOKE_MODE", CONSOLE),
    ("ALIEXPRESS_BASE_URL", "env.aliexpress_base_url"),
    ("ALIBABA_BASE_URL", "env.alibaba_base_url"),
    ("ALIBABA_AUTH_BASE_URL", "env.alibaba_auth_base_url"),
    ("SHIPSTATION_BASE_URL", "env.shipstation_base_url"),
    ("SHIPENGINE_JWKS_URL", "env.jwks_url"),
    ("LOG_LEVEL", "telemetry::start("),
];
/// How fast marketplaces may be called: all hand it on, only who calls them uses it.
const MARKET: &str = "env.market_limits";
const CALLS_MARKETPLACES: &str = "tallyman_marketplaces::";
/// All that only the console reads.
const CONSOLE: &str = "env.console";

fn sources(function: &str) -> String {
    let files = rust_files::under(&format!("functions/{function}/src")).into_iter();
    let ours = files.filter(|path| !path.to_string_lossy().contains("tests"));
    ours.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn readers_in_the_code(variable: &str, functions: &[(String, String)]) -> BTreeSet<String> {
    let signs: Vec<&str> = READ_BY.iter().filter(|(name, _)| *name == variable).map(|(_, sign)| *sign).collect();
    assert!(!signs.is_empty(), "{variable} is new: say in READ_BY by what functions read it");
    let reads =
        |source: &str, sign: &str| source.contains(sign) && (sign != MARKET || source.contains(CALLS_MARKETPLACES));
    let reading = functions.iter().filter(|(_, source)| signs.iter().any(|sign| reads(source, sign)));
    reading.map(|(name, _)| name.clone()).collect()
}

fn readers_in_the_readme(cell: &str, functions: &[(String, String)]) -> BTreeSet<String> {
    let all = cell == "all" || cell.starts_with("all,");
    functions.iter().map(|(name, _)| name.clone()).filter(|name| all || cell.contains(name.as_str())).collect()
}

fn functions(template: &Template) -> Vec<(String, String)> {
    template.functions().map(|function| (function.binary().to_owned(), sources(function.binary()))).collect()
}

/// The functions that the template gives a variable.
fn given_to(template: &Template, variable: &str) -> BTreeSet<String> {
    let has = |place: &Value| !place["Environment"]["Variables"][variable].is_null();
    let everybody = has(&template.section("Globals")["Function"]);
    let given = template.functions().filter(|function| everybody || has(&function.value["Properties"]));
    given.map(|function| function.binary().to_owned()).collect()
}

#[test]
fn the_readmes_table_of_variables_says_who_reads_each_as_the_code_and_the_template_do() {
    let template = Template::read();
    let (functions, rows) =
        (functions(&template), readme::table(&readme::text(), "Environment variables of the functions"));
    for row in rows.iter().filter(|row| !row[0].contains("AWS_")) {
        let [variable] = readme::quoted(&row[0])[..] else { panic!("{row:?}: one variable a row") };
        let reading = readers_in_the_code(variable, &functions);
        assert_eq!(readers_in_the_readme(&row[3], &functions), reading, "{variable}: README, then the code");
        let given = given_to(&template, variable);
        assert!(reading.is_subset(&given), "{variable}: {reading:?} read it, the template gives it to {given:?}");
        let everybody = given.len() == functions.len();
        assert!(everybody || given == reading, "{variable} is given to {given:?}, and read by {reading:?}");
    }
}

#[test]
fn the_readmes_table_of_variables_lists_every_variable_once_and_no_other() {
    let rows = readme::table(&readme::text(), "Environment variables of the functions");
    let mut listed: Vec<&str> = rows.iter().map(|row| readme::quoted(&row[0])[0]).collect();
    listed.retain(|name| !name.starts_with("AWS_"));
    let all = listed.len();
    let listed: BTreeSet<&str> = listed.into_iter().collect();
    assert_eq!(listed.len(), all, "one is there twice");
    assert_eq!(listed, Template::read().variables().collect());
}

/// As the README writes a use.
fn written(of: Use) -> String {
    match of {
        Use::Variable(name) => format!("`{name}`"),
        Use::Schedule(function) => format!("Scheduler → {function}"),
        Use::Service(service) => format!("template ({service})"),
    }
}

#[test]
fn the_readmes_table_of_parameters_says_who_reads_each_as_the_template_uses_it() {
    let template = Template::read();
    let mut wrong = Vec::new();
    for row in readme::table(&readme::text(), "Parameters of the stack") {
        let [name] = readme::quoted(&row[0])[..] else { panic!("{row:?}: one parameter a row") };
        let used: BTreeSet<String> = uses::of(&template, name).into_iter().map(written).collect();
        let said: BTreeSet<String> = row[4].split(", ").map(str::to_owned).collect();
        if used.is_empty() || said != used {
            wrong.push(format!("{name} is read by {}", used.into_iter().collect::<Vec<_>>().join(", ")));
        }
    }
    assert!(wrong.is_empty(), "the README says otherwise:\n{}", wrong.join("\n"));
}

#[test]
fn the_readmes_table_of_parameters_lists_every_one_once_with_its_default() {
    let template = Template::read();
    let parameters = template.section("Parameters").as_object().unwrap();
    let rows = readme::table(&readme::text(), "Parameters of the stack");
    let listed: BTreeSet<&str> = rows.iter().map(|row| readme::quoted(&row[0])[0]).collect();
    assert_eq!(listed.len(), rows.len(), "one is there twice");
    assert_eq!(listed, parameters.keys().map(String::as_str).collect());
    for row in &rows {
        let default = &parameters[readme::quoted(&row[0])[0]]["Default"];
        let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        let said = if row[1] == "empty" { "" } else { row[1].trim_matches('`') };
        assert_eq!(said, default, "{}", row[0]);
    }
}

#[test]
fn what_the_table_of_signs_names_is_read_in_shared_runtime() {
    let runtime: String =
        rust_files::under("shared/runtime/src").iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for (variable, _) in READ_BY {
        let lane = variable.starts_with("TALLYMAN_QUEUE_") && runtime.contains("\"TALLYMAN_QUEUE_{lane}\"");
        assert!(lane || runtime.contains(&format!("\"{variable}\"")), "{variable} is read nowhere in shared/runtime");
    }
}
