//! How the lines look.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::line::{Level, Line};
use crate::plugin::terminal::{Terminal, bold, green, red, yellow};

/// How many lines of one check and level are shown. The rest are counted.
const SHOWN: usize = 10;
/// The column in which a line's text begins.
const INDENT: usize = 6;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Json<'a> {
    /// How many lines there are of each level.
    counts: BTreeMap<&'static str, usize>,
    lines: &'a [Line],
}

/// # Errors
/// Never: every line can be serialized.
pub(super) fn json(lines: &[Line]) -> serde_json::Result<String> {
    let counts = Level::ALL.map(|level| (level.word(), count(lines, level))).into();
    serde_json::to_string_pretty(&Json { counts, lines })
}

pub(super) fn text(lines: &[Line], terminal: &Terminal) -> String {
    let mut text = String::new();
    let mut shown: BTreeMap<(&str, Level), usize> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        let group = (line.check, line.level);
        let before = shown.entry(group).or_default();
        *before += 1;
        if *before <= SHOWN {
            text.push_str(&written(line, terminal));
        }
        let is_last = !lines[at + 1..].iter().any(|later| (later.check, later.level) == group);
        if is_last && *before > SHOWN {
            let _ = writeln!(text, "{:INDENT$}and {} more: kubectl fargate doctor -o json", "", *before - SHOWN);
        }
    }
    let counts: Vec<String> = Level::ALL
        .into_iter()
        .filter(|level| count(lines, *level) > 0)
        .map(|level| format!("{} {}", count(lines, level), level.word()))
        .collect();
    let _ = writeln!(text, "\n{}", counts.join(", "));
    text
}

fn written(line: &Line, terminal: &Terminal) -> String {
    let level = format!("{:width$}", line.level.word(), width = INDENT - 1);
    let level = match line.level {
        Level::Ok => green(&level),
        Level::Warn => yellow(&level),
        Level::Fail => red(&level),
        Level::Skip => level,
    };
    // Wrapped before it is coloured, since escapes take no room.
    let plain = format!("{:INDENT$}{}: {}", "", line.about, line.detail);
    let wrapped = terminal.wrapped(&plain, INDENT);
    let body = wrapped.trim_start().replacen(&line.about, &bold(&line.about), 1);
    let mut written = format!("{level} {body}\n");
    if let Some(cure) = &line.cure {
        let wrapped = terminal.wrapped(&format!("{:INDENT$}→ {cure}", ""), INDENT + 2);
        let _ = writeln!(written, "{wrapped}");
    }
    if let Some(command) = &line.command {
        let arrow = if line.cure.is_none() { "→" } else { " " };
        let _ = writeln!(written, "{:INDENT$}{arrow} {command}", "");
    }
    written
}

fn count(lines: &[Line], level: Level) -> usize {
    lines.iter().filter(|line| line.level == level).count()
}

#[cfg(test)]
mod tests {
    use super::super::line::Check;
    use super::*;
    use crate::plugin::terminal::plain;

    const CHECK: Check = Check("objects", "FargateProfiles");

    fn terminal(width: Option<usize>) -> Terminal {
        Terminal { width, height: None, is_interactive: false }
    }

    #[test]
    fn a_line_has_its_level_what_it_is_about_and_its_cure_below() {
        let lines =
            [CHECK.ok("3, all ready"), CHECK.fail("it is stalled").about("web").command("kubectl fargate retry web")];
        let expected = "\
OK    FargateProfiles: 3, all ready
FAIL  web: it is stalled
      → kubectl fargate retry web

1 FAIL, 1 OK
";
        assert_eq!(plain(&text(&lines, &terminal(None))), expected);
    }

    #[test]
    fn on_a_terminal_it_is_wrapped_below_its_beginning() {
        let detail = "EKS refuses the profile, since the role that it names is trusted by nobody at all";
        let shown = plain(&text(
            &[CHECK.warn(detail).cure("look at the trust policy of the role that the profile names")],
            &terminal(Some(60)),
        ));
        let expected = "\
WARN  FargateProfiles: EKS refuses the profile, since the
      role that it names is trusted by nobody at all
      → look at the trust policy of the role that the
        profile names

1 WARN
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_command_stands_on_a_line_of_its_own_and_is_never_wrapped() {
        let command =
            "aws eks delete-fargate-profile --region eu-central-1 --cluster-name prod --fargate-profile-name old";
        let lines =
            [CHECK.warn("orphaned").cure("delete it:").command(command), CHECK.warn("orphaned").command(command)];
        let expected = format!(
            "\
WARN  FargateProfiles: orphaned
      → delete it:
        {command}
WARN  FargateProfiles: orphaned
      → {command}

2 WARN
"
        );
        assert_eq!(plain(&text(&lines, &terminal(Some(60)))), expected);
    }

    #[test]
    fn of_many_alike_ten_are_shown_and_all_are_in_the_json() {
        let lines: Vec<Line> = (0..12).map(|n| CHECK.fail("x").about(format!("fp-{n}"))).collect();
        let shown = plain(&text(&lines, &terminal(None)));
        assert!(
            shown.contains("FAIL  fp-9: x\n      and 2 more: kubectl fargate doctor -o json\n\n12 FAIL\n"),
            "{shown}"
        );
        let json: serde_json::Value = serde_json::from_str(&json(&lines).unwrap()).unwrap();
        assert_eq!(json["counts"]["FAIL"], 12);
        assert_eq!(json["lines"].as_array().unwrap().len(), 12);
        assert_eq!(
            json["lines"][11],
            serde_json::json!({ "level": "FAIL", "check": "objects", "about": "fp-11", "detail": "x" })
        );
    }
}
