//! What viewers see of people: enough to tell two orders apart, not enough to know or to reach somebody. The only place
//! that decides it; pages get texts that have been through it.

use crate::session::Role;

/// Stands for what isn't shown.
const DOTS: &str = "•••";

/// Shows personal data to those who may see it, and masks it for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Private {
    shown: bool,
}

impl Private {
    pub(crate) fn for_role(role: Role) -> Self {
        Self { shown: role >= Role::Operator }
    }

    /// For nobody in particular: everything masked.
    pub(crate) const MASKED: Self = Self { shown: false };

    /// Is anything left out? Then a page says so.
    pub(crate) fn is_masked(self) -> bool {
        !self.shown
    }

    fn show(self, text: &str, masked: impl FnOnce(&str) -> String) -> String {
        let text = text.trim();
        if self.shown || text.is_empty() { text.to_owned() } else { masked(text) }
    }

    /// Maria da Silva is M••• d••• S•••.
    pub(crate) fn name(self, text: &str) -> String {
        self.show(text, |text| text.split_whitespace().map(first).collect::<Vec<_>>().join(" "))
    }

    /// Nothing of a street, of a company, or of a note by the buyer.
    pub(crate) fn street(self, text: &str) -> String {
        self.show(text, |_| DOTS.to_owned())
    }

    /// The beginning of a postal code: the region, not the house.
    pub(crate) fn postal_code(self, text: &str) -> String {
        self.show(text, |text| {
            if text.chars().count() < 4 { DOTS.to_owned() } else { text.chars().take(2).chain(DOTS.chars()).collect() }
        })
    }

    /// The last two digits, which people compare on the phone.
    pub(crate) fn phone(self, text: &str) -> String {
        self.show(text, |text| {
            let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
            if digits.len() < 6 {
                DOTS.to_owned()
            } else {
                DOTS.chars().chain(digits[digits.len() - 2..].iter().copied()).collect()
            }
        })
    }

    /// `maria@example.com` is m•••@•••.com.
    pub(crate) fn email(self, text: &str) -> String {
        self.show(text, |text| match text.rsplit_once('@') {
            Some((name, domain)) => {
                let ending = domain.rsplit_once('.').map_or("", |(_, ending)| ending);
                format!("{}@{DOTS}.{ending}", first(name))
            }
            None => first(text),
        })
    }

    /// A buyer's login at the marketplace: its first character.
    pub(crate) fn login(self, text: &str) -> String {
        self.show(text, first)
    }
}

fn first(text: &str) -> String {
    text.chars().next().into_iter().chain(DOTS.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWER: Private = Private::MASKED;

    #[test]
    fn an_operator_sees_people_as_they_are() {
        let shown = Private::for_role(Role::Operator);
        for show in
            [Private::name, Private::street, Private::postal_code, Private::phone, Private::email, Private::login]
        {
            assert_eq!(show(shown, " Maria da Silva "), "Maria da Silva");
        }
        assert!(!shown.is_masked() && Private::for_role(Role::Viewer).is_masked());
    }

    #[test]
    fn a_viewer_can_tell_people_apart_and_reach_nobody() {
        assert_eq!(VIEWER.name("Maria da Silva"), "M••• d••• S•••");
        assert_eq!(VIEWER.name("王小明"), "王•••");
        assert_eq!(VIEWER.street("Rua das Flores 12"), "•••");
        assert_eq!(VIEWER.postal_code("01310-100"), "01•••");
        assert_eq!(VIEWER.postal_code("101"), "•••");
        assert_eq!(VIEWER.phone("+55 11 91234-5678"), "•••78");
        assert_eq!(VIEWER.phone("12345"), "•••");
        assert_eq!(VIEWER.email("maria@mail.example.com"), "m•••@•••.com");
        assert_eq!(VIEWER.email("no address"), "n•••");
        assert_eq!(VIEWER.login("br1234567"), "b•••");
    }

    #[test]
    fn what_is_masked_gives_away_neither_the_text_nor_its_length() {
        let long = |show: fn(Private, &str) -> String, text: &str| show(VIEWER, text).chars().count();
        assert_eq!(long(Private::login, "ab"), long(Private::login, &"ab".repeat(30)));
        assert_eq!(long(Private::street, "1"), long(Private::street, &"1".repeat(30)));
        assert_eq!(long(Private::phone, "1234567"), long(Private::phone, &"1".repeat(30)));
    }

    #[test]
    fn nothing_stays_nothing() {
        for show in
            [Private::name, Private::street, Private::postal_code, Private::phone, Private::email, Private::login]
        {
            assert_eq!(show(VIEWER, "  "), "");
        }
    }
}
