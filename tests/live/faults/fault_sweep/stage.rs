//! Where scenarios run: a bed with other people's profiles in its cluster, the proxies, and an operator that is kept running.

use bed::proxy::Supervisor;
use bed::{Bed, CLUSTER, Options, Proxies};
use eks_simulator::{Profile, ProfileSpec, ProfileStatus};
use fargate_operator::api::{TAG_INSTALLATION, TAG_OWNER};

use super::crowd::{self, Crowd};
use super::scenario::{Ending, Scenario, run};
use crate::support::speeds::swift;

/// The stage.
pub struct Stage {
    pub bed: Bed,
    pub proxies: Proxies,
    crowd: Option<Crowd>,
    supervisor: Supervisor,
    foreign: Vec<Profile>,
}

impl Stage {
    pub async fn set() -> Self {
        Self::with(swift(), None).await
    }

    /// One with Fargate and a Deployment.
    pub async fn set_with_pods() -> Self {
        Self::with(crowd::options(), Some(Crowd)).await
    }

    async fn with(options: Options, crowd: Option<Crowd>) -> Self {
        let bed = Bed::without_operator(options).await.unwrap();
        if let Some(crowd) = &crowd {
            crowd.gather(&bed).await;
        }
        Self { crowd, ..Self::on(bed).await }
    }

    /// One on this bed, whose operator does not run yet.
    pub async fn on(mut bed: Bed) -> Self {
        let foreign = strangers(&bed);
        let (proxies, supervisor) = Proxies::supervised(bed.operator_settings()).await.unwrap();
        Self { bed, proxies, crowd: None, supervisor, foreign }
    }

    /// Runs one scenario, and tells how things stood whenever they had settled. Ends with a panic if anything is not as it must be.
    pub async fn run(&mut self, scenario: &Scenario) -> Ending {
        let crowd = self.crowd;
        self.play(async |bed, proxies| run(scenario, bed, proxies, crowd.as_ref()).await).await
    }

    /// Runs a whole life while the operator is kept running.
    pub async fn play<T>(&mut self, life: impl AsyncFnOnce(&Bed, &Proxies) -> T) -> T {
        let ending = tokio::select! {
            ending = life(&self.bed, &self.proxies) => ending,
            end = self.supervisor.keep() => panic!("{:#}", end.unwrap_err()),
        };
        assert_eq!(
            self.bed.eks().profiles(CLUSTER),
            self.foreign,
            "foreign profiles were touched, or an orphan is left"
        );
        ending
    }
}

/// Profiles that the operator must not touch. One is of an operator elsewhere whose object bears a name of ours; it has
/// failed, which is what owned ones are deleted for before anything else.
fn strangers(bed: &Bed) -> Vec<Profile> {
    let place = |spec, status| bed.eks().outsider().place_profile(CLUSTER, spec, status).unwrap();
    for name in ["0-first", "life", "z-last"] {
        place(ProfileSpec::named(name), ProfileStatus::Active);
    }
    let namesake = ProfileSpec::named("stranger").tagged(TAG_OWNER, "life-1").tagged(TAG_INSTALLATION, "elsewhere");
    place(namesake, ProfileStatus::CreateFailed);
    bed.eks().profiles(CLUSTER)
}
