//! Where lives are lived: a bed with other people's profiles in its cluster, the wire, and an operator that is kept running.

use bed::wire::Keeper;
use bed::{Bed, CLUSTER, Wire};
use eks_simulator::{Profile, ProfileSpec, ProfileStatus};
use fargate_operator::api::{TAG_INSTALLATION, TAG_OWNER};

use super::life::{Ending, Life, live};
use crate::pace::swift;

/// The stage.
pub struct Stage {
    pub bed: Bed,
    pub wire: Wire,
    keeper: Keeper,
    foreign: Vec<Profile>,
}

impl Stage {
    pub async fn set() -> Self {
        let mut bed = Bed::without_operator(swift()).await.unwrap();
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
