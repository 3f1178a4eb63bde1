//! Who can sign in.

/// A person of the sandbox. Made up.
#[derive(Debug, PartialEq, Eq)]
pub struct User {
    /// What the select `user` sends.
    pub id: &'static str,
    /// Claim `sub`.
    pub subject: &'static str,
    /// Claim `email`.
    pub email: &'static str,
    /// Claim `cognito:groups`, which Cognito leaves out for who is in none.
    pub groups: &'static [&'static str],
}

/// Everybody.
pub const ALL: [User; 3] = [
    User {
        id: "operator",
        subject: "5b1e0c1a-0001-4000-8000-000000000001",
        email: "operator@example.com",
        groups: &["operator"],
    },
    User {
        id: "viewer",
        subject: "5b1e0c1a-0002-4000-8000-000000000002",
        email: "viewer@example.com",
        groups: &["viewer"],
    },
    User {
        id: "stranger",
        subject: "5b1e0c1a-0003-4000-8000-000000000003",
        email: "stranger@example.com",
        groups: &[],
    },
];

/// The person of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static User> {
    ALL.iter().find(|user| user.id == id)
}
