//! Templates of CloudFormation: those that CDK makes, with a custom resource for a profile, and others (CloudFormation's resource
//! AWS::EKS::FargateProfile; aws-cdk-lib/aws-eks, `Custom::AWSCDK-EKS-FargateProfile`).

use serde_json::Value;

use super::documents::{self, Booleans};
use super::fields::Fields;
use super::intrinsics::resolved;
use super::{About, Existing, Keeper, Lost, Reading};

pub(super) fn read(templates: &[Value]) -> Reading {
    let mut reading = Reading::default();
    for document in templates {
        // As `aws cloudformation get-template` wraps it: as it was given, JSON or text.
        let body = document.get("TemplateBody").unwrap_or(document);
        let parsed = body.as_str().and_then(|text| documents::parse(text, Booleans::Yaml11).ok());
        let parsed = parsed.and_then(|all| all.into_iter().next());
        let template = parsed.as_ref().unwrap_or(body);
        let before = reading.profiles.len();
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            let properties = resolved(&resource["Properties"], template);
            match resource["Type"].as_str() {
                Some("AWS::EKS::FargateProfile") => reading.profiles.push(profile(id, resource, &properties)),
                Some("Custom::AWSCDK-EKS-FargateProfile") => reading.profiles.push(custom(id, resource, &properties)),
                None if id.starts_with("Fn::ForEach") && resource.to_string().contains("EKS::FargateProfile") => {
                    let why = "a loop makes profiles: give what aws cloudformation get-template --template-stage Processed prints";
                    reading.lost.push(Lost::of(id, "", why));
                }
                _ => {}
            }
        }
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

fn profile(id: &str, resource: &Value, properties: &Value) -> Existing {
    let mut fields = Fields::of(id, "Properties", properties);
    let existing = Existing {
        name: fields.text("FargateProfileName"),
        cluster: fields.text("ClusterName"),
        role: fields.text("PodExecutionRoleArn"),
        subnets: fields.texts("Subnets"),
        selectors: fields.selectors(&["Selectors"]),
        tags: fields.tags("Tags"),
        keeper: Keeper::CloudFormation { resource: id.to_owned() },
        ..Existing::default()
    };
    named(existing.ended(id.to_owned(), fields), resource)
}

fn custom(id: &str, resource: &Value, properties: &Value) -> Existing {
    let mut fields = Fields::of(id, "Properties.Config", &properties["Config"]);
    let existing = Existing {
        name: fields.text("fargateProfileName"),
        cluster: fields.text("clusterName"),
        role: fields.text("podExecutionRoleArn"),
        subnets: fields.texts("subnets"),
        selectors: fields.selectors(&["selectors"]),
        tags: fields.tags("tags"),
        keeper: Keeper::Cdk { resource: id.to_owned() },
        ..Existing::default()
    };
    let mut existing = existing.ended(id.to_owned(), fields);
    let mut around = Fields::of(id, "Properties", properties);
    around.pass(&["Config", "ServiceToken", "ServiceTimeout"]);
    if around.take("AssumeRoleArn").is_some() {
        around.lose("AssumeRoleArn", "it is the role that created the cluster: the operator has a role of its own");
    }
    existing.lost.extend(around.rest().0);
    named(existing, resource)
}

/// With what stands around the properties. CDK makes names out of the logical id and a random part, CloudFormation too.
fn named(mut existing: Existing, resource: &Value) -> Existing {
    if existing.name.is_none() {
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
    existing
}
