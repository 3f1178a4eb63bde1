//! Where template.yaml uses a parameter.

use crate::template::{Resource, Template};
use serde_json::Value;
use std::collections::BTreeSet;

/// Where: an environment variable's name, a function's schedule, or a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// The environment variable of this name, of one function or all.
    Variable(String),
    /// When the Scheduler calls this function (its binary).
    Schedule(String),
    /// A property of a resource of this service.
    Service(String),
}

/// Every use of a parameter, also through conditions. Outputs repeat what is known: they are none.
#[must_use]
pub fn of(template: &Template, parameter: &str) -> BTreeSet<Use> {
    let mut names = vec![parameter.to_owned()];
    let conditions = template.section("Conditions").as_object().into_iter().flatten();
    names
        .extend(conditions.filter(|(_, value)| mentions(value, &[parameter.to_owned()])).map(|(name, _)| name.clone()));
    let mut found = BTreeSet::new();
    let globals = &template.section("Globals")["Function"];
    in_function(globals, None, &names, &mut found);
    for resource in template.resources() {
        if resource.kind() == "AWS::Serverless::Function" {
            in_function(&resource.value["Properties"], Some(&resource), &names, &mut found);
        } else if mentions(resource.value, &names) {
            found.insert(Use::Service(service(resource.kind())));
        }
    }
    found
}

fn in_function(properties: &Value, function: Option<&Resource<'_>>, names: &[String], found: &mut BTreeSet<Use>) {
    for (name, value) in properties.as_object().into_iter().flatten().filter(|(_, value)| mentions(value, names)) {
        match name.as_str() {
            "Environment" => {
                let variables = value["Variables"].as_object().into_iter().flatten();
                let using = variables.filter(|(_, value)| mentions(value, names));
                found.extend(using.map(|(variable, _)| Use::Variable(variable.clone())));
            }
            "Events" => found.extend(value.as_object().into_iter().flatten().filter_map(|(_, event)| {
                let expression = mentions(&event["Properties"]["ScheduleExpression"], names);
                let binary = function.map(Resource::binary).unwrap_or_default().to_owned();
                mentions(event, names)
                    .then(|| if expression { Use::Schedule(binary) } else { Use::Service("Scheduler".into()) })
            })),
            _ => drop(found.insert(Use::Service("Lambda".into()))),
        }
    }
}

/// `Ref`, `${...}`, the condition of an `If`, and the `Condition` of a resource.
fn mentions(value: &Value, names: &[String]) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| match (key.as_str(), value) {
            ("Ref" | "Condition", Value::String(name)) => names.contains(name),
            ("Fn::If", Value::Array(parts)) => {
                parts.first().and_then(Value::as_str).is_some_and(|c| names.iter().any(|name| name == c))
                    || mentions(value, names)
            }
            ("Fn::Sub", Value::String(text)) => names.iter().any(|name| text.contains(&format!("${{{name}}}"))),
            _ => mentions(value, names),
        }),
        Value::Array(values) => values.iter().any(|value| mentions(value, names)),
        _ => false,
    }
}

/// As people call it.
fn service(kind: &str) -> String {
    let name = kind.split("::").nth(1).unwrap_or_default();
    if name == "Logs" { "CloudWatch Logs".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_found_in_variables_schedules_services_and_behind_conditions() {
        let text = "
Conditions: {Has: !Not [!Equals [!Ref P, '']]}
Globals: {Function: {Architectures: [!Ref A], Environment: {Variables: {V: !Ref P, W: 1}}}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: do-it}}
    Properties:
      Environment: {Variables: {X: !If [Has, 1, 2], Y: !Sub 'a-${Q}'}}
      Events: {E: {Properties: {ScheduleExpression: !Ref R, State: !Ref S}}}
  G: {Type: 'AWS::Logs::LogGroup', Condition: Has}
Outputs: {O: {Value: !Ref R}}
";
        let template = Template::of(text).unwrap();
        let uses = |parameter: &str| of(&template, parameter).into_iter().collect::<Vec<_>>();
        let variable = |name: &str| Use::Variable(name.to_owned());
        assert_eq!(uses("P"), [variable("V"), variable("X"), Use::Service("CloudWatch Logs".to_owned())]);
        assert_eq!(uses("Q"), [variable("Y")]);
        assert_eq!(uses("R"), [Use::Schedule("do-it".to_owned())]);
        assert_eq!(uses("S"), [Use::Service("Scheduler".to_owned())]);
        assert_eq!(uses("A"), [Use::Service("Lambda".to_owned())]);
        assert!(uses("Has").iter().all(|u| *u != variable("V")) && uses("W").is_empty());
    }
}
