//! aliexpress
