//! `template.yaml` as JSON, CloudFormation's short forms written out: `!Ref X` is `{"Ref": "X"}`.

use crate::root;
use saphyr::{LoadableYamlNode, ScalarOwned, YamlOwned};
use serde_json::{Map, Value, json};

/// The template.
#[derive(Debug)]
pub struct Template(Value);

/// One resource of it.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// Its logical id.
    pub id: &'a str,
    /// All of it.
    pub value: &'a Value,
}

impl<'a> Resource<'a> {
    /// Its type.
    #[must_use]
    pub fn kind(&self) -> &'a str {
        self.value["Type"].as_str().unwrap_or_default()
    }

    /// One of its properties; `Null` when it isn't set.
    #[must_use]
    pub fn property(&self, name: &str) -> &'a Value {
        &self.value["Properties"][name]
    }

    /// The source binary of a function.
    #[must_use]
    pub fn binary(&self) -> &'a str {
        self.value["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap_or_default()
    }
}

impl Template {
    /// Reads it.
    ///
    /// # Panics
    /// When it can't be read.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test helper: the file is part of the repository")]
    pub fn read() -> Self {
        Self::of(&Self::text()).expect("template.yaml is YAML")
    }

    /// The file as it is written.
    ///
    /// # Panics
    /// When it can't be read.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test helper: the file is part of the repository")]
    pub fn text() -> String {
        std::fs::read_to_string(root().join("template.yaml")).expect("template.yaml")
    }

    /// Another one, to see that a test would notice.
    ///
    /// # Errors
    /// When it isn't YAML.
    pub fn of(text: &str) -> Result<Self, saphyr::ScanError> {
        parse(text).map(Self)
    }

    /// A top-level section.
    #[must_use]
    pub fn section(&self, name: &str) -> &Value {
        &self.0[name]
    }

    /// All resources.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let resources = self.0["Resources"].as_object().into_iter().flatten();
        resources.map(|(id, value)| Resource { id, value })
    }

    /// All resources of a type.
    pub fn of_type(&self, kind: &str) -> impl Iterator<Item = Resource<'_>> {
        self.resources().filter(move |resource| resource.kind() == kind)
    }

    /// One resource.
    ///
    /// # Panics
    /// When there is none of that name.
    #[must_use]
    #[expect(clippy::panic, reason = "a test helper")]
    pub fn resource(&self, id: &str) -> Resource<'_> {
        self.resources().find(|resource| resource.id == id).unwrap_or_else(|| panic!("no resource {id}"))
    }

    /// The functions.
    pub fn functions(&self) -> impl Iterator<Item = Resource<'_>> {
        self.of_type("AWS::Serverless::Function")
    }

    /// What a `Ref` to a parameter stands for by default; any other value as it is.
    #[must_use]
    pub fn default_of<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["Ref"].as_str() {
            Some(name) if !self.0["Parameters"][name].is_null() => &self.0["Parameters"][name]["Default"],
            _ => value,
        }
    }

    /// Every function's environment: what all have, and what each has on top.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let shared = &self.0["Globals"]["Function"];
        let owned = self.functions().map(|function| &function.value["Properties"]);
        std::iter::once(shared)
            .chain(owned)
            .flat_map(|place| place["Environment"]["Variables"].as_object().into_iter().flatten())
            .map(|(name, _)| name.as_str())
    }
}

/// The logical id that a `!Ref X`, `!GetAtt X.Y` or `!Sub ${X.Y}...` leads to.
#[must_use]
pub fn target(value: &Value) -> &str {
    let by_sub = || value["Fn::Sub"].as_str()?.strip_prefix("${")?.split(['.', '}']).next();
    value["Ref"].as_str().or_else(|| value["Fn::GetAtt"][0].as_str()).or_else(by_sub).unwrap_or_default()
}

/// A value, or the values of a list.
#[must_use]
pub fn one_or_many(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |many| many.iter().collect())
}

fn parse(text: &str) -> Result<Value, saphyr::ScanError> {
    Ok(YamlOwned::load_from_str(text)?.first().map_or(Value::Null, written_out))
}

fn written_out(node: &YamlOwned) -> Value {
    match node {
        YamlOwned::Value(scalar) => match scalar {
            ScalarOwned::Null => Value::Null,
            ScalarOwned::Boolean(value) => json!(value),
            ScalarOwned::Integer(value) => json!(value),
            ScalarOwned::FloatingPoint(value) => json!(value.into_inner()),
            ScalarOwned::String(value) => json!(value),
        },
        YamlOwned::Representation(text, ..) => json!(text),
        YamlOwned::Sequence(nodes) => nodes.iter().map(written_out).collect(),
        YamlOwned::Mapping(pairs) => {
            let pair = |(key, value)| Some((written_out(key).as_str()?.to_owned(), written_out(value)));
            Value::Object(pairs.iter().filter_map(pair).collect::<Map<_, _>>())
        }
        YamlOwned::Tagged(tag, inner) => long_form(&tag.suffix, written_out(inner)),
        YamlOwned::Alias(_) | YamlOwned::BadValue => Value::Null,
    }
}

fn long_form(tag: &str, value: Value) -> Value {
    match (tag, &value) {
        ("Ref" | "Condition", _) => json!({ tag: value }),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((path, ""));
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        _ => json!({ format!("Fn::{tag}"): value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_written_out_wherever_they_stand() {
        let text = "a: !Ref X\nb: !GetAtt Y.Arn.Z\nc: [!Sub 's-${A}', {d: !If [C, !Ref B, 1]}]\ne: 'true'\nf: true";
        let expected = json!({
            "a": {"Ref": "X"},
            "b": {"Fn::GetAtt": ["Y", "Arn.Z"]},
            "c": [{"Fn::Sub": "s-${A}"}, {"d": {"Fn::If": ["C", {"Ref": "B"}, 1]}}],
            "e": "true",
            "f": true,
        });
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn a_reference_leads_to_its_resource() {
        for text in ["!Ref Queue", "!GetAtt Queue.Arn", "!Sub ${Queue.Arn}/index/*"] {
            assert_eq!(target(&parse(text).unwrap()), "Queue", "{text}");
        }
        assert_eq!(target(&json!("*")), "");
    }
}
