//! What may follow the words typed, by clap's own tree of commands. Pure: what only a cluster knows is named, and not asked for.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::{Arg, Command, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};
use parking_lot::Mutex;

/// What may follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Follows {
    /// Words with what they mean, as far as the tree of commands knows them.
    pub(super) words: Vec<(String, String)>,
    pub(super) named: Option<Named>,
}

/// What somebody else has to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    FargateProfiles,
    Namespaces,
    Contexts,
    /// Files, which the shell knows best.
    Files,
}

/// Commands whose NAME is not that of a FargateProfile.
const OTHER_NAMES: [&str; 3] = ["explain", "plan", "import"];

/// The last word is the one that is being typed, and may be empty.
pub(super) fn follows(command: Command, words: &[OsString]) -> Follows {
    let named = Arc::new(Mutex::new(None));
    let mut command = marked(command, &named);
    let typed = [OsString::from("kubectl-fargate")].into_iter().chain(words.iter().cloned()).collect();
    let found = complete(&mut command, typed, words.len(), None).unwrap_or_default();
    let is_flag = words.last().is_some_and(|word| word.as_encoded_bytes().starts_with(b"-"));
    // Flags are offered only once a dash is typed.
    let fits = |word: &str| is_flag || !word.starts_with('-');
    let words = found.iter().filter_map(word).filter(|(word, _)| fits(word)).collect();
    // No name begins with a dash.
    let named = named.lock().take().filter(|_| !is_flag);
    Follows { words, named }
}

fn word(candidate: &CompletionCandidate) -> Option<(String, String)> {
    let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
    let first = help.lines().next().unwrap_or_default().to_owned();
    (!candidate.is_hide_set()).then_some((candidate.get_value().to_str()?.to_owned(), first))
}

/// The same commands, which note what they are asked for and do not know.
fn marked(command: Command, named: &Arc<Mutex<Option<Named>>>) -> Command {
    let command = command.mut_args(|arg| mark(arg, false, named));
    command.mut_subcommands(|subcommand| {
        let has_profiles = !OTHER_NAMES.contains(&subcommand.get_name());
        subcommand.mut_args(|arg| mark(arg, has_profiles, named))
    })
}

fn mark(arg: Arg, has_profiles: bool, named: &Arc<Mutex<Option<Named>>>) -> Arg {
    let Some(what) = what(&arg, has_profiles) else { return arg };
    let named = Arc::clone(named);
    arg.add(ArgValueCompleter::new(move |_: &OsStr| {
        *named.lock() = Some(what);
        Vec::new()
    }))
}

fn what(arg: &Arg, has_profiles: bool) -> Option<Named> {
    let is_file = matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath);
    match arg.get_long() {
        Some("context") => Some(Named::Contexts),
        Some("namespace") => Some(Named::Namespaces),
        _ if is_file => Some(Named::Files),
        None if arg.is_positional() && has_profiles => {
            let is_name = arg.get_value_names().into_iter().flatten().any(|name| name.as_str() == "NAME");
            is_name.then_some(Named::FargateProfiles)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        let name = || Arg::new("name").value_name("NAME");
        let global = |long: &'static str| Arg::new(long).long(long).global(true);
        Command::new("kubectl-fargate")
            .arg(global("namespace"))
            .arg(global("context"))
            .arg(global("kubeconfig").value_hint(ValueHint::AnyPath))
            .arg(global("color").value_parser(["always", "never"]))
            .subcommand(Command::new("wait").about("Waits").arg(name()))
            .subcommand(Command::new("explain").arg(name()))
            .subcommand(Command::new("__complete").hide(true))
    }

    fn after(words: &[&str]) -> (Vec<String>, Option<Named>) {
        let words: Vec<OsString> = words.iter().map(Into::into).collect();
        let follows = follows(command(), &words);
        (follows.words.into_iter().map(|(word, _)| word).collect(), follows.named)
    }

    #[test]
    fn every_command_about_fargate_profiles_has_their_names_offered() {
        for command in ["status", "get", "approve", "suspend", "resume", "retry", "wait"] {
            let words = [command, ""].map(OsString::from);
            let named = follows(crate::plugin::command(), &words).named;
            assert_eq!(named, Some(Named::FargateProfiles), "{command}");
        }
    }

    #[test]
    fn what_may_follow_is_known_or_named() {
        for (words, known, named) in [
            (&[""] as &[&str], &["wait", "explain", "help"] as &[&str], None),
            (&["wa"], &["wait"], None),
            (&["wait", ""], &[], Some(Named::FargateProfiles)),
            (&["--color", "never", "wait", "w"], &[], Some(Named::FargateProfiles)),
            (&["explain", ""], &[], None),
            (&["wait", "--namespace", ""], &[], Some(Named::Namespaces)),
            (&["--context", ""], &[], Some(Named::Contexts)),
            (&["--kubeconfig", "./"], &[], Some(Named::Files)),
            (&["wait", "--co"], &["--context", "--color"], None),
            (&["--color", ""], &["always", "never"], None),
        ] {
            let known = known.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
            assert_eq!(after(words), (known, named), "{words:?}");
        }
    }
}
