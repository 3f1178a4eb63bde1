//! The table of permissions (`permissions.toml`) and template.yaml say the same.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use tallyman_house::{
    permissions::{Rows, differences, granted, listed},
    root,
    template::{Resource, Template, target},
};

fn table() -> toml::Table {
    std::fs::read_to_string(root().join("tests/house/permissions.toml")).unwrap().parse().unwrap()
}

fn rows_of(table: &toml::Table, name: &str) -> Rows {
    table.get(name).map(|rows| listed(rows.as_table().unwrap()).unwrap()).unwrap_or_default()
}

/// What the table gives a role: its own rows, and those of every function when it is one's.
fn expected(template: &Template, role: &Resource<'_>) -> Rows {
    let table = table();
    let mut rows = rows_of(&table, role.id);
    for function in template.functions().filter(|function| target(function.property("Role")) == role.id) {
        let logs = target(&function.property("LoggingConfig")["LogGroup"]);
        rows.extend(rows_of(&table, "every-function").iter().map(|row| row.replace("its own logs", logs)));
    }
    rows
}

fn all_differences(template: &Template) -> Vec<String> {
    let roles = template.of_type("AWS::IAM::Role");
    roles.flat_map(|role| differences(role.id, &granted(template, &role), &expected(template, &role))).collect()
}

#[test]
fn every_role_may_do_exactly_what_the_table_of_permissions_says() {
    let found = all_differences(&Template::read());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_table_of_permissions_names_every_role_and_no_other() {
    let template = Template::read();
    let roles: BTreeSet<String> = template.of_type("AWS::IAM::Role").map(|role| role.id.to_owned()).collect();
    let named: BTreeSet<String> = table().keys().filter(|name| *name != "every-function").cloned().collect();
    assert_eq!(named, roles);
}

#[test]
fn a_permission_that_comes_goes_or_is_widened_is_noticed() {
    let text = Template::text();
    for (was, becomes) in [
        ("Action: dynamodb:Query\n", "Action: [dynamodb:Query, dynamodb:Scan]\n"),
        ("                  - dynamodb:DeleteItem\n", ""),
        ("Resource: !Sub ${Table.Arn}/index/open", "Resource: !Sub ${Table.Arn}/index/*"),
        ("Resource: !Sub ${ProofBucket.Arn}/proofs/*", "Resource: !Sub ${ProofBucket.Arn}/*"),
        (":secret:${AWS::StackName}/connection/*", ":secret:${AWS::StackName}/*"),
        (":secret:${AWS::StackName}/account/*", ":secret:*"),
        ("dynamodb:LeadingKeys: [CONFIG]", "dynamodb:LeadingKeys: ['*']"),
        ("ForAllValues:StringLike", "ForAnyValue:StringLike"),
        ("Action: [s3:GetObject, s3:PutObject]", "Action: [s3:GetObject, s3:PutObject, s3:DeleteObject]"),
        (
            "Action: sns:Publish\n                Resource: !Ref AlarmTopic",
            "Action: sns:Publish\n                Resource: '*'",
        ),
    ] {
        assert!(text.contains(was), "{was} is no longer there: mend this test");
        let changed = Template::of(&text.replacen(was, becomes, 1)).unwrap();
        assert!(!all_differences(&changed).is_empty(), "nobody noticed that {was:?} became {becomes:?}");
    }
}

#[test]
fn nothing_else_in_the_template_gives_a_permission() {
    let template = Template::read();
    let gives =
        |kind: &str| ["AWS::IAM::", "AWS::KMS::", "Policy", "Permission"].iter().any(|part| kind.contains(part));
    let kinds: BTreeSet<&str> =
        template.resources().map(|resource| resource.kind()).filter(|kind| gives(kind)).collect();
    assert_eq!(kinds, BTreeSet::from(["AWS::IAM::Role", "AWS::S3::BucketPolicy"]));
    assert_eq!(template.of_type("AWS::S3::BucketPolicy").count(), 1);
    for role in template.of_type("AWS::IAM::Role") {
        let fields: Vec<&String> = role.value["Properties"].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["AssumeRolePolicyDocument", "Policies"], "{}", role.id);
    }
    for function in template.functions() {
        // SAM would make policies of these.
        for field in ["Policies", "Connectors", "VpcConfig"] {
            assert!(function.property(field).is_null(), "{} has {field}", function.id);
        }
    }
    for place in ["Table", "AlarmTopic"] {
        assert!(template.resource(place).property("ResourcePolicy").is_null(), "{place}");
    }
}

#[test]
fn only_lambda_acts_as_a_function_and_only_this_accounts_scheduler_ticks() {
    let template = Template::read();
    let trusts = |service: &str, condition: Option<Value>| {
        let mut statement = json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        json!({"Version": "2012-10-17", "Statement": [statement]})
    };
    for role in template.of_type("AWS::IAM::Role") {
        let expected = if role.id == "ScheduleRole" {
            let own = json!({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}});
            trusts("scheduler.amazonaws.com", Some(own))
        } else {
            trusts("lambda.amazonaws.com", None)
        };
        assert_eq!(*role.property("AssumeRolePolicyDocument"), expected, "{}", role.id);
    }
}

#[test]
fn no_role_may_delete_or_replace_a_proof_or_touch_its_lock() {
    let template = Template::read();
    let mut writers = BTreeSet::new();
    for role in template.of_type("AWS::IAM::Role") {
        for row in granted(&template, &role).into_iter().filter(|row| row.starts_with("s3:")) {
            let (action, place) = row.split_once(" on ").unwrap();
            // No deletion, no retention, no legal hold, no bypass, no versions, no settings of the bucket.
            assert!(["s3:GetObject", "s3:ListBucket", "s3:PutObject"].contains(&action), "{} may {row}", role.id);
            let below = if action == "s3:ListBucket" { "ProofBucket" } else { "ProofBucket/proofs/*" };
            assert_eq!(place, below, "{}", role.id);
            if action == "s3:PutObject" {
                writers.insert(role.id.to_owned());
            }
        }
    }
    assert_eq!(writers, BTreeSet::from(["UploadProofRole".to_owned()]));
}
