//! The invariants hold in every state of every configuration, and every mutant breaks the one that it should. The
//! configuration of a mutant is one of the others, in which nothing breaks without the mutant.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::{self, Config};
use crate::invariants::name;
use crate::mutants::{self, Mutant};
use crate::search::{Found, search};
use crate::{config_handover, config_pods, print};

/// Runs `work` for the numbers up to `count`, on two threads.
fn on_two_threads<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    let result = work(index);
                    results.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn complaint(config: &Config, mutant: Option<&Mutant>, found: &Found) -> Option<String> {
    let (breach, moves) = found.breach.as_ref()?;
    Some(format!(
        "{}: invariant {} ({}): {}\n{}",
        config.name,
        breach.invariant,
        name(breach.invariant),
        breach.what,
        print::trace(config, mutant, moves)
    ))
}

/// Steps that some configuration must decide, or the model proves nothing about them. Steps for a missing or different
/// cluster, for defaults and for used-up names are left out.
const STEPS: [&str; 44] = [
    "AddFinalizer",
    "Create CloseGap",
    "Create First",
    "Create PutBack",
    "Create Replace",
    "Delete Approved",
    "Delete Gap",
    "Delete Leftover",
    "Delete ObjectDeleted",
    "Delete Superseded",
    "Delete TimedOut",
    "Delete Unhealthy",
    "DropFinalizer ProfilesGone",
    "Evict Move",
    "Evict Pending",
    "Record Closed",
    "Record Cluster",
    "Record Drain",
    "Record Failed",
    "Record Previous",
    "Record Recovered",
    "Record Unhealthy",
    "Rest AwaitingApproval",
    "Rest BackOff",
    "Rest Doubtful",
    "Rest Draining Bounced",
    "Rest Draining Losing",
    "Rest Draining Pods",
    "Rest Draining Probing",
    "Rest Draining Unhealthy",
    "Rest NoFreeSlot",
    "Rest PodsUnknown",
    "Rest Quiet",
    "Rest Settled",
    "Rest Settling",
    "Rest Stalled NameTaken",
    "Rest Stalled OwnershipLost",
    "Rest Stalled ReplacementFailed",
    "Rest Stalled ReplacementUnhealthy",
    "Rest Suspended",
    "Rest UnderWay",
    "Tag Adopt",
    "Tag Drift",
    "Tag Release",
];

/// `MODEL=words` runs only the configurations and mutants whose name contains the words.
fn is_asked_for(name: &str) -> bool {
    std::env::var("MODEL").map_or(true, |words| name.contains(&words))
}

/// Every configuration once, including those of mutants.
fn configs() -> Vec<Config> {
    let mut configs: Vec<Config> =
        config::all().into_iter().chain(config_pods::all()).chain(config_handover::all()).collect();
    for mutant in mutants::all() {
        if !mutant.config.vast && !configs.iter().any(|config| config.is_like(&mutant.config)) {
            configs.push(Config { name: mutant.name, ..mutant.config });
        }
    }
    configs.retain(|config| is_asked_for(config.name));
    configs
}

#[test]
fn the_invariants_hold_in_every_state() {
    let configs = configs();
    let all = on_two_threads(configs.len(), |index| {
        let found = search(&configs[index], None);
        let config = &configs[index];
        println!(
            "{:<32} | {:>8} states | {:>6} situations | depth {:>3} | {:>5.1} s",
            config.name,
            found.states,
            found.situations,
            found.depth,
            found.took.as_secs_f64()
        );
        if let Some(complaint) = complaint(config, None, &found) {
            println!("{complaint}");
        }
        found
    });
    let states: usize = all.iter().map(|found| found.states).sum();
    println!("{states} states in all");
    let mut steps = std::collections::BTreeMap::<&String, usize>::new();
    for (step, times) in all.iter().flat_map(|found| &found.steps) {
        *steps.entry(step).or_default() += times;
    }
    println!("steps decided on: {steps:#?}");
    let never: Vec<&&str> = STEPS.iter().filter(|step| !steps.contains_key(&(**step).to_owned())).collect();
    let complaints: Vec<String> =
        configs.iter().zip(&all).filter_map(|(config, found)| complaint(config, None, found)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
    assert!(never.is_empty() || std::env::var("MODEL").is_ok(), "never decided on: {never:?}");
}

#[test]
fn every_mutant_breaks_the_invariant_it_is_meant_to() {
    let mutants: Vec<Mutant> = mutants::all().into_iter().filter(|mutant| is_asked_for(mutant.name)).collect();
    let all = on_two_threads(mutants.len(), |index| {
        let mutant = &mutants[index];
        let found = search(&mutant.config, Some(mutant));
        let caught = found.breach.as_ref().map_or("NOT CAUGHT".to_owned(), |(breach, moves)| {
            format!("{} ({}) | {} moves", breach.invariant, name(breach.invariant), moves.len())
        });
        println!("{:<70} | {caught} | {} states", mutant.name, found.states);
        found
    });
    let mut wrong = Vec::new();
    for (mutant, found) in mutants.iter().zip(&all) {
        if found.breach.as_ref().is_none_or(|(breach, _)| breach.invariant != mutant.breaks) {
            let how = complaint(&mutant.config, Some(mutant), found).unwrap_or_default();
            wrong.push(format!("{} should break {}: {how}", mutant.name, mutant.breaks));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
