//! Environment variables as settings: empty ones, as Helm and kustomize leave them behind, and ones that nobody knows.

use std::ffi::OsStr;

use clap::{Arg, Command};

/// What all variables of the operator's own begin with.
const PREFIX: &str = "FARGATE_OPERATOR_";

/// To these an empty value means something.
const MAY_BE_EMPTY: [&str; 1] = ["FARGATE_OPERATOR_ADMIN_LISTEN"];

/// The command as it would be if variables that are set to nothing were not set.
pub(super) fn without_empty(command: Command) -> Command {
    without(command, |name| std::env::var_os(name).is_some_and(|value| value.is_empty()))
}

fn without(command: Command, is_empty: impl Fn(&OsStr) -> bool + Copy) -> Command {
    let unset = move |arg: Arg| match arg.get_env() {
        Some(name) if is_empty(name) && !MAY_BE_EMPTY.iter().any(|may| OsStr::new(may) == name) => {
            arg.env(None::<&str>)
        }
        _ => arg,
    };
    command.mut_subcommands(|subcommand| subcommand.mut_args(unset))
}

/// The variables of the operator's own that it knows.
pub(super) fn known(command: &Command) -> Vec<String> {
    let arguments = command.get_subcommands().flat_map(Command::get_arguments);
    let names = arguments.filter_map(|arg| arg.get_env()?.to_str());
    names.filter(|name| name.starts_with(PREFIX)).map(str::to_owned).collect()
}

/// What to say of variables that look like the operator's and are not, a line each. No more than that: whoever goes back to an
/// older version should not have to mend the settings first.
pub(super) fn unknown(known: &[String], names: impl Iterator<Item = String>) -> Vec<String> {
    // Kubernetes sets variables for Services, such as for one called fargate-operator-metrics.
    let of_service = |name: &str| name.contains("_SERVICE_") || name.contains("_PORT");
    let mut strange: Vec<String> =
        names.filter(|name| name.starts_with(PREFIX) && !known.contains(name) && !of_service(name)).collect();
    strange.sort();
    strange.iter().map(|name| remark(name, known)).collect()
}

fn remark(name: &str, known: &[String]) -> String {
    let likeness = |other: &String| strsim::jaro(&name[PREFIX.len()..], &other[PREFIX.len()..]);
    let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|other| likeness(other) > 0.7);
    let hint = nearest.map_or_else(
        || "`fargate-operator run --help` lists those there are".to_owned(),
        |other| format!("the nearest one there is: {other}"),
    );
    format!("there is no setting {name}, so that it has no effect; {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    #[test]
    fn every_flag_of_run_with_a_value_is_a_variable_too() {
        let command = command();
        let run = command.find_subcommand("run").unwrap();
        for arg in run.get_arguments().filter(|arg| arg.get_action().takes_values()) {
            let env = arg.get_env().unwrap_or_else(|| panic!("{} has none", arg.get_id())).to_str().unwrap();
            let expected = format!("{PREFIX}{}", arg.get_long().unwrap().to_uppercase().replace('-', "_"));
            assert!(
                env == expected || ["AWS_REGION", "OTEL_EXPORTER_OTLP_ENDPOINT"].contains(&env),
                "{env}: {expected}"
            );
        }
    }

    #[test]
    fn an_empty_variable_is_not_set_but_where_that_says_something() {
        let command = without(command(), |_| true);
        let run = command.find_subcommand("run").unwrap();
        let left: Vec<_> = run.get_arguments().filter_map(|arg| arg.get_env()?.to_str()).collect();
        assert_eq!(left, MAY_BE_EMPTY);
    }

    #[test]
    fn an_unknown_variable_is_named_with_the_nearest_one_there_is() {
        let known = known(&command());
        let remarks = |name: &str| unknown(&known, std::iter::once(name.to_owned()));
        assert_eq!(
            remarks("FARGATE_OPERATOR_CLUSTERNAME"),
            ["there is no setting FARGATE_OPERATOR_CLUSTERNAME, so that it has no effect; the nearest one there is: \
              FARGATE_OPERATOR_CLUSTER_NAME"]
        );
        assert!(remarks("FARGATE_OPERATOR_XYZ")[0].ends_with("`fargate-operator run --help` lists those there are"));
        for fine in
            ["FARGATE_OPERATOR_LOG", "PATH", "FARGATE_OPERATOR_SERVICE_HOST", "FARGATE_OPERATOR_METRICS_PORT_8080_TCP"]
        {
            assert_eq!(remarks(fine), Vec::<String>::new(), "{fine}");
        }
    }
}
