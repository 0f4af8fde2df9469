//! A figure of panels below each other, in each of which counts change over time.

use std::fmt::Write;

const WIDTH: f64 = 880.0;
/// Of the part of a panel that time runs through.
const LEFT: f64 = 60.0;
const RIGHT: f64 = 860.0;
const TOP: f64 = 64.0;
const HEIGHT: f64 = 190.0;
/// From one panel to the next.
const PANEL: f64 = 310.0;

/// One panel.
pub struct Panel {
    pub title: &'static str,
    /// Beginning with the one that is drawn first.
    pub lines: Vec<Line>,
    /// A level, and what it is.
    pub floor: (f64, &'static str),
    /// Moments, in minutes, and what happened then.
    pub marks: Vec<(f64, &'static str)>,
}

/// A count over time.
pub struct Line {
    pub label: &'static str,
    pub color: &'static str,
    /// From which minute on it is how much.
    pub points: Vec<(f64, f64)>,
}

/// The figure, with axes that reach so far in minutes and in what is counted.
pub fn figure(panels: &[Panel], minutes: f64, most: f64) -> String {
    let height = PANEL * panels.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#24292f\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for (index, panel) in panels.iter().enumerate() {
        let _ = writeln!(svg, "<g transform=\"translate(0 {})\">", PANEL * index as f64);
        draw(&mut svg, panel, minutes, most);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw(svg: &mut String, panel: &Panel, minutes: f64, most: f64) {
    let x = |minute: f64| LEFT + minute.clamp(0.0, minutes) / minutes * (RIGHT - LEFT);
    let y = |count: f64| TOP + HEIGHT - count / most * HEIGHT;
    let mut text = |x: f64, y: f64, more: &str, text: &str| {
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" {more}>{text}</text>");
    };
    text(LEFT, 22.0, "font-size=\"15\" font-weight=\"600\"", panel.title);
    for count in (0..=most as u32).step_by(3) {
        text(LEFT - 8.0, y(f64::from(count)) + 4.0, "text-anchor=\"end\"", &count.to_string());
    }
    for minute in (0..=minutes as u32).step_by(2) {
        text(x(f64::from(minute)), TOP + HEIGHT + 18.0, "text-anchor=\"middle\"", &minute.to_string());
    }
    text(RIGHT, TOP + HEIGHT + 36.0, "text-anchor=\"end\"", "minutes since the change");
    text(RIGHT - 4.0, y(panel.floor.0) + 14.0, "text-anchor=\"end\" fill=\"#b35900\"", panel.floor.1);
    let mut key = LEFT;
    for line in &panel.lines {
        let swatch = format!("fill=\"{}\" font-weight=\"600\"", line.color);
        text(key, TOP + HEIGHT + 36.0, &swatch, &format!("━ {}", line.label));
        key += 7.0 * line.label.len() as f64 + 40.0;
    }
    for (row, (minute, what)) in panel.marks.iter().enumerate() {
        // In turn on two rows, so that neighbours do not cover each other.
        let (at, side) = (x(*minute), if *minute > minutes * 0.8 { "end" } else { "start" });
        text(at, 42.0 + 14.0 * (row % 2) as f64, &format!("text-anchor=\"{side}\" fill=\"#57606a\""), what);
    }
    for count in (0..=most as u32).step_by(3) {
        let at = y(f64::from(count));
        let _ = writeln!(svg, "<path d=\"M{LEFT} {at:.1}H{RIGHT}\" stroke=\"#d8dee4\"/>");
    }
    for (minute, _) in &panel.marks {
        let _ = writeln!(
            svg,
            "<path d=\"M{:.1} {TOP}v{HEIGHT}\" stroke=\"#57606a\" stroke-dasharray=\"2 3\"/>",
            x(*minute)
        );
    }
    let floor = y(panel.floor.0);
    let _ = writeln!(
        svg,
        "<path d=\"M{LEFT} {floor:.1}H{RIGHT}\" stroke=\"#b35900\" stroke-dasharray=\"6 4\" fill=\"none\"/>"
    );
    for line in &panel.lines {
        let mut path = String::new();
        for (minute, count) in &line.points {
            let _ = match path.is_empty() {
                true => write!(path, "M{:.1} {:.1}", x(*minute), y(*count)),
                false => write!(path, "H{:.1}V{:.1}", x(*minute), y(*count)),
            };
        }
        let _ = writeln!(
            svg,
            "<path d=\"{path}H{RIGHT}\" stroke=\"{}\" stroke-width=\"2.5\" fill=\"none\" stroke-linejoin=\"round\"/>",
            line.color
        );
    }
}
