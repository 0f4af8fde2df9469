//! The settings of mending: what the operator may make right beside Fargate profiles.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args as ClapArgs;

use super::{iam, values};
use crate::mending::{RoleSettings, Settings};

/// IAM allows 50 tags on a role (IAM User Guide, Tags for IAM resources). Some are left for the operator's own.
const MOST_TAGS: usize = 40;

/// What the operator mends beside Fargate profiles. By default nothing. The permissions for it are in deploy/iam/mending.json.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Mending")]
pub(in crate::cli) struct MendingArgs {
    /// Create a pod execution role for profiles whose spec has none, and delete it with its last profile. It replaces
    /// --default-pod-execution-role-arn.
    #[arg(long, env = "FARGATE_OPERATOR_MANAGED_POD_EXECUTION_ROLE", value_parser = values::switch)]
    managed_pod_execution_role: bool,

    /// Name of that role. Default: fargate-pods-REGION-CLUSTER.
    #[arg(long, env = "FARGATE_OPERATOR_MANAGED_ROLE_NAME", value_name = "NAME", value_parser = iam::role_name)]
    managed_role_name: Option<String>,

    /// IAM path of that role, which begins and ends with a slash. Default: /. According to the EKS user guide a pod execution role
    /// has no path: set one only if your account requires it, and check that pods start.
    #[arg(long, env = "FARGATE_OPERATOR_MANAGED_ROLE_PATH", value_name = "PATH", value_parser = iam::role_path)]
    managed_role_path: Option<String>,

    /// Permissions boundary of that role.
    #[arg(long, env = "FARGATE_OPERATOR_MANAGED_ROLE_PERMISSIONS_BOUNDARY", value_name = "ARN", value_parser = iam::policy_arn)]
    managed_role_permissions_boundary: Option<String>,

    /// Tags of that role, in addition to the operator's own.
    #[arg(long, env = "FARGATE_OPERATOR_MANAGED_ROLE_TAGS", value_name = "KEY=VALUE,…", value_delimiter = ',', value_parser = iam::role_tag)]
    managed_role_tags: Vec<(String, String)>,

    /// Create the access entry of a pod execution role if it is missing, and recreate it if it is older than the role.
    #[arg(long, env = "FARGATE_OPERATOR_RESTORE_ACCESS_ENTRIES", value_parser = values::switch)]
    restore_access_entries: bool,

    /// Move CoreDNS to Fargate when a profile selects it, and back when none does.
    #[arg(long, env = "FARGATE_OPERATOR_MOVE_COREDNS", value_parser = values::switch)]
    move_coredns: bool,
}

impl MendingArgs {
    /// Whether these go together, beside this default for pod execution roles.
    pub(super) fn check(&self, default_role: Option<&str>) -> Result<(), String> {
        match (self.managed_pod_execution_role, default_role) {
            (true, Some(arn)) => {
                return Err(format!(
                    "--managed-pod-execution-role (FARGATE_OPERATOR_MANAGED_POD_EXECUTION_ROLE) is true and \
                     --default-pod-execution-role-arn (FARGATE_OPERATOR_DEFAULT_POD_EXECUTION_ROLE_ARN) is {arn}: profiles that \
                     name no role have either the one or the other; leave one of the two out"
                ));
            }
            (true, None) => {}
            (false, _) => self.check_without_role()?,
        }
        self.check_tags()
    }

    /// What says how a role is made has no effect where none is.
    fn check_without_role(&self) -> Result<(), String> {
        let tags: Vec<String> = self.managed_role_tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let set = [
            ("name", "NAME", self.managed_role_name.clone()),
            ("path", "PATH", self.managed_role_path.clone()),
            ("permissions-boundary", "PERMISSIONS_BOUNDARY", self.managed_role_permissions_boundary.clone()),
            ("tags", "TAGS", Some(tags.join(",")).filter(|tags| !tags.is_empty())),
        ];
        match set.into_iter().find_map(|(flag, variable, value)| Some((flag, variable, value?))) {
            None => Ok(()),
            Some((flag, variable, value)) => Err(format!(
                "--managed-role-{flag} (FARGATE_OPERATOR_MANAGED_ROLE_{variable}) is {value} and --managed-pod-execution-role \
                 (FARGATE_OPERATOR_MANAGED_POD_EXECUTION_ROLE) is false: no role is created for which it could count; leave it \
                 out, or set --managed-pod-execution-role"
            )),
        }
    }

    fn check_tags(&self) -> Result<(), String> {
        let refused = |why: String| Err(format!("--managed-role-tags (FARGATE_OPERATOR_MANAGED_ROLE_TAGS) {why}"));
        let count = self.managed_role_tags.len();
        if count > MOST_TAGS {
            return refused(format!("has {count} tags: write at most {MOST_TAGS}, since IAM allows 50 on a role"));
        }
        // Keys that differ in case alone are the same to IAM (IAM User Guide, Tags for IAM resources).
        let mut keys = BTreeSet::new();
        match self.managed_role_tags.iter().find(|(key, _)| !keys.insert(key.to_lowercase())) {
            None => Ok(()),
            Some((key, _)) => refused(format!(
                "has the key {key} twice, and IAM does not tell keys apart by case: write each key once"
            )),
        }
    }

    pub(super) fn settings(self) -> Settings {
        let role = RoleSettings {
            name: self.managed_role_name,
            path: self.managed_role_path.unwrap_or_else(|| RoleSettings::default().path),
            permissions_boundary: self.managed_role_permissions_boundary,
            tags: BTreeMap::from_iter(self.managed_role_tags),
        };
        Settings {
            role: self.managed_pod_execution_role.then_some(role),
            access_entries: self.restore_access_entries,
            coredns: self.move_coredns,
        }
    }
}

/// Says at the start what is mended, if anything is.
pub(super) fn announce(settings: &Settings) {
    let Settings { role, access_entries, coredns } = settings;
    if *settings != Settings::default() {
        tracing::info!(pod_execution_role = role.is_some(), access_entries, coredns, "mending is on");
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        mending: MendingArgs,
    }

    fn read(flags: &[&str]) -> MendingArgs {
        Command::try_parse_from(["test"].iter().chain(flags)).unwrap().mending
    }

    #[test]
    fn nothing_is_mended_unless_it_is_asked_for() {
        let none = read(&[]);
        none.check(Some("arn")).unwrap();
        assert_eq!(none.settings(), Settings::default());
        let all = read(&["--managed-pod-execution-role", "--restore-access-entries", "--move-coredns"]);
        all.check(None).unwrap();
        let role = Some(RoleSettings::default());
        assert_eq!(all.settings(), Settings { role, access_entries: true, coredns: true });
    }

    #[test]
    fn a_role_has_the_name_path_boundary_and_tags_that_are_set() {
        let boundary = "arn:aws:iam::111122223333:policy/team/boundary";
        let read = read(&[
            "--managed-pod-execution-role",
            "--managed-role-name=pods",
            "--managed-role-path=/team/",
            &format!("--managed-role-permissions-boundary={boundary}"),
            "--managed-role-tags=team=a b,empty=,formula=x=y",
        ]);
        read.check(None).unwrap();
        let tags = [("team", "a b"), ("empty", ""), ("formula", "x=y")];
        let role = RoleSettings {
            name: Some("pods".to_owned()),
            path: "/team/".to_owned(),
            permissions_boundary: Some(boundary.to_owned()),
            tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        };
        assert_eq!(read.settings().role, Some(role));
    }

    #[test]
    fn so_many_tags_are_allowed_and_no_more() {
        let tags = |count: usize| (0..count).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
        let check = |count| {
            let tags = format!("--managed-role-tags={}", tags(count));
            read(&["--managed-pod-execution-role", &tags]).check(None)
        };
        check(MOST_TAGS).unwrap();
        assert!(check(MOST_TAGS + 1).unwrap_err().contains("has 41 tags: write at most 40"));
    }
}
