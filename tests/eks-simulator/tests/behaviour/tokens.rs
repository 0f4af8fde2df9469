//! `clientRequestToken`.

use eks_simulator::{Choices, ProfileSpec, Simulator, TokenReplay};

use crate::caller::{seconds, standing};

fn with_token(name: &str) -> ProfileSpec {
    ProfileSpec { client_request_token: Some("t-1".to_owned()), ..ProfileSpec::named(name) }
}

fn choose(eks: &Simulator, token_replay: TokenReplay) {
    eks.set_choices(Choices { token_replay, ..Choices::default() });
}

#[tokio::test]
async fn a_repeated_token_is_answered_with_the_profile_it_made_while_that_exists() {
    let (eks, caller) = standing().await;
    let first = caller.create(&with_token("web")).await.ok();
    eks.advance(seconds(300));
    let again = caller.create(&with_token("web")).await.ok();
    assert_eq!(again["fargateProfile"]["status"], "ACTIVE");
    assert_eq!(first["fargateProfile"]["fargateProfileArn"], again["fargateProfile"]["fargateProfileArn"]);
    caller.delete("web").await.ok();
    eks.advance(seconds(120));
    let anew = caller.create(&with_token("web")).await.ok();
    assert_ne!(first["fargateProfile"]["fargateProfileArn"], anew["fargateProfile"]["fargateProfileArn"]);
}

#[tokio::test]
async fn a_token_can_be_remembered_for_ever_so_that_nothing_is_created() {
    let (eks, caller) = standing().await;
    choose(&eks, TokenReplay::ForEver);
    let first = caller.create(&with_token("web")).await.ok();
    eks.advance(seconds(300));
    caller.delete("web").await.ok();
    eks.advance(seconds(120));
    assert_eq!(caller.create(&with_token("web")).await.ok(), first);
    assert_eq!(caller.describe("web").await.status, 404);
}

#[tokio::test]
async fn a_token_can_mean_nothing_so_that_the_name_is_taken() {
    let (eks, caller) = standing().await;
    choose(&eks, TokenReplay::Ignored);
    caller.create(&with_token("web")).await.ok();
    assert_eq!(caller.create(&with_token("web")).await.status, 409);
}

#[tokio::test]
async fn a_token_with_other_parameters_is_refused_and_one_of_a_refused_request_is_not_used_up() {
    let (eks, caller) = standing().await;
    assert_eq!(caller.create(&with_token("eks-web")).await.status, 400);
    caller.create(&with_token("web")).await.ok();
    eks.advance(seconds(300));
    assert_eq!(caller.create(&with_token("other")).await.status, 400);
}
