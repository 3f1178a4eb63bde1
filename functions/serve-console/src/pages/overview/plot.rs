//! A plot as SVG: lines over time, drawn by a template; colours come from the style sheet, so that they hold in light and dark.

use crate::{
    pages::{Page, when::When},
    texts::fill,
};
use jiff::Timestamp;
use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 160.0;

/// One line of a plot.
pub(super) struct Series {
    pub(super) label: &'static str,
    /// The rows behind it.
    pub(super) href: Option<String>,
    /// One for each time; none where nothing was measured.
    pub(super) values: Vec<Option<i64>>,
    /// What stands in the key with the link, when it isn't the newest value.
    pub(super) shown: Option<(&'static str, String)>,
}

/// A plot. Its picture is described in words and given as a table too.
pub(crate) struct Plot {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) description: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) most: String,
    pub(crate) first: When,
    pub(crate) last: When,
    /// When the values of the key were measured, where they are the newest of the lines.
    pub(crate) key_at: Option<When>,
    pub(crate) heads: Vec<&'static str>,
    pub(crate) rows: Vec<(When, Vec<String>)>,
    pub(crate) link: Option<(&'static str, String)>,
}

pub(crate) struct Line {
    pub(crate) label: &'static str,
    pub(crate) href: Option<String>,
    /// Pieces without gaps, as points of polylines.
    pub(crate) pieces: Vec<String>,
    pub(crate) last: String,
    /// Where the last value is: x, y.
    pub(crate) end: Option<(String, String)>,
}

/// What was measured last; none when that was nothing.
fn newest(series: &Series) -> Option<i64> {
    series.values.last().copied().flatten()
}

fn in_words(value: Option<i64>, words: fn(i64) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), words)
}

impl Plot {
    pub(super) fn of(
        page: &Page,
        title: &'static str,
        hint: &'static str,
        times: &[Timestamp],
        series: Vec<Series>,
        words: fn(i64) -> String,
        link: Option<(&'static str, String)>,
    ) -> Self {
        let highest = series.iter().flat_map(|s| &s.values).flatten().copied().max();
        let most = highest.unwrap_or(0).max(1);
        let (first, last) = (times.first().copied().unwrap_or_default(), times.last().copied().unwrap_or_default());
        let length = last.duration_since(first).as_secs_f64().max(1.0);
        let x = |at: Timestamp| at.duration_since(first).as_secs_f64() / length * WIDTH;
        #[expect(clippy::cast_precision_loss, reason = "pixels")]
        let y = |value: i64| HEIGHT - value as f64 / most as f64 * HEIGHT;
        let line = |series: &Series| {
            let mut pieces = vec![String::new()];
            let mut end = None;
            for (at, value) in times.iter().zip(&series.values) {
                match (value, pieces.last_mut()) {
                    (Some(value), Some(piece)) => {
                        let _ = write!(piece, "{:.1},{:.1} ", x(*at), y(*value));
                        end = Some((format!("{:.1}", x(*at)), format!("{:.1}", y(*value))));
                    }
                    _ => pieces.push(String::new()),
                }
            }
            pieces.retain(|piece| !piece.is_empty());
            // Where the line ended earlier, its last value is not how things are.
            let end = end.filter(|_| newest(series).is_some());
            let (label, last) = series.shown.clone().unwrap_or_else(|| (series.label, in_words(newest(series), words)));
            Line { label, href: series.href.clone(), pieces, last, end }
        };
        let lines: Vec<Line> = series.iter().map(line).collect();
        let row = |(index, at): (usize, &Timestamp)| {
            let cells = series.iter().map(|s| in_words(s.values[index], words)).collect();
            (page.when(*at), cells)
        };
        let said = series.iter().map(|s| format!("{} {}", s.label, in_words(newest(s), words)));
        let said = said.collect::<Vec<_>>().join(", ");
        let values = [("title", title), ("last", &*said), ("most", &*in_words(highest, words))];
        Self {
            title,
            hint,
            description: fill(page.t.overview.chart_of, &values),
            lines,
            most: fill(page.t.overview.highest, &[("n", &in_words(highest, words))]),
            first: page.when(first),
            last: page.when(last),
            key_at: series.iter().all(|s| s.shown.is_none()).then(|| page.when(last)),
            heads: series.iter().map(|s| s.label).collect(),
            // The newest day is enough to read; the picture shows the rest.
            rows: times.iter().enumerate().rev().take(24).map(row).collect(),
            link,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preferences::Preferences;

    fn plot(values: &[Option<i64>]) -> Plot {
        let times: Vec<Timestamp> =
            (0..values.len()).map(|n| Timestamp::from_second(3_600 * i64::try_from(n).unwrap()).unwrap()).collect();
        let series = Series { label: "p50", href: None, values: values.to_vec(), shown: None };
        let page = Page::before(&Preferences::default());
        Plot::of(&page, "Lag", "", &times, vec![series], |n| n.to_string(), None)
    }

    #[test]
    fn a_line_is_labelled_with_the_newest_value_and_with_none_where_none_was_measured() {
        let measured = plot(&[Some(7), None, Some(9)]);
        assert_eq!((measured.lines[0].last.as_str(), measured.lines[0].end.is_some()), ("9", true));
        let stopped = plot(&[Some(7), Some(9), None]);
        assert_eq!((stopped.lines[0].last.as_str(), stopped.lines[0].end.is_some()), ("–", false));
        assert!(stopped.description.contains("last value p50 –, highest 9"), "{}", stopped.description);
    }

    #[test]
    fn where_nothing_was_measured_nothing_is_the_highest() {
        let nothing = plot(&[None, None]);
        assert_eq!((nothing.most.as_str(), nothing.lines[0].last.as_str()), ("highest: –", "–"));
        assert_eq!(plot(&[Some(0)]).most, "highest: 0");
    }
}
