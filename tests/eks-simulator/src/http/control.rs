//! The control endpoint, `/_simulator/…`: [`Control`] over JSON.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    ApiError, Choices, ClusterSettings, Control, Fault, FaultId, Identity, PlannedOutcome, Role, RoleSettings,
    RoleTrust, Visibility,
};

/// The service's own error, sent as such.
pub(super) struct Refused(pub(super) ApiError);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(json!(self.0))).into_response()
    }
}

type Answer = Result<Json<Value>, Refused>;

/// Everything but the outsider.
pub(super) fn routes() -> Router<Control> {
    Router::new()
        .route("/", get(overview))
        .route("/log", get(log))
        .route("/advance", post(advance))
        .route("/clusters", post(add_cluster))
        .route("/clusters/{name}", get(cluster).patch(change_cluster))
        .route("/clusters/{name}/analysis", get(analyse))
        .route("/clusters/{name}/updates", post(begin_update))
        .route("/clusters/{name}/creations", post(plan_creation))
        .route("/clusters/{name}/deletions", post(plan_deletion))
        .route("/clusters/{name}/plans", delete(forget_plans))
        .route("/faults", get(faults).post(add_fault).put(set_faults))
        .route("/faults/{id}", delete(remove_fault))
        .route("/roles", put(set_role).patch(change_role))
        .route("/roles/settings", put(set_role_settings))
        .route("/identity", get(identity).put(set_identity))
        .route("/choices", put(set_choices))
}

fn done(result: Result<(), ApiError>) -> Answer {
    result.map(|()| Json(json!({}))).map_err(Refused)
}

async fn overview(State(eks): State<Control>) -> Json<Value> {
    Json(json!({
        "time_scale": eks.time_scale(),
        "unscaled": eks.now().as_secs_f64(),
        "identity": eks.identity(),
        "clusters": eks.clusters(),
        "log": eks.log().len(),
    }))
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn log(State(eks): State<Control>, Query(Since { since }): Query<Since>) -> Json<Value> {
    Json(json!(eks.log_since(since)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    #[serde(with = "crate::seconds")]
    seconds: Duration,
}

async fn advance(State(eks): State<Control>, Json(by): Json<Advance>) -> Json<Value> {
    eks.advance(by.seconds);
    Json(json!({ "unscaled": eks.now().as_secs_f64() }))
}

async fn add_cluster(State(eks): State<Control>, Json(new): Json<ClusterSettings>) -> Json<Value> {
    eks.add_cluster(new);
    Json(json!({}))
}

async fn cluster(State(eks): State<Control>, Path(name): Path<String>) -> Answer {
    let settings = eks.cluster_settings(&name).map_err(Refused)?;
    let network = eks.network(&name).map_err(Refused)?;
    Ok(Json(json!({ "settings": settings, "network": network, "profiles": eks.profiles(&name) })))
}

/// Takes the fields that are to change, nested ones included (a JSON merge patch, RFC 7396).
async fn change_cluster(State(eks): State<Control>, Path(name): Path<String>, Json(patch): Json<Value>) -> Answer {
    let mut settings = eks.cluster_settings(&name).map_err(Refused)?;
    // What changes of the network changes what it is, and not what it would be if it were empty.
    if patch.get("network").is_some_and(Value::is_object) {
        settings.network = Some(eks.network(&name).map_err(Refused)?);
    }
    let mut settings = json!(settings);
    merge(&mut settings, patch);
    let settings: ClusterSettings =
        serde_json::from_value(settings).map_err(|error| Refused(ApiError::invalid_parameter(error.to_string())))?;
    done(eks.change_cluster(&name, |changed| *changed = settings))
}

fn merge(into: &mut Value, patch: Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    into.remove(&key);
                } else {
                    merge(into.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (into, patch) => *into = patch,
    }
}

#[derive(Deserialize)]
struct Tag {
    tag_key: Option<String>,
    #[serde(default)]
    tag_value: String,
}

async fn analyse(State(eks): State<Control>, Path(name): Path<String>, Query(tag): Query<Tag>) -> Json<Value> {
    let timeline = tag.tag_key.map(|key| eks.active_timeline(&name, &key, &tag.tag_value));
    Json(json!({
        "busy_seconds": eks.busy_seconds(&name),
        "conflicts": eks.conflicts().len(),
        "timeline": timeline,
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUpdate {
    #[serde(with = "crate::seconds")]
    seconds: Duration,
    visibility: Visibility,
}

async fn begin_update(State(eks): State<Control>, Path(name): Path<String>, Json(update): Json<NewUpdate>) -> Answer {
    done(eks.begin_update(&name, update.seconds, update.visibility))
}

async fn plan_creation(
    State(eks): State<Control>,
    Path(name): Path<String>,
    Json(plan): Json<PlannedOutcome>,
) -> Answer {
    done(eks.plan_creation(&name, plan))
}

async fn plan_deletion(
    State(eks): State<Control>,
    Path(name): Path<String>,
    Json(plan): Json<PlannedOutcome>,
) -> Answer {
    done(eks.plan_deletion(&name, plan))
}

async fn forget_plans(State(eks): State<Control>, Path(name): Path<String>) -> Answer {
    done(eks.forget_plans(&name))
}

async fn faults(State(eks): State<Control>) -> Json<Value> {
    let faults: Vec<Value> = eks
        .faults()
        .into_iter()
        .map(|(id, fault, befell)| json!({ "id": id, "fault": fault, "befell": befell }))
        .collect();
    Json(Value::Array(faults))
}

async fn add_fault(State(eks): State<Control>, Json(fault): Json<Fault>) -> Json<Value> {
    Json(json!({ "id": eks.add_fault(fault) }))
}

async fn set_faults(State(eks): State<Control>, Json(faults): Json<Vec<Fault>>) -> Json<Value> {
    Json(json!({ "ids": eks.set_faults(faults) }))
}

async fn remove_fault(State(eks): State<Control>, Path(id): Path<FaultId>) -> Json<Value> {
    Json(json!({ "removed": eks.remove_fault(id) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trust {
    arn: String,
    trust: RoleTrust,
}

async fn set_role(State(eks): State<Control>, Json(role): Json<Trust>) -> Json<Value> {
    eks.set_role(&role.arn, role.trust);
    Json(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolePatch {
    arn: String,
    role: Value,
}

/// A merge patch as well.
async fn change_role(State(eks): State<Control>, Json(patch): Json<RolePatch>) -> Answer {
    let mut role = json!(eks.role(&patch.arn).unwrap_or_default());
    merge(&mut role, patch.role);
    let role: Role =
        serde_json::from_value(role).map_err(|error| Refused(ApiError::invalid_parameter(error.to_string())))?;
    eks.change_role(&patch.arn, |changed| *changed = role);
    Ok(Json(json!({})))
}

async fn set_role_settings(State(eks): State<Control>, Json(settings): Json<RoleSettings>) -> Json<Value> {
    eks.change_role_settings(|changed| *changed = settings);
    Json(json!({}))
}

async fn identity(State(eks): State<Control>) -> Json<Value> {
    Json(json!(eks.identity()))
}

async fn set_identity(State(eks): State<Control>, Json(identity): Json<Identity>) -> Json<Value> {
    eks.set_identity(identity);
    Json(json!({}))
}

async fn set_choices(State(eks): State<Control>, Json(choices): Json<Choices>) -> Json<Value> {
    eks.set_choices(choices);
    Json(json!({}))
}
