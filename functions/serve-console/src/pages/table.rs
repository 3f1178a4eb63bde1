//! What lists have in common: tabs with counts, and the way from page to page. Drawn by `parts::tabs` and `parts::pager`.

/// A tab over a list.
pub(crate) struct Tab {
    pub(crate) label: String,
    /// How many there are, in words: `12`, or `1,000+` where counting further would cost too much.
    pub(crate) count: Option<String>,
    pub(crate) href: String,
    pub(crate) current: bool,
}

/// Links to other pages of a list; what isn't there is `None`.
#[derive(Default)]
pub(crate) struct Pager {
    pub(crate) first: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// Where one is, in words: `1–50`.
    pub(crate) here: String,
}

impl Pager {
    /// Is there anything to go to?
    pub(crate) fn is_needed(&self) -> bool {
        self.first.is_some() || self.before.is_some() || self.after.is_some()
    }
}

/// An option of a select.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}
