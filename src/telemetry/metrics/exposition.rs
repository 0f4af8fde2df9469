//! The page in the format that the reader understands.

/// The formats of [`Metrics::render`](super::Metrics::render).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0, which Prometheus asks for.
    OpenMetrics,
    /// The older text format, which every reader understands.
    Classic,
}

impl Format {
    /// The format for this `Accept` header: OpenMetrics if it is named.
    pub fn accepted_by(header: &str) -> Self {
        let refused = |range: &str| range.split(';').any(|part| matches!(part.trim(), "q=0" | "q=0.0"));
        let names_it = |range: &str| range.trim().starts_with("application/openmetrics-text") && !refused(range);
        if header.split(',').any(names_it) { Self::OpenMetrics } else { Self::Classic }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// Converts an OpenMetrics page to the classic format. There the name of a family includes `_total` and `_info`, as in
/// its samples. The format has no units, no type `info` and no end mark.
pub(super) fn classic(open_metrics: &str) -> String {
    let mut page = String::with_capacity(open_metrics.len());
    let mut help = None;
    for line in open_metrics.lines() {
        if let Some(text) = line.strip_prefix("# HELP ") {
            help = text.split_once(' ');
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let (suffix, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                other => ("", other),
            };
            if let Some((_, text)) = help.take() {
                page += &format!("# HELP {name}{suffix} {text}\n");
            }
            page += &format!("# TYPE {name}{suffix} {kind}\n");
        } else if !line.starts_with('#') {
            page += line;
            page.push('\n');
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openmetrics_goes_to_whoever_asks_for_it() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        assert_eq!(Format::accepted_by(prometheus), Format::OpenMetrics);
        for other in ["", "*/*", "text/plain", "text/html,application/xml;q=0.9", "application/openmetrics-text;q=0"] {
            assert_eq!(Format::accepted_by(other), Format::Classic, "{other}");
        }
    }

    #[test]
    fn in_the_classic_format_a_family_is_called_as_its_samples_are() {
        let page = "# HELP a Calls.\n# TYPE a counter\na_total{x=\"1\"} 2\n# HELP b Build.\n# TYPE b info\nb_info{v=\"1\"} 1\n\
                    # HELP c_seconds Time.\n# TYPE c_seconds gauge\n# UNIT c_seconds seconds\nc_seconds 3\n# EOF\n";
        let classic = "# HELP a_total Calls.\n# TYPE a_total counter\na_total{x=\"1\"} 2\n# HELP b_info Build.\n# TYPE b_info gauge\n\
                       b_info{v=\"1\"} 1\n# HELP c_seconds Time.\n# TYPE c_seconds gauge\nc_seconds 3\n";
        assert_eq!(super::classic(page), classic);
    }
}
