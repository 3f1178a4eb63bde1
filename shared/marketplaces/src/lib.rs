//! marketplaces
