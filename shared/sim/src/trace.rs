//! What happened in a run, entry by entry, and the story that is told of it.

use jiff::Timestamp;
use std::{collections::BTreeSet, fmt, fmt::Write as _};
use tallyman_domain::{Digest, OrderRef, ShipmentId};

/// Which order, and which of its parcels; 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct About {
    /// The order's number.
    pub order: u32,
    /// The shipment's number.
    pub shipment: u32,
}

impl About {
    /// An order.
    #[must_use]
    pub fn order(reference: &OrderRef) -> Self {
        Self::number(reference.order.as_str())
    }
    /// An order by its number at the marketplace.
    #[must_use]
    pub fn number(text: &str) -> Self {
        let number = text.split('-').next().unwrap_or_default();
        Self { order: number.parse().unwrap_or_default(), shipment: 0 }
    }
    /// One of its shipments.
    #[must_use]
    pub fn shipment(self, id: &ShipmentId) -> Self {
        Self { shipment: id.as_str()[1..].parse().unwrap_or_default(), ..self }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When, on the virtual clock.
    pub at: Timestamp,
    /// Which invocation of a function; 0 for the world outside.
    pub who: u32,
    /// The number of the outbound call; 0 when it is none.
    pub call: u32,
    /// What.
    pub what: &'static str,
    /// About what.
    pub about: About,
    /// How it went.
    pub how: &'static str,
    /// A number that belongs to it: a version, a page, how many.
    pub n: i64,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.at)?;
        if self.who == 0 { f.write_str("  the world    ") } else { write!(f, "  function {:<4}", self.who) }?;
        if self.call == 0 { f.write_str("       ") } else { write!(f, " #{:<5}", self.call) }?;
        write!(f, " {}", self.what)?;
        if self.about.order != 0 {
            write!(f, " order {}", self.about.order)?;
        }
        if self.about.shipment != 0 {
            write!(f, " shipment {}", self.about.shipment)?;
        }
        if self.n != 0 {
            write!(f, " [{}]", self.n)?;
        }
        if self.how.is_empty() { Ok(()) } else { write!(f, ": {}", self.how) }
    }
}

/// Everything that happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace(pub Vec<Entry>);

impl Trace {
    /// All of it as text, a line each.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, entry| {
            let _ = writeln!(text, "{entry}");
            text
        })
    }

    /// SHA-256 of the text: two runs are the same when theirs are.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_bytes(self.text().as_bytes())
    }

    /// What concerns one order, the last `lines_max` lines of it, and every death of a function that worked on it.
    #[must_use]
    pub fn story(&self, order: u32, lines_max: usize) -> String {
        let whose: BTreeSet<u32> = self.0.iter().filter(|e| e.about.order == order).map(|e| e.who).collect();
        let concerned =
            |e: &&Entry| e.about.order == order || (e.who != 0 && whose.contains(&e.who) && e.how.contains("KILLED"));
        let lines: Vec<String> = self.0.iter().filter(concerned).map(ToString::to_string).collect();
        lines[lines.len().saturating_sub(lines_max)..].join("\n")
    }
}
