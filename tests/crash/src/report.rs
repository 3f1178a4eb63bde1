//! What the matrix says: a line that moves while it runs, a table at the end, and a file for machines.

use crate::matrix::{Blow, Ended};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{self, IsTerminal as _, Write as _},
    path::Path,
    time::{Duration, Instant},
};

/// How often the line moves where nobody looks at a terminal.
const QUIET_INTERVAL: Duration = Duration::from_secs(20);
/// A story is told for so many failed cases; the others are named.
const STORIES_MAX: usize = 5;

#[derive(Debug, Default, Clone, Copy)]
struct Cell {
    cases: usize,
    lost: usize,
    twice: usize,
    wrong: usize,
    healed: usize,
    unreached: usize,
}

/// Collects the cases.
#[derive(Debug)]
pub struct Report {
    total: usize,
    done: usize,
    cells: BTreeMap<(&'static str, Blow), Cell>,
    failed: Vec<Ended>,
    healed: Vec<String>,
    /// What else was tested, and what was wrong with it.
    extra: Vec<(String, Vec<String>)>,
    begun: Instant,
    said: Instant,
}

impl Report {
    /// Of so many cases.
    #[must_use]
    pub fn new(total: usize) -> Self {
        let now = Instant::now();
        Self {
            total,
            done: 0,
            cells: BTreeMap::new(),
            failed: Vec::new(),
            healed: Vec::new(),
            extra: Vec::new(),
            begun: now,
            said: now,
        }
    }

    /// One more.
    pub fn add(&mut self, ended: Ended) {
        self.done += 1;
        let cell = self.cells.entry((ended.function, ended.blow)).or_default();
        cell.cases += 1;
        cell.lost += usize::from(!ended.verdict.lost.is_empty());
        cell.twice += usize::from(!ended.verdict.twice.is_empty());
        cell.wrong += usize::from(!ended.verdict.wrong.is_empty());
        cell.healed += usize::from(ended.healed);
        cell.unreached += usize::from(!ended.reached);
        if ended.healed {
            self.healed.push(format!("{} ({})", ended.name, ended.call));
        }
        if !ended.verdict.is_good() {
            // At once: whoever watches need not wait for the end.
            if self.failed.len() < STORIES_MAX {
                let _ = tell(&ended, &mut io::stderr());
            }
            self.failed.push(ended);
        }
        self.progress();
    }

    /// Something that isn't a case: `wrong` is empty when all is well.
    pub fn add_extra(&mut self, name: String, wrong: Vec<String>) {
        self.extra.push((name, wrong));
    }

    fn progress(&mut self) {
        let terminal = io::stderr().is_terminal();
        let last = self.done == self.total;
        if !terminal && !last && self.said.elapsed() < QUIET_INTERVAL {
            return;
        }
        self.said = Instant::now();
        let (failed, s) = (self.failed.len(), self.begun.elapsed().as_secs());
        let end = if terminal && !last { "\r" } else { "\n" };
        let _ = write!(io::stderr(), "crash: {} of {} cases, {failed} failed, {s} s   {end}", self.done, self.total);
    }

    /// Nothing lost, nothing twice, nothing wrong?
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed.is_empty() && self.extra.iter().all(|(_, wrong)| wrong.is_empty())
    }

    /// What failed, then the table.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn tell(&self, out: &mut impl io::Write) -> io::Result<()> {
        for ended in &self.failed {
            writeln!(out, "failed: {}  {}", ended.name, first(ended))?;
        }
        for name in &self.healed {
            writeln!(out, "redelivery alone was not enough, a schedule was: {name}")?;
        }
        writeln!(
            out,
            "\n{:<18}{:<16}{:>7}{:>7}{:>11}{:>7}{:>10}",
            "function", "fault", "cases", "lost", "duplicate", "wrong", "by tick"
        )?;
        let mut sum = Cell::default();
        for ((function, blow), cell) in &self.cells {
            row(out, function, blow.name(), *cell)?;
            sum.cases += cell.cases;
            sum.lost += cell.lost;
            sum.twice += cell.twice;
            sum.wrong += cell.wrong;
            sum.healed += cell.healed;
            sum.unreached += cell.unreached;
        }
        row(out, "together", "", sum)?;
        if sum.unreached > 0 {
            writeln!(out, "{} cases ended before their call: calls made at once come in any order", sum.unreached)?;
        }
        for (name, wrong) in &self.extra {
            writeln!(
                out,
                "{name}: {}",
                if wrong.is_empty() { "nothing changed".to_owned() } else { wrong.join("; ") }
            )?;
        }
        Ok(())
    }

    /// For machines.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let cells: Vec<Value> = self
            .cells
            .iter()
            .map(|((function, blow), cell)| {
                json!({ "function": function, "fault": blow.name(), "cases": cell.cases, "lost": cell.lost,
                        "duplicate": cell.twice, "wrong": cell.wrong, "by_tick": cell.healed, "unreached": cell.unreached })
            })
            .collect();
        let count = |of: fn(&Cell) -> usize| self.cells.values().map(of).sum::<usize>();
        let summary = json!({
            "cases": count(|c| c.cases),
            "lost": count(|c| c.lost),
            "duplicate": count(|c| c.twice),
            "wrong": count(|c| c.wrong),
            "by_tick": count(|c| c.healed),
            "unreached": count(|c| c.unreached),
            "elapsed_s": self.begun.elapsed().as_secs(),
            "cells": cells,
            "failed": self.failed.iter().map(|ended| ended.name.clone()).collect::<Vec<_>>(),
            "redriven": self.extra.iter().map(|(name, wrong)| json!({ "name": name, "changed": wrong })).collect::<Vec<_>>(),
        });
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, format!("{summary:#}\n"))
    }
}

fn row(out: &mut impl io::Write, function: &str, fault: &str, cell: Cell) -> io::Result<()> {
    let Cell { cases, lost, twice, wrong, healed, .. } = cell;
    writeln!(out, "{function:<18}{fault:<16}{cases:>7}{lost:>7}{twice:>11}{wrong:>7}{healed:>10}")
}

fn first(ended: &Ended) -> &str {
    let all = ended.verdict.lost.iter().chain(&ended.verdict.twice).chain(&ended.verdict.wrong);
    all.map(String::as_str).next().unwrap_or_default()
}

fn tell(ended: &Ended, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "\nFAILED {} at {}", ended.name, ended.call)?;
    for line in &ended.story {
        writeln!(out, "  {line}")?;
    }
    for (kind, sentences) in
        [("lost", &ended.verdict.lost), ("twice", &ended.verdict.twice), ("wrong", &ended.verdict.wrong)]
    {
        for sentence in sentences {
            writeln!(out, "  {kind}: {sentence}")?;
        }
    }
    writeln!(out, "  again: make crash CASE='{}'", ended.name)
}
