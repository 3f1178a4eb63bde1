//! One crate, one Lambda, one role.

use serde_json::Value;
use std::collections::BTreeSet;
use tallyman_house::{
    folders, root,
    template::{Resource, Template, one_or_many, target},
};

fn statements<'a>(role: &Resource<'a>) -> Vec<&'a Value> {
    let policies = role.property("Policies").as_array().into_iter().flatten();
    policies.flat_map(|policy| one_or_many(&policy["PolicyDocument"]["Statement"])).collect()
}

fn role_of<'a>(template: &'a Template, function: &Resource<'a>) -> Resource<'a> {
    template.resource(target(function.property("Role")))
}

fn actions(statement: &Value) -> Vec<&str> {
    one_or_many(&statement["Action"]).iter().filter_map(|action| action.as_str()).collect()
}

/// What a role may do to which resource, for one action.
fn may<'a>(template: &'a Template, function: &Resource<'a>, action: &str) -> BTreeSet<&'a str> {
    statements(&role_of(template, function))
        .into_iter()
        .filter(|statement| actions(statement).contains(&action))
        .flat_map(|statement| one_or_many(&statement["Resource"]).into_iter().map(target))
        .collect()
}

#[test]
fn every_crate_in_functions_is_a_function_of_the_template_and_the_other_way_round() {
    let template = Template::read();
    let mut deployed: Vec<_> = template.functions().map(|function| function.binary().to_owned()).collect();
    deployed.sort();
    assert_eq!(deployed, folders("functions"));
}

#[test]
fn every_function_has_a_role_of_its_own() {
    let template = Template::read();
    let roles: Vec<_> = template.functions().map(|function| target(function.property("Role")).to_owned()).collect();
    assert_eq!(roles.iter().collect::<BTreeSet<_>>().len(), roles.len(), "{roles:?}");
    for function in template.functions() {
        assert_eq!(role_of(&template, &function).kind(), "AWS::IAM::Role", "{}", function.id);
    }
}

#[test]
fn no_role_is_allowed_a_wildcard_action_or_a_managed_policy() {
    for role in Template::read().of_type("AWS::IAM::Role") {
        assert!(role.property("ManagedPolicyArns").is_null(), "{}", role.id);
        for action in statements(&role).into_iter().flat_map(actions) {
            assert!(!action.contains('*'), "{} may {action}", role.id);
        }
    }
}

#[test]
fn only_x_ray_which_knows_no_resources_is_allowed_on_every_resource() {
    for role in Template::read().of_type("AWS::IAM::Role") {
        for statement in statements(&role) {
            let everywhere = one_or_many(&statement["Resource"]).contains(&&Value::from("*"));
            let traces = actions(statement).iter().all(|action| action.starts_with("xray:"));
            assert!(!everywhere || traces, "{} may {:?} everywhere", role.id, actions(statement));
        }
    }
}

#[test]
fn a_function_may_send_to_exactly_the_queues_that_its_main_names() {
    let template = Template::read();
    for function in template.functions() {
        let path = root().join("functions").join(function.binary()).join("src/main.rs");
        let source = std::fs::read_to_string(&path).unwrap();
        let lanes: BTreeSet<_> = source
            .split("Lane::")
            .skip(1)
            .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next())
            .map(|lane| format!("{lane}Queue"))
            .collect();
        if lanes.is_empty() {
            eprintln!("skipped: {} is not written yet", function.binary());
            continue;
        }
        let allowed: BTreeSet<_> =
            may(&template, &function, "sqs:SendMessage").into_iter().map(str::to_owned).collect();
        assert_eq!(allowed, lanes, "{}", function.binary());
    }
}

#[test]
fn every_function_is_built_by_cargo_lambda_traced_and_logs_where_retention_is_set() {
    let template = Template::read();
    let shared = &template.section("Globals")["Function"];
    assert_eq!(shared["Runtime"], "provided.al2023");
    assert_eq!(shared["Handler"], "bootstrap");
    assert_eq!(shared["Tracing"], "Active");
    assert_eq!(template.default_of(&shared["Architectures"][0]), "arm64");
    for function in template.functions() {
        assert_eq!(function.value["Metadata"]["BuildMethod"], "rust-cargolambda", "{}", function.id);
        let group = template.resource(target(&function.property("LoggingConfig")["LogGroup"]));
        assert_eq!(group.kind(), "AWS::Logs::LogGroup", "{}", function.id);
        assert!(template.default_of(group.property("RetentionInDays")).is_u64(), "{}", group.id);
        assert!(may(&template, &function, "logs:PutLogEvents").contains(group.id), "{}", function.id);
    }
}

#[test]
fn only_webhooks_and_the_console_are_reachable_from_outside() {
    for function in Template::read().functions() {
        let open = !function.property("FunctionUrlConfig").is_null();
        let meant = ["receive-webhook", "serve-console"].contains(&function.binary());
        assert_eq!(open, meant, "{}", function.id);
    }
}

#[test]
fn an_attempt_is_left_to_its_worker_longer_than_the_worker_may_run() {
    let template = Template::read();
    let lease = template.section("Parameters")["LeaseSeconds"]["Default"].as_u64().unwrap();
    let notify = template.resource("NotifyShipment");
    assert!(lease > notify.property("Timeout").as_u64().unwrap());
}
