//! Templates of CloudFormation: those that CDK makes, with a custom resource for a profile, and others (CloudFormation's resource
//! AWS::EKS::FargateProfile; aws-cdk-lib/aws-eks, `Custom::AWSCDK-EKS-FargateProfile`).

use serde_json::{Value, json};

use super::describe::of_api;
use super::documents::{self, Booleans};
use super::fields::Fields;
use super::intrinsics::resolved;
use super::others::contains_profile;
use super::unknown::{self, unknown};
use super::{About, Existing, Keeper, Lost, Reading};

pub(super) fn read(templates: &[Value]) -> Reading {
    let mut reading = Reading::default();
    for document in templates {
        // As `aws cloudformation get-template` wraps it: as it was given, JSON or text.
        let body = document.get("TemplateBody").unwrap_or(document);
        let parsed = body.as_str().map(|text| documents::parse(text, Booleans::Yaml11)).transpose();
        let parsed = parsed.unwrap_or_else(|error| {
            reading.lost.push(Lost::of("file", "TemplateBody", format!("{error:#}")));
            None
        });
        let parsed = parsed.and_then(|all| all.into_iter().next());
        reading.lost.extend(parsed.iter().flat_map(documents::repeated));
        let before = reading.profiles.len();
        of_template(parsed.as_ref().unwrap_or(body), &mut reading);
        if reading.profiles.len() == before {
            reading.lost.push(Lost::of(
                "file",
                "",
                "it is no template with an AWS::EKS::FargateProfile: cdk synth prints one",
            ));
        }
    }
    reading
}

/// What is to be said of what CloudFormation replaces by resources.
const MACRO: &str = "CloudFormation makes resources of it, which may be profiles: give what aws cloudformation get-template \
                     --template-stage Processed prints";

fn of_template(template: &Value, reading: &mut Reading) {
    for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
        let told = match resource["Type"].as_str() {
            Some("AWS::EKS::FargateProfile") => {
                reading.profiles.push(profile(id, resource, template));
                continue;
            }
            Some("Custom::AWSCDK-EKS-FargateProfile") => {
                reading.profiles.push(custom(id, resource, template));
                continue;
            }
            // Those that CDK makes for a cluster have functions of its own alone.
            Some("AWS::CloudFormation::Stack")
                if id.starts_with("awscdkawseks") && id.contains("ProviderNestedStack") =>
            {
                continue;
            }
            Some("AWS::CloudFormation::Stack" | "AWS::CloudFormation::StackSet" | "AWS::Serverless::Application") => {
                "it is a template of its own, which may have profiles: import that too (aws cloudformation get-template)"
            }
            Some(kind) if kind.ends_with("::MODULE") => MACRO,
            Some(kind) if kind.contains("Fargate") && !kind.starts_with("AWS::ECS::") => {
                "its kind is not read, and it may make profiles: import those with --from eks or --from describe"
            }
            None if id == "Fn::Transform" => MACRO,
            None if id.starts_with("Fn::ForEach") && resource.to_string().contains("EKS::FargateProfile") => {
                "a loop makes profiles: give what aws cloudformation get-template --template-stage Processed prints"
            }
            _ if contains_profile(&resource["Properties"]) => {
                "it makes Fargate profiles, and is not read: import them with --from eks or --from describe"
            }
            _ => continue,
        };
        reading.lost.push(Lost::of(id, "", told));
    }
}

fn profile(id: &str, resource: &Value, template: &Value) -> Existing {
    let beside = beside(&resource["Properties"]["PodExecutionRoleArn"], template);
    let (properties, defaults) = answered(id, "Properties", &resource["Properties"], template);
    let mut fields = Fields::of(id, "Properties", &properties);
    let existing = Existing {
        name: fields.text("FargateProfileName"),
        cluster: fields.text("ClusterName"),
        role: fields.text("PodExecutionRoleArn"),
        subnets: fields.texts("Subnets"),
        selectors: fields.selectors(&["Selectors"]),
        tags: fields.tags("Tags"),
        keeper: Keeper::CloudFormation { resource: id.to_owned(), beside },
        ..Existing::default()
    };
    let has_name = !properties["FargateProfileName"].is_null();
    named(existing.ended(id.to_owned(), fields), resource, has_name, defaults)
}

fn custom(id: &str, resource: &Value, template: &Value) -> Existing {
    let properties = &resource["Properties"];
    let beside = beside(&properties["Config"]["podExecutionRoleArn"], template);
    let (config, defaults) = answered(id, "Properties.Config", &properties["Config"], template);
    let config = parsed(config);
    let mut fields = Fields::of(id, "Properties.Config", &config);
    // CDK's function hands them to the API as they are.
    let keeper = Keeper::Cdk { resource: id.to_owned(), beside };
    let mut existing = Existing { keeper, ..of_api(&mut fields) }.ended(id.to_owned(), fields);
    let mut around = Fields::of(id, "Properties", properties);
    around.pass(&["Config", "ServiceToken", "ServiceTimeout"]);
    if around.take("AssumeRoleArn").is_some() {
        around.lose("AssumeRoleArn", "it is the role that created the cluster: the operator has a role of its own");
    }
    existing.lost.extend(around.rest().0);
    let has_name = unknown::unresolved(&config).is_some() || !config["fargateProfileName"].is_null();
    named(existing, resource, has_name, defaults)
}

/// The role of the template by whose ARN a profile runs its pods, and the policies that the template attaches to it: they go with the
/// stack.
fn beside(arn: &Value, template: &Value) -> Vec<String> {
    let Some(role) = role(arn, template) else { return Vec::new() };
    let attached = template["Resources"].as_object().into_iter().flatten().filter(|(_, resource)| {
        let is_policy =
            resource["Type"].as_str().is_some_and(|kind| kind.starts_with("AWS::IAM::") && kind.ends_with("Policy"));
        is_policy
            && resource["Properties"]["Roles"].as_array().is_some_and(|roles| roles.contains(&json!({ "Ref": role })))
    });
    let attached: Vec<String> = attached.map(|(id, _)| id.clone()).collect();
    std::iter::once(role).chain(attached).collect()
}

fn role(arn: &Value, template: &Value) -> Option<String> {
    let (name, argument) = unknown::function(arn.as_object()?)?;
    let id = match (name.as_str(), argument) {
        ("Fn::GetAtt", Value::Array(parts)) if parts.get(1)? == "Arn" => parts.first()?.as_str()?,
        ("Fn::GetAtt", Value::String(text)) => text.strip_suffix(".Arn")?,
        ("Fn::Sub", Value::String(text)) => text.strip_prefix("${")?.strip_suffix(".Arn}")?,
        _ => return None,
    };
    (template["Resources"][id]["Type"] == "AWS::IAM::Role").then(|| id.to_owned())
}

/// Properties with their functions answered, and what is to be said of answers that are a parameter's default.
fn answered(id: &str, place: &str, properties: &Value, template: &Value) -> (Value, Vec<Lost>) {
    let mut told = Vec::new();
    let mut answer = |key: &str, value: &Value| {
        let (value, defaults) = resolved(value, template);
        let field = if key.is_empty() { place.to_owned() } else { format!("{place}.{key}") };
        told.extend(defaults.iter().map(|parameter| {
            let why = format!("it is the default of parameter {parameter}: the stack may have another value");
            // Other tags replace nothing.
            Lost::of(id, field.clone(), why).about(About::field(key)).uncertain(!key.eq_ignore_ascii_case("tags"))
        }));
        value
    };
    let answered = match properties.as_object().filter(|_| unknown::unresolved(properties).is_none()) {
        Some(map) => map.iter().map(|(key, value)| (key.clone(), answer(key, value))).collect(),
        None => answer("", properties),
    };
    if properties.get("Fn::Transform").is_some() {
        told.push(Lost::of(id, format!("{place}.Fn::Transform"), "it may set any property").uncertain(true));
    }
    (answered, told)
}

/// A configuration that stands there as a text of JSON.
fn parsed(config: Value) -> Value {
    match &config {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| unknown("it is a text that is no JSON")),
        _ => config,
    }
}

/// With what stands around the properties. CDK makes names out of the logical id and a random part, CloudFormation too.
fn named(mut existing: Existing, resource: &Value, has_name: bool, defaults: Vec<Lost>) -> Existing {
    if !has_name {
        let begin: String = existing.object.chars().take(30).collect();
        let why = format!(
            "AWS makes it when the stack is made: it begins with {begin}-; give it by --profile-name {}=NAME",
            existing.object
        );
        let lost = Lost::of(&existing.object, "FargateProfileName", why).about(Some(About::Name));
        existing.lost.push(lost);
    }
    let mut fields = Fields::of(&existing.object, "", resource);
    fields.pass(&["Type", "Properties", "Metadata", "UpdateReplacePolicy", "DeletionPolicy"]);
    existing.lost.extend(fields.rest().0);
    existing.lost.extend(defaults);
    existing
}
