//! What the checks cost in calls to AWS.

use std::time::Duration;

use bed::Bed;
use eks_simulator::Operation;

use super::with_checks;
use crate::support::{BedExt, profile, quick, until};

/// Twelve calls a round, of which there are two an hour, and the first.
const MOST_AN_HOUR: usize = 40;

#[tokio::test]
async fn ten_settled_profiles_share_two_rounds_of_calls_an_hour() {
    let mut options = quick(240.0);
    options.cluster = options.cluster.profile_quota(10);
    let bed = Bed::start(with_checks(options)).await.unwrap();
    let names: Vec<String> = (0..10).map(|n| format!("web-{n}")).collect();
    for name in &names {
        bed.create(&profile(name, name)).await;
    }
    for name in &names {
        bed.settled(name).await;
    }
    let asked = || bed.eks().calls(&Operation::PREREQUISITES).len();
    let (before, began) = (asked(), bed.eks().now());
    let hour = Duration::from_secs(3600);
    until("an hour has passed", || bed.eks().now() >= began + hour).await;
    let an_hour = asked() - before;
    println!("ten settled profiles: {an_hour} calls an hour to EC2 and IAM and about the role's access");
    assert!(an_hour > 0 && an_hour <= MOST_AN_HOUR, "{an_hour}");
}
