//! Faults on order that answer with an error or close the connection.

use eks_simulator::{ClusterSettings, Effect, Fault, Operation};

use crate::caller::{seconds, standing, with_active};

#[tokio::test]
async fn each_ordered_error_has_the_status_and_code_of_the_model() {
    let (eks, caller) = with_active("web").await;
    let other = Effect::Error {
        status: 418,
        code: Some("TeapotException".to_owned()),
        message: "{cluster} has {profile}".to_owned(),
    };
    for (effect, status, code, message) in [
        (Effect::Throttled, 429, "ThrottlingException", "Rate exceeded"),
        (Effect::ServerError, 500, "ServerException", "Internal server error"),
        (Effect::Unavailable, 503, "ServiceUnavailableException", "Service is temporarily unavailable"),
        (
            Effect::PropagationDelay,
            428,
            "ResourcePropagationDelayException",
            "Required service-linked roles were created and are still propagating. Retry later.",
        ),
        (
            Effect::UpdateInProgress,
            409,
            "ResourceInUseException",
            "Cannot Delete Fargate Profile web because cluster prod currently has an update in progress",
        ),
        (
            Effect::AccessDenied,
            403,
            "AccessDeniedException",
            "User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: eks:DeleteFargateProfile on resource: arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/web/* because no identity-based policy allows the eks:DeleteFargateProfile action",
        ),
        (other, 418, "TeapotException", "prod has web"),
    ] {
        eks.add_fault(Fault::new(effect).times(1));
        caller.delete("web").await.is_refused(status, code, message);
        assert_eq!(caller.status("web").await, "ACTIVE");
    }
}

#[tokio::test]
async fn a_page_of_html_has_no_error_code() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::HtmlError));
    let answer = caller.describe("web").await;
    assert_eq!((answer.status, answer.error, answer.content_type.as_str()), (500, None, "text/html"));
    assert!(answer.text.starts_with("<html>"));
}

#[tokio::test]
async fn a_fault_befalls_only_the_operations_clusters_and_profiles_it_is_for() {
    let (eks, caller) = with_active("web-1").await;
    eks.add_cluster(ClusterSettings::named("other"));
    let on_web = Fault::new(Effect::Throttled).on([Operation::DescribeFargateProfile]).cluster("pro?").profile("web-*");
    eks.add_fault(on_web);
    assert_eq!(caller.describe("web-1").await.status, 429);
    assert_eq!(caller.describe("api").await.status, 404);
    assert_eq!(caller.get("/clusters/prod/fargate-profiles").await.status, 200);
    assert_eq!(caller.get("/clusters/other/fargate-profiles/web-1").await.status, 404);
}

#[tokio::test]
async fn a_fault_on_a_creation_is_chosen_by_the_name_in_its_body() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::ServerError).profile("web"));
    assert_eq!(caller.create_named("web").await.status, 500);
    caller.create_named("api").await.ok();
}

#[tokio::test]
async fn a_fault_can_be_for_the_nth_call_for_n_calls_and_for_a_while() {
    let (eks, caller) = standing().await;
    let mut statuses = Vec::new();
    eks.add_fault(Fault::new(Effect::Throttled).nth(3));
    for _ in 0..4 {
        statuses.push(caller.get("/clusters").await.status);
    }
    eks.add_fault(Fault::new(Effect::ServerError).times(2));
    for _ in 0..3 {
        statuses.push(caller.get("/clusters").await.status);
    }
    eks.add_fault(Fault::new(Effect::Unavailable).lasting(seconds(10)));
    statuses.push(caller.get("/clusters").await.status);
    eks.advance(seconds(9));
    statuses.push(caller.get("/clusters").await.status);
    eks.advance(seconds(1));
    statuses.push(caller.get("/clusters").await.status);
    assert_eq!(statuses, [200, 200, 429, 200, 500, 500, 200, 503, 503, 200]);
    assert_eq!(eks.faults(), []);
}

#[tokio::test]
async fn of_several_faults_each_counts_and_the_first_ordered_befalls_before_the_others() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::Throttled).nth(2));
    eks.add_fault(Fault::new(Effect::ServerError).nth(2));
    eks.add_fault(Fault::new(Effect::Unavailable).nth(3));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(caller.get("/clusters").await.status);
    }
    assert_eq!(statuses, [200, 429, 500, 503]);
}

#[tokio::test]
async fn a_fault_of_some_probability_befalls_that_part_of_the_calls_and_the_same_ones_with_the_same_seed() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let (eks, caller) = standing().await;
        eks.add_fault(Fault::new(Effect::Throttled).probability(0.1).seed(seed));
        let mut statuses = Vec::new();
        for _ in 0..300 {
            statuses.push(caller.get("/clusters").await.status);
        }
        let befallen = statuses.iter().filter(|status| **status == 429).count();
        assert!((15..=45).contains(&befallen), "{befallen} of 300");
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn a_fault_can_be_taken_away() {
    let (eks, caller) = standing().await;
    let id = eks.add_fault(Fault::new(Effect::Throttled));
    assert_eq!(caller.get("/clusters").await.status, 429);
    assert!(eks.remove_fault(id) && !eks.remove_fault(id));
    assert_eq!(caller.get("/clusters").await.status, 200);
    eks.set_faults([Fault::new(Effect::Throttled), Fault::new(Effect::ServerError)]);
    eks.set_faults([Fault::new(Effect::Unavailable)]);
    assert_eq!(caller.get("/clusters").await.status, 503);
}

#[tokio::test]
async fn a_cut_call_is_not_carried_out() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::Cut).on([Operation::CreateFargateProfile]));
    let body = serde_json::json!(eks_simulator::ProfileSpec::named("web")).to_string();
    caller.send("POST", "/clusters/prod/fargate-profiles", body).await.unwrap_err();
    assert_eq!(caller.describe("web").await.status, 404);
}

#[tokio::test]
async fn a_lost_reply_is_of_a_call_that_was_carried_out() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::LoseReply).on([Operation::CreateFargateProfile]));
    let body = serde_json::json!(eks_simulator::ProfileSpec::named("web")).to_string();
    caller.send("POST", "/clusters/prod/fargate-profiles", body).await.unwrap_err();
    assert_eq!(caller.status("web").await, "CREATING");
}
