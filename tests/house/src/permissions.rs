//! What roles may do, as rows that a table can list: "action on resource", "action on resource if condition".

use crate::template::{Resource, Template, one_or_many};
use serde_json::Value;
use std::collections::BTreeSet;

/// Rows of a role or of a table.
pub type Rows = BTreeSet<String>;

/// What the ARNs of this stack's secrets begin with.
const SECRETS: &str = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/";
const KNOWN: &[&str] = &["Sid", "Effect", "Action", "Resource", "Condition"];

/// One row, as both sides write it.
#[must_use]
pub fn row(action: &str, on: &str) -> String {
    format!("{action} on {on}")
}

/// Everything that a role's policies say. What isn't understood (a denial, a `NotAction`) is a row of its own, which no
/// table lists.
#[must_use]
pub fn granted(template: &Template, role: &Resource<'_>) -> Rows {
    let policies = role.property("Policies").as_array().into_iter().flatten();
    let statements = policies.flat_map(|policy| one_or_many(&policy["PolicyDocument"]["Statement"]));
    statements.flat_map(|statement| rows(template, statement)).collect()
}

fn rows(template: &Template, statement: &Value) -> Vec<String> {
    let plain = statement.as_object().is_some_and(|fields| fields.keys().all(|name| KNOWN.contains(&name.as_str())));
    if !plain || statement["Effect"] != "Allow" {
        return vec![format!("not understood: {statement}")];
    }
    let when = condition(&statement["Condition"]);
    let mut found = Vec::new();
    for resource in one_or_many(&statement["Resource"]) {
        let on = format!("{}{when}", place(template, resource));
        let actions = one_or_many(&statement["Action"]);
        found.extend(actions.iter().map(|action| row(action.as_str().unwrap_or("no action"), &on)));
    }
    found
}

/// A resource by its logical id and what is below it; a secret by its name in the stack; all else as it is written.
fn place(template: &Template, resource: &Value) -> String {
    let attribute = || match resource["Fn::GetAtt"].as_array()?.as_slice() {
        [Value::String(id), Value::String(name)] if name == "Arn" => Some(id.clone()),
        _ => None,
    };
    // Only of these a reference is the ARN.
    let topic = || {
        let id = resource["Ref"].as_str()?;
        template.of_type("AWS::SNS::Topic").any(|topic| topic.id == id).then(|| id.to_owned())
    };
    let text = resource["Fn::Sub"].as_str();
    let secret = || Some(format!("secret {}", text?.strip_prefix(SECRETS)?));
    let below = || text?.strip_prefix("${")?.split_once(".Arn}/").map(|(id, below)| format!("{id}/{below}"));
    let everything = || (resource == "*").then(|| "everything".to_owned());
    everything()
        .or_else(attribute)
        .or_else(topic)
        .or_else(secret)
        .or_else(below)
        .unwrap_or_else(|| resource.to_string())
}

/// ` if <operator> <key> <values>`, joined by ` and `; nothing when there is none.
fn condition(condition: &Value) -> String {
    let Some(operators) = condition.as_object().filter(|operators| !operators.is_empty()) else {
        return if condition.is_null() { String::new() } else { format!(" if {condition}") };
    };
    let mut parts = Vec::new();
    for (operator, keys) in operators {
        let Some(keys) = keys.as_object() else { return format!(" if {condition}") };
        for (key, values) in keys {
            let values: Vec<String> =
                one_or_many(values).iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
            parts.push(format!("{operator} {key} {}", values.join(", ")));
        }
    }
    format!(" if {}", parts.join(" and "))
}

/// The rows of one table: its keys are resources (with their condition), its values lists of actions.
///
/// # Errors
/// What is no list of actions.
pub fn listed(table: &toml::Table) -> Result<Rows, String> {
    let mut found = Rows::new();
    for (on, actions) in table {
        let actions = actions.as_array().ok_or_else(|| format!("{on}: not a list of actions"))?;
        for action in actions {
            found.insert(row(action.as_str().ok_or_else(|| format!("{on}: {action} is no action"))?, on));
        }
    }
    Ok(found)
}

/// What one side has and the other has not, a sentence each.
#[must_use]
pub fn differences(role: &str, granted: &Rows, listed: &Rows) -> Vec<String> {
    let extra = granted.difference(listed).map(|row| format!("{role} may {row}, which the table doesn't list"));
    let missing = listed.difference(granted).map(|row| format!("{role} may not {row}, which the table lists"));
    extra.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(statement: &str) -> Vec<String> {
        let text = format!(
            "Resources:\n  Topic: {{Type: 'AWS::SNS::Topic'}}\n  Role:\n    Type: AWS::IAM::Role\n    Properties: \
             {{Policies: [{{PolicyDocument: {{Statement: {statement}}}}}]}}\n"
        );
        let template = Template::of(&text).unwrap();
        granted(&template, &template.resource("Role")).into_iter().collect()
    }

    #[test]
    fn a_permission_is_named_by_action_resource_and_condition() {
        for (statement, expected) in [
            ("{Effect: Allow, Action: 'a:B', Resource: !GetAtt Table.Arn}", "a:B on Table"),
            ("[{Effect: Allow, Action: ['a:B'], Resource: [!Ref Topic]}]", "a:B on Topic"),
            ("{Effect: Allow, Action: 'a:B', Resource: '*'}", "a:B on everything"),
            ("{Effect: Allow, Action: 'a:B', Resource: !Sub '${Bucket.Arn}/proofs/*'}", "a:B on Bucket/proofs/*"),
            (
                "{Effect: Allow, Action: 'a:B', Resource: !GetAtt T.Arn, Condition: {StringLike: {'k:l': ['x*', y]}}}",
                "a:B on T if StringLike k:l x*, y",
            ),
        ] {
            assert_eq!(of(statement), [expected], "{statement}");
        }
        let secret = format!("{{Effect: Allow, Action: 's:Get', Resource: !Sub '{SECRETS}connection/*'}}");
        assert_eq!(of(&secret), ["s:Get on secret connection/*"]);
    }

    #[test]
    fn what_looks_alike_but_is_not_the_same_has_another_name() {
        let names: BTreeSet<Vec<String>> = [
            "{Effect: Allow, Action: 'a:B', Resource: !GetAtt Queue.Arn}",
            "{Effect: Allow, Action: 'a:B', Resource: !Ref Queue}",
            "{Effect: Allow, Action: 'a:B', Resource: !GetAtt Queue.QueueName}",
            "{Effect: Allow, Action: 'a:B', Resource: !Sub '${Queue.Arn}*'}",
            "{Effect: Deny, Action: 'a:B', Resource: !GetAtt Queue.Arn}",
            "{Effect: Allow, NotAction: 'a:B', Resource: !GetAtt Queue.Arn}",
            "{Effect: Allow, Action: 'a:B', NotResource: !GetAtt Queue.Arn}",
            "{Effect: Allow, Action: 'a:B', Resource: !GetAtt Queue.Arn, Condition: {Bool: {'k:l': 'true'}}}",
            "{Effect: Allow, Action: 'a:B', Resource: !GetAtt Queue.Arn, Condition: {Bool: {'k:l': 'false'}}}",
        ]
        .into_iter()
        .map(of)
        .collect();
        assert_eq!(names.len(), 9, "{names:#?}");
    }

    #[test]
    fn a_permission_too_many_and_one_too_few_are_both_named() {
        let table: toml::Table = "Table = ['d:Get', 'd:Put']".parse().unwrap();
        let listed = listed(&table).unwrap();
        let granted = Rows::from([row("d:Get", "Table"), row("d:Delete", "Table")]);
        let expected = [
            "Role may d:Delete on Table, which the table doesn't list",
            "Role may not d:Put on Table, which the table lists",
        ];
        assert_eq!(differences("Role", &granted, &listed), expected);
        assert!(differences("Role", &listed, &listed).is_empty());
    }
}
