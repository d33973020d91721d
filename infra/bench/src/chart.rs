//! A chart of what a benchmark found: a bar for each row's median with its spread, rows of one unit to one
//! scale.

use crate::statistics::Spread;
use svg::{
    Document,
    node::element::{Line, Rectangle, Style, Text},
};

const WIDTH: f64 = 800.0;
/// Where labels end and bars begin.
const LABELS: f64 = 330.0;
/// As long as a bar may be; its value stands beyond.
const LONGEST: f64 = 360.0;
const ROW: f64 = 24.0;
const BAR: f64 = 14.0;
/// For light and for dark pages.
const STYLE: &str = "text { font: 13px system-ui, sans-serif; fill: #1f2328 } \
    .unit { font-weight: 600 } .bar { fill: #3b7dd8 } .spread { stroke: #1f2328; stroke-width: 1.5 } \
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #5a9cf0 } \
    .spread { stroke: #e6edf3 } }";

/// A row of the chart.
#[derive(Clone, Copy, Debug)]
pub struct Bar<'a> {
    /// What was measured.
    pub what: &'a str,
    /// In what.
    pub unit: &'static str,
    /// How much.
    pub spread: &'a Spread,
}

/// Draws bars as SVG, grouped by their units in the order in which these first come.
pub fn draw<'a>(bars: impl Iterator<Item = Bar<'a>>) -> String {
    let bars: Vec<Bar<'_>> = bars.collect();
    let mut units: Vec<&str> = Vec::new();
    for bar in &bars {
        if !units.contains(&bar.unit) {
            units.push(bar.unit);
        }
    }
    let mut document = Document::new().add(Style::new(STYLE));
    let mut top = 0.0;
    for unit in units {
        let group: Vec<&Bar<'_>> = bars.iter().filter(|bar| bar.unit == unit).collect();
        let most = group.iter().map(|bar| bar.spread.most).fold(f64::MIN_POSITIVE, f64::max);
        document = document.add(text(unit, LABELS, top + 17.0).set("class", "unit"));
        top += ROW;
        for bar in group {
            document = row(document, bar, top, LONGEST / most);
            top += ROW;
        }
    }
    document.set("viewBox", (0.0, 0.0, WIDTH, top)).set("width", WIDTH).to_string()
}

fn row(document: Document, bar: &Bar<'_>, top: f64, scale: f64) -> Document {
    let Spread { median, least, most } = *bar.spread;
    let middle = top + ROW / 2.0;
    let [least, most] = [least, most].map(|value| LABELS + value * scale);
    let rectangle = Rectangle::new()
        .set("class", "bar")
        .set("x", LABELS)
        .set("y", middle - BAR / 2.0)
        .set("width", median * scale)
        .set("height", BAR);
    let spread = Line::new()
        .set("class", "spread")
        .set("x1", least)
        .set("x2", most)
        .set("y1", middle)
        .set("y2", middle);
    document
        .add(text(bar.what, LABELS - 8.0, middle + 4.5).set("text-anchor", "end"))
        .add(rectangle)
        .add(spread)
        .add(text(&number(median), most + 6.0, middle + 4.5))
}

fn text(content: &str, x: f64, y: f64) -> Text {
    Text::new(content).set("x", x).set("y", y)
}

/// With as many digits as can mean something.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_a_unit_is_as_long_as_can_be_and_others_by_their_share() {
        let [short, long, other] = [1.0, 4.0, 900.0].map(|value| Spread::of(&[value]));
        let drawn = draw(
            [("short", "ms", &short), ("long & wide", "ms", &long), ("other", "MB", &other)]
                .map(|(what, unit, spread)| Bar { what, unit, spread })
                .into_iter(),
        );
        for width in [LONGEST / 4.0, LONGEST] {
            assert!(drawn.contains(&format!(r#"width="{width}""#)), "{width} in {drawn}");
        }
        assert_eq!(drawn.matches(&format!(r#"width="{LONGEST}""#)).count(), 2, "{drawn}");
        assert!(drawn.contains("long &amp; wide"), "{drawn}");
    }
}
