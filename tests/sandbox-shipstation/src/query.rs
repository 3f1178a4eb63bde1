//! Filters, sorting and pages of the list calls.

use std::collections::BTreeMap;

use axum::extract::Query;
use http::Uri;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use crate::answer::Refusal;
use crate::time;

/// The query, its names in small letters as ShipStation does not mind their case.
#[derive(Debug)]
pub struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads the query. A filter that is not among `allowed` is refused: dropping it in silence, as the real
    /// service does, would hand out more than was asked for.
    pub fn read(uri: &Uri, allowed: &[&str]) -> Result<Self, Refusal> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|error| Refusal::bad(format!("The query can't be read: {error}")))?;
        let mut params = BTreeMap::new();
        for (name, value) in pairs {
            if !allowed.iter().chain(PAGING).any(|known| known.eq_ignore_ascii_case(&name)) {
                return Err(Refusal::bad(format!("Unknown filter '{name}'.")));
            }
            if !value.is_empty() && params.insert(name.to_ascii_lowercase(), value).is_some() {
                return Err(Refusal::bad(format!("Filter '{name}' is given twice.")));
            }
        }
        Ok(Self(params))
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    pub fn whole(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let wrong = |_| Refusal::bad(format!("Filter '{name}' must be a whole number."));
        self.text(name).map(|text| text.parse().map_err(wrong)).transpose()
    }

    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.text(name).map(str::to_ascii_lowercase).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Refusal::bad(format!("Filter '{name}' must be true or false."))),
        }
    }

    /// The pair `<name>Start` and `<name>End`, both inclusive.
    pub fn range(&self, name: &str) -> Result<Range, Refusal> {
        let bound = |end: &str| {
            let filter = format!("{name}{end}");
            let read = self.text(&filter).map(time::parse).transpose();
            read.map_err(|wrong| Refusal::bad(format!("Filter '{filter}': {wrong}.")))
        };
        Ok(Range { start: bound("Start")?, end: bound("End")? })
    }

    /// One of `choices`, or the first of them when not given.
    fn choice<'a>(&self, name: &str, choices: &[&'a str]) -> Result<&'a str, Refusal> {
        let Some(text) = self.text(name) else { return Ok(choices.first().copied().unwrap_or_default()) };
        let found = choices.iter().find(|choice| choice.eq_ignore_ascii_case(text));
        found.copied().ok_or_else(|| Refusal::bad(format!("Filter '{name}' must be one of {}.", choices.join(", "))))
    }

    /// Sorts by the field asked for (`choices`, the first is the default), ties by id.
    pub fn sort<'a, T>(
        &self,
        found: &mut [&'a T],
        choices: &[&str],
        by: impl Fn(&'a T, &str) -> (Option<DateTime>, i64),
    ) -> Result<(), Refusal> {
        let field = self.choice("sortBy", choices)?;
        let descending = self.choice("sortDir", &["ASC", "DESC"])? == "DESC";
        found.sort_by_key(|&entry| by(entry, field));
        if descending {
            found.reverse();
        }
        Ok(())
    }

    /// Cuts out the page asked for and wraps it as the list calls do.
    pub fn page<T>(&self, name: &str, found: &[&T], render: impl Fn(&T) -> Value) -> Result<Value, Refusal> {
        let page = self.whole("page")?.unwrap_or(1);
        let size = self.whole("pageSize")?.unwrap_or(100);
        if page < 1 || !(1..=500).contains(&size) {
            return Err(Refusal::bad("'page' starts at 1 and 'pageSize' is 1 to 500."));
        }
        let (skip, take) = ((page - 1).saturating_mul(size), size as usize);
        let rows: Vec<_> = found.iter().skip(skip as usize).take(take).map(|&entry| render(entry)).collect();
        Ok(json!({ name: rows, "total": found.len(), "page": page, "pages": found.len().div_ceil(take) }))
    }
}

/// Allowed on every list.
const PAGING: &[&str] = &["sortBy", "sortDir", "page", "pageSize"];

/// A range of Pacific local times.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    start: Option<DateTime>,
    end: Option<DateTime>,
}

impl Range {
    /// Whether `at` is inside. What has no date is only inside when nothing was asked.
    pub fn holds(&self, at: Option<DateTime>) -> bool {
        let after = self.start.is_none_or(|start| at.is_some_and(|at| at >= start));
        after && self.end.is_none_or(|end| at.is_some_and(|at| at <= end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Params, Refusal> {
        Params::read(&format!("/x?{query}").parse().unwrap(), &["createDateStart", "createDateEnd", "orderId"])
    }

    #[test]
    fn a_misspelt_filter_is_refused() {
        assert!(read("createdDateStart=2015-01-01").is_err());
        assert!(read("orderId=1&orderId=2").is_err());
        assert!(read("ORDERID=1").is_ok());
    }

    #[test]
    fn a_page_beyond_500_rows_or_before_the_first_is_refused() {
        let rows: [&i64; 0] = [];
        for (query, fine) in [("pageSize=501", false), ("page=0", false), ("pageSize=0", false), ("pageSize=500", true)]
        {
            assert_eq!(read(query).unwrap().page("rows", &rows, |row| json!(row)).is_ok(), fine, "{query}");
        }
    }

    #[test]
    fn both_ends_of_a_range_are_inside() {
        let range = read("createDateStart=2015-01-01&createDateEnd=2015-01-02%2010:00:00").unwrap();
        let range = range.range("createDate").unwrap();
        let inside = |text: &str| range.holds(Some(time::parse(text).unwrap()));
        assert!(inside("2015-01-01") && inside("2015-01-02T10:00:00"));
        assert!(!inside("2014-12-31T23:59:59") && !inside("2015-01-02T10:00:01") && !range.holds(None));
    }

    #[test]
    fn a_range_in_utc_is_refused() {
        assert!(read("createDateStart=2015-01-01T00:00:00Z").unwrap().range("createDate").is_err());
    }
}
