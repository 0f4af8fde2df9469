//! Where lives are lived: a bed with other people's profiles in its cluster, the wire, and an operator that is kept running.

use std::time::Duration;

use bed::wire::Keeper;
use bed::{Bed, CLUSTER, Options, Wire};
use eks_simulator::{ClusterSettings, Profile, ProfileSpec, ProfileStatus};
use fargate_operator::api::{TAG_INSTALLATION, TAG_OWNER};

use super::life::{Ending, Life, live};

/// How many times as fast as EKS.
pub const SCALE: f64 = 300.0;
/// The operator's time limit for a call, real.
const TIMEOUT: Duration = Duration::from_millis(1000);
/// Its quiet time, real: the time limit, and more than a loaded machine is late by.
const QUIET: Duration = Duration::from_millis(1500);
/// How late calls and looks may be, real, so that quiet time covers them.
pub const LATENESS: Duration = Duration::from_millis(400);

/// The stage.
pub struct Stage {
    pub bed: Bed,
    pub wire: Wire,
    keeper: Keeper,
    foreign: Vec<Profile>,
}

impl Stage {
    pub async fn set() -> Self {
        let cluster =
            ClusterSettings::named(CLUSTER).creating(Duration::from_secs(20)).deleting(Duration::from_secs(10));
        let scaled = |real: Duration| format!("{}ms", real.mul_f64(SCALE).as_millis());
        let environment = vec![
            // A time limit does not scale below two seconds; this one is real.
            ("FARGATE_OPERATOR_OPERATION_TIMEOUT".to_owned(), format!("{}ms", TIMEOUT.as_millis())),
            ("FARGATE_OPERATOR_QUIET".to_owned(), scaled(QUIET)),
        ];
        let options = Options { time_scale: SCALE, cluster, environment, ..Options::default() };
        let mut bed = Bed::without_operator(options).await.unwrap();
        let foreign = strangers(&bed);
        let (wire, keeper) = Wire::lay(bed.operator_settings()).await.unwrap();
        Self { bed, wire, keeper, foreign }
    }

    /// Lives one life, and tells how it stood in the middle. Ends with a panic if anything is not as it must be.
    pub async fn live(&mut self, life: &Life) -> Ending {
        let ending = tokio::select! {
            ending = live(life, &self.bed, &self.wire) => ending,
            end = self.keeper.keep() => panic!("{:#}", end.unwrap_err()),
        };
        assert_eq!(
            self.bed.eks().profiles(CLUSTER),
            self.foreign,
            "foreign profiles were touched, or an orphan is left"
        );
        ending
    }
}

/// Profiles that the operator must not touch, one of them of an operator elsewhere whose object bears a name of ours.
fn strangers(bed: &Bed) -> Vec<Profile> {
    let tagged = |installation: &str| {
        ProfileSpec::named("stranger").tagged(TAG_OWNER, "life-1").tagged(TAG_INSTALLATION, installation)
    };
    for spec in
        [ProfileSpec::named("0-first"), ProfileSpec::named("life"), tagged("elsewhere"), ProfileSpec::named("z-last")]
    {
        bed.eks().outsider().place_profile(CLUSTER, spec, ProfileStatus::Active).unwrap();
    }
    bed.eks().profiles(CLUSTER)
}
