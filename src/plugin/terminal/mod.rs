//! How answers look: colour and symbols on a terminal only, and never without words.

mod marks;
#[cfg(test)]
mod tests;

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use comfy_table::{ContentArrangement, Table, presets};

use self::marks::Marks;

/// Where an answer goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    /// Columns. None if the output is not a terminal: then nothing is wrapped or cut.
    pub(super) width: Option<usize>,
    /// Rows, if the output is a terminal.
    pub(super) height: Option<usize>,
    /// Whether the output is a terminal.
    pub(super) is_interactive: bool,
}

/// Output is never narrower than this.
const LEAST: usize = 60;
/// Blanks between the columns of a table.
const APART: u16 = 3;

impl Terminal {
    /// Standard output. Everything is printed by [`anstream`], which takes colour away where there is to be none.
    pub(super) fn new(color: ColorChoice) -> Self {
        let choice = match color {
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
            ColorChoice::Auto => anstream::ColorChoice::Auto,
        };
        choice.write_global();
        let is_interactive = std::io::stdout().is_terminal();
        let columns = || std::env::var("COLUMNS").ok()?.parse::<usize>().ok();
        let size = if is_interactive { terminal_size::terminal_size() } else { None };
        let width = size.map(|(width, _)| usize::from(width.0)).or_else(columns);
        let height = size.map(|(_, height)| usize::from(height.0));
        Self { width: width.map(|width| width.max(LEAST)), height, is_interactive }
    }

    /// A table as kubectl's: no lines, columns three blanks apart. On a terminal long cells are wrapped. Cells may be in colour.
    pub(super) fn table(&self, headers: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(headers.to_vec());
        match self.width {
            Some(width) => {
                // The padding of the last column is trimmed at the end.
                let width = u16::try_from(width).unwrap_or(u16::MAX).saturating_add(APART);
                table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        let mut marks = Marks::default();
        for row in rows {
            table.add_row(row.iter().map(|cell| marks.hide(cell)));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, APART));
        }
        marks.show(&table.trim_fmt())
    }

    /// Text wrapped at the width, with every line but the first indented by so many blanks. Blanks that it begins with stay. A word
    /// that is longer than a line, such as an ARN, stays whole, so that it can be copied.
    pub(super) fn wrapped(&self, text: &str, indent: usize) -> String {
        let Some(width) = self.width else { return text.to_owned() };
        let words = text.trim_start_matches(' ');
        let mut column = text.len() - words.len();
        let mut lines = " ".repeat(column);
        for (at, word) in words.split(' ').enumerate() {
            let long = columns(word);
            if at > 0 && column > indent && column + 1 + long > width {
                lines.push('\n');
                lines.push_str(&" ".repeat(indent));
                column = indent;
            } else if at > 0 {
                lines.push(' ');
                column += 1;
            }
            lines.push_str(word);
            column += long;
        }
        lines
    }
}

/// How many columns a text takes, however it is coloured.
pub(super) fn columns(text: &str) -> usize {
    plain(text).chars().count()
}

/// A text without its colour.
pub(super) fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// What is wrong.
pub(super) fn red(text: &str) -> String {
    styled(AnsiColor::Red.on_default().bold(), text)
}

/// What waits for somebody.
pub(super) fn yellow(text: &str) -> String {
    styled(AnsiColor::Yellow.on_default(), text)
}

/// What is as it should be.
pub(super) fn green(text: &str) -> String {
    styled(AnsiColor::Green.on_default(), text)
}

/// What a line is about.
pub(super) fn bold(text: &str) -> String {
    styled(Style::new().bold(), text)
}
