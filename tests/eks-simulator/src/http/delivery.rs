//! What becomes of a call: whether and when it is carried out, whether and when it is answered.

use serde_json::Value;

use super::{
    aws::{Reply, write},
    call::Call,
    ordered_error,
};
use crate::{
    ApiError, Effect,
    clock::Time,
    log::{CallRecord, Event, Origin},
    service,
    world::{World, agenda::Due, ordered::Befallen, past::Moment},
};

/// How a call is answered.
#[derive(Debug)]
pub(crate) enum Delivery {
    Now(Reply),
    At(Time, Reply),
    /// The connection closes.
    Close,
    /// The caller waits until it gives up.
    Never,
}

/// Decides on a call, carries it out if it is to be carried out now, and writes it to the log.
pub(crate) fn decide(world: &mut World, call: &Call) -> Delivery {
    let now = world.now;
    match world.faults.befall(call, now) {
        None => {
            let result = carry_out(world, call, None);
            answered(world, call, result, None)
        }
        Some(befallen) => suffer(world, call, befallen),
    }
}

fn suffer(world: &mut World, call: &Call, befallen: Befallen) -> Delivery {
    let effect = befallen.effect;
    let name = Some(effect.name().to_owned());
    let now = world.now;
    match effect {
        Effect::Slow { by } => {
            let result = carry_out(world, call, None);
            match answered(world, call, result, name) {
                Delivery::Now(reply) => Delivery::At(now + by, reply),
                other => other,
            }
        }
        Effect::Stale { by } => {
            let moment = now.checked_sub(by).map_or(Moment::Beginning, Moment::At);
            let result = carry_out(world, call, Some(moment));
            answered(world, call, result, name)
        }
        Effect::Frozen => {
            let result = carry_out(world, call, Some(befallen.ordered_at));
            answered(world, call, result, name)
        }
        Effect::Cut => {
            unanswered(world, call.record(None, None), name);
            Delivery::Close
        }
        Effect::LoseReply => {
            let result = carry_out(world, call, None);
            let record = call.record(result.as_ref().err(), Some(200));
            unanswered(world, record, name);
            Delivery::Close
        }
        Effect::Late { by, silent } => {
            let of = unanswered(world, call.record(None, None), name);
            let call = Box::new(call.clone());
            world.agenda.note(now + by, Due::CallArrives { call, of });
            if silent { Delivery::Never } else { Delivery::Close }
        }
        Effect::HtmlError => html(world, call, name),
        Effect::Throttled => refuse(world, call, name, ordered_error::throttled(call.service)),
        Effect::ServerError => refuse(world, call, name, ordered_error::server_error(call.service)),
        Effect::Unavailable => refuse(world, call, name, ordered_error::unavailable(call.service)),
        Effect::PropagationDelay => refuse(world, call, name, ordered_error::propagation_delay()),
        Effect::AccessDenied => {
            let error = ordered_error::access_denied(&world.identity, call);
            refuse(world, call, name, error)
        }
        Effect::UpdateInProgress => refuse(world, call, name, ordered_error::update_in_progress(call)),
        Effect::Error { status, code, message } => {
            refuse(world, call, name, ordered_error::other(call, status, code, &message))
        }
    }
}

fn refuse(world: &mut World, call: &Call, fault: Option<String>, error: ApiError) -> Delivery {
    let cluster = call.cluster.as_deref().unwrap_or_default();
    let error = error.about(cluster, call.profile.as_deref());
    answered(world, call, Err(error), fault)
}

fn carry_out(world: &mut World, call: &Call, as_of: Option<Moment>) -> Result<Value, ApiError> {
    service::answer(world, call, Origin::Call, as_of)
}

fn answered(world: &mut World, call: &Call, result: Result<Value, ApiError>, fault: Option<String>) -> Delivery {
    let reply = write(call, &result, world.choices.error_fields, world.chance.uuid());
    let record = CallRecord { fault, answered: true, ..call.record(result.as_ref().err(), Some(200)) };
    world.write(Event::Call(record));
    Delivery::Now(reply)
}

fn unanswered(world: &mut World, record: CallRecord, fault: Option<String>) -> u64 {
    world.write(Event::Call(CallRecord { fault, ..record }))
}

fn html(world: &mut World, call: &Call, fault: Option<String>) -> Delivery {
    let error = ApiError {
        status: 500,
        code: None,
        message: "<html><body><h1>500 Internal Server Error</h1></body></html>".to_owned(),
        cluster: None,
        profile: None,
    };
    let reply = Reply {
        status: 500,
        content_type: "text/html",
        error_code: None,
        request_id: world.chance.uuid(),
        body: error.message.clone(),
    };
    let record = CallRecord { fault, answered: true, ..call.record(Some(&error), None) };
    world.write(Event::Call(record));
    Delivery::Now(reply)
}
