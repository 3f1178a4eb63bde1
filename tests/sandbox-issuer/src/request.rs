//! The fields of a request, each at most once.

use std::collections::BTreeMap;

/// Name and value pairs as the extractors give them.
pub type Pairs = Vec<(String, String)>;

/// Fields by name.
#[derive(Debug)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Takes the pairs.
    ///
    /// # Errors
    /// The name of a field that is there twice (RFC 6749 3.1).
    pub fn read(pairs: Pairs) -> Result<Self, String> {
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            if fields.insert(name.clone(), value).is_some() {
                return Err(name);
            }
        }
        Ok(Self(fields))
    }

    /// A field, if it is there and not empty.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
