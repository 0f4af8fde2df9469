//! EKS profiles that no FargateProfile looks after: left over from one, of another installation, or of somebody else.

use kube::ResourceExt;

use super::super::gather::{Aws, EksCluster, Objects, Read, Seen};
use super::super::line::{Check, Line};
use super::few;
use crate::api::{TAG_INSTALLATION, TAG_OWNER};
use crate::eks::Profile;
use crate::state::is_of_installation;
use crate::state::ownership::managers;

const CHECK: Check = Check("eks-profiles", "EKS profiles");

pub(super) fn lines(aws: &Aws, objects: &Read<Objects>) -> Vec<Line> {
    let Aws::Asked { clusters, installation, region, .. } = aws else {
        return vec![CHECK.skip("not checked: AWS was not asked")];
    };
    let (installation, objects) = match (installation, objects) {
        (Ok(installation), Ok(objects)) => (installation, objects),
        (Err(missed), _) | (_, Err(missed)) => return vec![CHECK.missed(missed)],
    };
    let readable = objects.readable.iter().map(ResourceExt::name_any);
    let names: Vec<String> = readable.chain(objects.unreadable.iter().map(|(name, _)| name.clone())).collect();
    let of = |cluster: &EksCluster| match &cluster.seen {
        Ok(Some(seen)) => of_cluster(seen, cluster, region, installation, &names),
        // That is a line of its own.
        Ok(None) | Err(_) => Vec::new(),
    };
    clusters.iter().flat_map(of).collect()
}

fn of_cluster(seen: &Seen, cluster: &EksCluster, region: &str, installation: &str, objects: &[String]) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut ours, mut foreign) = (0, Vec::new());
    for profile in &seen.profiles {
        let owner = profile.tags.get(TAG_OWNER).map(String::as_str).unwrap_or_default();
        if is_of_installation(profile, installation) && objects.iter().any(|name| name == owner) {
            ours += 1;
        } else if is_of_installation(profile, installation) {
            lines.push(orphan(profile, owner, &cluster.name, region));
        } else if profile.tags.contains_key(TAG_INSTALLATION) {
            lines.push(of_another(profile, owner));
        } else {
            foreign.push(
                managers(profile).map_or_else(|| profile.name.clone(), |who| format!("{} by {who}", profile.name)),
            );
        }
    }
    let summary = match foreign.len() {
        0 => format!("{ours} of this operator, none of others"),
        others => format!("{ours} of this operator, {others} of others: {}", few(&foreign)),
    };
    lines.push(CHECK.ok(summary).about(format!("EKS profiles of {}", cluster.name)));
    lines
}

fn orphan(profile: &Profile, owner: &str, cluster: &str, region: &str) -> Line {
    let name = &profile.name;
    CHECK
        .warn(format!("orphaned: it was made for FargateProfile {owner}, which does not exist, and still takes pods"))
        .about(format!("EKS profile {name}"))
        .cure(format!("create FargateProfile {owner} again, or delete the EKS profile, which ends its pods:"))
        .command(format!(
            "aws eks delete-fargate-profile --region {region} --cluster-name {cluster} --fargate-profile-name {name}"
        ))
}

fn of_another(profile: &Profile, owner: &str) -> Line {
    CHECK
        .warn(format!(
            "it belongs to FargateProfile {owner} of another installation, such as one from before the cluster was restored"
        ))
        .about(format!("EKS profile {}", profile.name))
        .cure(
            "check whether the operator of another cluster uses this EKS cluster; if not, remove its tags that begin with \
             fargate-operator.dev/ (aws eks untag-resource), and adopt it with spec.adoption: IfUnowned",
        )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::super::gather::{Caller, Missed};
    use super::super::super::line::Level::{self, Ok as Good, Skip, Warn};
    use super::*;
    use crate::api::{FargateProfile, FargateProfileSpec};

    fn profile(name: &str, tags: &[(&str, &str)]) -> Profile {
        let tags: BTreeMap<_, _> = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Profile { tags, ..Profile::named(name) }
    }

    fn asked(profiles: Vec<Profile>) -> Aws {
        let seen = Ok(Some(Seen { profiles, ..Seen::default() }));
        Aws::Asked {
            caller: Ok(Caller { arn: "arn".into() }),
            region: "eu-west-1".into(),
            clusters: vec![EksCluster { name: "prod".into(), seen }],
            installation: Ok("us".into()),
        }
    }

    #[test]
    fn profiles_are_told_apart_by_their_tags() {
        let of =
            |owner: &'static str, installation: &'static str| [(TAG_OWNER, owner), (TAG_INSTALLATION, installation)];
        let aws = asked(vec![
            profile("web-9999", &of("web", "us")),
            profile("old-9999", &of("old", "us")),
            profile("theirs-9999", &of("web", "them")),
            profile("stack", &[("aws:cloudformation:stack-name", "net")]),
            profile("plain", &[]),
        ]);
        let readable = vec![FargateProfile::new("web", FargateProfileSpec::default())];
        let objects = Ok(Objects { readable, ..Objects::default() });
        let told = lines(&aws, &objects);
        let told: Vec<(Level, &str, bool)> =
            told.iter().map(|line| (line.level, line.about.as_str(), line.detail.starts_with("orphaned"))).collect();
        let expected = [
            (Warn, "EKS profile old-9999", true),
            (Warn, "EKS profile theirs-9999", false),
            (Good, "EKS profiles of prod", false),
        ];
        assert_eq!(told, expected);
        // With the tags it is not adopted.
        assert!(lines(&aws, &objects)[1].cure.as_deref().unwrap().contains(crate::api::TAG_PREFIX));
        let summary = &lines(&aws, &objects)[2].detail;
        assert_eq!(
            summary,
            "1 of this operator, 2 of others: stack by CloudFormation (aws:cloudformation:stack-name=net), plain"
        );
    }

    #[test]
    fn without_the_objects_no_profile_is_called_an_orphan() {
        let refused = Err(Missed { is_refused: true, why: "you may not list them".into() });
        let tags = [(TAG_OWNER, "old"), (TAG_INSTALLATION, "us")];
        let told = lines(&asked(vec![profile("old-9999", &tags)]), &refused);
        assert_eq!(told.iter().map(|line| line.level).collect::<Vec<_>>(), [Skip]);
        assert_eq!(lines(&Aws::Skipped(String::new()), &Ok(Objects::default()))[0].level, Skip);
    }
}
