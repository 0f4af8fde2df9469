//! Logs on stderr: compact lines for a person at a terminal, one JSON object a line for everything else.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, util::SubscriberInitExt};

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

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The filter is not one that `tracing` understands.
    #[error(
        "--log (or FARGATE_OPERATOR_LOG) is {value:?}, which is not a log filter: {reason}; \
         give a level such as `info`, or levels by target such as `info,fargate_operator=debug,kube=warn`"
    )]
    Filter {
        /// The filter as it was given.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Something in this process has set up logging before.
    #[error("logging is already set up in this process: {0}")]
    AlreadySetUp(#[from] tracing_subscriber::util::TryInitError),
}

/// Sends the logs of this process to stderr, with timestamps in RFC 3339 (UTC). Call once, at the start.
///
/// # Errors
///
/// [`LogsError::Filter`] for a filter that would not do what its writer meant, [`LogsError::AlreadySetUp`] on a second call.
pub fn init(format: LogFormat, filter: &str) -> Result<(), LogsError> {
    let terminal = std::io::stderr().is_terminal();
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    subscriber(writes_json(format, terminal), colour, parse(filter)?, std::io::stderr).try_init()?;
    Ok(())
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
fn parse(filter: &str) -> Result<EnvFilter, LogsError> {
    let refused = |reason: String| LogsError::Filter { value: filter.to_owned(), reason };
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

fn subscriber<W>(json: bool, colour: bool, filter: EnvFilter, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // tracing's default timer writes RFC 3339 in UTC.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(writer);
    if json {
        Box::new(lines.json().flatten_event(true).with_current_span(true).with_span_list(false).finish())
    } else {
        Box::new(lines.compact().finish())
    }
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
        let subscriber = subscriber(json, colour, parse(filter).unwrap(), move || writer.clone());
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
    fn only_auto_looks_at_the_terminal() {
        let on =
            |terminal| [LogFormat::Auto, LogFormat::Human, LogFormat::Json].map(|format| writes_json(format, terminal));
        assert_eq!(on(true), [false, false, true]);
        assert_eq!(on(false), [true, false, true]);
    }

    #[test]
    fn a_wrong_filter_is_refused_naming_the_setting_the_value_and_an_example() {
        for wrong in ["inof", "kube=wrn", "", " , ", "info,kube", "info,kube=[", "info=debug=warn"] {
            let message = parse(wrong).expect_err(wrong).to_string();
            for part in ["--log", "FARGATE_OPERATOR_LOG", &format!("{wrong:?}"), "fargate_operator=debug"] {
                assert!(message.contains(part), "{part} is missing in {message}");
            }
        }
        assert!(parse("inof").unwrap_err().to_string().contains("`inof` is neither a level"));
    }

    #[test]
    fn the_usual_filters_are_taken() {
        for right in ["info", "DEBUG", "off", "info,", "warn,kube=debug", "info,[reconcile{object=batch}]=trace"] {
            assert!(parse(right).is_ok(), "{right}");
        }
    }

    #[test]
    fn setting_up_logging_twice_is_an_error_and_not_a_panic() {
        init(LogFormat::Json, "off").unwrap();
        assert!(matches!(init(LogFormat::Json, "off"), Err(LogsError::AlreadySetUp(_))));
    }
}
