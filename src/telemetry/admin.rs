//! Settings that can change at runtime. The server listens on loopback only, so only users with `kubectl port-forward`
//! access to the pod can reach it.

use std::net::SocketAddr;

use axum::http::StatusCode;
use axum::{Router, routing::get};

use super::logs::LogFilter;

/// A longer filter can only be a mistake.
const LONGEST: usize = 4096;

/// Whether the admin endpoint may listen there.
///
/// # Errors
/// Why not, and what to set instead.
pub fn check(address: SocketAddr) -> Result<(), String> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(format!(
        "{} is no loopback address: who reaches this endpoint may change what is logged; write 127.0.0.1:{} and use \
         kubectl port-forward, or leave it empty to have no such endpoint",
        address.ip(),
        address.port()
    ))
}

/// Serves `GET` and `PUT /log-level` until `shutdown` completes.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    filter: LogFilter,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    // No client of this endpoint waits long enough to need a grace period.
    tokio::select! {
        result = axum::serve(listener, routes(filter)) => result,
        () = shutdown => Ok(()),
    }
}

fn routes(filter: LogFilter) -> Router {
    let told = filter.clone();
    let tell = async move || told.get() + "\n";
    let change = async move |body: String| {
        let wanted = body.trim();
        filter
            .set(wanted)
            .map_err(|error| (StatusCode::BAD_REQUEST, format!("the log filter {wanted:?}: {error}\n")))?;
        tracing::info!(filter = wanted, "the log filter was changed");
        Ok::<_, (StatusCode, String)>(filter.get() + "\n")
    };
    let limit = axum::extract::DefaultBodyLimit::max(LONGEST);
    Router::new().route("/log-level", get(tell).put(change)).layer(limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use tracing_subscriber::{EnvFilter, reload};

    async fn ask(routes: &Router, method: &str, body: &'static str) -> (u16, String) {
        let request = Request::builder().method(method).uri("/log-level").body(Body::from(body)).unwrap();
        let response = routes.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let text = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(text.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_log_filter_is_told_and_changed_and_a_wrong_one_refused_as_at_start() {
        let (_layer, handle) = reload::Layer::new(EnvFilter::new("info"));
        let routes = routes(LogFilter::from(handle));
        assert_eq!(ask(&routes, "GET", "").await, (200, "info\n".to_owned()));
        assert_eq!(ask(&routes, "PUT", "debug\n").await, (200, "debug\n".to_owned()));
        assert_eq!(ask(&routes, "GET", "").await.1, "debug\n");
        let (status, message) = ask(&routes, "PUT", "inof").await;
        assert_eq!(status, 400);
        let at_start = crate::telemetry::logs::check("inof").unwrap_err();
        assert_eq!(message, format!("the log filter \"inof\": {at_start}\n"));
        assert_eq!(ask(&routes, "PUT", "").await.0, 400);
        assert_eq!(ask(&routes, "GET", "").await.1, "debug\n");
        assert_eq!(ask(&routes, "POST", "info").await.0, 405);
    }

    #[test]
    fn only_loopback_will_do() {
        for right in ["127.0.0.1:8081", "127.0.0.9:0", "[::1]:8081"] {
            assert_eq!(check(right.parse().unwrap()), Ok(()), "{right}");
        }
        for wrong in ["0.0.0.0:8081", "10.0.0.7:8081", "[::]:8081"] {
            let message = check(wrong.parse().unwrap()).unwrap_err();
            assert!(message.contains("is no loopback address") && message.contains("127.0.0.1:8081"), "{message}");
        }
    }
}
