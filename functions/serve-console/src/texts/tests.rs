//! Every text in both languages, and nothing left in English by mistake.

use super::{
    Language,
    cannot::{Cannot, cannot},
    common::Common,
    exceptions::ExceptionTexts,
    fill,
    findings::{sentence, unlisted},
    kinds,
    orders::Orders,
    overview::Overview,
    problems,
    settings::SettingsTexts,
};
use crate::problem::Problem;
use tallyman_app::{directory::Idle, not_possible::NotPossible};
use tallyman_domain::{Finding, WhyReauth, settings::check::Wrong};

/// The same word in both languages, and names.
const SAME: &[&str] = &[
    "brand",
    "name",
    "api_key",
    "app_key",
    "in_shipstation",
    "at_shipstation",
    "at_us",
    "exception_commented",
    "failed",
    "p50",
    "p99",
    "service",
];

/// All sets of texts; a new one is added here and is then held to everything below.
fn all() -> Vec<(&'static str, &'static str, &'static str)> {
    [Common::pairs(), ExceptionTexts::pairs(), Orders::pairs(), Overview::pairs(), SettingsTexts::pairs()].concat()
}

fn placeholders(text: &str) -> Vec<&str> {
    let mut found: Vec<_> = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
    found.sort_unstable();
    found
}

/// What a German sentence doesn't hold, unless somebody forgot to translate it.
fn looks_english(text: &str) -> bool {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    ["the", "is", "are", "were", "of", "this", "that", "by", "with", "your", "you", "not", "and", "to"]
        .iter()
        .any(|english| words.iter().any(|word| word == english))
}

fn check(name: &str, english: &str, german: &str) {
    assert!(!english.trim().is_empty() && !german.trim().is_empty(), "{name} is empty");
    assert_eq!(placeholders(english), placeholders(german), "{name}");
    assert!(!looks_english(german), "{name} is left in English: {german}");
    for text in [english, german] {
        assert_eq!(text.trim(), text, "{name}");
        assert!(!text.contains("  "), "{name} has a double blank: {text}");
        assert!(!text.contains('\'') || text == english, "{name}: an English apostrophe");
    }
}

#[test]
fn both_languages_have_every_text_with_the_same_values_in_it_and_nothing_is_left_in_english() {
    for (name, english, german) in all() {
        check(name, english, german);
        assert!(english != german || SAME.contains(&name), "{name} is the same in both languages: {english}");
    }
}

#[test]
fn every_problem_is_told_in_both_languages() {
    for problem in problems::samples() {
        let said = problems::said(&problem);
        for (what, (english, german)) in
            [("title", said.title), ("happened", said.happened), ("changed", said.changed), ("next", said.next)]
        {
            let name = format!("{} {what}", problem.name());
            check(&name, english, german);
            assert_ne!(english, german, "{name}");
        }
    }
}

#[test]
fn a_problem_that_the_code_knows_has_words_of_its_own() {
    let titles: std::collections::BTreeSet<_> =
        problems::samples().iter().map(|problem| problems::said(problem).title.0).collect();
    assert_eq!(titles.len(), problems::samples().len(), "two problems share their title");
    assert!(problems::samples().contains(&Problem::NotFound));
}

#[test]
fn a_language_is_known_by_its_tag_and_its_texts_say_which_it_is() {
    for language in Language::ALL {
        assert_eq!(Language::from_tag(language.tag()), Some(language));
        assert_eq!(language.texts().lang, language);
    }
    assert_eq!(Language::from_tag("de-AT"), Some(Language::German));
    assert_eq!(Language::from_tag("fr"), None);
}

#[test]
fn the_test_for_english_bites() {
    assert!(looks_english("Go to the orders") && looks_english("The page"));
    assert!(!looks_english("Die Bestellung wurde noch nicht gemeldet."));
}

#[test]
fn values_are_put_in_once_and_what_they_hold_is_not_looked_at() {
    assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
    assert_eq!(fill("no value", &[("a", "1")]), "no value");
    assert_eq!(fill("{unknown}!", &[]), "!");
}

#[test]
fn every_kind_of_exception_is_named_and_explained_in_both_languages() {
    let mut titles = std::collections::BTreeSet::new();
    for kind in tallyman_domain::ExceptionKind::ALL {
        for told in [kinds::title, kinds::to_do] {
            let [english, german] = Language::ALL.map(|language| told(kind, language));
            check(&format!("{kind:?}"), english, german);
            assert_ne!(english, german, "{kind:?}");
        }
        assert!(titles.insert(kinds::title(kind, Language::German)), "{kind:?} is named like another one");
    }
}

#[test]
fn every_finding_is_told_in_both_languages_with_all_its_values() {
    for finding in Finding::samples() {
        let [english, german] = Language::ALL.map(|language| sentence(&finding, language));
        assert_eq!(english.text, finding.to_string(), "the English is the domain's own");
        if matches!(finding, Finding::Words { .. }) {
            assert!(german.foreign && german.text == english.text, "words of others stay theirs, and are marked");
            continue;
        }
        assert!(!german.foreign && !looks_english(&german.text), "{}", german.text);
        // What is nothing but a value is put into a sentence.
        assert_ne!(english.text, german.text, "{finding:?}");
        for value in english.text.split('<').skip(1).filter_map(|rest| Some(rest.split_once('>')?.0)) {
            assert!(german.text.contains(&format!("<{value}>")), "{value} is missing: {}", german.text);
        }
    }
    let [english, german] = Language::ALL.map(|language| unlisted(7, language));
    check("unlisted", english.trim(), german.trim());
}

#[test]
fn every_reason_not_to_do_something_is_told_in_both_languages() {
    let mut all: Vec<Cannot> = NotPossible::ALL.map(Cannot::Order).to_vec();
    all.extend([Idle::Paused, Idle::Removed, Idle::Renewing].map(Cannot::Idle));
    let whys = [
        WhyReauth::NotYet,
        WhyReauth::Refused,
        WhyReauth::Ended,
        WhyReauth::ChosenEnd,
        WhyReauth::Lost,
        WhyReauth::AnotherSeller,
    ];
    all.extend(whys.map(|why| Cannot::Idle(Idle::NeedsReauth(why))));
    let name = || "ae-main".to_owned();
    all.extend([
        Cannot::Unusable { address: name() },
        Cannot::Taken { name: name() },
        Cannot::UnknownAccount { name: name() },
        Cannot::AccountRefused,
        Cannot::KeyInUse { name: name() },
        Cannot::SellerInUse { name: name(), seller: "2671514005".to_owned() },
        Cannot::NoBudget,
        Cannot::Settings(vec![Wrong::SellerName, Wrong::Code { row: 3 }]),
    ]);
    for why in all {
        let [english, german] = Language::ALL.map(|language| cannot(language.texts(), &why));
        check(&format!("{why:?}"), &english, &german);
        assert_ne!(english, german, "{why:?}");
    }
}
