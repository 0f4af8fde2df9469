//! Colour in the cells of a table. The table crate counts escapes as characters, so zero-width marks stand for them during the layout.

/// The first variation selector of Unicode's supplement: of no width, and never parted from the letter before it.
const FIRST: u32 = 0xE_0100;
/// How many variation selectors there are.
const COUNT: usize = 240;
const RESET: &str = "\u{1b}[0m";

/// The colours of a table, each with a mark.
#[derive(Default)]
pub(super) struct Marks(Vec<String>);

impl Marks {
    /// A cell with marks on its letters instead of escapes.
    pub(super) fn hide(&mut self, cell: &str) -> String {
        let mut pieces = cell.split('\u{1b}');
        let mut hidden = pieces.next().unwrap_or_default().to_owned();
        let mut style = String::new();
        for piece in pieces {
            let Some((escape, text)) = piece.split_once('m') else { continue };
            if escape == "[0" {
                style.clear();
            } else {
                style += &format!("\u{1b}{escape}m");
            }
            let mark = if text.is_empty() { None } else { self.mark(&style) };
            for letter in text.chars() {
                hidden.push(letter);
                hidden.extend(mark.filter(|_| letter != ' '));
            }
        }
        hidden
    }

    /// A table with escapes instead of marks.
    pub(super) fn show(&self, table: &str) -> String {
        let (mut shown, mut open) = (String::new(), None);
        let mut letters = table.chars();
        while let Some(letter) = letters.next() {
            let mut ahead = letters.clone();
            let mut style = self.style(ahead.next());
            if style.is_some() {
                letters.next();
            } else if letter == ' ' {
                // Blanks bear no mark, since a table is wrapped at them.
                style = self.style(ahead.next()).filter(|style| Some(*style) == open);
            }
            if style != open {
                shown.push_str(open.map_or("", |_| RESET));
                shown.push_str(style.unwrap_or_default());
                open = style;
            }
            shown.push(letter);
        }
        shown.push_str(open.map_or("", |_| RESET));
        shown
    }

    fn mark(&mut self, style: &str) -> Option<char> {
        if style.is_empty() {
            return None;
        }
        let at = self.0.iter().position(|known| known == style).unwrap_or(self.0.len());
        if at == self.0.len() {
            self.0.push(style.to_owned());
        }
        char::from_u32(FIRST + u32::try_from(at).ok()?).filter(|_| at < COUNT)
    }

    fn style(&self, mark: Option<char>) -> Option<&str> {
        let at = u32::from(mark?).checked_sub(FIRST)?;
        self.0.get(usize::try_from(at).ok()?).map(String::as_str)
    }
}
