//! Edits and reverts while a replacement is under way, under both strategies: the last spec wins, and no gap is wider or
//! more frequent than the strategy says.

use bed::Bed;
use eks_simulator::ProfileStatus;

use crate::support::objects::{delete_first, eks_has, namespace, selecting, serving, status};
use crate::support::oracle::{created, gaps, served_without_a_gap, story};
use crate::support::{BedExt, profile, quick};

/// DeleteFirst: `a` is changed to `b` and, when `web` has reached a state, to something else. Afterwards that is there.
async fn delete_first_edited(when: ProfileStatus, to: &str, expected_gaps: usize) {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    bed.patch("web", selecting("b")).await;
    eks_has(&bed, "web", when).await;
    bed.patch("web", selecting(to)).await;
    let object = bed.settled("web").await;
    assert_eq!((bed.names(), namespace(&bed, "web")), (vec!["web".to_owned()], to.to_owned()), "{}", story(&bed));
    assert_eq!((status(&object).previous, status(&object).failed_generation), (None, None));
    assert_eq!(gaps(&bed, "web").len(), expected_gaps, "{}", story(&bed));
    assert_eq!(created(&bed, "web").len(), 1 + expected_gaps, "{}", story(&bed));
    let warnings = bed.warnings(&object).await;
    assert!(warnings.iter().all(|text| text.starts_with("GapOpened")), "{warnings:?}");
}

#[tokio::test]
async fn delete_first_an_edit_while_the_old_one_is_deleting_goes_into_the_same_gap() {
    delete_first_edited(ProfileStatus::Deleting, "c", 1).await;
}

#[tokio::test]
async fn delete_first_an_edit_while_the_new_one_is_creating_follows_when_the_gap_is_closed() {
    delete_first_edited(ProfileStatus::Creating, "c", 2).await;
}

#[tokio::test]
async fn delete_first_a_revert_while_the_old_one_is_deleting_brings_it_back_in_the_same_gap() {
    delete_first_edited(ProfileStatus::Deleting, "a", 1).await;
}

#[tokio::test]
async fn delete_first_a_revert_while_the_new_one_is_creating_follows_when_the_gap_is_closed() {
    delete_first_edited(ProfileStatus::Creating, "a", 2).await;
}

/// CreateFirst: the same.
async fn create_first_edited(when: (&str, ProfileStatus), to: &str) {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    serving(&bed, &profile("web", "a")).await;
    bed.patch("web", selecting("b")).await;
    eks_has(&bed, when.0, when.1).await;
    bed.patch("web", selecting(to)).await;
    bed.settled("web").await;
    assert_eq!((bed.names(), namespace(&bed, "web-9997")), (vec!["web-9997".to_owned()], to.to_owned()));
    assert_eq!(created(&bed, "web"), ["web-9999", "web-9998", "web-9997"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn create_first_an_edit_while_the_old_one_is_deleting_leaves_no_moment_without_a_profile() {
    create_first_edited(("web-9999", ProfileStatus::Deleting), "c").await;
}

#[tokio::test]
async fn create_first_a_revert_while_the_new_one_is_creating_leaves_no_moment_without_a_profile() {
    create_first_edited(("web-9998", ProfileStatus::Creating), "a").await;
}

#[tokio::test]
async fn create_first_a_revert_while_the_old_one_is_deleting_leaves_no_moment_without_a_profile() {
    create_first_edited(("web-9999", ProfileStatus::Deleting), "a").await;
}

#[tokio::test]
async fn deleted_inside_the_gap_the_object_leaves_nothing_behind() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    for (name, when) in [("web", ProfileStatus::Deleting), ("api", ProfileStatus::Creating)] {
        serving(&bed, &delete_first(name, "a")).await;
        bed.patch(name, selecting("b")).await;
        eks_has(&bed, name, ProfileStatus::Deleting).await;
        eks_has(&bed, name, when).await;
        bed.delete(name).await;
        bed.gone(name).await;
        assert!(bed.names().is_empty(), "{}", story(&bed));
    }
    // Nobody waits for a gap whose object is gone.
    serving(&bed, &profile("next", "next")).await;
}
