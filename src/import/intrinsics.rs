//! CloudFormation's functions, as far as a template answers them by itself.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::unknown;

/// A value with every function replaced that the template itself answers, and the parameters whose defaults are among the answers. The
/// other functions stay as they are.
pub(super) fn resolved(value: &Value, template: &Value) -> (Value, BTreeSet<String>) {
    let template = Template {
        parameters: &template["Parameters"],
        mappings: &template["Mappings"],
        resources: &template["Resources"],
        defaults: &RefCell::default(),
    };
    (template.resolved(value), template.defaults.take())
}

#[derive(Clone, Copy)]
struct Template<'a> {
    parameters: &'a Value,
    mappings: &'a Value,
    resources: &'a Value,
    /// The parameters whose defaults have been answers.
    defaults: &'a RefCell<BTreeSet<String>>,
}

impl Template<'_> {
    fn resolved(self, value: &Value) -> Value {
        match value {
            Value::Array(items) => {
                let is_there = |item: &&Value| **item != json!({ "Ref": "AWS::NoValue" });
                items.iter().filter(is_there).map(|item| self.resolved(item)).collect()
            }
            Value::Object(map) => {
                let is_function = unknown::function(map).is_some();
                let of = |value| if is_function { self.argument(value) } else { self.resolved(value) };
                let all = map.iter().map(|(key, value)| (key.clone(), of(value))).collect();
                self.answer(&all).unwrap_or(Value::Object(all))
            }
            other => other.clone(),
        }
    }

    /// Of a function's arguments none may be missing.
    fn argument(self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.resolved(item)).collect(),
            other => self.resolved(other),
        }
    }

    /// What a function yields, its arguments being resolved.
    fn answer(self, map: &Map<String, Value>) -> Option<Value> {
        let (name, argument) = unknown::function(map)?;
        match name.as_str() {
            "Ref" => self.reference(argument.as_str()?),
            "Fn::GetAtt" => self.attribute(argument),
            "Fn::Sub" => self.substituted(argument),
            "Fn::Join" => {
                let (separator, items) = (argument.get(0)?.as_str()?, argument.get(1)?.as_array()?);
                let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                Some(texts?.join(separator).into())
            }
            "Fn::Select" => {
                let index = argument.get(0)?;
                let index = index.as_u64().or_else(|| index.as_str()?.parse().ok())?;
                argument.get(1)?.get(usize::try_from(index).ok()?).cloned()
            }
            "Fn::Split" => {
                let (separator, text) = (argument.get(0)?.as_str()?, argument.get(1)?.as_str()?);
                Some(text.split(separator).map(Value::from).collect())
            }
            "Fn::FindInMap" => {
                let place: Option<Vec<&str>> = argument.as_array()?.iter().map(Value::as_str).collect();
                place?.into_iter().try_fold(self.mappings, |map, key| map.get(key)).cloned()
            }
            _ => None,
        }
    }

    /// A parameter's default, or the name of a cluster of the template.
    fn reference(self, name: &str) -> Option<Value> {
        if name == "AWS::NoValue" {
            return Some(Value::Null);
        }
        if let Some(parameter) = self.parameters.get(name) {
            let found = default(parameter)?;
            self.defaults.borrow_mut().insert(name.to_owned());
            return Some(found);
        }
        let resource = self.resources.get(name)?;
        let properties = &resource["Properties"];
        let found = match resource["Type"].as_str()? {
            "AWS::EKS::Cluster" => &properties["Name"],
            "Custom::AWSCDK-EKS-Cluster" => &properties["Config"]["name"],
            _ => return None,
        };
        // A name may come from a parameter. From another resource it does not: a broken template would go round in circles.
        let outer = Self { resources: &Value::Null, ..self };
        Some(outer.resolved(found)).filter(Value::is_string)
    }

    /// CDK refers to its cluster by an attribute too; no other attribute can be known before the stack is.
    fn attribute(self, argument: &Value) -> Option<Value> {
        let (resource, attribute) = match argument {
            Value::String(text) => text.split_once('.')?,
            other => (other.get(0)?.as_str()?, other.get(1)?.as_str()?),
        };
        (attribute == "Name").then(|| self.reference(resource)).flatten()
    }

    /// A text with `${Name}` in it. `${!Name}` stands for itself.
    fn substituted(self, argument: &Value) -> Option<Value> {
        let (text, given) = match argument {
            Value::String(text) => (text.as_str(), &Value::Null),
            other => (other.get(0)?.as_str()?, other.get(1)?),
        };
        let mut pieces = text.split("${");
        let mut whole = pieces.next()?.to_owned();
        for piece in pieces {
            let (name, rest) = piece.split_once('}')?;
            let found = match (name.strip_prefix('!'), given.get(name)) {
                (Some(literal), _) => format!("${{{literal}}}").into(),
                (None, Some(given)) => given.clone(),
                (None, None) if name.contains('.') => self.attribute(&name.into())?,
                (None, None) => self.reference(name)?,
            };
            whole.push_str(found.as_str()?);
            whole.push_str(rest);
        }
        Some(whole.into())
    }
}

/// The value of a parameter for which none is given.
fn default(parameter: &Value) -> Option<Value> {
    let default = parameter.get("Default")?;
    let kind = parameter["Type"].as_str().unwrap_or_default();
    // Of these the default is the name of a parameter in Systems Manager.
    if kind.starts_with("AWS::SSM::") {
        return None;
    }
    let is_list = kind.starts_with("List<") || kind == "CommaDelimitedList";
    Some(match default.as_str() {
        Some(text) if is_list => text.split(',').map(|item| Value::from(item.trim())).collect(),
        _ => default.clone(),
    })
}
