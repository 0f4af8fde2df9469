//! From manifests and forecasts to the answer. Pure.

use std::collections::BTreeMap;

use kube::ResourceExt;
use serde_json::{Value, json};

use super::answer::{Answer, Handover, ObjectPlan, Verdict, Waiting};
use super::apply::Applied;
use super::state::State;
use super::{fields, risk};
use crate::api::{APPROVE_ANNOTATION, ConditionType, FargateProfile, RETRY_ANNOTATION, Reason};
use crate::forecast::{Forecast, Operation, Preview, World, forecast, forecast_in_order, preview};
use crate::intervals::DEFAULTS;
use crate::state::is_owned;

/// One EKS cluster with the manifests applied, and what happens then.
struct After<'a> {
    before: &'a World,
    world: World,
    forecast: Forecast,
    /// If the objects get their turns in the opposite order, and that makes a difference.
    opposite: Option<Forecast>,
}

/// What applying does.
pub(super) fn judge(state: &State, applied: &[Applied], other_kinds: usize) -> Answer {
    let afters: Vec<After<'_>> = state.worlds.iter().map(|world| After::of(state, world, applied)).collect();
    let objects: Vec<ObjectPlan> = applied.iter().map(|applied| object(state, &afters, applied)).collect();
    let forecasts = || afters.iter().map(|after| &after.forecast);
    let is_in = |name: &str| applied.iter().any(|applied| applied.name == name);
    let there = afters.iter().flat_map(|after| &after.before.objects).map(ResourceExt::name_any);
    let handovers = forecasts().flat_map(|forecast| &forecast.handovers);
    Answer {
        changes: objects.iter().any(|object| !matches!(object.verdict, Verdict::NoChange)),
        mutations: forecasts().flat_map(|forecast| forecast.mutations.clone()).collect(),
        mends: forecasts().flat_map(|forecast| forecast.mends.clone()).collect(),
        in_opposite_order: afters
            .iter()
            .filter(|_| afters.iter().any(|after| after.opposite.is_some()))
            .flat_map(|after| after.opposite.as_ref().unwrap_or(&after.forecast).mutations.clone())
            .collect(),
        handovers: handovers
            .map(|((from, to), pods)| Handover { from: from.clone(), to: to.clone(), pods: *pods })
            .collect(),
        seconds: forecasts().map(|forecast| forecast.seconds).max().unwrap_or_default(),
        is_open: forecasts().any(|forecast| forecast.is_open),
        not_in_manifests: there.filter(|name| !is_in(name)).collect(),
        other_kinds,
        notes: state.notes.clone(),
        objects,
    }
}

impl<'a> After<'a> {
    fn of(state: &State, before: &'a World, applied: &[Applied]) -> Self {
        let mut world = before.clone();
        for object in applied.iter().filter_map(|applied| applied.after.as_ref().ok()) {
            if state.cluster_of(object) == before.name {
                world.put(object.clone());
            }
        }
        let forecast = forecast(world.clone(), &DEFAULTS);
        let order: Vec<String> = applied.iter().rev().map(|applied| applied.name.clone()).collect();
        let lacks_slot = |name: &str| forecast.waits(name).is_some_and(|it| it.reason == Reason::NoFreeSlot.name());
        let takes_part = |name: &String| forecast.of(name).next().is_some() || lacks_slot(name);
        let order: Vec<String> = order.into_iter().filter(takes_part).collect();
        let opposite = (order.len() > 1).then(|| forecast_in_order(world.clone(), &DEFAULTS, &order));
        let opposite = opposite.filter(|opposite| calls(opposite) != calls(&forecast));
        Self { before, world, forecast, opposite }
    }
}

/// What is done for each object, whenever that is.
fn calls(forecast: &Forecast) -> BTreeMap<&str, Vec<(Operation, &str)>> {
    let mut calls: BTreeMap<&str, Vec<(Operation, &str)>> = BTreeMap::new();
    for it in &forecast.mutations {
        calls.entry(&it.object).or_default().push((it.operation, &it.profile));
    }
    calls
}

fn object(state: &State, afters: &[After<'_>], applied: &Applied) -> ObjectPlan {
    let Applied { name, before, after, warnings } = applied;
    let shown = after.as_ref().ok().or(before.as_ref());
    let cluster = shown.map(|object| state.cluster_of(object).to_owned()).unwrap_or_default();
    let found = afters.iter().find(|after| after.before.name == cluster);
    let mut plan = ObjectPlan {
        name: name.clone(),
        verdict: Verdict::Refused,
        cluster,
        fields: Vec::new(),
        replacement: None,
        strategy: shown.map(|object| format!("{:?}", object.spec.strategy())).unwrap_or_default(),
        mutations: Vec::new(),
        moves: 0,
        pods: found.map(|found| risk::of(found.before, name)).unwrap_or_default(),
        waits: None,
        not_foretold: None,
        refused: after.as_ref().err().cloned(),
        warnings: warnings.clone(),
        findings: Vec::new(),
        mends: Vec::new(),
    };
    if let (Ok(after), Some(found)) = (after, found) {
        foretell(&mut plan, before.as_ref(), after, found);
    }
    plan
}

/// What happens to an object that the API server takes.
fn foretell(plan: &mut ObjectPlan, before: Option<&FargateProfile>, after: &FargateProfile, found: &After<'_>) {
    let name = plan.name.as_str();
    plan.fields = fields::changes("", &before.map_or(Value::Null, wishes), &wishes(after));
    for change in &mut plan.fields {
        change.field = change.field.trim_start_matches('.').to_owned();
    }
    Preview { replacement: plan.replacement, findings: plan.findings } = preview(&found.world, after, &DEFAULTS);
    plan.mutations = found.forecast.of(name).cloned().collect();
    plan.moves = found.forecast.evicted.get(name).copied().unwrap_or_default();
    let waits = found.forecast.waits(name);
    plan.waits = waits.map(|it| Waiting { reason: it.reason.clone(), message: it.message.clone() });
    plan.mends = found.forecast.mends.iter().filter(|it| it.object == name).cloned().collect();
    let is_same_try = plan.fields.is_empty() && !plan.mutations.is_empty();
    plan.not_foretold = before.and_then(last_failure).filter(|_| is_same_try);
    let is_served = found.before.profiles.iter().any(|it| is_owned(it, name, &found.before.installation));
    plan.verdict = verdict(plan, is_served);
}

/// The failure of an object that is stalled. The forecast cannot see its cause, so the next try may fail in the same way.
fn last_failure(before: &FargateProfile) -> Option<String> {
    let conditions = &before.status.as_ref()?.conditions;
    let stalled = ConditionType::Stalled.holding(conditions)?;
    Some(format!("whether that succeeds now; it has failed so far ({}: {})", stalled.reason, stalled.message))
}

fn verdict(plan: &ObjectPlan, is_served: bool) -> Verdict {
    let awaits = plan.waits.as_ref().is_some_and(|it| it.reason == Reason::AwaitingApproval.name());
    let creates = |it: &crate::forecast::Mutation| {
        matches!(it.operation, Operation::CreateFargateProfile | Operation::DeleteFargateProfile)
    };
    match plan.mutations.as_slice() {
        [] if awaits => Verdict::AwaitingApproval,
        [] if plan.waits.is_some() && !plan.fields.is_empty() => Verdict::Stalled,
        [] if plan.fields.is_empty() => Verdict::NoChange,
        [] => Verdict::Settings,
        _ if !is_served => Verdict::Create,
        some if some.iter().any(creates) => Verdict::Replace,
        _ => Verdict::Tags,
    }
}

/// What an object asks of the operator.
fn wishes(object: &FargateProfile) -> Value {
    let mut wishes = json!({ "spec": object.spec });
    for key in [APPROVE_ANNOTATION, RETRY_ANNOTATION] {
        if let Some(value) = object.annotations().get(key) {
            wishes["metadata.annotations"][key] = json!(value);
        }
    }
    wishes
}
