//! The checks. Pure: what they judge was gathered before.

mod aws;
mod crd;
mod eks_profiles;
mod kubelets;
mod objects;
mod operator;
mod pending;
mod prerequisites;
mod rights;
mod selectors;

use super::gather::Gathered;
use super::line::Line;

/// Everything that is to be said, in the order in which somebody would look for a cause.
pub(super) fn judge(gathered: &Gathered) -> Vec<Line> {
    let intervals = gathered.intervals();
    [
        crd::lines(&gathered.crd),
        operator::lines(&gathered.operators),
        operator::pods(&gathered.operator_pods),
        rights::of_operator(&gathered.operator_rights),
        rights::yours(&gathered.your_rights),
        aws::lines(&gathered.aws),
        prerequisites::lines(&gathered.objects, gathered.own_cluster()),
        objects::lines(&gathered.objects, gathered.at, &intervals),
        selectors::lines(&gathered.objects),
        eks_profiles::lines(&gathered.aws, &gathered.objects),
        pending::lines(&gathered.pending, gathered.at, &intervals),
        kubelets::lines(&gathered.kubelets, &gathered.control_plane),
    ]
    .concat()
}

/// The first few, and how many more there are.
fn few<T: AsRef<str>>(names: &[T]) -> String {
    const FEW: usize = 3;
    let first: Vec<&str> = names.iter().take(FEW).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(FEW) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// A number with its noun.
fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
