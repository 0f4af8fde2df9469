//! CloudFormation's functions, as far as a template answers them by itself.

use serde_json::{Map, Value, json};

/// A value with every function replaced that the template itself answers. The others stay as they are.
pub(super) fn resolved(value: &Value, template: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| resolved(item, template)).collect(),
        Value::Object(map) => {
            let all = map.iter().map(|(key, value)| (key.clone(), resolved(value, template))).collect();
            function(&all, template).unwrap_or(Value::Object(all))
        }
        other => other.clone(),
    }
}

/// What a function yields, its arguments being resolved.
fn function(map: &Map<String, Value>, template: &Value) -> Option<Value> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    match name.as_str() {
        "Ref" => reference(argument.as_str()?, template),
        "Fn::GetAtt" => attribute(argument, template),
        "Fn::Sub" => substituted(argument, template),
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
            place?.into_iter().try_fold(&template["Mappings"], |map, key| map.get(key)).cloned()
        }
        _ => None,
    }
}

/// A parameter's default, or the name of a cluster or a role of the template.
fn reference(name: &str, template: &Value) -> Option<Value> {
    if name == "AWS::NoValue" {
        return Some(Value::Null);
    }
    if let Some(parameter) = template["Parameters"].get(name) {
        let default = parameter.get("Default")?;
        let kind = parameter["Type"].as_str().unwrap_or_default();
        // Of these the default is the name of a parameter in Systems Manager.
        if kind.starts_with("AWS::SSM::") {
            return None;
        }
        let is_list = kind.starts_with("List<") || kind == "CommaDelimitedList";
        return match default.as_str() {
            Some(text) if is_list => Some(text.split(',').map(|item| Value::from(item.trim())).collect()),
            _ => Some(default.clone()),
        };
    }
    let resource = template["Resources"].get(name)?;
    let properties = &resource["Properties"];
    let found = match resource["Type"].as_str()? {
        "AWS::EKS::Cluster" => &properties["Name"],
        "Custom::AWSCDK-EKS-Cluster" => &properties["Config"]["name"],
        _ => return None,
    };
    // A name may come from a parameter. From another resource it does not: a broken template would go round in circles.
    let outer = json!({ "Parameters": template["Parameters"], "Mappings": template["Mappings"] });
    Some(resolved(found, &outer)).filter(Value::is_string)
}

/// CDK refers to its cluster by an attribute too; no other attribute can be known before the stack is.
fn attribute(argument: &Value, template: &Value) -> Option<Value> {
    let (resource, attribute) = match argument {
        Value::String(text) => text.split_once('.')?,
        other => (other.get(0)?.as_str()?, other.get(1)?.as_str()?),
    };
    (attribute == "Name").then(|| reference(resource, template)).flatten()
}

/// A text with `${Name}` in it. `${!Name}` stands for itself.
fn substituted(argument: &Value, template: &Value) -> Option<Value> {
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
            (None, None) if name.contains('.') => attribute(&name.into(), template)?,
            (None, None) => reference(name, template)?,
        };
        whole.push_str(found.as_str()?);
        whole.push_str(rest);
    }
    Some(whole.into())
}
