//! What `template.yaml` gives to the functions: variables, batch sizes, the table's keys.

use serde_json::{Map, Value};
use std::{collections::BTreeMap, time::Duration};
use tallyman_house::template::{Template, target};

/// The queues by what they are called in variables and in messages.
pub const LANES: [&str; 5] = ["POLL", "EXPORT", "SHIPMENTS", "PROOF", "NOTIFY"];

/// Who is woken by a lane.
#[must_use]
pub fn function_of(lane: &str) -> &'static str {
    match lane {
        "POLL" => "poll-marketplace",
        "EXPORT" => "export-orders",
        "SHIPMENTS" => "read-shipments",
        "PROOF" => "upload-proof",
        _ => "notify-shipment",
    }
}

/// Reads the template once.
#[derive(Debug)]
pub struct House {
    template: Template,
}

impl Default for House {
    fn default() -> Self {
        Self { template: Template::read() }
    }
}

impl House {
    /// The template's functions, by their binaries.
    #[must_use]
    pub fn functions(&self) -> Vec<String> {
        self.template.functions().map(|function| function.binary().to_owned()).collect()
    }

    /// A function's variables: `ours` where we have one, else the default of the parameter that the template names.
    ///
    /// # Panics
    /// When a variable is neither: the harness then has to learn what it is for.
    #[must_use]
    pub fn environment(&self, function: &str, ours: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let everybodys = &self.template.section("Globals")["Function"]["Environment"]["Variables"];
        let of_function = self.template.functions().find(|f| f.binary() == function);
        let own = of_function.map_or(&Value::Null, |f| &f.property("Environment")["Variables"]);
        let all = [everybodys, own].into_iter().filter_map(Value::as_object).flatten();
        all.map(|(name, value)| {
            let found = ours.get(name).cloned().or_else(|| self.by_default(value));
            let found = found.unwrap_or_else(|| unknown(function, name));
            (name.clone(), found)
        })
        .collect()
    }

    fn by_default(&self, value: &Value) -> Option<String> {
        match self.template.default_of(value) {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// How many messages a function is handed at once.
    #[must_use]
    pub fn batch_size(&self, function: &str) -> usize {
        let found = self.template.functions().find(|f| f.binary() == function);
        let events = found.and_then(|f| f.property("Events").as_object()).into_iter().flatten();
        let sizes = events.filter_map(|(_, event)| event["Properties"]["BatchSize"].as_u64());
        sizes.max().and_then(|size| usize::try_from(size).ok()).unwrap_or(1)
    }

    /// How long an invocation of a function may take.
    #[must_use]
    pub fn timeout(&self, function: &str) -> Duration {
        let found = self.template.functions().find(|f| f.binary() == function);
        let own = found.and_then(|f| f.property("Timeout").as_u64());
        let everybodys = || self.template.section("Globals")["Function"]["Timeout"].as_u64();
        Duration::from_secs(own.or_else(everybodys).unwrap_or(60))
    }

    /// What the table is created with.
    #[must_use]
    pub fn table(&self, name: &str) -> Value {
        let table = self.template.of_type("AWS::DynamoDB::Table").next();
        let mut asked = Map::new();
        asked.insert("TableName".to_owned(), name.into());
        for property in ["BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"] {
            asked.insert(property.to_owned(), table.map_or(Value::Null, |t| t.property(property).clone()));
        }
        Value::Object(asked)
    }

    /// The names of a stack's outputs.
    #[must_use]
    pub fn outputs(&self) -> Vec<String> {
        self.template.section("Outputs").as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    /// Which queue variable a queue of the template fills, for a message that names the resource.
    #[must_use]
    pub fn resource_of<'a>(&self, value: &'a Value) -> &'a str {
        target(value)
    }
}

#[expect(clippy::panic, reason = "a harness that guesses would test something else than what is deployed")]
fn unknown(function: &str, name: &str) -> String {
    panic!("{function} is given {name} by template.yaml, and the crash matrix doesn't know what to put there")
}
