//! Plots as SVG: bars and lines, nothing else.

use std::fmt::Write;

const WIDTH: f64 = 980.0;
const INK: &str = "#1c2530";
const FAINT: &str = "#dde3ea";
/// Distinguishable without seeing colours: they differ in lightness, too.
const COLOURS: [&str; 4] = ["#b8441f", "#3b6ea5", "#8fb9a8", "#55606e"];

/// One bar.
#[derive(Debug, Clone)]
pub struct Bar {
    /// On its left.
    pub label: String,
    /// Its length.
    pub value: f64,
    /// A mark on it, such as nine of ten.
    pub mark: Option<f64>,
    /// On its right.
    pub text: String,
    /// Bars of one kind have one colour.
    pub kind: usize,
}

/// One line.
#[derive(Debug, Clone)]
pub struct Series {
    /// In the legend.
    pub name: String,
    /// From left to right.
    pub points: Vec<(f64, f64)>,
}

/// What stands above a plot, and where it comes from below it.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// What it shows.
    pub title: &'a str,
    /// How to read it.
    pub note: &'a str,
    /// On what, when and of which commit it was measured.
    pub origin: &'a str,
}

/// Horizontal bars, with a line where the budget is.
pub fn bars(about: Head<'_>, bars: &[Bar], budget: Option<(f64, &str)>) -> String {
    let (left, right, row, top) = (410.0, 110.0, 24.0, 64.0);
    let height = top + row * bars.len() as f64 + 34.0;
    let most = bars.iter().map(|bar| bar.mark.unwrap_or(0.0).max(bar.value)).fold(1.0, f64::max);
    let x = |value: f64| left + value / most * (WIDTH - left - right);
    let mut svg = head(about, height);
    for (place, bar) in bars.iter().enumerate() {
        let y = top + row * place as f64;
        let (end, middle) = (x(bar.value), y + row * 0.66);
        let colour = COLOURS[bar.kind % COLOURS.len()];
        text(&mut svg, left - 8.0, middle, "end", &bar.label);
        let _ = writeln!(
            svg,
            r#"<rect x="{left:.1}" y="{:.1}" width="{:.1}" height="{:.1}" fill="{colour}"/>"#,
            y + 4.0,
            (end - left).max(1.0),
            row - 8.0
        );
        let mut after = end;
        if let Some(mark) = bar.mark {
            after = x(mark).max(end);
            let _ = writeln!(
                svg,
                r#"<line x1="{end:.1}" x2="{after:.1}" y1="{0:.1}" y2="{0:.1}" stroke="{INK}"/>"#,
                y + row / 2.0
            );
        }
        text(&mut svg, after + 8.0, middle, "start", &bar.text);
    }
    if let Some((value, label)) = budget.filter(|(value, _)| *value <= most) {
        let bottom = top + row * bars.len() as f64;
        let _ = writeln!(
            svg,
            r#"<line x1="{0:.1}" x2="{0:.1}" y1="{1:.1}" y2="{bottom:.1}" stroke="{INK}" stroke-dasharray="4 3"/>"#,
            x(value),
            top - 4.0
        );
        text(&mut svg, x(value), bottom + 18.0, "middle", label);
    }
    svg.push_str("</svg>\n");
    svg
}

/// How values lie across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Ten times more is always as far, with a mark at each point.
    Tenfold,
    /// From zero, with a mark at each quarter.
    Even,
}

impl Scale {
    fn place(self, value: f64) -> f64 {
        match self {
            Self::Tenfold => value.max(1.0).log10(),
            Self::Even => value,
        }
    }

    fn marks(self, values: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut marks: Vec<f64> = values.collect();
        if self == Self::Even {
            let last = marks.iter().copied().fold(0.0, f64::max);
            marks = (0..=4).map(|quarter| last * f64::from(quarter) / 4.0).collect();
        }
        marks.sort_by(f64::total_cmp);
        marks.dedup();
        marks
    }
}

/// Lines. The axis that goes up begins at zero, so that flat looks flat and twice looks twice.
pub fn lines(about: Head<'_>, across: (&str, Scale), series: &[Series]) -> String {
    let (across, scale) = across;
    let (left, right, top, bottom) = (70.0, 200.0, 64.0, 300.0);
    let points = || series.iter().flat_map(|series| &series.points);
    let most = points().map(|(_, y)| *y).fold(1.0, f64::max) * 1.15;
    let first = points().map(|(x, _)| scale.place(*x)).fold(f64::MAX, f64::min);
    let last = points().map(|(x, _)| scale.place(*x)).fold(first + 0.001, f64::max);
    let x =
        |value: f64| left + (scale.place(value) - first) / (last - first) * (WIDTH - left - right);
    let y = |value: f64| bottom - value / most * (bottom - top);
    let mut svg = head(about, bottom + 56.0);
    for step in 0..=4 {
        let value = most * f64::from(step) / 4.0;
        let _ = writeln!(
            svg,
            r#"<line x1="{left}" x2="{:.1}" y1="{1:.1}" y2="{1:.1}" stroke="{FAINT}"/>"#,
            WIDTH - right,
            y(value)
        );
        text(&mut svg, left - 8.0, y(value) + 4.0, "end", &short(value));
    }
    for mark in scale.marks(points().map(|(x, _)| *x)) {
        text(&mut svg, x(mark), bottom + 18.0, "middle", &short(mark));
    }
    text(&mut svg, (left + WIDTH - right) / 2.0, bottom + 40.0, "middle", across);
    for (kind, line) in series.iter().enumerate() {
        let colour = COLOURS[kind % COLOURS.len()];
        let path: Vec<String> = line
            .points
            .iter()
            .map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value)))
            .collect();
        let _ = writeln!(
            svg,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2.5"/>"#,
            path.join(" ")
        );
        for (at, value) in &line.points {
            let _ = writeln!(
                svg,
                r#"<circle cx="{:.1}" cy="{:.1}" r="3.5" fill="{colour}"/>"#,
                x(*at),
                y(*value)
            );
        }
        let height = top + 20.0 * kind as f64;
        let _ = writeln!(
            svg,
            r#"<rect x="{:.1}" y="{:.1}" width="12" height="12" fill="{colour}"/>"#,
            WIDTH - right + 20.0,
            height
        );
        text(&mut svg, WIDTH - right + 38.0, height + 10.0, "start", &line.name);
    }
    svg.push_str("</svg>\n");
    svg
}

fn head(Head { title, note, origin }: Head<'_>, above_origin: f64) -> String {
    let height = above_origin + 20.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"{INK}\" role=\"img\">\n\
         <title>{0}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"17\" font-weight=\"600\">{0}</text>\n",
        escaped(title)
    );
    let _ = writeln!(
        svg,
        "<text x=\"16\" y=\"46\" font-size=\"12\" fill=\"#55606e\">{}</text>",
        escaped(note)
    );
    let _ = writeln!(
        svg,
        "<text x=\"16\" y=\"{:.1}\" font-size=\"10\" fill=\"#55606e\">{}</text>",
        height - 10.0,
        escaped(origin)
    );
    svg
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        escaped(words)
    );
}

/// `1,200` and `3.4`: as few digits as tell it.
fn short(value: f64) -> String {
    if value > 0.0 && value < 10.0 && value.fract() > 0.01 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_on_an_axis_are_short() {
        for (value, expected) in
            [(0.0, "0"), (3.45, "3.5"), (12.4, "12"), (1234.0, "1,234"), (100_000.0, "100,000")]
        {
            assert_eq!(short(value), expected);
        }
    }

    #[test]
    fn a_plot_is_well_formed_whatever_it_is_called() {
        let bar = Bar {
            label: "a < b".into(),
            value: 2.0,
            mark: Some(3.0),
            text: "2 & 3".into(),
            kind: 7,
        };
        let about = Head { title: "x & y", note: "", origin: "2026-11-22, commit 0" };
        let svg = bars(about, &[bar], Some((2.5, "budget")));
        assert!(
            svg.contains("a &lt; b")
                && svg.contains("x &amp; y")
                && svg.contains("commit 0")
                && svg.ends_with("</svg>\n")
        );
        let series = Series { name: "s".into(), points: vec![(0.0, 1.0), (100.0, 1.0)] };
        for scale in [Scale::Tenfold, Scale::Even] {
            let series = std::slice::from_ref(&series);
            assert!(!lines(about, ("records", scale), series).contains("NaN"));
        }
    }
}
