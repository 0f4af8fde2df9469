//! `POST /_simulator/outsider`: what [`crate::Outsider`] does, over JSON.

use axum::{Json, Router, extract::State, routing::post};
use serde_json::{Value, json};

use super::control::Refused;
use crate::{Control, outsider::Deed};

pub(super) fn routes() -> Router<Control> {
    Router::new().route("/outsider", post(act))
}

async fn act(State(eks): State<Control>, Json(deed): Json<Deed>) -> Result<Json<Value>, Refused> {
    let profile = eks.outsider().act(deed).map_err(Refused)?;
    Ok(Json(json!({ "profile": profile })))
}
