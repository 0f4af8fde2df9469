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

/// The fields below `spec`, each with its path and whether it may be left out.
fn fields() -> Vec<(String, JSONSchemaProps, bool)> {
    let version = crd().spec.versions.remove(0);
    let root = version.schema.unwrap().open_api_v3_schema.unwrap();
    let mut found = Vec::new();
    below("spec", &root.properties.unwrap()["spec"], &mut found);
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
    let fields = fields();
    assert!(fields.len() > 15, "{}", fields.len());
    for (path, field, _) in fields {
        assert_eq!(COSTS.iter().filter(|cost| text(&field).contains(**cost)).count(), 1, "{path}: {}", text(&field));
    }
}

#[test]
fn every_field_that_may_be_left_out_says_its_default() {
    for (path, field, is_optional) in fields() {
        let says = text(&field).contains("Default: ") || text(&field).contains(" (default): ");
        assert_eq!(says, is_optional, "{path}: {}", text(&field));
    }
}

#[test]
fn every_value_of_an_enum_has_a_line_of_its_own() {
    let mut enums = 0;
    for (path, field, _) in fields() {
        let Some(values) = &field.enum_ else { continue };
        enums += 1;
        let lines: Vec<&str> = text(&field).lines().collect();
        for (n, value) in values.iter().enumerate() {
            let value = value.0.as_str().unwrap();
            let begins = if n == 0 { format!("{value} (default): ") } else { format!("{value}: ") };
            let is_told = lines.iter().any(|line| line.starts_with(&begins));
            assert!(is_told, "{path} has no line for {value}:\n{}", text(&field));
        }
    }
    assert_eq!(enums, 7);
}
