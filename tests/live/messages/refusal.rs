//! What the API server refuses: a manifest and what its author reads on the terminal.

use bed::Bed;
use bed::kubectl::Kubectl;
use serde_json::{Value, json};

use crate::support::{BedExt, profile, until};

/// One row of the table: bad input.
pub struct Refusal {
    /// A sentence.
    pub situation: &'static str,
    /// The manifest that is refused.
    pub manifest: Value,
    /// The spec that the object has already, where the change is what is refused.
    before: Option<Value>,
    typed: &'static [&'static [&'static str]],
    /// All that is said, but for the words that every refusal begins with.
    pub says: String,
}

/// What most people type.
const APPLY: &[&[&str]] = &[&["apply"]];
/// Client-side `kubectl apply` drops nulls before the API server sees them; every other way in is told.
const KEEPING_NULLS: &[&[&str]] = &[&["create"], &["apply", "--server-side"]];

/// A row: an object of this name with this spec, besides the selector that each needs.
pub fn refused(situation: &'static str, name: &str, spec: Value, says: impl Into<String>) -> Refusal {
    Refusal { situation, manifest: with(name, spec), before: None, typed: APPLY, says: says.into() }
}

impl Refusal {
    /// The object was there with this spec.
    pub fn changed_from(mut self, spec: Value) -> Self {
        self.before = Some(spec);
        self
    }

    /// The manifest holds nulls.
    pub fn with_nulls(mut self) -> Self {
        self.typed = KEEPING_NULLS;
        self
    }

    /// The manifest is this, whatever it lacks.
    pub fn of(mut self, manifest: Value) -> Self {
        self.manifest = manifest;
        self
    }

    fn verdicts(&self, bed: &Bed) -> Vec<String> {
        if let Some(before) = &self.before {
            bed.apply(&with(self.manifest["metadata"]["name"].as_str().unwrap(), before.clone()));
        }
        self.typed.iter().map(|verb| verdict(&bed.kubectl(), verb, &self.manifest)).collect()
    }
}

/// An object with this spec beside a selector.
pub fn with(name: &str, spec: Value) -> Value {
    let mut object = profile(name, "web");
    for (field, value) in spec.as_object().unwrap() {
        object["spec"][field] = value.clone();
    }
    object
}

/// What kubectl says of a manifest with `--dry-run=server`, without what is the same in every refusal.
pub fn verdict(kubectl: &Kubectl, verb: &[&str], manifest: &Value) -> String {
    const NOT_ALL_CHECKED: &str = "\n* <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
    let words = [verb, &["--dry-run=server", "-f", "-"]].concat();
    let message = match kubectl.input(&words, &manifest.to_string()) {
        Ok(_) => return "accepted".to_owned(),
        Err(error) => error.to_string(),
    };
    let name = manifest["metadata"]["name"].as_str().unwrap();
    match message.strip_prefix(&format!("The FargateProfile \"{name}\" is invalid: ")) {
        Some(rest) => rest.trim_end_matches(NOT_ALL_CHECKED).trim_start_matches("\n* ").to_owned(),
        None => message,
    }
}

/// Every row that is not so, told at once.
pub async fn check(bed: &Bed, rows: Vec<Refusal>) {
    let six = with("six", json!({ "selectors": vec![json!({ "namespace": "web" }); 6] }));
    until("the policies work", || verdict(&bed.kubectl(), &["apply"], &six) != "accepted").await;
    let wrong: Vec<String> = rows
        .iter()
        .flat_map(|row| row.verdicts(bed).into_iter().map(move |verdict| (row, verdict)))
        .filter(|(row, verdict)| *verdict != row.says)
        .map(|(row, verdict)| format!("{}:\n   is: {verdict}\n  not: {}", row.situation, row.says))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
