//! Logs on stderr: compact lines for a person at a terminal, one JSON object a line for everything else.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// kube tells here of an answer that it cannot read, with all of it: pods and their environment. What went wrong comes to
/// whoever asked, too.
const QUOTES_ANSWERS: &str = "kube_client::client";

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// `human` when stderr is a terminal, else `json`.
    #[default]
    Auto,
    /// Compact lines, coloured on a terminal unless `NO_COLOR` is set.
    Human,
    /// One JSON object a line: the event's fields at the top, those of its span under `span`.
    Json,
}

/// Why a text is not a log filter.
#[derive(Debug, thiserror::Error)]
#[error("{reason}; give a level such as `info`, or levels by target such as `info,fargate_operator=debug,kube=warn`")]
pub struct FilterError {
    reason: String,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The filter is not one that `tracing` understands.
    #[error("the log filter {value:?}: {error}")]
    Filter {
        /// The filter as it was given.
        value: String,
        /// What is wrong with it.
        error: FilterError,
    },
    /// Something in this process has set up logging before.
    #[error("logging is already set up in this process: {0}")]
    AlreadySetUp(#[from] tracing_subscriber::util::TryInitError),
}

/// Changes the filter while the process runs.
#[derive(Clone, Debug)]
pub struct LogFilter(reload::Handle<EnvFilter, Registry>);

impl LogFilter {
    /// Writes from now on what `filter` lets through.
    ///
    /// # Errors
    /// [`FilterError`] as at the start; what was written before is still written then.
    pub fn set(&self, filter: &str) -> Result<(), FilterError> {
        let parsed = parse(filter)?;
        self.0.reload(parsed).map_err(|error| FilterError { reason: error.to_string() })
    }

    /// The filter in force.
    pub fn get(&self) -> String {
        self.0.with_current(ToString::to_string).unwrap_or_default()
    }
}

#[cfg(test)]
impl From<reload::Handle<EnvFilter, Registry>> for LogFilter {
    fn from(handle: reload::Handle<EnvFilter, Registry>) -> Self {
        Self(handle)
    }
}

/// A layer beside the log, such as one for traces.
pub type ExtraLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Sends the logs of this process to stderr, with timestamps in RFC 3339 (UTC), and what happens to `beside` too. Call once,
/// at the start.
///
/// # Errors
///
/// [`LogsError::Filter`] for a filter that would not do what its writer meant, [`LogsError::AlreadySetUp`] on a second call.
pub fn init(format: LogFormat, filter: &str, beside: Option<ExtraLayer>) -> Result<LogFilter, LogsError> {
    let terminal = std::io::stderr().is_terminal();
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let filter = parse(filter).map_err(|error| LogsError::Filter { value: filter.to_owned(), error })?;
    let (subscriber, handle) = subscriber(writes_json(format, terminal), colour, filter, std::io::stderr, beside);
    subscriber.try_init()?;
    Ok(handle)
}

/// Whether [`init`] and [`LogFilter::set`] take this filter.
///
/// # Errors
/// [`FilterError`], when they do not.
pub fn check(filter: &str) -> Result<(), FilterError> {
    parse(filter).map(drop)
}

fn writes_json(format: LogFormat, terminal: bool) -> bool {
    match format {
        LogFormat::Auto => !terminal,
        LogFormat::Human => false,
        LogFormat::Json => true,
    }
}

/// Reads a filter more strictly than `tracing` does: to `EnvFilter` nothing at all means `error`, and a misspelt level
/// (`inof`) is a target of that name, either of which would silence the operator without a word.
fn parse(filter: &str) -> Result<EnvFilter, FilterError> {
    let refused = |reason: String| FilterError { reason };
    let directives: Vec<&str> = filter.split(',').map(str::trim).filter(|directive| !directive.is_empty()).collect();
    if directives.is_empty() {
        return Err(refused("it is empty".to_owned()));
    }
    let names_no_level =
        |directive: &&str| !directive.contains(['=', '[']) && directive.parse::<LevelFilter>().is_err();
    if let Some(word) = directives.iter().copied().find(names_no_level) {
        return Err(refused(format!(
            "`{word}` is neither a level (off, error, warn, info, debug, trace) nor `target=level`"
        )));
    }
    EnvFilter::builder().parse(directives.join(",")).map_err(|error| refused(error.to_string()))
}

fn subscriber<W>(
    json: bool,
    colour: bool,
    filter: EnvFilter,
    writer: W,
    beside: Option<ExtraLayer>,
) -> (Box<dyn Subscriber + Send + Sync>, LogFilter)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(filter);
    // tracing's default timer writes RFC 3339 in UTC.
    let lines = tracing_subscriber::fmt::layer().with_ansi(colour).with_writer(writer);
    let lines = if json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
    } else {
        lines.compact().boxed()
    };
    // The filter is that of the lines alone: what else looks on has its own.
    let lines = lines.with_filter(filter.and(filter_fn(|event| event.target() != QUOTES_ANSWERS)));
    let layers: Vec<ExtraLayer> = std::iter::once(lines.boxed()).chain(beside).collect();
    (Box::new(tracing_subscriber::registry().with(layers)), LogFilter(handle))
}

#[cfg(test)]
mod tests {
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

    /// What a pass over one object writes under the given settings.
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
            let pods: kube::Api<k8s_openapi::api::core::v1::Pod> =
                kube::Api::all(kube::Client::new(service, "default"));
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
}
