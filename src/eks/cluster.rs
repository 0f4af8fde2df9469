//! An EKS cluster, from DescribeCluster.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    pub name: String,
    /// `arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME`.
    pub arn: String,
    /// The certificate authority of its API server, base64 of PEM. It shows whether the operator runs in this cluster.
    pub certificate_authority: Option<String>,
}

impl Cluster {
    /// Region and account, from the ARN.
    pub fn region_and_account(&self) -> Option<(&str, &str)> {
        let mut parts = self.arn.split(':').skip(3);
        Some((parts.next()?, parts.next()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_and_account_are_read_from_the_arn() {
        let mut cluster = Cluster {
            name: "prod".into(),
            arn: "arn:aws:eks:us-west-2:111122223333:cluster/prod".into(),
            certificate_authority: None,
        };
        assert_eq!(cluster.region_and_account(), Some(("us-west-2", "111122223333")));
        cluster.arn = "garbage".into();
        assert_eq!(cluster.region_and_account(), None);
    }
}
