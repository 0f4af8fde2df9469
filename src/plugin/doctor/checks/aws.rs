//! AWS: whether it answers and as whom, and whether the EKS clusters are there.

use super::super::gather::{Aws, EksCluster};
use super::super::line::{Check, Line};
use super::{count, few};

const CALLER: Check = Check("aws", "AWS");
const CLUSTER: Check = Check("eks-cluster", "EKS cluster");

pub(super) fn lines(aws: &Aws) -> Vec<Line> {
    let (caller, region, clusters) = match aws {
        Aws::Skipped(why) => return vec![CALLER.skip(why.as_str())],
        Aws::NoCredentials(why) => {
            let line = CALLER.skip(format!("no usable AWS credentials: {why}"));
            return vec![line.cure(LOG_IN).command("aws sso login")];
        }
        Aws::Asked { caller, region, clusters, .. } => (caller, region, clusters),
    };
    let caller = match caller {
        Ok(caller) => CALLER.ok(format!("you are {}", caller.arn)),
        Err(missed) => CALLER.missed(missed),
    };
    std::iter::once(caller).chain(clusters.iter().map(|it| cluster(it, region))).collect()
}

const LOG_IN: &str =
    "set AWS_PROFILE, or log in with an identity that may call eks:ListFargateProfiles and eks:DescribeFargateProfile:";

fn cluster(cluster: &EksCluster, region: &str) -> Line {
    let line = match &cluster.seen {
        Err(missed) => CLUSTER.missed(missed),
        Ok(None) => CLUSTER
            .fail(format!("there is none of this name in {region}, asked with your AWS credentials"))
            .cure("correct spec.clusterName or the operator's --cluster-name; to list the clusters:")
            .command(format!("aws eks list-clusters --region {region}")),
        Ok(Some(seen)) if !seen.undescribed.is_empty() => CLUSTER
            .warn(format!("Fargate profiles cannot be described: {}", few(&seen.undescribed)))
            .cure("allow eks:DescribeFargateProfile for your AWS credentials"),
        Ok(Some(seen)) => CLUSTER.ok(format!("in {region}, with {}", count(seen.profiles.len(), "Fargate profile"))),
    };
    line.about(format!("EKS cluster {}", cluster.name))
}

#[cfg(test)]
mod tests {
    use super::super::super::gather::{Caller, Missed, Seen};
    use super::super::super::line::Level::{Fail, Ok as Good, Skip, Warn};
    use super::*;

    #[test]
    fn a_cluster_that_is_not_there_fails_and_one_that_may_not_be_seen_does_not() {
        let missed = |is_refused| Missed { is_refused, why: "DescribeCluster".into() };
        let undescribed = Seen { undescribed: vec!["web".into()], ..Seen::default() };
        for (seen, level) in [
            (Ok(Some(Seen::default())), Good),
            (Ok(Some(undescribed)), Warn),
            (Ok(None), Fail),
            (Err(missed(true)), Skip),
            (Err(missed(false)), Warn),
        ] {
            let clusters = vec![EksCluster { name: "prod".into(), seen }];
            let caller = Ok(Caller { arn: "arn:aws:iam::1:user/me".into() });
            let told =
                lines(&Aws::Asked { caller, region: "eu-west-1".into(), clusters, installation: Ok(String::new()) });
            assert_eq!([told[0].level, told[1].level], [Good, level], "{told:?}");
            assert_eq!(told[1].about, "EKS cluster prod");
        }
    }

    #[test]
    fn a_login_is_advised_only_for_want_of_credentials() {
        for (aws, detail, cure) in [
            (Aws::Skipped("no operator was found".into()), "no operator was found", None),
            (
                Aws::NoCredentials("ExpiredToken".into()),
                "no usable AWS credentials: ExpiredToken",
                Some(LOG_IN.to_owned()),
            ),
        ] {
            let told = lines(&aws).remove(0);
            assert_eq!((told.level, told.detail.as_str(), told.cure), (Skip, detail, cure));
        }
    }
}
