use super::*;
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a pass over one object logs under these settings.
fn written(json: bool, colour: bool, filter: &str) -> String {
    let page = Page::default();
    let writer = page.clone();
    let (subscriber, _) = subscriber(json, colour, parse(filter).unwrap(), move || writer.clone(), None);
    tracing::subscriber::with_default(subscriber, || {
        let _span = tracing::info_span!("reconcile", object = "batch", cluster = "blue").entered();
        tracing::info!(step = "create", "creating the profile");
        tracing::debug!("a detail");
    });
    let bytes = page.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_json_line_has_the_events_fields_at_the_top_and_the_object_under_its_span() {
    let mut line: serde_json::Value = serde_json::from_str(&written(true, false, "info")).unwrap();
    let timestamp = line.as_object_mut().unwrap().remove("timestamp").unwrap();
    assert!(timestamp.as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{timestamp} is not RFC 3339");
    line.as_object_mut().unwrap().remove("target");
    assert_eq!(
        line,
        serde_json::json!({
            "level": "INFO", "message": "creating the profile", "step": "create",
            "span": {"name": "reconcile", "object": "batch", "cluster": "blue"},
        })
    );
}

#[test]
fn a_human_line_names_the_object_and_is_coloured_only_when_asked() {
    let plain = written(false, false, "info");
    assert_eq!(plain.lines().count(), 1, "{plain}");
    for part in ["INFO", "creating the profile", "object=\"batch\"", "cluster=\"blue\""] {
        assert!(plain.contains(part), "{part} is missing in {plain}");
    }
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    assert!(written(false, true, "info").contains('\u{1b}'));
}

#[test]
fn the_filter_decides_by_target_what_is_written() {
    let target = module_path!();
    assert_eq!(written(true, false, &format!("warn, {target}=debug")).lines().count(), 2);
    assert_eq!(written(true, false, "warn"), "");
}

#[test]
fn no_answer_of_the_api_server_is_quoted_whatever_the_filter() {
    use axum::http::{Request, Response};
    use kube::client::Body;
    let page = Page::default();
    let writer = page.clone();
    let (subscriber, _) = subscriber(true, false, parse("trace").unwrap(), move || writer.clone(), None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    tracing::subscriber::with_default(subscriber, || {
        let service = tower::service_fn(async |_: Request<Body>| {
            let answer = br#"{ "metadata": {}, "items": [{ "spec": { "env": "secret" }, "metadata": 1 }] }"#;
            Ok::<_, std::convert::Infallible>(Response::new(Body::from(answer.to_vec())))
        });
        let pods: kube::Api<k8s_openapi::api::core::v1::Pod> = kube::Api::all(kube::Client::new(service, "default"));
        assert!(runtime.block_on(pods.list(&kube::api::ListParams::default())).is_err());
        tracing::info!("the end");
    });
    let lines = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    assert!(lines.contains("the end") && !lines.contains("secret"), "{lines}");
}

#[test]
fn only_auto_looks_at_the_terminal() {
    let on =
        |terminal| [LogFormat::Auto, LogFormat::Human, LogFormat::Json].map(|format| writes_json(format, terminal));
    assert_eq!(on(true), [false, false, true]);
    assert_eq!(on(false), [true, false, true]);
}

#[test]
fn a_wrong_filter_is_refused_with_what_is_wrong_and_an_example() {
    for wrong in ["inof", "kube=wrn", "", " , ", "info,kube", "info,kube=[", "info=debug=warn"] {
        let message = parse(wrong).expect_err(wrong).to_string();
        assert!(message.contains("; give a level such as `info`"), "{message}");
    }
    assert!(parse("inof").unwrap_err().to_string().starts_with("`inof` is neither a level"));
}

#[test]
fn the_usual_filters_are_taken() {
    for right in ["info", "DEBUG", "off", "info,", "warn,kube=debug", "info,[reconcile{object=batch}]=trace"] {
        assert!(parse(right).is_ok(), "{right}");
    }
}

#[test]
fn setting_up_logging_twice_is_an_error_and_not_a_panic() {
    init(LogFormat::Json, "off", None).unwrap();
    assert!(matches!(init(LogFormat::Json, "off", None), Err(LogsError::AlreadySetUp(_))));
}

#[test]
fn the_filter_can_be_changed_while_the_process_runs_and_a_wrong_one_changes_nothing() {
    let page = Page::default();
    let writer = page.clone();
    let (subscriber, filter) = subscriber(true, false, parse("warn").unwrap(), move || writer.clone(), None);
    tracing::subscriber::with_default(subscriber, || {
        let line = |text: &str| {
            tracing::info!("{text}");
            page.0.lock().unwrap().windows(text.len()).any(|window| window == text.as_bytes())
        };
        assert!(!line("one"));
        filter.set(&format!("warn,{}=info", module_path!())).unwrap();
        assert!(line("two"));
        assert!(filter.set("wran").unwrap_err().to_string().contains("`wran`"));
        assert!(line("three"));
        filter.set("warn").unwrap();
        assert!(!line("four"));
        assert_eq!(filter.get(), "warn");
    });
}
