//! The selectors of an expression, as far as is needed to see whether there is anything to select. promtool has checked the syntax.

use super::page::Series;

/// Labels that Prometheus puts there, not the page.
const FROM_OUTSIDE: [&str; 4] = ["cluster", "namespace", "job", "instance"];

/// Words of the language that stand where a metric could.
const WORDS: [&str; 12] =
    ["by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset", "inf"];

/// The selectors that select nothing of the page.
pub fn absent(expression: &str, page: &[Series]) -> Vec<String> {
    let mut rest = expression;
    let mut absent = Vec::new();
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '"' || c == '[') {
        rest = &rest[start..];
        if let Some(skipped) = skipped(rest) {
            rest = skipped;
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        if WORDS.contains(&name) {
            // The labels that it speaks of.
            let is_list = after.trim_start().starts_with('(') && name != "and" && name != "or" && name != "unless";
            rest = if is_list { after.split_once(')').map_or("", |(_, rest)| rest) } else { after };
        } else if !["(", "by", "without"].iter().any(|follower| after.trim_start().starts_with(follower)) {
            let (matchers, after) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some((matchers, after)) => (matchers, after),
                None => ("", after),
            };
            rest = after;
            let own: Vec<&str> = matchers.split(',').filter(|matcher| is_own(matcher)).collect();
            let selected =
                page.iter().any(|series| series.name == name && own.iter().all(|matcher| matches(series, matcher)));
            if !selected {
                let shown = if own.is_empty() { String::new() } else { format!("{{{}}}", own.join(",")) };
                absent.push(format!("{name}{shown}"));
            }
        }
    }
    absent
}

/// What follows a string or a range, if one begins here.
fn skipped(text: &str) -> Option<&str> {
    let close = match text.chars().next()? {
        '"' => '"',
        '[' => ']',
        _ => return None,
    };
    Some(text[1..].split_once(close).map_or("", |(_, rest)| rest))
}

fn is_own(matcher: &str) -> bool {
    let label = matcher.split(['=', '!']).next().unwrap_or_default().trim();
    !label.is_empty() && !FROM_OUTSIDE.contains(&label)
}

fn matches(series: &Series, matcher: &str) -> bool {
    let end = matcher.find(['=', '!']).unwrap();
    let (label, test) = matcher.split_at(end);
    let Some(value) = series.labels.get(label.trim()) else { return false };
    let wanted = test.trim_start_matches(['=', '!', '~']).trim_matches('"');
    if test.starts_with('!') {
        value != wanted
    } else if test.starts_with("=~") {
        // `.` is the only pattern in use.
        let fits =
            |one: &str| one.len() == value.len() && one.chars().zip(value.chars()).all(|(p, c)| p == '.' || p == c);
        wanted.split('|').any(fits)
    } else {
        value == wanted
    }
}
