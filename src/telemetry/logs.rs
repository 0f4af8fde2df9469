//! Logs on stderr: compact lines for a person at a terminal, one JSON object per line for everything else.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// kube logs an answer that it cannot parse in full here: pods with their environment. The caller gets the error as
/// well.
const QUOTES_ANSWERS: &str = "kube_client::client";

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// `human` when stderr is a terminal, else `json`.
    #[default]
    Auto,
    /// Compact lines, coloured on a terminal unless `NO_COLOR` is set.
    Human,
    /// One JSON object per line, with the fields of the event at the top level and those of its span under `span`.
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
    /// `tracing` does not understand the filter.
    #[error("the log filter {value:?}: {error}")]
    Filter {
        /// The filter as it was given.
        value: String,
        /// What is wrong with it.
        error: FilterError,
    },
    /// Logging is already set up in this process.
    #[error("logging is already set up in this process: {0}")]
    AlreadySetUp(#[from] tracing_subscriber::util::TryInitError),
}

/// Changes the filter at runtime.
#[derive(Clone, Debug)]
pub struct LogFilter(reload::Handle<EnvFilter, Registry>);

impl LogFilter {
    /// From now on, logs what `filter` lets through.
    ///
    /// # Errors
    /// [`FilterError`] as at the start. The old filter stays in force then.
    pub fn set(&self, filter: &str) -> Result<(), FilterError> {
        let parsed = parse(filter)?;
        self.0.reload(parsed).map_err(|error| FilterError { reason: error.to_string() })
    }

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

/// Sends the logs of this process to stderr, with RFC 3339 timestamps (UTC), and all spans and events to `beside` too.
/// Call it once, at the start.
///
/// # Errors
///
/// [`LogsError::Filter`] for a filter that would not do what it seems to, [`LogsError::AlreadySetUp`] on a second call.
pub fn init(format: LogFormat, filter: &str, beside: Option<ExtraLayer>) -> Result<LogFilter, LogsError> {
    let terminal = std::io::stderr().is_terminal();
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let filter = parse(filter).map_err(|error| LogsError::Filter { value: filter.to_owned(), error })?;
    let (subscriber, handle) = subscriber(writes_json(format, terminal), colour, filter, std::io::stderr, beside);
    subscriber.try_init()?;
    Ok(handle)
}

/// Whether [`init`] and [`LogFilter::set`] accept this filter.
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

/// Parses a filter more strictly than `tracing`. `EnvFilter` reads an empty filter as `error`, and a misspelt level
/// (`inof`) as a target of that name. Either would silence the operator without notice.
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
    // The filter applies to log lines only. Other layers have their own.
    let lines = lines.with_filter(filter.and(filter_fn(|event| event.target() != QUOTES_ANSWERS)));
    let layers: Vec<ExtraLayer> = std::iter::once(lines.boxed()).chain(beside).collect();
    (Box::new(tracing_subscriber::registry().with(layers)), LogFilter(handle))
}

#[cfg(test)]
mod tests;
