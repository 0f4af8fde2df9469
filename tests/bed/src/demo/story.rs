//! The story: what happens, why, and what must be so afterwards.

use std::time::Duration;

use anyhow::Context;
use bed::Bed;
use bed::bed::CLUSTER;
use eks_simulator::{ProfileStatus, Selector};

use super::page::Page;
use super::scene::{Scene, serving};
use super::{LATE, PROFILES, WEB, claims, mending, why};

pub(super) const DEFAULT: &str = "fp-default";
const DEV: &str = "fp-dev";
const NEW: &str = "fp-late";
const MINUTE: Duration = Duration::from_secs(60);
/// The EKS tag by which the operator knows what it owns.
const OWNER: &str = "fargate-operator.dev/owner";

/// Tells it from beginning to end.
///
/// # Errors
/// If something does not come to pass, or is not as claimed; the message carries what tells why.
pub(super) async fn tell(bed: &mut Bed, pause: Duration) -> anyhow::Result<()> {
    let page = Page::new(bed.eks());
    page.paragraph(&format!(
        "What you see is a real Kubernetes API server, the operator, and a simulator that keeps the rules of EKS: a Fargate \
         profile takes minutes to create and to delete, only one such operation runs in a cluster at a time, and nothing \
         of a profile but its tags can be changed. Everything goes {} times as fast as on EKS; the clock on the left is \
         EKS's.\n\n\
         kubectl   what `kubectl get fp -w` prints\n\
         event     what `kubectl events` shows\n\
         pods      the Deployments, by their own status\n\
         EKS       the profiles that EKS has\n\
         checked   what has to be so, and is",
        bed.eks().time_scale()
    ))?;
    let mut scene = Scene::on(bed, page.clone(), pause);
    create(&mut scene).await?;
    tag(&mut scene).await?;
    serve(&mut scene).await?;
    replace(&mut scene).await?;
    subnets(&mut scene).await?;
    refuse(&mut scene).await?;
    mend(&mut scene).await?;
    delete(&mut scene).await?;
    why::is_it_not_on_fargate(&mut scene).await?;
    mending::from_nothing(&mut scene).await?;
    page.paragraph(&format!("\nThat was it. {} things had to be so, and all were.\n\n", scene.checked()))?;
    Ok(())
}

async fn create(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    scene
        .step(
            "1. Two profiles at once",
            "The two profiles of eksctl's documentation. EKS would refuse the second while the first is being created \
             (409 ResourceInUseException); here it waits for its turn.",
        )
        .await?;
    scene.kubectl(&["apply", "-f", PROFILES])?;
    let default = scene.settled(DEFAULT).await?;
    let dev = scene.settled(DEV).await?;
    scene.quiet().await;

    let eks = scene.eks();
    let selectors = |name: String| eks.profile(CLUSTER, &name).map(|profile| profile.selectors);
    let wanted = [selecting("default", &[]), selecting("kube-system", &[])];
    scene.claim(
        "fp-default is Ready and selects default and kube-system in EKS",
        selectors(serving(&default)?.0).is_some_and(|found| found == wanted),
    )?;
    scene.claim(
        "fp-dev is Ready and selects dev, env=dev, checks=passed in EKS",
        selectors(serving(&dev)?.0)
            .is_some_and(|found| found == [selecting("dev", &[("env", "dev"), ("checks", "passed")])]),
    )?;
    scene.claim("EKS was asked for one after the other", claims::one_at_a_time(&eks.log()))?;
    never_refused(scene)
}

async fn tag(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    scene.step("2. A tag", "Tags are the one thing that EKS changes in place. Nothing is replaced.").await?;
    let before = serving(&scene.settled(DEFAULT).await?)?;
    let from = seen_so_far(scene);
    scene.kubectl(&["patch", "fp", DEFAULT, "--type=merge", "-p", r#"{"spec":{"tags":{"team":"payments"}}}"#])?;
    let after = serving(&scene.settled(DEFAULT).await?)?;
    scene.quiet().await;

    let eks = scene.eks();
    let tagged = eks
        .profile(CLUSTER, &after.0)
        .is_some_and(|found| found.arn == before.1 && found.tags.get("team").is_some_and(|team| team == "payments"));
    scene.claim("the same profile, by its ARN, has the tag team=payments", before == after && tagged)?;
    scene.claim("nothing else happened in EKS", claims::only_tags_changed(&eks.log_since(from)))
}

async fn serve(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    scene
        .step(
            "3. Six pods",
            "A Deployment whose disruption budget lets one pod be away at a time. fp-dev matches its pods, and each runs on \
             Fargate.",
        )
        .await?;
    scene.kubectl(&["create", "namespace", "dev"])?;
    scene.kubectl(&["apply", "-f", WEB])?;
    scene.whole("dev", "web").await?;
    scene.quiet().await;
    scene.claim("all six pods are available", scene.lowest("web") == Some(6))
}

async fn replace(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    scene
        .step(
            "4. A selector",
            "EKS cannot change a selector, so the profile has to be replaced, and EKS ends the pods of a profile that is \
             deleted, whatever their budgets say. The operator creates the next one first. Its name sorts first (9998 \
             before 9999), and so EKS gives it every new pod. Then it evicts the pods of the old one, each when the one \
             before it runs again, and deletes the old one when nothing runs on it any more.",
        )
        .await?;
    let (old, old_arn) = serving(&scene.settled(DEV).await?)?;
    let from = seen_so_far(scene);
    let patch = r#"{"spec":{"selectors":[{"namespace":"dev","labels":{"env":"dev"}}]}}"#;
    scene.kubectl(&["patch", "fp", DEV, "--type=merge", "-p", patch])?;
    let (new, new_arn) = serving(&scene.settled(DEV).await?)?;
    scene.whole("dev", "web").await?;
    scene.quiet().await;

    let eks = scene.eks();
    let found = eks.profile(CLUSTER, &new).context("the profile that serves fp-dev is not in EKS")?;
    scene.claim(
        "a profile that sorts first serves fp-dev, with the new selector",
        new < old && found.arn == new_arn && found.selectors == [selecting("dev", &[("env", "dev")])],
    )?;
    scene.claim(
        "the old one was deleted only when the next one was ACTIVE",
        claims::new_before_old(&eks.log_since(from), &new_arn, &old_arn),
    )?;
    let timeline = eks.active_timeline(CLUSTER, OWNER, DEV);
    scene.claim(
        "from fp-dev's first ACTIVE profile on, no moment was without one",
        timeline.active.len() == 1 && timeline.gaps.is_empty(),
    )?;
    rode_through(scene)?;
    never_refused(scene)
}

async fn subnets(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    scene
        .step(
            "5. A subnet",
            "The same for the subnets: only where the pods run changes, and they ride through once more.",
        )
        .await?;
    let (old, _) = serving(&scene.settled(DEV).await?)?;
    let private = private_subnet(scene)?;
    scene.kubectl(&["patch", "fp", DEV, "--type=merge", "-p", &in_subnet(&private)])?;
    let (new, _) = serving(&scene.settled(DEV).await?)?;
    scene.whole("dev", "web").await?;
    scene.quiet().await;
    let found = scene.eks().profile(CLUSTER, &new).context("the profile that serves fp-dev is not in EKS")?;
    scene.claim("a profile with this one subnet serves fp-dev", new < old && found.subnets == [private])?;
    rode_through(scene)?;
    never_refused(scene)
}

fn rode_through(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    let lowest = scene.lowest("web");
    scene.claim("five of the six pods or more were available at every moment", lowest.is_some_and(|lowest| lowest >= 5))
}

fn private_subnet(scene: &Scene<'_>) -> anyhow::Result<String> {
    let subnets = scene.eks().cluster_settings(CLUSTER).context("the cluster has no settings")?.private_subnets;
    subnets.into_iter().next().context("the cluster has no private subnet")
}

fn in_subnet(subnet: &str) -> String {
    format!(r#"{{"spec":{{"subnets":["{subnet}"]}}}}"#)
}

async fn refuse(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    scene
        .step(
            "6. A change that would fail",
            "A subnet with a route to an internet gateway is no place for Fargate, and EKS would say so only when it is asked to \
             create the profile. The operator looks at the routes first: it says what is wrong, does not begin, and takes the \
             next edit at once.",
        )
        .await?;
    let before = serving(&scene.settled(DEV).await?)?;
    let from = seen_so_far(scene);
    let public = scene.eks().cluster_settings(CLUSTER).context("the cluster has no settings")?.public_subnets;
    let public = public.first().context("the cluster has no public subnet")?;
    scene.kubectl(&["patch", "fp", DEV, "--type=merge", "-p", &in_subnet(public)])?;
    let (reason, message) = scene.stalled(DEV).await?;
    scene.kubectl(&["wait", "fp", DEV, "--for=condition=Available", "--timeout=30s"])?;
    scene.quiet().await;
    scene.claim(
        &format!("Stalled is True with the reason {reason}, and names the subnet"),
        reason == "PrerequisitesNotMet" && message.contains(public.as_str()),
    )?;

    let private = private_subnet(scene)?;
    scene.kubectl(&["patch", "fp", DEV, "--type=merge", "-p", &in_subnet(&private)])?;
    let after = serving(&scene.settled(DEV).await?)?;
    scene.quiet().await;
    scene.claim(
        "taken back, fp-dev is Ready again; its profile is the one from before, and was ACTIVE all along",
        before == after && claims::only_tags_changed(&scene.eks().log_since(from)),
    )?;
    never_refused(scene)
}

async fn mend(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    scene
        .step(
            "7. A VPC without DNS host names",
            "EKS takes a profile there, and its first node is called fargate-null; all further pods stay Pending, and nothing says \
             why. Here the profile waits, and comes by itself when somebody has mended the VPC.",
        )
        .await?;
    let from = seen_so_far(scene);
    scene.eks().change_network(CLUSTER, |network| network.vpc.dns_hostnames = false)?;
    // What was asked a moment ago, for fp-dev, serves for a minute.
    let asked = scene.eks().now() + MINUTE;
    scene.eks().wait_for(|eks| eks.now() > asked).await;
    scene.kubectl(&["apply", "-f", LATE])?;
    let (reason, message) = scene.stalled(NEW).await?;
    scene.kubectl(&["get", "fp", NEW, "-o", "jsonpath={.status.findings}"])?;
    scene.quiet().await;
    scene.claim(
        &format!("Stalled is True with the reason {reason}, and says which command turns them on"),
        reason == "PrerequisitesNotMet" && message.contains("--enable-dns-hostnames"),
    )?;
    scene.claim("EKS has not been asked for the profile", claims::only_tags_changed(&scene.eks().log_since(from)))?;

    scene.eks().change_network(CLUSTER, |network| network.vpc.dns_hostnames = true)?;
    serving(&scene.settled(NEW).await?)?;
    scene.claim("turned on in the VPC, fp-late is Ready without another touch", true)?;
    scene.kubectl(&["delete", "fp", NEW, "--wait=false"])?;
    scene.gone(NEW).await?;
    scene.quiet().await;
    never_refused(scene)
}

async fn delete(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    scene
        .step(
            "8. The end of a profile",
            "A finalizer keeps the object until its profile is gone from EKS; then Kubernetes forgets it. No other profile \
             matches the pods: they go with it, as the event says.",
        )
        .await?;
    let kept = serving(&scene.settled(DEFAULT).await?)?;
    scene.kubectl(&["delete", "fp", DEV, "--wait=false"])?;
    scene.gone(DEV).await?;
    scene.quiet().await;

    let eks = scene.eks();
    let left: Vec<_> = eks.profiles(CLUSTER).into_iter().map(|found| (found.name, found.arn, found.status)).collect();
    scene.claim(
        "fp-dev is gone from Kubernetes, and EKS has no profile of it",
        left.iter().all(|one| one.0 == kept.0),
    )?;
    scene.claim(
        "fp-default is served by the same profile as before, ACTIVE",
        left == [(kept.0, kept.1, ProfileStatus::Active)],
    )?;
    never_refused(scene)
}

pub(super) fn never_refused(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    let refusals = claims::refusals(&scene.eks().log());
    anyhow::ensure!(refusals.is_empty(), "EKS answered 409:\n{}", refusals.join("\n"));
    scene.claim("EKS has never answered 409: nothing was asked for out of turn", true)
}

fn seen_so_far(scene: &Scene<'_>) -> u64 {
    scene.eks().log().last().map_or(0, |entry| entry.seq)
}

fn selecting(namespace: &str, labels: &[(&str, &str)]) -> Selector {
    Selector {
        namespace: Some(namespace.to_owned()),
        labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    }
}
