//! The bed that the tests share, and what they ask of a pod.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bed::testing::TestNamespace;
use bed::{Bed, Options};
use data_plane::{Settings, Webhook};
use k8s_openapi::api::core::v1::Pod;
use tokio::runtime::Runtime;
use tokio::sync::RwLock;

/// A minute passes in a second.
pub const SCALE: f64 = 60.0;

/// Longer than any test takes, and so never over before the test says so.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The bed and what it runs on. It ends with the process.
static SHARED: LazyLock<(Runtime, RwLock<Bed>)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let options = Options { time_scale: SCALE, fargate: Some(Settings::default()), ..Options::default() };
    let bed = runtime.block_on(Bed::without_operator(options)).unwrap();
    (runtime, RwLock::new(bed))
});

/// Has the shared bed run, so that it takes no control plane from a test that has one of its own.
pub fn set() {
    LazyLock::force(&SHARED);
}

/// Runs a test beside others.
pub fn shared(test: impl AsyncFnOnce(TestNamespace<'_>)) {
    let (runtime, bed) = &*SHARED;
    runtime.block_on(async {
        let bed = bed.read().await;
        test(a_namespace(&bed).await).await;
    });
}

/// Runs a test that changes what concerns every pod.
pub fn exclusive(test: impl AsyncFnOnce(TestNamespace<'_>)) {
    let (runtime, bed) = &*SHARED;
    runtime.block_on(async {
        let bed = bed.write().await;
        let fargate = bed.fargate().unwrap();
        // As an earlier test that failed may have left it.
        fargate.change(|switches| *switches = Settings::default().switches);
        fargate.failure_policy(Default::default()).await.unwrap();
        fargate.webhook(Webhook::Present).await.unwrap();
        test(a_namespace(&bed).await).await;
        fargate.change(|switches| *switches = Settings::default().switches);
        fargate.failure_policy(Default::default()).await.unwrap();
        fargate.webhook(Webhook::Present).await.unwrap();
        fargate.ec2(0).await.unwrap();
    });
}

/// One that no other test has.
async fn a_namespace(bed: &Bed) -> TestNamespace<'_> {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    TestNamespace::new(bed, &format!("test-{}", COUNT.fetch_add(1, Ordering::Relaxed))).await
}

/// The profile that took a pod.
pub fn taken_by(pod: &Pod) -> Option<&str> {
    pod.metadata.labels.as_ref()?.get(data_plane::PROFILE_LABEL).map(String::as_str)
}

pub fn scheduler(pod: &Pod) -> &str {
    pod.spec.as_ref().unwrap().scheduler_name.as_deref().unwrap()
}

pub fn node(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref()
}
