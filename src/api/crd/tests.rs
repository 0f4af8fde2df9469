//! `kubectl explain` answers what people ask of a field.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{JSONSchemaProps, JSONSchemaPropsOrArray};

use super::crd;

/// What a change of a field costs.
const COSTS: [&str; 5] = [
    "A change replaces the EKS profile",
    "A change takes effect in place.",
    "A change takes effect at once.",
    "A change takes effect with the next replacement.",
    "Immutable:",
];

/// The fields below `spec` or `status`, each with its path and whether it may be left out.
fn fields(part: &str) -> Vec<(String, JSONSchemaProps, bool)> {
    let version = crd().spec.versions.remove(0);
    let root = version.schema.unwrap().open_api_v3_schema.unwrap();
    let mut found = Vec::new();
    below(part, &root.properties.unwrap()[part], &mut found);
    found
}

fn below(path: &str, schema: &JSONSchemaProps, found: &mut Vec<(String, JSONSchemaProps, bool)>) {
    for (name, field) in schema.properties.iter().flatten() {
        let path = format!("{path}.{name}");
        let is_required = schema.required.iter().flatten().any(|it| it == name);
        found.push((path.clone(), field.clone(), !is_required));
        below(&path, field, found);
        if let Some(JSONSchemaPropsOrArray::Schema(item)) = &field.items {
            below(&path, item, found);
        }
    }
}

fn text(field: &JSONSchemaProps) -> &str {
    field.description.as_deref().unwrap_or_default()
}

#[test]
fn every_field_says_what_a_change_costs() {
    let fields = fields("spec");
    assert!(fields.len() > 15, "{}", fields.len());
    for (path, field, _) in fields {
        assert_eq!(COSTS.iter().filter(|cost| text(&field).contains(**cost)).count(), 1, "{path}: {}", text(&field));
    }
}

#[test]
fn every_field_that_may_be_left_out_says_its_default() {
    for (path, field, is_optional) in fields("spec") {
        let says = text(&field).contains("Default: ") || text(&field).contains(" (default): ");
        assert_eq!(says, is_optional, "{path}: {}", text(&field));
    }
}

/// Each enum field of `part` tells each value in a line that begins with it, the first one as the default if `has_default`.
fn assert_values_are_told(part: &str, has_default: bool, enums: usize) {
    let fields: Vec<_> = fields(part).into_iter().filter(|(_, field, _)| field.enum_.is_some()).collect();
    assert_eq!(fields.len(), enums);
    for (path, field, _) in fields {
        for (n, value) in field.enum_.iter().flatten().enumerate() {
            let value = value.0.as_str().unwrap();
            let begins = if n == 0 && has_default { format!("{value} (default): ") } else { format!("{value}: ") };
            let is_told = text(&field).lines().any(|line| line.starts_with(&begins));
            assert!(is_told, "{path} has no line for {value}:\n{}", text(&field));
        }
    }
}

#[test]
fn every_value_in_spec_has_a_line_and_one_is_the_default() {
    assert_values_are_told("spec", true, 8);
}

#[test]
fn every_value_in_status_has_a_line() {
    assert_values_are_told("status", false, 2);
}
